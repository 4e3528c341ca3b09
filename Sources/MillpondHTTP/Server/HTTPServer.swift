public import MillpondIO
public import MillpondNet

/// An HTTP/1.1 server: answers requests on the reactors of a group.
///
///     let server = HTTPServer(group: group) { request, response in
///         response.set(.contentType, "text/plain")
///         try await response.send("Hello, World!")
///     }
///     let address = try server.start(on: .loopback(port: 8080))
///
/// The handler runs on the connection's reactor and may suspend as it likes. What it must not do is block the thread.
/// A handler that throws before it answers makes a 500; one that returns without an answer, a 200 without content.
/// Thread-safe.
public final class HTTPServer: Sendable {
    /// Answers one request.
    public typealias Handler = @Sendable (inout HTTPRequest, inout HTTPResponse) async throws -> Void

    /// The listener, with its counts.
    public let listener: TCPServer

    /// A server that does not listen yet: ``start(on:)`` does that.
    ///
    /// - Parameters:
    ///   - group: the reactors that serve the connections. Shut them down after `drain`.
    ///   - options: limits and deadlines. They do not change later.
    ///   - handler: answers each request, on the reactor of its connection.
    public init(
        group: ReactorGroup, options: HTTPServerOptions = .init(), handler: @escaping Handler
    ) {
        let contexts = group.reactors.map { _ in HTTPContext(options: options, handler: handler) }
        var listenerOptions = options.listener
        listenerOptions.channel.readTimeout = options.keepAliveTimeout
        listener = TCPServer(group: group, options: listenerOptions) { channel in
            HTTPDriver(channel: channel, context: contexts[channel.reactor.index])
        }
    }

    /// Binds, listens and begins to serve. Port 0 takes a free port.
    ///
    /// - Returns: the address that it listens on.
    /// - Throws: `IOError.system` when the address can't be had.
    @discardableResult
    public func start(on address: SocketAddress) throws(IOError) -> SocketAddress {
        try listener.start(on: address)
    }

    /// Ends in order: accepts nothing more, closes idle connections at once, lets requests in progress finish with
    /// `Connection: close`, and closes at the deadline what is left.
    ///
    /// - Returns: how many connections had to be closed.
    @discardableResult
    public func drain(within deadline: Duration = .seconds(10)) async -> Int {
        await listener.drain(within: deadline)
    }
}
