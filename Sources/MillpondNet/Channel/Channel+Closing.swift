internal import CMillpond
internal import Glibc
internal import MillpondIO

extension Channel {
    /// Closes at once; what is queued is lost. Waiting tasks get an error. Further calls do nothing.
    public func close(_ reason: CloseReason = .finished) {
        end(reason, isOwn: true)
    }

    /// Refuses further writes, sends what is queued, then closes: the end of an orderly conversation.
    ///
    /// After the last byte this side shuts down its half and discards what the peer still sends for a bounded time, so
    /// that a reset does not destroy bytes under way (RFC 9112, section 9.6).
    public func closeAfterFlush() {
        guard state.isDisjoint(with: [.closed, .closeAfterFlush]) else { return }
        state.insert(.closeAfterFlush)
        // What is queued has the write deadline; there is nothing to be read any more.
        if unsafe readWaiter == nil { clearReadDeadline() }
        // At the turn's end, so that everything leaves in one call.
        markDirty()
    }

    /// Half-closes: the peer reads the end of the stream after what is queued, and may go on sending.
    public func shutdownWrite() async throws {
        try await drain()
        guard !state.contains(.writeShutdown) else { return }
        state.insert(.writeShutdown)
        _ = Glibc.shutdown(id.descriptor, Int32(SHUT_WR))
    }

    /// Everything is sent: shut down this half and wait for the peer's.
    func finishSending() {
        state.remove(.incomplete)
        let isOver = state.contains(.peerClosed) && !state.contains(.readable)
        if limits.lingerTimeout == 0 || isOver || state.contains(.connecting) {
            return end(.finished, isOwn: true)
        }
        if !state.contains(.writeShutdown) { _ = Glibc.shutdown(id.descriptor, Int32(SHUT_WR)) }
        state.insert([.writeShutdown, .lingering, .explicitReadDeadline])
        readDeadline = reactor.now &+ limits.lingerTimeout
        armTimer()
        if state.contains(.readable) { discardInput() }
    }

    /// Ends the connection. What is neither its driver's nor its task's own wish (a deadline, an overflow, shutdown)
    /// also cancels the driver's run.
    func end(_ reason: CloseReason, isOwn: Bool = false) {
        guard !state.contains(.closed) else { return }
        state.insert(.closed)
        closeReason = reason
        reactor.timers.cancel(self)
        reactor.counters.add(queuedBytes: -outbox.count)
        outbox.removeFirst(outbox.count)
        // The descriptor is closed when the connection leaves the table, so that its number cannot come back before; if
        // that must wait for the driver, the peer learns of it now.
        let isBrokenOff = state.contains(.incomplete) && mp_break_off(id.descriptor) == 0
        if state.contains(.running), !isBrokenOff { _ = Glibc.shutdown(id.descriptor, Int32(SHUT_RDWR)) }
        resumeReadWaiter()
        resumeWriteWaiter()
        if !isOwn, state.contains(.running) { runner?.task?.cancel() }
        awaitBurial()
    }

    /// Burial is at the turn's end: what still refers to the connection in this turn must find it alive.
    private func awaitBurial() {
        guard !state.contains(.dying) else { return }
        state.insert(.dying)
        unsafe reactor.closing.append(Unmanaged.passUnretained(self))
    }

    /// The last step, at the turn's end: tells the driver, and leaves the reactor.
    func bury() {
        state.remove(.dying)
        // At work: the end of the run comes back here.
        if state.contains(.running) { return }
        if state.contains(.ready) || state.contains(.dirty) { return awaitBurial() }
        guard let own = unsafe reactor.table.remove(id) else { return }
        reactor.counters.add(channels: -1)
        let lastDriver = driver
        driver = nil
        // It may still ask for the addresses.
        lastDriver?.closed(closeReason ?? .finished)
        state.insert(.buried)
        Glibc.close(id.descriptor)
        if let addressCount { server?.leave(addressCount) }
        addressCount = nil
        server?.connectionClosed()
        server = nil
        unsafe own.release()
    }

    // MARK: Running the driver

    /// Takes the connection out of the line; false when there is nothing to run.
    func beginRun() -> Bool {
        state.remove(.ready)
        guard driver != nil, state.isDisjoint(with: [.closed, .closeAfterFlush, .lingering, .running]) else {
            return false
        }
        state.insert(.running)
        return true
    }

    // A function of its own, with nothing behind the call: after one whose target it does not know, the compiler has
    // the runtime compare executors, under a lock, before it goes on.
    @inline(never)
    private static func enter(_ driver: ConnectionDriver) async -> ConnectionDriver.Next {
        await driver.run()
    }

    func runDriver(on runner: Runner) async {
        guard let driver else { return }
        self.runner = runner
        var next = await Self.enter(driver)
        // At once, unless the task was cancelled for the driver before: then by another.
        while case .handOver(let successor) = next, !state.contains(.closed), !Task.isCancelled {
            runDeadline = 0
            state.remove(.deadlinePassed)
            take(successor)
            next = await Self.enter(successor)
        }
        self.runner = nil
        runDeadline = 0
        state.subtract([.running, .deadlinePassed])
        if state.contains(.closed) {
            // Who is told of the end is the one that would have had the connection.
            if case .handOver(let successor) = next { self.driver = successor }
            return awaitBurial()
        }
        switch next {
        case .park:
            // At the turn's end, when the driver has queued what it gathered.
            if state.contains(.owesDrain) { markDirty() } else { park() }
        case .close:
            closeAfterFlush()
        case .handOver(let successor):
            self.driver = successor
            makeReady()
            if state.contains(.draining) { drainDriver() }
        }
    }

