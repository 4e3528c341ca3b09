import MillpondNet
import Testing

@testable import MillpondChat

/// A server that goes down: what it has taken it answers, and takes no more.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DrainTests {
    @Test(arguments: TestClient.Transport.allCases)
    func whatWasTakenIsAnswered(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let client = try await TestClient.signedIn("anna", server, transport)
            let idle = try await TestClient.signedIn("bert", server, transport)
            let gate = try await Gate.holding(server)
            try client.send(Packets.logic("chat.user.talk", Wire().text(2, "first"), to: "carl"))
            // The server is to have it; nothing tells when it has.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            async let end: Void = server.drain()
            // Who is owed nothing is told at once.
            #expect(try await idle.next() == nil)
            try client.send(Packets.logic("chat.user.talk", Wire().text(2, "second"), to: "carl"))
            try await Reactor.current?.sleep(for: .milliseconds(100))
            gate.open()
            #expect(try await client.next()?.status == 0)
            #expect(try await client.next() == nil)
            #expect(client.closeReason == "the server is going down")
            await end
            #expect(server.chat.gateway.counters.inFlight == 0)
        }
    }
}
