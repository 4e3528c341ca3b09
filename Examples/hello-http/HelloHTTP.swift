import MillpondHTTP
import MillpondIO
import MillpondNet

/// Answers every request with the same few words: the least that a server can do.
@main
struct HelloHTTP {
    static func main() async {
        let flags = Flags(CommandLine.arguments)
        guard let address = SocketAddress(host: flags.host, port: flags.port) else {
            Flags.fail("not an address: \(flags.host)")
        }
        do {
            let group = try ReactorGroup(count: flags.reactors)
            let server = HTTPServer(group: group) { _, response in
                response.set(.contentType, "text/plain")
                try await response.send("Hello, World!")
            }
            let bound = try server.start(on: address)
            print("listening on http://\(bound) with \(group.reactors.count) reactors")
        } catch {
            Flags.fail("\(error)")
        }
        // Until the process is killed.
        while true { try? await Task.sleep(for: .seconds(3600)) }
    }
}
