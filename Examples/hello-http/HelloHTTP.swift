import ArgumentParser
import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet

/// Answers every request with the same few words: the least that a server can do.
@main
struct HelloHTTP: AsyncParsableCommand {
    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port: UInt16 = 8080
    @Option(help: "Threads that serve connections; one per core by default.") var reactors: Int?

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        let group = try ReactorGroup(count: reactors)
        let server = HTTPServer(group: group) { _, response in
            response.set(.contentType, "text/plain")
            try await response.send("Hello, World!")
        }
        print("listening on http://\(try server.start(on: address)) with \(group.reactors.count) reactors")
        // Standard output may be a pipe.
        fflush(nil)
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
