import Glibc
import MillpondIO

@testable import MillpondNet

/// A listening socket whose queue is full, so that nobody gets in.
final class FullListener: Sendable {
    let address: SocketAddress
    private let descriptor: Int32
    private let filling: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let bound = try SocketAddress.loopback(port: 0).withSockaddr { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 0) == 0, let address = SocketAddress.local(of: listener) else {
            throw IOError.system(errno: errno, operation: "listen")
        }
        descriptor = listener
        self.address = address
        filling = try (0..<4).map { _ in
            let peer = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = try address.withSockaddr { connect(peer, $0, $1) }
            return peer
        }
    }

    deinit {
        for descriptor in filling + [descriptor] { close(descriptor) }
    }
}
