public import MillpondHTTP
public import MillpondNet
public import ServiceLifecycle

/// An HTTP server as a service: listens when it is run, and ends in order when the process is to end.
///
///     let service = HTTPServerService(server, on: address, group: group)
///     try await ServiceGroup(services: [service], gracefulShutdownSignals: [.sigterm], logger: logger).run()
public struct HTTPServerService: Service {
    private let server: HTTPServer
    private let address: SocketAddress
    private let drainDeadline: Duration
    private let group: ReactorGroup?
    private let onListening: @Sendable (SocketAddress) -> Void
    private let onDrained: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - server: not started.
    ///   - address: where to listen; port 0 takes a free port.
    ///   - drainDeadline: how long requests in progress may take to finish; what is left then is closed.
    ///   - group: the reactors, if nothing else runs on them: they are shut down last.
    ///   - onListening: told of the address.
    ///   - onDrained: told how many connections had to be closed at the end.
    public init(
        _ server: HTTPServer, on address: SocketAddress, drainDeadline: Duration = .seconds(10),
        group: ReactorGroup? = nil, onListening: @escaping @Sendable (SocketAddress) -> Void = { _ in },
        onDrained: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.server = server
        self.address = address
        self.drainDeadline = drainDeadline
        self.group = group
        self.onListening = onListening
        self.onDrained = onDrained
    }

    /// Serves until the graceful shutdown: then accepts nothing, closes idle connections, lets requests in progress
    /// finish, and closes what is left at the deadline. When the task is cancelled, closes everything at once.
    ///
    /// - Throws: `IOError` when the address can't be had; `CancellationError`.
    public func run() async throws {
        do {
            onListening(try server.start(on: address))
            try await gracefulShutdown()
        } catch {
            onDrained(await server.drain(within: .zero))
            await group?.shutdown()
            throw error
        }
        onDrained(await server.drain(within: drainDeadline))
        await group?.shutdown()
    }
}
