import Foundation
import MillpondHTTP
import MillpondNet
import TestSupport
import Testing

/// Many clients that hold a connection each and hardly send anything.
@Suite(.timeLimit(.minutes(2)))
struct SlowClientTests {
    static let attackers = 1000

    /// Sends a head a byte at a time, never ends it, and goes on when it is told to go away.
    private final class Attacker {
        private static let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ".utf8)
        private let socket: PlainSocket
        private var sent = 0
        private(set) var heard: [UInt8] = []
        var isEnded: Bool { socket.isEnded }

        init(port: UInt16) throws { socket = try PlainSocket(port: port) }

        func trickle() {
            while !isEnded, let more = socket.receiveNow() { heard += more }
            socket.send([sent < Self.head.count ? Self.head[sent] : UInt8(ascii: "a")])
            sent += 1
        }
    }

    @Test(.enabled(if: Descriptors.raiseLimit() >= 2 * attackers + 500))
    func aThousandSlowHeadsAreEndedWhileOthersAreServed() async throws {
        let group = try ReactorGroup(count: 2)
        var options = HTTPServerOptions()
        options.headTimeout = .seconds(2)
        options.listener.channel.lingerTimeout = .seconds(1)
        let server = HTTPServer(group: group, options: options) { request, response in
            try await response.send("served \(request.pathString)")
        }
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        let before = try Self.sockets(on: port)

        let kept = try PlainSocket(port: port)
        let attackers = try (0..<Self.attackers).map { _ in try Attacker(port: port) }
        #expect(await eventually(within: .seconds(20)) { server.listener.connectionCount == Self.attackers + 1 })
        let open = try Self.sockets(on: port)
        #expect(open == before + Self.attackers + 1, "\(before) before, \(open) with them")

        var rounds = 0
        let end = ContinuousClock.now + .seconds(60)
        repeat {
            for attacker in attackers { attacker.trickle() }
            for number in 0..<10 {
                let path = "/\(rounds)/\(number)"
                #expect(try kept.get(path) == (200, "served \(path)"))
                #expect(try PlainSocket(port: port).get(path, closes: true) == (200, "served \(path)"))
            }
            rounds += 1
            try await Task.sleep(for: .milliseconds(200))
        } while attackers.contains { !$0.isEnded } && ContinuousClock.now < end

        #expect(attackers.count { !$0.isEnded } == 0, "still open")
        // In order, with an answer: not merely cut off.
        let refused = attackers.count { String(decoding: $0.heard, as: UTF8.self).hasPrefix("HTTP/1.1 408 ") }
        #expect(refused == Self.attackers)
        // That they keep their own ends open, and go on sending, must not keep the server's.
        #expect(await eventually(within: .seconds(20)) { server.listener.connectionCount == 1 })
        #expect(try Self.sockets(on: port) == before + 1)
        #expect(try kept.get("/last", closes: true) == (200, "served /last"))
        withExtendedLifetime(attackers) {}
        await server.drain(within: .seconds(1))
        await group.shutdown()
    }

    /// The sockets at this port that a process holds a descriptor of, whichever test it is of: one that is merely in
    /// the kernel's care has no inode.
    private static func sockets(on port: UInt16) throws -> Int {
        let ending = ":" + String(UInt32(port) + 0x10000, radix: 16, uppercase: true).dropFirst()
        return try table().split(separator: "\n").count { line in
            let words = line.split(separator: " ")
            return words.count > 9 && words[1].hasSuffix(ending) && words[9] != "0"
        }
    }

    /// The kernel's table of TCP sockets, read to its end, which comes in many short pieces.
    private static func table() throws -> String {
        let descriptor = open("/proc/self/net/tcp", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }
}
