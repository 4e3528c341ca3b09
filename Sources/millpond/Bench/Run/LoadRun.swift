import ArgumentParser
import Foundation
import MillpondNet
import Synchronization

/// Drives the connections of a run from its beginning to its report.
final class LoadRun: Sendable {
    // Plain copies: reading an option of the command line costs more than sending a request.
    let timeouts: LoadTimeouts
    let rate: Double?
    private let printsJSON: Bool
    let plan: LoadPlan
    let group: ReactorGroup
    /// One for each reactor, in the same order.
    let recorders: [LoadRecorder]
    /// How many connections the process can have.
    let descriptors: Int
    /// Reactors that have an open connection left.
    private let livingReactors = Atomic<Int>(0)
    private let endedEarly = Atomic(false)

    init(_ options: BenchOptions) throws {
        timeouts = LoadTimeouts(options)
        rate = options.rate
        printsJSON = options.json
        plan = LoadPlan(options)
        // Some are the reactors' and the process's own.
        descriptors = DescriptorLimit.raise() - 32 - 4 * options.reactors
        group = try ReactorGroup(count: options.reactors)
        recorders = group.reactors.map { _ in LoadRecorder() }
    }

    var answeredCount: Int { recorders.reduce(0) { $0 + $1.answeredCount } }
    var deliveryCount: Int { recorders.reduce(0) { $0 + $1.deliveryCount } }

    /// What a connection does when an answer has come and --rate is not set.
    func sendNext(on connection: some LoadConnection, now: UInt64) {
        guard rate == nil, plan.takeRequest() else { return }
        connection.sendRequest(due: now)
    }

    /// The load itself: every connection sends until the plan is done and everything is answered or given up.
    func load(_ connections: [[any LoadConnection & Sendable]]) async -> Double {
        let total = connections.reduce(0) { $0 + $1.count }
        livingReactors.store(connections.count { !$0.isEmpty }, ordering: .relaxed)
        let started = LoadPlan.now
        plan.begin()
        await withTaskGroup(of: Void.self) { tasks in
            for (place, own) in connections.enumerated() where !own.isEmpty {
                let reactor = group.reactors[place]
                let part = LoadPart(
                    run: self, reactor: reactor, recorder: recorders[place], connections: own,
                    share: Double(own.count) / Double(total))
                tasks.addTask(executorPreference: reactor) { await part.load() }
            }
            let progress = Task { await self.showProgress(since: started) }
            await tasks.waitForAll()
            progress.cancel()
        }
        if plan.hasMore { endedEarly.store(true, ordering: .relaxed) }
        return Double(LoadPlan.now - started) / 1e9
    }

    /// A reactor's last connection was closed.
    func lostReactor() { livingReactors.wrappingSubtract(1, ordering: .relaxed) }

    /// No reactor has a connection left.
    var isDead: Bool { livingReactors.load(ordering: .relaxed) <= 0 }

    /// A line a second on a terminal, until the task is cancelled.
    func showProgress(since start: UInt64) async {
        guard isatty(STDERR_FILENO) == 1 else { return }
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let seconds = Double(LoadPlan.now - start) / 1e9
            let answered = answeredCount
            Console.error(
                String(format: "\r%.0f s: %d answers, %.0f/s ", seconds, answered, Double(answered) / seconds))
        }
    }

    /// Prints the report; a run in which anything failed exits with 1.
    func finish(_ kind: String, on target: LoadTarget, connections: Int, seconds: Double) async throws {
        await group.shutdown()
        var totals = LoadRecorder.Totals()
        for recorder in recorders { totals.add(recorder.finish()) }
        let report = LoadReport(
            kind: kind, address: target.address.description, connections: connections, seconds: seconds, totals: totals)
        print(printsJSON ? report.json : report.text)
        if endedEarly.load(ordering: .relaxed) {
            throw LoadError("every connection was closed before the load was done; see the errors above")
        }
        if !totals.errors.isEmpty || report.count == 0 || report.hasRefusals { throw ExitCode.failure }
    }
}
