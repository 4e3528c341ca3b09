import MillpondHTTP
import MillpondNet
import TestSupport

/// Serves `handler` on a free port while `body` talks to it as a plain peer.
func withServer(
    handler: @escaping HTTPServer.Handler, _ body: @Sendable (PlainSocket) throws -> Void
) async throws {
    let group = try ReactorGroup(count: 1)
    let server = HTTPServer(group: group, handler: handler)
    let address = try server.start(on: .loopback(port: 0))
    do {
        try body(try PlainSocket(port: address.port ?? 0))
    } catch {
        await server.drain(within: .zero)
        await group.shutdown()
        throw error
    }
    await server.drain(within: .zero)
    await group.shutdown()
}
