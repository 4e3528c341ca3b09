internal import CMillpond
internal import Glibc
internal import MillpondIO

/// Opens the listening sockets of a server.
enum ListeningSocket {
    /// One socket a reactor: bound to the same port for TCP, duplicates of one for a Unix socket.
    static func open(
        _ address: SocketAddress, count: Int, options: TCPServerOptions
    ) throws(IOError) -> [Int32] {
        if case .unix(let path) = address {
            return try openUnix(address, path: path, count: count, options: options)
        }
        // SO_REUSEPORT would let a second server of the same user share the port unnoticed: a plain bind finds out.
        if address.port != 0 { close(try bind(address, isShared: false)) }
        var descriptors: [Int32] = []
        var target = address
        do {
            for _ in 0..<count {
                let descriptor = try bind(target, isShared: true)
                descriptors.append(descriptor)
                // Port 0: the others share the port that the first was given.
                if let port = SocketAddress.local(of: descriptor)?.port { target = address.withPort(port) }
            }
            // Only now, so that no connection lands on a socket of a start that fails.
            for descriptor in descriptors { try listen(descriptor, address, options) }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        return descriptors
    }

    private static func bind(_ address: SocketAddress, isShared: Bool) throws(IOError) -> Int32 {
        let descriptor = mp_socket(address.family)
        guard descriptor >= 0 else { throw .system(errno: errno, operation: "socket") }
        _ = mp_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if isShared { _ = mp_set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        // Inherited by what is accepted.
        _ = mp_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if case .ipv6 = address { _ = mp_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let result = unsafe try address.withSockaddr { pointer, length in unsafe Glibc.bind(descriptor, pointer, length)
        }
        if result != 0 {
            let code = errno
            close(descriptor)
            throw .system(errno: code, operation: "bind", subject: "\(address)")
        }
        return descriptor
    }

    private static func listen(
        _ descriptor: Int32, _ address: SocketAddress, _ options: TCPServerOptions
    ) throws(IOError) {
        guard Glibc.listen(descriptor, options.backlog) == 0 else {
            throw .system(errno: errno, operation: "listen", subject: "\(address)")
        }
    }

    /// A socket file that nobody listens on is left over from a crash and is replaced; one in use is an error.
    private static func openUnix(
        _ address: SocketAddress, path: String, count: Int, options: TCPServerOptions
    ) throws(IOError) -> [Int32] {
        let descriptor = mp_socket(AF_UNIX)
        guard descriptor >= 0 else { throw .system(errno: errno, operation: "socket") }
        do throws(IOError) {
            try removeStale(address, path: path)
            let result = unsafe try address.withSockaddr { pointer, length in
                unsafe Glibc.bind(descriptor, pointer, length)
            }
            guard result == 0 else { throw IOError.system(errno: errno, operation: "bind", subject: "\(address)") }
            if let mode = options.unixSocketMode { _ = unsafe chmod(path, mode) }
            try listen(descriptor, address, options)
        } catch {
            close(descriptor)
            throw error
        }
        var descriptors = [descriptor]
        for _ in 1..<max(count, 1) {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            if copy >= 0 { descriptors.append(copy) }
        }
        return descriptors
    }

    private static func removeStale(_ address: SocketAddress, path: String) throws(IOError) {
        let probe = mp_socket(AF_UNIX)
        guard probe >= 0 else { return }
        defer { close(probe) }
        let result = unsafe try address.withSockaddr { pointer, length in unsafe connect(probe, pointer, length) }
        if result == 0 { throw .system(errno: EADDRINUSE, operation: "bind", subject: "\(address)") }
        if errno == ECONNREFUSED { _ = unsafe unlink(path) }
    }
}
