import ArgumentParser
import ExampleSupport
import MillpondHTTP
import MillpondIO
import MillpondNet

/// Answers every request with the same few words: the least that a server can do.
@main
struct HelloHTTP {
    static func main() async {
        let flags = ServerFlags.parseOrExit()
        do {
            let group = try ReactorGroup(count: flags.reactors)
            let server = HTTPServer(group: group) { _, response in
                response.set(.contentType, "text/plain")
                try await response.send("Hello, World!")
            }
            let bound = try server.start(on: flags.address(usualPort: 8080))
            print("listening on http://\(bound) with \(group.reactors.count) reactors")
        } catch {
            ServerFlags.exit(withError: error)
        }
        // Until the process is killed.
        while true { try? await Task.sleep(for: .seconds(3600)) }
    }
}
