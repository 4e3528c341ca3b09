import MillpondIO
import MillpondNet
import Testing

@testable import MillpondChat

/// The protocol over real sockets, on both transports.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct GatewayTests {
    @Test(arguments: TestClient.Transport.allCases)
    func signingIn(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let client = try await TestClient(server, transport)
            let answer = try await client.signIn("test1", server)
            #expect(answer?.command == "login.signin" && answer?.flag == 1 && answer?.status == 0)
            #expect(answer?.sequence == 2 && answer?.body.text(2) == "test1")
            #expect(answer?.body.text(1).hasPrefix("millpond_test1_") == true)
            let again = try await client.signIn("test1", server)
            #expect(again?.status == 103)
            try client.send(Packets.ping)
            #expect(try await client.next()?.isPong == true)
            #expect(await client.isSilent())
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func theFirstPacketMustSignIn(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            for packet in [Packets.logic("chat.user.talk", to: "x"), Packets.ping] {
                let client = try await TestClient(server, transport)
                try client.send(packet)
                let answer = try await client.next()
                #expect(answer?.status == 103 && answer?.flag == 1)
                #expect(try await client.next() == nil)
            }
            let client = try await TestClient(server, transport)
            let token = TokenAuthority(secret: "another").issue(account: "x")
            let answer = try await client.request("login.signin", Wire().text(1, token))
            #expect(answer?.status == 105 && answer?.bodyBytes == [])
            #expect(try await client.next() == nil)
            let expired = server.chat.tokens.issue(.init(account: "x", expiry: 1000))
            let late = try await TestClient(server, transport)
            #expect(try await late.request("login.signin", Wire().text(1, expired))?.status == 105)
        }
    }

    /// Packets that leave in one write, so that the server finds them in one buffer.
    @Test(arguments: TestClient.Transport.allCases)
    func whatFollowsALoginAtOnceIsInItsTurn(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let good = Wire().text(1, server.chat.tokens.issue(account: "anna"))
            let bad = Wire().text(1, "no token")
            let client = try await TestClient(server, transport)
            try client.send(Packets.logic("login.signin", good, sequence: 2))
            try client.send(
                Packets.logic("chat.user.talk", Wire().number(1, 1).text(2, "hi"), to: "bert", sequence: 3))
            try client.send(Packets.logic("login.signin", good, sequence: 4))
            try client.send(Packets.ping)
            for (sequence, status) in [(2, 0), (3, 0), (4, 103)] as [(Int64, Int64)] {
                let answer = try await client.next()
                #expect(answer?.sequence == sequence && answer?.status == status, "\(sequence)")
            }
            #expect(try await client.next()?.isPong == true)

            // A refused login is the last word, whatever comes behind it.
            let refused = try await TestClient(server, transport)
            try refused.send(Packets.logic("login.signin", bad, sequence: 2))
            try refused.send(Packets.logic("login.signin", good, sequence: 3))
            let answer = try await refused.next()
            #expect(answer?.sequence == 2 && answer?.status == 105)
            #expect(try await refused.next() == nil)
            #expect(await client.isSilent(), "nobody has taken the account over")
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aLoginThatDoesNotComeEndsTheConnection(_ transport: TestClient.Transport) async throws {
        try await TestServer.with {
            $0.loginTimeout = .milliseconds(100)
        } _: { server in
            let client = try await TestClient(server, transport)
            #expect(try await client.next() == nil)
            let signedIn = try await TestClient.signedIn("anna", server, transport)
            #expect(await signedIn.isSilent(for: .milliseconds(300)))
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aSilentClientIsClosed(_ transport: TestClient.Transport) async throws {
        try await TestServer.with {
            $0.idleTimeout = .milliseconds(200)
        } _: { server in
            let client = try await TestClient.signedIn("anna", server, transport)
            #expect(try await client.next() == nil)
        }
    }

    @Test(arguments: TestClient.Transport.allCases, TestClient.Transport.allCases)
    func talking(_ first: TestClient.Transport, _ second: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, first)
            let bert = try await TestClient.signedIn("bert", server, second)
            let body = Wire().number(1, 1).text(2, "hello").text(3, "more")
            let answer = try await anna.request("chat.user.talk", body, to: "bert")
            let id = answer?.body.number(1) ?? 0
            #expect(answer?.status == 0 && answer?.flag == 1 && answer?.destination == "bert" && id > 0)
            let push = try await bert.next()
            #expect(push?.command == "chat.user.talk" && push?.flag == 2 && push?.metaCount == 0)
            #expect(push?.sequence == answer?.sequence && push?.destination == "bert")
            #expect(push?.body.number(1) == id && push?.body.number(2) == 1 && push?.body.text(3) == "hello")
            #expect(push?.body.text(4) == "more" && push?.body.text(5) == "anna")
            #expect(push?.body.number(6) == answer?.body.number(2))
            // To oneself: the response only.
            #expect(try await anna.talk("me", to: "anna")?.flag == 1)
            #expect(await anna.isSilent())
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func requestsThatAreRefused(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            #expect(try await anna.talk("x", to: "")?.status == 100)
            #expect(try await anna.request("chat.user.talk", Wire().number(2, 1), to: "b")?.status == 101)
            #expect(try await anna.talk(String(repeating: "é", count: 5001), to: "b")?.status == 101)
            #expect(try await anna.talk(String(repeating: "é", count: 5000), to: "b")?.status == 0)
            let unknown = try await anna.request("nothing.like.it")
            #expect(unknown?.status == 301 && unknown?.body.text(1) == "NotImplemented")
            #expect(try await anna.request("chat.group.members")?.status == 301)
            // A body whose length is wrong, behind a header that can be read.
            let header = Wire().text(1, "chat.user.talk").number(3, 77).text(6, "b").bytes
            try anna.send([0xC3, 0x11, 0xA3, 0x65] + Packets.word(header.count) + header + [0, 0, 0, 9])
            let broken = try await anna.next()
            #expect(broken?.status == 101 && broken?.sequence == 77)
            try anna.send([1, 2, 3, 4, 5, 6, 7, 8])
            #expect(try await anna.next() == nil)
            #expect(anna.closeReason == "malformed packet")
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func manyMessagesInFlightAreAnsweredInOrder(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            let bert = try await TestClient.signedIn("bert", server, transport)
            let count: Int64 = 1000
            for sequence in 1...count {
                let body = Wire().number(1, 1).text(2, "\(sequence)")
                // Now and then a request that is refused, or one of another kind, in its turn.
                let packet: [UInt8] =
                    switch sequence % 100 {
                    case 50: Packets.logic("chat.user.talk", body, sequence: sequence)
                    case 51: Packets.logic("what", sequence: sequence)
                    case 52: Packets.logic("chat.talk.ack", Wire().number(1, 1), sequence: sequence)
                    default: Packets.logic("chat.user.talk", body, to: "bert", sequence: sequence)
                    }
                try anna.send(packet)
            }
            var last: Int64 = 0
            for sequence in 1...count {
                let answer = try await anna.next()
                #expect(answer?.sequence == sequence)
                if let id = answer?.body.number(1), id > 0 {
                    #expect(id > last)
                    last = id
                }
            }
            for sequence in 1...count where !(50...52).contains(sequence % 100) {
                #expect(try await bert.next()?.sequence == sequence)
            }
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aNewerSessionTakesOver(_ transport: TestClient.Transport) async throws {
        try await TestServer.with {
            $0.kickOutGrace = .milliseconds(300)
        } _: { server in
            let older = try await TestClient(server, transport)
            let channelID = try await older.signIn("anna", server)?.body.text(1)
            let newer = try await TestClient.signedIn("anna", server, transport)
            let notice = try await older.next()
            #expect(notice?.command == "login.signin" && notice?.flag == 2 && notice?.body.text(1) == channelID)
            #expect(try await older.talk("x", to: "b")?.status == 404)
            #expect(try await older.next() == nil)
            // Its end does not take the newer one's place away.
            let bert = try await TestClient.signedIn("bert", server, transport)
            #expect(try await bert.talk("still there", to: "anna")?.status == 0)
            #expect(try await newer.next()?.body.text(3) == "still there")
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func signingOut(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let client = try await TestClient.signedIn("anna", server, transport)
            #expect(try await client.request("login.signout")?.status == 0)
            #expect(try await client.next() == nil)
        }
    }

    @Test func theStreamsFrames() async throws {
        try await TestServer.with { server in
            let client = try await TestClient.signedIn("anna", server)
            try client.frame(9, [1, 2, 3])
            let pong = try await client.nextFrame()
            #expect(pong?.opcode == 10 && pong?.payload == [1, 2, 3])
            try client.frame(8, [])
            #expect(try await client.nextFrame()?.opcode == 8)
            #expect(try await client.nextFrame() == nil)
            for bytes in [[2, 0xFF, 0xFF, 0xFF, 0xFF], [7, 0, 0, 0, 0], [9, 0, 1, 0, 0]] as [[UInt8]] {
                let bad = try await TestClient.signedIn("bad", server)
                try bad.raw(bytes)
                #expect(try await bad.next() == nil)
                #expect(bad.closeReason?.isEmpty == false)
            }
        }
    }

    @Test func aFrameMayComeByteByByte() async throws {
        try await TestServer.with { server in
            let client = try await TestClient.signedIn("anna", server)
            let packet = Packets.logic("chat.user.talk", Wire().text(2, "slow"), to: "bert")
            for byte in [2] + Packets.word(packet.count) + packet {
                try client.raw([byte])
                try await Reactor.current?.sleep(for: .milliseconds(1))
            }
            #expect(try await client.next()?.status == 0)
        }
    }
}
