internal import MillpondNet

/// Bounds how often a client may ask: a bucket of tokens for each, which fills at a steady rate. Whoever finds it empty
/// gets 429 with `Retry-After`.
///
/// The table of clients has a fixed size. Where it is full, the one that is least limited is forgotten, so that a flood
/// of new clients takes nobody's limit but lets some start anew.
public struct HTTPRateLimit: HTTPMiddleware {
    /// What tells clients apart.
    public struct Key: Sendable {
        enum Kind: Sendable {
            case address
            case field(HTTPFieldName)
            case forwarded(fromEnd: Int)
            case custom(@Sendable (borrowing HTTPRequest, inout Hasher) -> Bool)
        }

        let kind: Kind

        /// The address they connect from; of IPv6 the first 64 bits, which one client has to itself. A system call.
        public static var address: Key { Key(kind: .address) }
        /// The address that a proxy in front of the server has written into `X-Forwarded-For`, of IPv6 the first 64
        /// bits; where the list is shorter, or what stands there is no address, the one they connect from.
        ///
        /// Each proxy adds the address that connected to it at the end. What stands before those that the server's own
        /// proxies added is the client's to choose.
        ///
        /// - Parameter fromEnd: how many proxies of its own the server stands behind: with one, the last element.
        /// - Precondition: `fromEnd` is at least 1.
        public static func forwarded(fromEnd: Int = 1) -> Key {
            precondition(fromEnd > 0, "an element behind the end")
            return Key(kind: .forwarded(fromEnd: fromEnd))
        }

        /// The whole value of a field, its first line's, such as a key that was checked before; those without it are
        /// told apart by address.
        ///
        /// A client that may choose the value has as many buckets as it likes: this limits nobody unless something in
        /// front of the server sets or checks the field. For addresses that proxies add to a list, see
        /// ``forwarded(fromEnd:)``.
        public static func field(_ name: HTTPFieldName) -> Key { Key(kind: .field(name)) }
        /// Whatever a function feeds to the hasher; it returns false for those who are not limited.
        public static func custom(_ identify: @escaping @Sendable (borrowing HTTPRequest, inout Hasher) -> Bool) -> Key
        {
            Key(kind: .custom(identify))
        }
    }

    private let table: RateTable
    private let key: Key
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - rate: requests a second that each may make in the long run; above 0.
    ///   - burst: how many at once; at least 1.
    ///   - key: what tells them apart.
    ///   - limit: how many of them are remembered. 65 536, in 1 MiB.
    public init(rate: Double, burst: Int, by key: Key = .address, limit: Int = 65_536) {
        self.init(rate: rate, burst: burst, by: key, limit: limit, now: FileCache.now)
    }

    /// - Parameter now: nanoseconds of a clock that never goes back.
    init(rate: Double, burst: Int, by key: Key, limit: Int, now: @escaping @Sendable () -> UInt64) {
        precondition(rate > 0 && rate.isFinite && burst > 0 && limit > 0, "a rate limit that lets nobody in")
        table = RateTable(rate: rate, burst: burst, limit: limit)
        self.key = key
        self.now = now
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        if let hash = hash(request), let wait = table.take(hash, now: now()) {
            response.status = .tooManyRequests
            response.set(.retryAfter, String(wait.roundedUp))
            return
        }
        try await next(&request, &response)
    }

    /// Nil for a client that is not limited.
    private func hash(_ request: borrowing HTTPRequest) -> Int? {
        // Seeded for each process, so that nobody can choose keys that collide.
        var hasher = Hasher()
        switch key.kind {
        case .address: Self.feed(request.channel.remoteAddress, to: &hasher)
        case .field(let name):
            if let value = request.field(name) {
                unsafe value.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
            } else {
                Self.feed(request.channel.remoteAddress, to: &hasher)
            }
        case .forwarded(let place):
            Self.feed(Self.forwarded(request, fromEnd: place) ?? request.channel.remoteAddress, to: &hasher)
        case .custom(let identify):
            if !identify(request, &hasher) { return nil }
        }
        return hasher.finalize()
    }

    /// The element at a place of the list that all lines of `X-Forwarded-For` are together.
    private static func forwarded(_ request: borrowing HTTPRequest, fromEnd place: Int) -> SocketAddress? {
        let name: HTTPFieldName = "X-Forwarded-For"
        var left = place
        for line in stride(from: request.fieldCount - 1, through: 0, by: -1)
        where name.matches(request.fieldName(at: line)) {
            let list = request.fieldValue(at: line)
            var count = 0
            list.forEachListElement { _ in
                count += 1
                return true
            }
            if count < left {
                left -= count
                continue
            }
            var found: Range<Int>?
            list.forEachListElement { element in
                found = element
                count -= 1
                return count >= left
            }
            return found.flatMap { SocketAddress(host: String(bytes: list.extracting($0)), port: 0) }
        }
        return nil
    }

    private static func feed(_ address: SocketAddress?, to hasher: inout Hasher) {
        switch address {
        case .ipv4(let address, _): hasher.combine(address)
        case .ipv6(let high, _, _, _): hasher.combine(high)
        // All of this machine.
        default: break
        }
    }
}

extension UInt64 {
    /// Nanoseconds as whole seconds, and one more for a part of one.
    fileprivate var roundedUp: UInt64 { (self + 999_999_999) / 1_000_000_000 }
}
