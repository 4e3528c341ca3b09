import MillpondNet
import Testing

@testable import MillpondChat

/// What a session can still do when a newer one has taken its account over: nothing.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct KickOutTests {
    @Test(arguments: TestClient.Transport.allCases)
    func aRequestThatWaitedIsRefused(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let older = try await TestClient.signedIn("anna", server, transport)
            let gate = try await Gate.holding(server)
            try older.send(Packets.logic("chat.user.talk", Wire().text(2, "hello"), to: "bert"))
            try older.send(Packets.logic("millpond.presence.subscribe"))
            // The server is to have both before the newer one comes; nothing tells when it has.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            let newer = try await TestClient.signedIn("anna", server, transport)
            #expect(try await older.next()?.flag == 2)
            gate.open()
            #expect(try await older.next()?.status == 0)
            let answer = try await older.next()
            #expect(answer?.command == "millpond.presence.subscribe" && answer?.status == 404)
            older.close()
            // What would wrongly be left behind stays; it may come a little later than the close.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            for reactor in server.group.reactors {
                let locals = server.chat.gateway.rooms.locals[reactor.index]
                let subscribers = await reactor.run { locals.presenceSubscribers.count }
                #expect(subscribers == 0)
            }
            #expect(try await newer.talk("still there", to: "bert")?.status == 0)
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aMessageToAGroupThatIsBeingLoadedIsRefused(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let older = try await TestClient.signedIn("anna", server, transport)
            #expect(try await older.request("chat.group.join", Wire().text(2, "lobby"))?.status == 0)
            let gate = try await Gate.holding(server)
            try older.send(Packets.logic("chat.group.talk", Wire().text(2, "hello"), to: "lobby"))
            // As above.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            let newer = try await TestClient.signedIn("anna", server, transport)
            #expect(try await older.next()?.flag == 2)
            gate.open()
            #expect(try await older.next()?.status == 404)
            let lobby = Wire().text(1, "lobby").number(2, 1)
            #expect(try await newer.request("millpond.history", lobby)?.body.messages(1).isEmpty == true)
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aPingDoesNotKeepItOpen(_ transport: TestClient.Transport) async throws {
        try await TestServer.with {
            $0.kickOutGrace = .milliseconds(300)
        } _: { server in
            let older = try await TestClient.signedIn("anna", server, transport)
            let newer = try await TestClient.signedIn("anna", server, transport)
            #expect(try await older.next()?.flag == 2)
            try older.send(Packets.ping)
            #expect(try await older.next()?.isPong == true)
            #expect(try await older.next() == nil)
            #expect(try await newer.talk("still there", to: "bert")?.status == 0)
        }
    }

    /// The end of a frame that had begun before ends the deadline of the frame, not that of the session.
    @Test func theEndOfAFrameDoesNotKeepItOpen() async throws {
        try await TestServer.with {
            $0.kickOutGrace = .milliseconds(300)
        } _: { server in
            for opcode: UInt8 in [2, 9, 10] {
                let frame = [opcode] + Packets.word(Packets.ping.count) + Packets.ping
                let older = try await TestClient.signedIn("anna", server)
                try older.raw(Array(frame[..<4]))
                // The beginning is to be there, and the rest to come after the kick-out.
                try await Reactor.current?.sleep(for: .milliseconds(50))
                let newer = try await TestClient.signedIn("anna", server)
                #expect(try await older.next()?.flag == 2)
                try older.raw(Array(frame[4...]))
                if opcode != 10 { #expect(try await older.nextFrame() != nil) }
                #expect(try await older.next() == nil)
                newer.close()
                // The account is to be free for the next round.
                try await Reactor.current?.sleep(for: .milliseconds(50))
            }
        }
    }
}
