internal import CMillpond
internal import Glibc
internal import MillpondIO
internal import MillpondPools
internal import Synchronization

/// Turns host names into addresses, off the reactors: `getaddrinfo` blocks for as long as it likes.
///
/// A few threads of its own, which come with the first lookup of a name and go when there are none, serve a bounded
/// queue: names whose servers don't answer hold up no others' blocking work. A numeric host never gets there.
public enum Resolver {
    /// Lookups that may be waited for at a time. A further one fails with `IOError.backlogExceeded`.
    public static let queueLimit = 256

    // Lookups that nobody waits for any more stay in the queue until their turn, and take no place of a live one.
    private static let workers = WorkerPool(
        WorkerPool.Options(name: "resolver", maximumWorkers: 8, queueLimit: 16 * queueLimit))
    private static let waiting = Atomic(0)

    /// Looks a host up. The calling task must run on a reactor, whose timers keep the deadline.
    ///
    /// - Parameters:
    ///   - host: a name or a numeric address.
    ///   - port: goes into the addresses.
    ///   - timeout: how long to wait for the system's answer.
    /// - Returns: at least one address, in the system's order of preference (RFC 6724).
    /// - Throws: ``ResolverError`` when the name has no address, or the task does not run on a reactor;
    ///   `IOError.timedOut`, `IOError.backlogExceeded`, `CancellationError`.
    public static func resolve(
        host: String, port: UInt16, timeout: Duration = .seconds(5)
    ) async throws -> [SocketAddress] {
        if let address = SocketAddress(host: host, port: port) { return [address] }
        let (lookup, reactor) = try begin(host: host, port: port)
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        do {
            try await reactor.sleep(lookup.waiter, for: timeout) { lookup.isFinished }
        } catch {
            lookup.abandon()
            throw error
        }
        return try lookup.conclude()
    }

    // With this inlined the optimiser of Swift 6.3.1 crashes while it splits `resolve`.
    @inline(never)
    private static func begin(host: String, port: UInt16) throws -> (Lookup, Reactor) {
        guard let reactor = Reactor.current else {
            throw ResolverError(host: host, reason: "the task does not run on a reactor")
        }
        let lookup = Lookup(host: host, port: port, waiter: Sleeper(), reactor: reactor)
        let count = waiting.wrappingAdd(1, ordering: .relaxed).newValue
        do throws(WorkerPoolError) {
            if count > queueLimit { throw .queueFull(limit: queueLimit) }
            // Once nobody waits for it any more, the next one shall not wait for it either.
            try workers.submit { if !lookup.isAbandoned { lookup.finish(lookup.run()) } }
        } catch {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            guard error.isQueueFull else { throw ResolverError(host: host, reason: error.description) }
            throw IOError.backlogExceeded(limit: queueLimit)
        }
        return (lookup, reactor)
    }
}

/// A host name that has no address.
public struct ResolverError: Error, CustomStringConvertible {
    /// The name that was looked up.
    public let host: String
    /// What the system's resolver says of it.
    public let reason: String

    public var description: String { "cannot resolve \(host): \(reason)" }
}

/// One name on its way through the resolver's threads.
final class Lookup: Sendable {
    let host: String
    let port: UInt16
    let waiter: Sleeper
    private let reactor: Reactor
    private let state = Guarded<(result: Result<[SocketAddress], ResolverError>?, isAbandoned: Bool)>((nil, false))

    init(host: String, port: UInt16, waiter: Sleeper, reactor: Reactor) {
        self.host = host
        self.port = port
        self.waiter = waiter
        self.reactor = reactor
    }

    var isFinished: Bool { state.withLock { $0.result != nil } }
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    // Not inlined for the sake of `Resolver.begin`'s caller: see there.
    @inline(never)
    func conclude() throws -> [SocketAddress] {
        guard let result = state.withLock({ $0.result }) else {
            abandon()
            throw IOError.timedOut
        }
        return try result.get()
    }

    @inline(never)
    func abandon() {
        state.withLock { $0.isAbandoned = true }
    }

    func finish(_ result: Result<[SocketAddress], ResolverError>) {
        state.withLock { $0.result = result }
        let waiter = self.waiter
        reactor.post { _ in waiter.timerFired() }
    }

    /// Blocks. The resolver's threads only.
    func run() -> Result<[SocketAddress], ResolverError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(ResolverError(host: host, reason: unsafe String(cString: gai_strerror(code))))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = unsafe list
        while let info = unsafe entry {
            var storage = sockaddr_storage()
            let length = min(Int(unsafe info.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: info.pointee.ai_addr, count: length))
            }
            if let address = SocketAddress(storage) { addresses.append(address.withPort(port)) }
            unsafe entry = info.pointee.ai_next
        }
        if addresses.isEmpty { return .failure(ResolverError(host: host, reason: "no stream address")) }
        return .success(addresses)
    }
}
