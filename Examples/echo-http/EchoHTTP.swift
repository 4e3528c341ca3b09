import ArgumentParser
import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet

/// Answers any request with what it was, for conformance tools and clients' tests to be pointed at.
@main
struct EchoHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo-http", abstract: "Answers any request with its method, target, host and body, as text.")

    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port: UInt16 = 8080
    @Option(help: "Threads that serve connections; one per core by default.") var reactors: Int?
    @Option(help: "A folder whose files are served, at their paths, to GET and HEAD.") var root: String?

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        let group = try ReactorGroup(count: reactors)
        let server = HTTPServer(group: group, handler: try handler())
        print("listening on http://\(try server.start(on: address)) with \(group.reactors.count) reactors")
        // Standard output may be a pipe.
        fflush(nil)
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private func handler() throws -> HTTPServer.Handler {
        guard let root else { return EchoHandler.handle }
        let files = try FileServer(root)
        return { request, response in
            if request.method == .get || request.method == .head {
                if try await files.serveIfFound(&request, &response) { return }
            }
            try await EchoHandler.handle(&request, &response)
        }
    }
}
