import ArgumentParser
import Foundation
import MillpondNet
import Synchronization

/// A connection under load, whatever it speaks. Used on its reactor only.
protocol LoadConnection: AnyObject {
    /// Sends one request; `due` is when it was to be sent, from which its latency counts.
    func sendRequest(due: UInt64)
    /// Requests without an answer yet.
    var pending: Int { get }
    var isOpen: Bool { get }
    func close()
}

/// Drives the connections of a run from its beginning to its report.
final class LoadRun: Sendable {
    let options: BenchOptions
    let plan: LoadPlan
    let recorder = LoadRecorder()
    let group: ReactorGroup
    private let unfinished = Atomic<Int>(0)

    init(_ options: BenchOptions) throws {
        self.options = options
        plan = LoadPlan(options)
        _ = DescriptorLimit.raise()
        group = try ReactorGroup(count: options.reactors)
    }

    /// What a connection does when an answer has come and --rate is not set. False when it has nothing more to send.
    func sendNext(on connection: some LoadConnection) -> Bool {
        guard options.rate == nil, plan.takeRequest() else { return false }
        connection.sendRequest(due: LoadPlan.now)
        return true
    }

    /// The load itself: every connection sends until the plan is done and everything is answered or given up.
    func load(_ connections: [[any LoadConnection & Sendable]]) async -> Double {
        let started = LoadPlan.now
        plan.begin()
        await withTaskGroup(of: Void.self) { tasks in
            for (reactor, own) in zip(group.reactors, connections) {
                tasks.addTask(executorPreference: reactor) { await self.loadOne(reactor, own) }
            }
            let progress = Task { await self.showProgress(since: started) }
            await tasks.waitForAll()
            progress.cancel()
        }
        return Double(LoadPlan.now - started) / 1e9
    }

    private func loadOne(_ reactor: Reactor, _ connections: [any LoadConnection & Sendable]) async {
        guard !connections.isEmpty else { return }
        if let rate = options.rate {
            await sendByTheClock(reactor, connections, perSecond: rate / Double(group.reactors.count))
        } else {
            for _ in 0..<plan.inFlight {
                for connection in connections where plan.takeRequest() { connection.sendRequest(due: LoadPlan.now) }
            }
        }
        await waitForAnswers(reactor, connections)
    }

    /// Sends what has come due each millisecond, in turn over the connections.
    private func sendByTheClock(
        _ reactor: Reactor, _ connections: [any LoadConnection & Sendable], perSecond: Double
    ) async {
        let start = LoadPlan.now
        let interval = 1e9 / perSecond
        var number = 0
        while true {
            let now = LoadPlan.now
            while Double(now - start) >= Double(number) * interval {
                guard plan.takeRequest() else { return }
                let connection = connections[number % connections.count]
                guard connection.isOpen else { return recorder.failed("connection closed by the server") }
                connection.sendRequest(due: start + UInt64(Double(number) * interval))
                number += 1
            }
            guard (try? await reactor.sleep(for: .milliseconds(1))) != nil else { return }
        }
    }

    /// Ends when nothing is pending, or when nothing has been answered for the time-out.
    private func waitForAnswers(_ reactor: Reactor, _ connections: [any LoadConnection & Sendable]) async {
        var last = recorder.answeredCount
        var lastChange = LoadPlan.now
        while connections.contains(where: { $0.isOpen && $0.pending > 0 }) {
            guard (try? await reactor.sleep(for: .milliseconds(1))) != nil else { return }
            let answered = recorder.answeredCount
            if answered != last {
                last = answered
                lastChange = LoadPlan.now
            } else if Double(LoadPlan.now - lastChange) / 1e9 > options.timeout {
                break
            }
        }
        for connection in connections where connection.pending > 0 {
            let reason = connection.isOpen ? "no answer within \(options.timeout) s" : "connection closed by the server"
            for _ in 0..<connection.pending { recorder.failed(reason) }
        }
    }

    private func showProgress(since start: UInt64) async {
        guard isatty(STDERR_FILENO) == 1 else { return }
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let seconds = Double(LoadPlan.now - start) / 1e9
            let line = String(
                format: "\r%.0f s: %d answers, %.0f/s ", seconds, recorder.answeredCount,
                Double(recorder.answeredCount) / seconds)
            Console.error(line)
        }
    }

    /// Prints the report; a run in which anything failed exits with 1.
    func finish(_ kind: String, address: String, connections: Int, seconds: Double) async throws {
        await group.shutdown()
        let report = LoadReport(
            kind: kind, address: address, connections: connections, seconds: seconds, totals: recorder.snapshot)
        print(options.json ? report.json : report.text)
        if !report.totals.errors.isEmpty || report.count == 0 { throw ExitCode.failure }
    }
}
