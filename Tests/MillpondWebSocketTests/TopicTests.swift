import MillpondNet
import MillpondWebSocket
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct TopicTests {
    /// Everyone who connects joins; everything that is said is published.
    private final class Room: WebSocketHandler, Sendable {
        let topic = WebSocketTopic()
        let joined = Atomic<Int>(0)

        func opened(_ socket: WebSocket) async throws {
            socket.subscribe(to: topic)
            socket.subscribe(to: topic)
            joined.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }

        func received(_ socket: WebSocket, kind: WebSocketMessageKind, payload: RawSpan) throws -> Bool {
            if payload.byteCount == 0 {
                socket.unsubscribe(from: topic)
            } else {
                topic.publish(try WebSocketFrame(payload, as: kind))
            }
            return true
        }

        func closed(_ socket: WebSocket, code: WebSocketCloseCode, reason: String) {
            joined.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }

    private static func text(_ socket: WebSocket) async throws -> String? {
        try await socket.receive { _, view in view.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    }

    @Test func everyMemberOfEveryReactorHearsEverythingInOrder() async throws {
        let room = Room()
        try await withServer(reactors: 2, handler: room) { server in
            var sockets: [WebSocket] = []
            for _ in 0..<40 { sockets.append(try await WebSocketClient.connect(to: server.url)) }
            let reactor = sockets[0].channel.reactor
            while room.joined.load(ordering: .sequentiallyConsistent) < 40 {
                try await reactor.sleep(for: .milliseconds(2))
            }
            let long = String(repeating: "long ", count: 1000)
            for number in 0..<100 { room.topic.publish(try WebSocketFrame("\(number)")) }
            room.topic.publish(try WebSocketFrame(long))
            try sockets[7].send("the end")
            for socket in sockets {
                for number in 0..<100 {
                    let text = try await Self.text(socket)
                    if text != "\(number)" { Issue.record("\(text ?? "nothing") instead of \(number)") }
                }
                #expect(try await Self.text(socket) == long)
                #expect(try await Self.text(socket) == "the end")
            }
            for socket in sockets { try await socket.finish() }
        }
    }

    @Test func whoLeavesOrClosesHearsNothingMore() async throws {
        let room = Room()
        try await withServer(handler: room) { server in
            let first = try await WebSocketClient.connect(to: server.url)
            let second = try await WebSocketClient.connect(to: server.url)
            let third = try await WebSocketClient.connect(to: server.url)
            let reactor = first.channel.reactor
            func wait(_ count: Int) async throws {
                while room.joined.load(ordering: .sequentiallyConsistent) != count {
                    try await reactor.sleep(for: .milliseconds(2))
                }
            }
            try await wait(3)
            try await second.finish()
            try await wait(2)
            // The empty message asks to leave.
            try first.send("")
            try third.send("for those who stayed")
            #expect(try await Self.text(third) == "for those who stayed")
            first.close()
            #expect(try await Self.text(first) == nil)
            try await wait(1)
            try await third.finish()
        }
    }
}
