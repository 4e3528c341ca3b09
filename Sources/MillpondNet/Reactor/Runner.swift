/// A task of the reactor's pool that runs connections which have something to do.
///
/// One runner serves connection after connection for as long as their drivers do not suspend; when one does, that
/// runner waits with it and another takes the next connection. So there are as many tasks as handlers in progress, not
/// as connections, and in the steady state none is created.
// Sound: every field is used on its reactor's thread only; it is Sendable because its task must capture it.
@safe
final class Runner: @unchecked Sendable {
    private unowned let reactor: Reactor
    @safe @exclusivity(unchecked) private var idle: UnsafeContinuation<Void, Never>?
    @safe @exclusivity(unchecked) private(set) var task: Task<Void, Never>?

    init(_ reactor: Reactor) {
        self.reactor = reactor
    }

    func start() {
        task = Task(executorPreference: reactor) { await self.serve() }
    }

    func wake() {
        if let continuation = idle {
            idle = nil
            unsafe continuation.resume()
        }
    }

    /// A cancelled task stays cancelled, so a runner whose connection was cut off does not serve another.
    private func serve() async {
        while true {
            while let channel = reactor.nextReady() {
                await channel.runDriver(on: self)
                if Task.isCancelled { return end() }
            }
            if reactor.isStopping || reactor.idleRunners.count >= Reactor.idleRunnerLimit { return end() }
            unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                unsafe idle = continuation
                reactor.idleRunners.append(self)
            }
        }
    }

    private func end() {
        task = nil
    }
}

extension Reactor {
    /// Gets a runner going for the connections that are ready.
    func startRunner() {
        if let runner = idleRunners.popLast() {
            runner.wake()
        } else {
            Runner(self).start()
        }
    }

    /// The next connection with something to do, as long as the turn's share lasts.
    func nextReady() -> Channel? {
        while readyBudget > 0, let next = unsafe ready.popFirst() {
            readyBudget -= 1
            let channel = unsafe next.takeUnretainedValue()
            if channel.beginRun() { return channel }
        }
        return nil
    }

    func dismissRunners() {
        while let runner = idleRunners.popLast() { runner.wake() }
    }
}
