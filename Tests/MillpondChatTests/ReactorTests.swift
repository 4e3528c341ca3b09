import MillpondNet
import Testing

@testable import MillpondChat

/// Sender and receiver on different reactors.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ReactorTests {
    @Test(arguments: TestClient.Transport.allCases)
    func pushesToAnotherReactorAreCounted(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let (bert, account) = try await server.clientElsewhere(than: "anna", transport)
            let packets = server.figure("chat_sent_packets_total") ?? 0
            let bytes = server.figure("chat_sent_bytes_total") ?? 0
            #expect(try await anna.talk(String(repeating: "x", count: 1000), to: account)?.status == 0)
            let push = try await bert.next()
            #expect(push?.body.text(3).count == 1000 && push?.body.text(5) == "anna" && push?.destination == account)
            #expect(server.figure("chat_sent_packets_total") == packets + 2)
            #expect(server.figure("chat_sent_bytes_total") ?? 0 > bytes + 1000)

            let create = Wire().text(1, "pond").text(5, "anna").text(5, account)
            let group = try await anna.request("chat.group.create", create)?.body.text(1) ?? ""
            let notice = try await bert.next()
            #expect(notice?.command == "chat.group.create" && notice?.flag == 2)
            #expect(notice?.body.text(1) == group && notice?.body.texts(2) == ["anna", account])
            #expect(server.figure("chat_sent_packets_total") == packets + 4)
        }
    }

    /// A join is committed before a message, and the reactor of the new member comes to know of it late.
    @Test func aMessageAfterAJoinReachesTheNewMember() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let (bert, account) = try await server.clientElsewhere(than: "anna")
            let create = Wire().text(1, "pond").text(5, "anna")
            let group = try await anna.request("chat.group.create", create)?.body.text(1) ?? ""
            let hello = Wire().number(1, 1).text(2, "hello")
            #expect(try await anna.request("chat.group.talk", hello, to: group)?.status == 0)
            #expect(await bert.isSilent())

            let gate = Gate()
            server.chat.gateway.directory[account]?.channel.reactor.post { _ in gate.wait() }
            try await server.chat.gateway.store.perform(onCommit: { _ in
                server.chat.gateway.rooms.joined(account, group)
            }) { _, _ in }
            #expect(try await anna.request("chat.group.talk", hello, to: group)?.status == 0)
            gate.open()
            #expect(try await bert.next(within: .seconds(2))?.body.text(3) == "hello")
        }
    }
}
