internal import CMillpond
internal import MillpondIO
internal import Synchronization

/// One thread that waits for its connections' events and runs their tasks.
///
/// A reactor is a `TaskExecutor`: a task started with it as its preference, that task's children, and the default
/// actors they call all run on its thread. ``serialExecutor`` pins an actor to it. Everything that a connection does
/// happens on one reactor, so its state needs no lock; only messages from other threads cross one, in batches.
///
/// A turn of the loop: take the mail, run what is ready, send what was queued (one `writev` a connection), close what
/// ended, fire the timers that are due, wait for events. Events are edge-triggered and readiness is remembered.
///
/// Sources: the reactor pattern (Schmidt, 1995); Seastar's and Go's network pollers for the turn's shape.
// Sound: `mailbox`, `statistics` and the constants are thread-safe; every other property is used on the reactor's own
// thread only, which `enqueue` and `post` check, and internal callers are reached from that thread alone.
@safe
public final class Reactor: TaskExecutor, @unchecked Sendable {
    /// Its place in the group.
    public let index: Int
    /// The executor of actors that are pinned to this reactor.
    public var serialExecutor: PinnedExecutor { pinned }

    let mailbox: Mailbox
    let counters = ReactorCounters()
    let selector: Selector

    @safe @exclusivity(unchecked) private var pinned: PinnedExecutor! = nil
    /// Monotonic time in nanoseconds, read once a turn.
    @safe @exclusivity(unchecked) var now: UInt64
    /// The same for the layers above, on the reactor's thread only.
    package var monotonicNanoseconds: UInt64 { now }
    @safe @exclusivity(unchecked) var jobs = Ring<QueuedJob>(capacity: 256)
    @safe @exclusivity(unchecked) var ready = unsafe Ring<Unmanaged<Channel>>(capacity: 256)
    /// Connections that may still be run in this turn: what was ready when it began.
    @safe @exclusivity(unchecked) var readyBudget = 0
    @safe @exclusivity(unchecked) var dirty = unsafe Ring<Unmanaged<Channel>>(capacity: 256)
    @safe @exclusivity(unchecked) var closing = unsafe Ring<Unmanaged<Channel>>(capacity: 64)
    @safe @exclusivity(unchecked) var mail = Ring<Mail>(capacity: 64)
    @safe @exclusivity(unchecked) var timers: TimerWheel
    @safe @exclusivity(unchecked) var table = EventTable()
    @safe @exclusivity(unchecked) var idleRunners: [Runner] = []
    @safe @exclusivity(unchecked) var isStopping = false
    /// Its connections are being ended: none is to come any more.
    @safe @exclusivity(unchecked) var isEnding = false
    /// How often tasks that sleep were woken since it is stopping.
    @safe @exclusivity(unchecked) var wakingRounds = 0
    @safe @exclusivity(unchecked) private var onStopped: (@Sendable () -> Void)?

    /// Jobs and connections handled before the reactor looks at the network again.
    static let jobsPerTurn = 1024
    /// Nanoseconds after which it does so in any case, once the job at hand has ended or suspended.
    static let turnNanoseconds: UInt64 = 5_000_000
    /// Runner tasks kept waiting for work; further ones end when they are done.
    static let idleRunnerLimit = 256

    init(index: Int) throws(IOError) {
        self.index = index
        selector = try Selector()
        mailbox = Mailbox(wakeDescriptor: selector.wakeDescriptor)
        now = mp_monotonic_nanoseconds()
        timers = TimerWheel(now: now)
        pinned = PinnedExecutor(self)
    }

