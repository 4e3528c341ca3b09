import Hummingbird
import Logging
import NIOPosix

/// `hummingbird-hello PORT`: the same answer as hello-http, on one event loop.
@main
enum HummingbirdHello {
    static func main() async throws {
        guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
            fatalError("usage: hummingbird-hello PORT")
        }
        let router = Router()
        router.get("/") { _, _ in "Hello, World!" }
        var logger = Logger(label: "hello")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)), logger: logger)
        try await application.runService()
    }
}
