import ArgumentParser
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// What the kinds of load do alike: open the connections, run, report.
extension LoadRun {
    /// Opens `count` connections, spread over the reactors and at most 64 at a time on each.
    func open<Connection: LoadConnection & Sendable>(
        _ count: Int, _ make: @escaping @Sendable (Int) async throws -> Connection
    ) async throws -> [[Connection]] {
        let reactors = group.reactors
        return try await withThrowingTaskGroup(of: (Int, [Connection]).self) { tasks in
            for (place, reactor) in reactors.enumerated() {
                for lane in 0..<64 {
                    tasks.addTask(executorPreference: reactor) {
                        var own: [Connection] = []
                        var number = place + lane * reactors.count
                        while number < count {
                            own.append(try await make(number))
                            number += 64 * reactors.count
                        }
                        return (place, own)
                    }
                }
            }
            var opened = reactors.map { _ in [Connection]() }
            for try await (place, own) in tasks { opened[place] += own }
            return opened
        }
    }

    /// Runs `body`, and turns what can go wrong with a server into one clear line.
    static func reporting(_ address: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let failure as CommandFailure {
            throw failure.report()
        } catch let error as WebSocketError {
            throw CommandFailure("\(address): \(error)").report()
        } catch let error as IOError {
            throw CommandFailure("\(address): \(error)").report()
        } catch let error as ResolverError {
            throw CommandFailure("\(error)").report()
        }
    }
}
