import ArgumentParser
import MillpondIO
import MillpondNet
import MillpondWebSocket

/// What the commands do alike.
extension LoadRun {
    /// Finds the server, runs `body` against it, and turns what can go wrong into one clear line.
    ///
    /// - Parameters:
    ///   - options: of the command line; they name the server.
    ///   - other: the server's address where they do not.
    ///   - kind: the command's name.
    ///   - schemes: what the address may begin with.
    static func perform(
        _ options: BenchOptions, at other: String, kind: String, schemes: [BenchAddress.Scheme],
        _ body: (LoadRun, LoadTarget) async throws -> Void
    ) async throws {
        let address = options.address ?? other
        do {
            let parsed = try BenchAddress(address, kind: kind, schemes: schemes)
            let run = try LoadRun(options)
            try await body(run, try await LoadTarget.find(parsed, for: run))
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
