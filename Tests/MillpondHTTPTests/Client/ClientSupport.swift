import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import Synchronization
import TestSupport
import Testing

/// One reactor, a server on it and a transport: what most tests of the client need.
///
/// At the end the pool must be closed with nothing left, and every connection with it.
func withTransport<Result: Sendable>(
    _ options: TransportOptions = .init(), reactors: Int = 1,
    handler: @escaping HTTPServer.Handler = echoRequest,
    _ body: @Sendable (Transport, HTTPOrigin) async throws -> Result
) async throws -> Result {
    let group = try ReactorGroup(count: reactors)
    let server = HTTPServer(group: group, handler: handler)
    let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
    let origin = try HTTPOrigin(host: "127.0.0.1", port: address.port)
    return try await finish(group, options, { await server.drain(within: .seconds(2)) }) { transport in
        try await body(transport, origin)
    }
}

/// The same with a server that does with each connection what `script` says.
func withScript<Result: Sendable>(
    _ options: TransportOptions = .init(), reactors: Int = 1,
    script: @escaping @Sendable (inout TCPConnection) async throws -> Void,
    _ body: @Sendable (Transport, HTTPOrigin) async throws -> Result
) async throws -> Result {
    let group = try ReactorGroup(count: reactors)
    let server = TCPServer(group: group, handler: script)
    let address = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!)
    let origin = try HTTPOrigin(host: "127.0.0.1", port: address.port)
    return try await finish(group, options, { await server.drain(within: .zero) }) { transport in
        try await body(transport, origin)
    }
}

private func finish<Result: Sendable>(
    _ group: ReactorGroup, _ options: TransportOptions, _ drain: () async -> Int,
    _ body: (Transport) async throws -> Result
) async throws -> Result {
    let transport = Transport(group: group, options: options)
    let outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try await body(transport)) } catch { outcome = .failure(error) }
    let left = await transport.close(within: .seconds(5))
    #expect(left == 0, "connections that did not end")
    _ = await drain()
    await group.shutdown()
    return try outcome.get()
}

/// Answers with what it was asked: `METHOD target body`.
let echoRequest: HTTPServer.Handler = { request, response in
    let head = "\(request.method) \(request.pathString)"
    let body = try await request.readText(limit: 64 << 20)
    try await response.send("\(head) \(body)")
}

extension TCPConnection {
    /// Reads a request's head, and content that comes with a length; nil when the client has closed.
    mutating func readRequest() async throws -> String? {
        guard try await reader.fill() else { return nil }
        let head = try await reader.withHeaderBlock { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
        if let count = line.flatMap({ Int($0.dropFirst(16)) }) { try await reader.skip(count) }
        return head
    }

    /// Sends bytes and waits until the kernel has them.
    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) async throws {
        try channel.write(bytes.span.bytes)
        try await channel.drain()
    }
}

/// The error of a kind that an operation throws; nil if it throws none.
func clientError(_ operation: () async throws -> Void) async -> HTTPClientError? {
    do {
        try await operation()
        return nil
    } catch {
        return error as? HTTPClientError
    }
}

/// A text that any thread may change.
final class SharedText: Sendable {
    private let text = Mutex("")

    func get() -> String { text.withLock { $0 } }
    func set(_ new: String) { text.withLock { $0 = new } }
}

/// What is collected of a response: its status, and its content as text.
func collect(_ transport: Transport, _ request: HTTPClientRequest) async throws -> (status: Int, text: String) {
    try await transport.withResponse(request) { response in
        (Int(response.status.code), try await response.readText(limit: 64 << 20))
    }
}
