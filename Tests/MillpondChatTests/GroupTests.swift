import MillpondNet
import Testing

@testable import MillpondChat

/// Groups: who may do what, and who is told.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct GroupTests {
    private static let hello = Wire().number(1, 1).text(2, "hello")

    private static func create(_ client: TestClient, _ members: [String], owner: String = "") async throws -> Answer? {
        var body = Wire().text(1, "pond").text(3, "about it")
        if !owner.isEmpty { body = body.text(4, owner) }
        for member in members { body = body.text(5, member) }
        return try await client.request("chat.group.create", body)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func everyMemberOnlineGetsThePush(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            var members: [TestClient] = []
            for index in 0..<8 {
                let kind: TestClient.Transport = index % 2 == 0 ? .stream : .webSocket
                members.append(try await TestClient.signedIn("m\(index)", server, kind))
            }
            let anna = try await TestClient.signedIn("anna", server, transport)
            let names = (0..<8).map { "m\($0)" } + ["anna", "absent"]
            let answer = try await Self.create(anna, names, owner: "anna")
            let group = answer?.body.text(1) ?? ""
            for member in members {
                let notice = try await member.next()
                #expect(notice?.command == "chat.group.create" && notice?.flag == 2)
                #expect(notice?.body.text(1) == group && notice?.body.texts(2) == names)
            }
            for _ in 0..<3 {
                let answer = try await anna.request("chat.group.talk", Self.hello, to: group)
                #expect(answer?.status == 0)
                for member in members {
                    let push = try await member.next()
                    #expect(push?.command == "chat.group.talk" && push?.destination == group)
                    #expect(push?.body.number(1) == answer?.body.number(1) && push?.body.text(5) == "anna")
                }
            }
            // Who signs in after the group was loaded gets it too; who is gone does not hinder.
            members[0].close()
            let late = try await TestClient.signedIn("absent", server, transport)
            _ = try await anna.request("chat.group.talk", Self.hello, to: group)
            #expect(try await late.next()?.body.text(3) == "hello")
            #expect(await anna.isSilent())
            // No message is on its way: the room may be displaced.
            #expect(server.chat.gateway.rooms[group]?.isInUse == false)
        }
    }

    /// What one request has others get is bounded: of a large group the notice does not name everyone.
    @Test func theNoticeOfALargeGroupNamesNoMembers() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let bert = try await TestClient.signedIn("bert", server)
            let names = ["bert"] + (0..<500).map { "somebody\($0)" }
            let group = try await Self.create(anna, names)?.body.text(1) ?? ""
            let notice = try await bert.next()
            #expect(notice?.command == "chat.group.create" && notice?.body.text(1) == group)
            #expect(notice?.body.texts(2) == [])
            // Who is in it can be asked for, by its members.
            let detail = try await bert.request("chat.group.detail", Wire().text(1, group))
            #expect(detail?.status == 0 && detail?.body.messages(6).count == 501)
            let carl = try await TestClient.signedIn("carl", server)
            #expect(try await carl.request("chat.group.detail", Wire().text(1, group))?.status == 105)
        }
    }

    /// A name with a NUL is no other name for a group: not to talk to, and not to leave.
    @Test func namesWithNULAreRefused() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            #expect(try await anna.request("chat.group.join", Wire().text(2, "lobby"))?.status == 0)
            for command in ["chat.group.join", "chat.group.quit"] {
                #expect(try await anna.request(command, Wire().text(2, "lobby\u{0}"))?.status == 101)
            }
            let said = Wire().number(1, 1).text(2, "a\u{0}b")
            #expect(try await anna.request("chat.group.talk", said, to: "lobby")?.status == 101)
            #expect(try await anna.request("chat.group.talk", Self.hello, to: "lobby")?.status == 0)
            // In the header it makes a packet that can't be read.
            try anna.send(Packets.logic("chat.group.talk", Self.hello, to: "lobby\u{0}a"))
            #expect(try await anna.next() == nil)
        }
    }

    @Test func onlyMembersTalk() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let group = try await Self.create(anna, [])?.body.text(1) ?? ""
            // The owner is a member only if named.
            #expect(try await anna.request("chat.group.talk", Self.hello, to: group)?.status == 105)
            #expect(try await anna.request("chat.group.talk", Self.hello, to: "nowhere")?.status == 100)
            #expect(try await anna.request("chat.group.talk", Self.hello)?.status == 100)
            let join = Wire().text(1, "anna").text(2, group)
            #expect(try await anna.request("chat.group.join", join)?.status == 0)
            #expect(try await anna.request("chat.group.talk", Self.hello, to: group)?.status == 0)
            #expect(try await anna.request("chat.group.quit", join)?.status == 0)
            #expect(try await anna.request("chat.group.talk", Self.hello, to: group)?.status == 105)
        }
        try await TestServer.with {
            $0.openGroups = true
        } _: { server in
            let anna = try await TestClient.signedIn("anna", server)
            let bert = try await TestClient.signedIn("bert", server)
            let group = try await Self.create(anna, ["bert"])?.body.text(1) ?? ""
            _ = try await bert.next()
            #expect(try await anna.request("chat.group.talk", Self.hello, to: group)?.status == 0)
            #expect(try await bert.next()?.body.text(3) == "hello")
        }
    }

    @Test func nobodyActsInAnothersName() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            #expect(try await Self.create(anna, ["anna"], owner: "bert")?.status == 105)
            let other = Wire().text(1, "bert").text(2, "lobby")
            #expect(try await anna.request("chat.group.join", other)?.status == 105)
            #expect(try await anna.request("chat.group.quit", other)?.status == 105)
            let nowhere = Wire().text(1, "anna").text(2, "nowhere")
            #expect(try await anna.request("chat.group.join", nowhere)?.status == 100)
            let long = Wire().text(1, String(repeating: "x", count: 51))
            #expect(try await anna.request("chat.group.create", long)?.status == 101)
        }
    }

    @Test func detail() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let group = try await Self.create(anna, ["bert", "carl"], owner: "anna")?.body.text(1) ?? ""
            let detail = try await anna.request("chat.group.detail", Wire().text(1, group))
            #expect(detail?.status == 0)
            #expect(detail?.body.text(1) == group && detail?.body.text(2) == "pond")
            #expect(detail?.body.text(4) == "about it" && detail?.body.text(5) == "anna")
            #expect(detail?.body.messages(6).map { $0.text(1) } == ["bert", "carl"])
            #expect((detail?.body.number(7) ?? 0) > 1_600_000_000)
            let eve = try await TestClient.signedIn("eve", server)
            #expect(try await eve.request("chat.group.detail", Wire().text(1, group))?.status == 105)
            #expect(try await eve.request("chat.group.detail", Wire().text(1, "lobby"))?.status == 0)
        }
    }

    @Test func theList() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let group = try await Self.create(anna, ["anna", "bert"])?.body.text(1) ?? ""
            let list = try await anna.request("millpond.group.list")?.body.messages(1) ?? []
            #expect(list.map { $0.text(1) } == ["lobby", group])
            #expect(list.map { $0.number(3) } == [0, 2])
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func presence(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            let bert = try await TestClient.signedIn("bert", server)
            let list = try await anna.request("millpond.presence.subscribe")
            #expect(list?.body.texts(1).sorted() == ["anna", "bert"])
            let carl = try await TestClient.signedIn("carl", server, transport)
            let came = try await anna.next()
            #expect(came?.command == "millpond.presence" && came?.flag == 2)
            #expect(came?.body.text(1) == "carl" && came?.body.number(2) == 1)
            carl.close()
            let left = try await anna.next()
            #expect(left?.body.text(1) == "carl" && left?.body.number(2) == 0)
            // Who did not ask is not told.
            #expect(await bert.isSilent())
        }
    }
}