    /// The reactor whose thread this is; nil on other threads.
    public static var current: Reactor? {
        guard let pointer = unsafe mp_current_reactor() else { return nil }
        // Sound: the slot is set by the reactor's own thread for as long as it runs, and it retains the reactor.
        return unsafe Unmanaged<Reactor>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Whether the caller runs on this reactor's thread.
    public var isCurrent: Bool {
        unsafe mp_current_reactor() == Unmanaged.passUnretained(self).toOpaque()
    }

    // MARK: Executor

    /// Any thread. On the reactor's own there is no lock.
    public func enqueue(_ job: consuming ExecutorJob) {
        enqueue(QueuedJob(job: UnownedJob(job), isPinned: false))
    }

    func enqueue(_ queued: QueuedJob) {
        if isCurrent {
            jobs.append(queued)
        } else if !mailbox.post(.job(queued)) {
            // The reactor has stopped; a task that still prefers it must not hang.
            run(queued)
        }
    }

    func run(_ queued: QueuedJob) {
        if queued.isPinned {
            unsafe queued.job.runSynchronously(
                isolatedTo: pinned.asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        } else {
            unsafe queued.job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Runs a short, non-blocking closure on the reactor's thread: at once when called there, in its next turn
    /// otherwise. Returns false, without running it, once the reactor has stopped.
    @discardableResult
    public func post(_ body: @escaping @Sendable (Reactor) -> Void) -> Bool {
        if isCurrent {
            body(self)
            return true
        }
        return mailbox.post(.call(body))
    }

    /// Runs an async operation on this reactor and returns to the caller's executor with its result.
    ///
    /// The operation is a task of its own, with the caller's priority and task-local values; cancelling the caller
    /// cancels it. Any thread.
    ///
    /// - Throws: what the operation throws.
    // A task and not `withTaskExecutorPreference`, which was seen to start an operation on the caller's thread.
    public func run<Output: Sendable, Failure: Error>(
        _ operation: @escaping @Sendable () async throws(Failure) -> Output
    ) async throws(Failure) -> Output {
        let task = Task(executorPreference: self) { () async -> Result<Output, Failure> in
            do throws(Failure) {
                return .success(try await operation())
            } catch {
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        return try result.get()
    }

    // MARK: The loop

    /// The body of the reactor's thread.
    func runLoop() {
        unsafe mp_set_current_reactor(Unmanaged.passUnretained(self).toOpaque())
        while true {
            let isBusy = takeTurn()
            if isStopping, !isBusy, !wakeSleepers(), mailbox.closeIfEmpty() { break }
            wait(mayBlock: !isBusy && !isStopping)
        }
        mp_set_current_reactor(nil)
        onStopped?()
    }

    /// One turn without the wait; true when there is more to do at once.
    private func takeTurn() -> Bool {
        mailbox.collect(into: &mail)
        while let message = mail.popFirst() { deliver(message) }
        runReady()
        settle()
        while let due = timers.popDue(now: now) { due.timerFired() }
        settle()
        return unsafe !jobs.isEmpty || !ready.isEmpty || !dirty.isEmpty || !closing.isEmpty
    }

    private func wait(mayBlock: Bool) {
        counters.turnEnded(started: now, ended: mp_monotonic_nanoseconds())
        var timeout: Int32 = 0
        if mayBlock, mailbox.prepareToSleep() { timeout = timers.millisecondsUntilNext(now: now) ?? -1 }
        let count = selector.wait(timeoutMilliseconds: timeout)
        mailbox.awoke()
        now = mp_monotonic_nanoseconds()
        for index in 0..<count {
            let event = selector.event(index)
            // Retained while it is told: a listening socket may leave the table meanwhile.
            table.resource(ChannelID(token: event.token))?.handle(events: event.flags)
        }
    }

    /// Runs connections and jobs until none is left or the turn has lasted long enough.
    private func runReady() {
        var budget = Self.jobsPerTurn
        let end = mp_monotonic_nanoseconds() &+ Self.turnNanoseconds
        readyBudget = unsafe ready.count
        while budget > 0 {
            if readyBudget > 0, unsafe !ready.isEmpty { startRunner() }
            if jobs.isEmpty { return }
            while budget > 0, let queued = jobs.popFirst() {
                run(queued)
                budget -= 1
                // A task that yields to others is in line again at once, before the network's.
                if mp_monotonic_nanoseconds() > end { return }
            }
        }
    }

    /// Sends what was queued and buries what was closed; either may cause more of the other.
    private func settle() {
        var rounds = 0
        while unsafe !dirty.isEmpty || !closing.isEmpty {
            while let channel = unsafe dirty.popFirst() {
                unsafe channel._withUnsafeGuaranteedRef { $0.flushAtTurnEnd() }
            }
            for _ in unsafe 0..<closing.count {
                guard let channel = unsafe closing.popFirst() else { break }
                unsafe channel._withUnsafeGuaranteedRef { $0.bury() }
            }
            rounds += 1
            if rounds == 16 { return }
        }
    }

    private func deliver(_ message: consuming Mail) {
        switch consume message {
        case .job(let queued): jobs.append(queued)
        case .send(let id, let bytes): table.channel(id)?.deliver(bytes)
        case .close(let id, let reason): table.channel(id)?.end(reason)
        case .cancelWait(let id, let kind, let number): table.channel(id)?.cancelWait(kind, number: number)
        case .cancelSleep(let sleeper): sleeper.cancel()
        case .call(let body): body(self)
        }
    }

    /// Closes the connections and listening sockets that are left. Any thread.
    func endResources() {
        post { reactor in
            reactor.isEnding = true
            for resource in reactor.table.resources() { resource.reactorStops() }
        }
    }

    /// Asks the loop to end once nothing is left to run. Any thread.
    func stop(_ onStopped: @escaping @Sendable () -> Void) {
        let posted = mailbox.post(
            .call { reactor in
                reactor.onStopped = onStopped
                reactor.isStopping = true
                reactor.dismissRunners()
            })
        if !posted { onStopped() }
    }
}
