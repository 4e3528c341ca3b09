import MillpondIO
import MillpondNet
import TestSupport
import Testing

@testable import MillpondChat

/// Clients of the TCP framing that send a byte now and then.
@Suite(.timeLimit(.minutes(2)))
struct SlowClientTests {
    static let attackers = 300

    /// A frame that is never finished, and what the server said meanwhile.
    private final class Attacker {
        private let socket: PlainSocket
        private var frame: ArraySlice<UInt8>
        private(set) var heard: [UInt8] = []

        init(port: UInt16) throws {
            socket = try PlainSocket(port: port)
            let login = Packets.logic("login.signin", Wire().text(1, String(repeating: "x", count: 4000)))
            frame = ([2] + Packets.word(login.count) + login)[...]
        }

        var isEnded: Bool { socket.isEnded }

        func trickle() {
            while !isEnded, let more = socket.receiveNow() { heard += more }
            if let byte = frame.popFirst() { socket.send([byte]) }
        }
    }

    @Test(.enabled(if: Descriptors.raiseLimit() >= 2 * attackers + 500))
    func hundredsOfSlowLoginsAreEndedWhileOthersTalk() async throws {
        try await TestServer.with {
            $0.loginTimeout = .seconds(1)
        } _: { server in
            let anna = try await TestClient.signedIn("anna", server, .stream)
            let port = server.streamAddress.port ?? 0
            let attackers = try (0..<Self.attackers).map { _ in try Attacker(port: port) }
            var rounds = 0
            let end = ContinuousClock.now + .seconds(60)
            repeat {
                for attacker in attackers { attacker.trickle() }
                #expect(try await anna.talk("message \(rounds)", to: "bert")?.status == 0)
                let other = try await TestClient.signedIn("other\(rounds)", server, .stream)
                #expect(try await other.talk("hello", to: "bert")?.status == 0)
                rounds += 1
                try await Reactor.current?.sleep(for: .milliseconds(100))
            } while attackers.contains { !$0.isEnded } && ContinuousClock.now < end
            #expect(attackers.count { !$0.isEnded } == 0, "still open")
            #expect(try await anna.talk("last", to: "bert")?.status == 0)
        }
    }

    /// The bytes of a frame that is under way are no sign of life: it has its time from its first one.
    @Test func aSlowFrameEndsTheConnection() async throws {
        try await TestServer.with {
            $0.frameTimeout = .seconds(1)
        } _: { server in
            let anna = try await TestClient.signedIn("anna", server, .stream)
            // Whole frames may come as slowly as they like.
            for _ in 0..<3 { #expect(await anna.isSilent(for: .milliseconds(400))) }
            let frame = [2] + Packets.word(4000)
            let end = ContinuousClock.now + .seconds(60)
            var sent = 0
            var isOpen = true
            while isOpen, ContinuousClock.now < end {
                do {
                    try anna.raw([sent < frame.count ? frame[sent] : 0])
                    sent += 1
                    isOpen = try await anna.next(within: .milliseconds(100)) != nil
                } catch let error as IOError where error.code == .timedOut {
                    continue
                }
            }
            #expect(!isOpen && sent > 1 && sent < 4000)
        }
    }
}
