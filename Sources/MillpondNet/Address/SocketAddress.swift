internal import CMillpond
internal import Glibc
internal import MillpondIO

/// The address of a stream socket: IPv4, IPv6 or a Unix-domain path.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// Address and port in host byte order.
    case ipv4(UInt32, port: UInt16)
    /// The 16 bytes in network order as two big-endian words, the port, and the scope of a link-local address.
    case ipv6(high: UInt64, low: UInt64, port: UInt16, scope: UInt32 = 0)
    /// A path in the file system, at most 107 bytes.
    case unix(path: String)

    /// Parses a numeric host: `127.0.0.1`, `::1`, `[::1]`, `fe80::1%2`. Names need a ``Resolver``.
    public init?(host: String, port: UInt16) {
        var name = host
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, name, &v4) == 1 {
            self = .ipv4(UInt32(bigEndian: v4.s_addr), port: port)
            return
        }
        var scope: UInt32 = 0
        if let percent = name.firstIndex(of: "%") {
            guard let number = UInt32(name[name.index(after: percent)...]) else { return nil }
            scope = number
            name = String(name[..<percent])
        }
        var v6 = in6_addr()
        guard unsafe inet_pton(AF_INET6, name, &v6) == 1 else { return nil }
        self = SocketAddress.ipv6(v6, port: port, scope: scope)
    }

    /// Any address of this machine.
    public static func anyIPv4(port: UInt16) -> SocketAddress { .ipv4(0, port: port) }
    /// This machine only.
    public static func loopback(port: UInt16) -> SocketAddress { .ipv4(0x7F00_0001, port: port) }

    /// The port; nil for a Unix socket.
    public var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, let port, _): port
        case .unix: nil
        }
    }

    /// The same address with another port; a Unix path stays as it is.
    public func withPort(_ port: UInt16) -> SocketAddress {
        switch self {
        case .ipv4(let address, _): .ipv4(address, port: port)
        case .ipv6(let high, let low, _, let scope): .ipv6(high: high, low: low, port: port, scope: scope)
        case .unix: self
        }
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        switch self {
        case .ipv4(let address, _): address >> 24 == 127
        case .ipv6(let high, let low, _, _): high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
        case .unix: true
        }
    }

    /// `127.0.0.1:80`, `[::1]:80` or `unix:/path`.
    public var description: String {
        switch self {
        case .ipv4(_, let port): "\(host):\(port)"
        case .ipv6(_, _, let port, let scope): scope == 0 ? "[\(host)]:\(port)" : "[\(host)%\(scope)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The address without its port, or the path.
    public var host: String {
        switch self {
        case .ipv4(let address, _):
            return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
        case .ipv6(let high, let low, _, _):
            var bytes = (high.bigEndian, low.bigEndian)
            return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                guard unsafe inet_ntop(AF_INET6, &bytes, text.baseAddress, socklen_t(text.count)) != nil else {
                    return "?"
                }
                return unsafe String(cString: text.baseAddress!)
            }
        case .unix(let path): return path
        }
    }

    var family: Int32 {
        switch self {
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        case .unix: AF_UNIX
        }
    }

    private static func ipv6(_ address: in6_addr, port: UInt16, scope: UInt32) -> SocketAddress {
        let words = unsafe withUnsafeBytes(of: address) { bytes in
            unsafe (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        return .ipv6(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1), port: port, scope: scope)
    }
}

// MARK: The C structures

extension SocketAddress {
    /// Calls `body` with the address as `struct sockaddr`.
    ///
    /// - Throws: `IOError.system(ENAMETOOLONG)` for a Unix path that does not fit.
    func withSockaddr<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws(IOError) -> Result {
        var storage = sockaddr_storage()
        let length: Int
        switch self {
        case .ipv4(let address, let port):
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            value.sin_addr.s_addr = address.bigEndian
            length = Self.store(value, in: &storage)
        case .ipv6(let high, let low, let port, let scope):
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            value.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &value.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            length = Self.store(value, in: &storage)
        case .unix(let path):
            var value = sockaddr_un()
            value.sun_family = sa_family_t(AF_UNIX)
            let capacity = MemoryLayout.size(ofValue: value.sun_path)
            guard path.utf8.count < capacity, !path.isEmpty else {
                throw .system(
                    errno: ENAMETOOLONG, operation: "bind", subject: "a Unix socket path of 1 to \(capacity - 1) bytes")
            }
            unsafe withUnsafeMutableBytes(of: &value.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            length = Self.store(value, in: &storage)
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(length))
            }
        }
    }

    private static func store<Value>(_ value: Value, in storage: inout sockaddr_storage) -> Int {
        unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: value, as: Value.self) }
        return MemoryLayout<Value>.size
    }

    init?(_ storage: borrowing sockaddr_storage) {
        var copy = copy storage
        let address: SocketAddress? = unsafe withUnsafeBytes(of: &copy) { bytes in
            switch Int32(unsafe bytes.load(as: sa_family_t.self)) {
            case AF_INET:
                let value = unsafe bytes.load(as: sockaddr_in.self)
                return .ipv4(UInt32(bigEndian: value.sin_addr.s_addr), port: UInt16(bigEndian: value.sin_port))
            case AF_INET6:
                let value = unsafe bytes.load(as: sockaddr_in6.self)
                return .ipv6(
                    value.sin6_addr, port: UInt16(bigEndian: value.sin6_port), scope: value.sin6_scope_id)
            case AF_UNIX:
                let path = unsafe bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
                return .unix(path: unsafe String(decoding: path, as: UTF8.self))
            default: return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// The address that a socket is connected to.
    static func peer(of descriptor: Int32) -> SocketAddress? {
        unsafe read { address, length in unsafe getpeername(descriptor, address, length) }
    }

    /// The address that a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        unsafe read { address, length in unsafe getsockname(descriptor, address, length) }
    }

    private static func read(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call($0, &length) }
        }
        return result == 0 ? SocketAddress(storage) : nil
    }
}
