internal import MillpondPools

/// How many connections a server has from one remote address.
// Sound: the count is used under the lock of the server's table only.
@safe
final class AddressCount: @unchecked Sendable {
    /// An address, or the network that it is in.
    struct Key: Hashable {
        let high: UInt64
        let low: UInt64

        /// Nil for a Unix socket.
        init?(_ address: SocketAddress, byNetwork: Bool) {
            switch address {
            // As IPv6 would write it: `::ffff:a.b.c.d`.
            case .ipv4(let address, _): (high, low) = (0, 0xFFFF << 32 | UInt64(address))
            case .ipv6(let high, let low, _, _): (self.high, self.low) = (high, byNetwork ? 0 : low)
            case .unix: return nil
            }
        }
    }

    let key: Key
    fileprivate(set) var count = 0

    init(_ key: Key) { self.key = key }
}

extension TCPServer {
    /// What becomes of a connection that was just accepted.
    enum Admission {
        case uncounted
        /// To be given back with ``leave(_:)``.
        case counted(AddressCount)
        /// Its address has as many as it may.
        case refused
    }

    func admit(_ descriptor: Int32) -> Admission {
        guard let limit = options.maximumConnectionsPerAddress else { return .uncounted }
        // A peer that is gone already has no address any more, and will not stay.
        guard let address = SocketAddress.peer(of: descriptor),
            let key = AddressCount.Key(address, byNetwork: options.countsIPv6ByNetwork)
        else { return .uncounted }
        return addresses.withLock { table in
            let entry = table[key] ?? AddressCount(key)
            if entry.count >= limit { return .refused }
            if entry.count == 0 { table[key] = entry }
            entry.count += 1
            return .counted(entry)
        }
    }

    /// The table holds no address without connections, so it is no larger than they are many.
    func leave(_ entry: AddressCount) {
        addresses.withLock { table in
            entry.count -= 1
            if entry.count == 0 { table[entry.key] = nil }
        }
    }
}
