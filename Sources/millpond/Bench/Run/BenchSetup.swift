import ArgumentParser
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// What the kinds of load do alike: open the connections, run, report.
extension LoadRun {
    /// Opens `count` connections, spread over the reactors and at most 64 at a time on each.
    func open<Connection: LoadConnection & Sendable>(
        _ count: Int, _ make: @escaping @Sendable (Int, LoadRecorder) async throws -> Connection
    ) async throws -> [[Connection]] {
        let reactors = group.reactors
        try checkDescriptors(count)
        return try await withThrowingTaskGroup(of: (Int, [Connection]).self) { tasks in
            for (place, reactor) in reactors.enumerated() {
                let recorder = recorders[place]
                for lane in 0..<64 {
                    tasks.addTask(executorPreference: reactor) {
                        var own: [Connection] = []
                        var number = place + lane * reactors.count
                        while number < count {
                            own.append(try await make(number, recorder))
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

    /// - Throws: when the process can't have so many connections.
    func checkDescriptors(_ count: Int) throws {
        if count > descriptors {
            throw CommandFailure(
                "\(count) connections need as many descriptors, and about \(max(0, descriptors)) are allowed: "
                    + "raise the limit (ulimit -Hn) or use fewer connections")
        }
    }

    /// Runs `body` with the address once that is checked, and turns what can go wrong with a server into one clear
    /// line.
    static func reporting(
        _ address: String, kind: String, schemes: [BenchAddress.Scheme], _ body: (BenchAddress) async throws -> Void
    ) async throws {
        do {
            try await body(try BenchAddress(address, kind: kind, schemes: schemes))
        } catch let code as ExitCode {
            throw code
        } catch let failure as CommandFailure {
            throw failure.report()
        } catch let error as LoadError {
            throw CommandFailure("\(address): \(error)").report()
        } catch let error as WebSocketError {
            throw CommandFailure("\(address): \(error)").report()
        } catch let error as IOError {
            throw CommandFailure("\(address): \(error)").report()
        } catch let error as ResolverError {
            throw CommandFailure("\(error)").report()
        }
    }
}
