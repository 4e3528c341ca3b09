internal import MillpondNet
internal import MillpondPools
internal import Synchronization

/// The part of a transport that lives on one reactor: a pool, and the way of a request through it.
final class TransportLane: Sendable {
    typealias Pool = ConnectionPool<HTTPConnectionKey, ClientConnection>
    typealias Lease = PooledConnection<HTTPConnectionKey, ClientConnection>

    /// What came of sending a request once.
    enum Attempt<Result> {
        case done(Result)
        /// The server had closed the connection.
        case unanswered(any Error)
    }

    let reactor: Reactor
    let context: TransportContext
    let pool: Pool
    /// Requests of tasks that run elsewhere.
    let guests = Atomic(0)

    init(_ reactor: Reactor, _ options: TransportOptions, _ connector: @escaping Transport.Connector) {
        self.reactor = reactor
        let context = TransportContext(options)
        self.context = context
        let limits = ConnectionPoolOptions(
            maximumOpen: options.maximumOpen, maximumOpenPerKey: options.maximumOpenPerHost,
            maximumIdle: options.maximumIdle, maximumIdlePerKey: options.maximumIdlePerHost,
            maximumWaiters: options.maximumWaiters, acquireTimeout: options.timeouts.connection,
            dialTimeout: options.dialTimeout, idleTimeout: options.idleTimeout,
            maximumLifetime: options.maximumLifetime)
        let hooks = ConnectionPoolHooks<ClientConnection>(
            isUsable: { $0.isUsable }, close: { connection in connection.shutDown() })
        pool = Pool(limits, executor: reactor, hooks: hooks) { key, token in
            let connection = ClientConnection(try await connector(key, options), context, token)
            // It may be nobody's for now.
            connection.channel.watch(connection)
            return connection
        }
    }

    // MARK: A request

    /// Sends a request, again where that is safe, and lends its response to `body`. On the reactor only.
    func send<Result: Sendable>(
        _ request: HTTPClientRequest, _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        try Self.check(request)
        guard context.hasValidAgent else { throw HTTPClientError.invalidRequest("user agent") }
        let upload = try ClientConnection.plan(request)
        let timeouts = request.timeouts ?? context.options.timeouts
        let called = reactor.monotonicNanoseconds
        let end = timeouts.total.map { called &+ $0.clampedNanoseconds } ?? 0
        context.counters.requests.increment()
        var attempts = 0
        while true {
            // A request that nobody wants any more is not sent, though there be a connection at once.
            try Task.checkCancellation()
            let isLast = attempts > 0 && attempts == context.options.maximumRetries
            let lease = try await borrow(request.key, timeouts, end, isLast: isLast)
            let connection = lease.connection
            connection.unpark()
            connection.times.called = called
            connection.times.lent = reactor.monotonicNanoseconds
            connection.timeouts = timeouts
            connection.timer.set(end)
            if lease.isReused { context.counters.reuses.increment() }
            let attempt: Attempt<Result>
            do {
                attempt = try await exchange(connection, request, upload, body)
            } catch {
                context.counters.failures.increment()
                if connection.park() { lease.giveBack() } else { lease.discard() }
                throw error
            }
            switch attempt {
            case .done(let result):
                if connection.park() { lease.giveBack() } else { lease.discard() }
                return result
            case .unanswered(let error):
                lease.discard()
                guard attempts < context.options.maximumRetries, mayRetry(request, connection) else {
                    context.counters.failures.increment()
                    throw connection.failure(error, .awaiting)
                }
            }
            attempts += 1
            context.counters.retries.increment()
        }
    }
}