    /// The driver waits for the peer, unless there is more already.
    private func park() {
        if !state.isDisjoint(with: [.closed, .closeAfterFlush]) { return }
        // A peer that always has more never lets it wait.
        if hasReadDeadline, readDeadline <= reactor.now { readDeadlinePassed() }
        if state.contains(.closed) { return }
        if state.contains(.readable) { makeReady() } else { beginReadWait() }
    }

    /// Tells a driver that has parked what it could not be told while it was at work.
    func drainParkedDriver() {
        guard state.contains(.owesDrain), isParked else { return }
        state.remove(.owesDrain)
        driver?.drain()
        park()
    }

    /// Has another driver run it from now on.
    private func take(_ successor: ConnectionDriver) {
        driver = successor
        if state.contains(.draining) { drainDriver() }
    }

    /// Gives a connection its driver and starts it. What came before the driver is there for it.
    func attach(_ driver: ConnectionDriver) {
        self.driver = driver
        if driver.startsImmediately || state.contains(.readable) { makeReady() } else { beginReadWait() }
    }

    /// The server ends in order: the driver finishes what is in progress.
    func serverEnds() {
        state.insert(.draining)
        drainDriver()
    }

    private func drainDriver() {
        if !isParked { state.insert(.owesDrain) }
        driver?.drain()
    }

    /// Has the driver's ``ConnectionDriver/run()`` called in this turn or the next, if the connection is parked. Does
    /// nothing before it is established.
    public func wake() {
        makeReady()
    }

    /// Cancels the task that is in the driver's ``ConnectionDriver/run()``; the connection stays as it is. Does nothing
    /// when it is not being run.
    public func cancelRun() {
        if state.contains(.running) { runner?.task?.cancel() }
    }

    /// Has the driver's ``ConnectionDriver/turnEnds()`` called at the end of this turn.
    public func callAtTurnEnd() {
        state.insert(.callsDriver)
        markDirty()
    }

    // MARK: Deadlines

    /// Sets one deadline for the ``ConnectionDriver/run()`` in progress, whatever it waits for; see
    /// ``ConnectionDriver/runDeadlineExpired()``. Nil takes it back, as does the end of the run.
    public func setRunDeadline(_ timeout: Duration?) {
        guard let timeout, state.contains(.running) else { return runDeadline = 0 }
        runDeadline = reactor.now &+ timeout.clampedNanoseconds
        armTimer()
    }

    /// Takes back the deadline of ``setRunDeadline(_:)``, to be set again with what was left of it.
    ///
    /// - Returns: how long that is; nil when there was none.
    public func suspendRunDeadline() -> Duration? {
        guard runDeadline != 0 else { return nil }
        let left = runDeadline > reactor.now ? runDeadline - reactor.now : 0
        runDeadline = 0
        return .nanoseconds(Int64(clamping: left))
    }

    /// Arms the timer for the earliest deadline. One that is armed for an earlier time stays: when it fires, it finds
    /// that the deadline has moved. So a busy connection touches the wheel once per time-out, not once per read.
    func armTimer(forReading: Bool = true) {
        let reading = forReading ? readDeadline : 0
        let earliest = Self.earlier(Self.earlier(reading, writeDeadline), runDeadline)
        guard earliest != 0, !state.contains(.closed) else { return }
        if isTimerArmed, armedDeadline <= earliest { return }
        armedDeadline = earliest
        reactor.timers.arm(self, at: earliest)
    }

    /// Of two deadlines, of which 0 is none.
    private static func earlier(_ one: UInt64, _ other: UInt64) -> UInt64 {
        one == 0 ? other : (other == 0 ? one : min(one, other))
    }

    func deadlinePassed(now: UInt64) {
        if writeDeadline != 0, writeDeadline <= now {
            return end(state.contains(.connecting) ? .connectTimedOut : .writeTimedOut)
        }
        if runDeadline != 0, runDeadline <= now {
            runDeadline = 0
            driver?.runDeadlineExpired()
        }
        if readDeadline != 0, readDeadline <= now {
            // Nobody waits at the moment: the deadline strikes when somebody begins to. That of a connection that
            // lingers is for the peer, whatever the driver still does.
            let isBusy = driver == nil || !state.isDisjoint(with: [.connecting, .ready, .running, .closeAfterFlush])
            if isBusy, !state.contains(.lingering), unsafe readWaiter == nil {
                return armTimer(forReading: false)
            }
            readDeadlinePassed()
        }
        armTimer()
    }

    private func readDeadlinePassed() {
        readDeadline = 0
        state.remove(.explicitReadDeadline)
        if state.contains(.lingering) {
            end(.finished, isOwn: true)
        } else if unsafe readWaiter != nil {
            state.insert(.readTimedOut)
            resumeReadWaiter()
        } else if let driver, isParked {
            switch driver.deadlineExpired() {
            case .close: end(.readTimedOut)
            case .run:
                state.insert(.deadlinePassed)
                makeReady()
            case .extend(let duration): readDeadline = reactor.now &+ duration.clampedNanoseconds
            }
        }
    }
}
