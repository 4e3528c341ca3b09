import MillpondNet
import TestSupport
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
            try #require(await eventually { server.chat.gateway.counters.inFlight == 1 })
            async let end: Void = server.drain()
            // Who is owed nothing is told at once.
            #expect(try await idle.next() == nil)
            try client.send(Packets.logic("chat.user.talk", Wire().text(2, "second"), to: "carl"))
            // The drain is to be under way; nothing tells when it is.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            gate.open()
            #expect(try await client.next()?.status == 0)
            #expect(try await client.next() == nil)
            #expect(client.closeReason == "the server is going down")
            await end
            #expect(server.chat.gateway.counters.inFlight == 0)
        }
    }

    /// So is a request that waits for the store, and not for a commit of its messages.
    @Test(arguments: TestClient.Transport.allCases)
    func aRequestUnderWayIsAnswered(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let client = try await TestClient.signedIn("anna", server, transport)
            let gate = try await Gate.holding(server)
            let before = server.chat.storeStatistics.queued
            try client.send(Packets.logic("chat.group.create", Wire().text(1, "pond")))
            try #require(await eventually { server.chat.storeStatistics.queued > before })
            async let end: Void = server.drain()
            // The drain is to be under way; nothing tells when it is.
            try await Reactor.current?.sleep(for: .milliseconds(100))
            gate.open()
            let answer = try await client.next()
            #expect(answer?.status == 0 && answer?.body.text(1).isEmpty == false)
            #expect(try await client.next() == nil)
            await end
        }
    }
}
