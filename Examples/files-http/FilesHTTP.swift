import ArgumentParser
import Glibc
import MillpondHTTP
import MillpondNet

/// Serves the files beneath a folder.
@main
struct FilesHTTP: AsyncParsableCommand {
    @Argument(help: "The folder to serve.") var root: String
    @Option(help: "The address to listen on; 0.0.0.0 or :: for all.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port: UInt16 = 8080
    @Option(help: "Threads that serve connections; one per core by default.") var reactors: Int?
    @Flag(help: "Answer a folder without index.html with a list of what is in it.") var list = false

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        var options = FileServerOptions()
        options.listsFolders = list
        let files = try FileServer(root, options: options)
        let group = try ReactorGroup(count: reactors)
        let server = HTTPServer(group: group, handler: files.handler)
        print("listening on http://\(try server.start(on: address)) with \(group.reactors.count) reactors")
        // Standard output may be a pipe.
        fflush(nil)
        // Until the process is killed.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
