import GRDB
import MillpondNet
import Testing

@testable import MillpondChat

/// Answers that do not fit a block, or are cut so as not to fill the outbox.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct LargeAnswerTests {
    private static let count = 60
    private static let longName = String(repeating: "🐟", count: 54)

    /// Sends messages as long as they may be, 1.3 MB in all. Returns their numbers.
    private static func fill(_ client: TestClient, _ receiver: String) async throws -> [Int64] {
        let body = String(repeating: "🐟", count: ChatLimits.body - 2)
        let extra = String(repeating: "🦆", count: ChatLimits.extra)
        var ids: [Int64] = []
        for number in 10..<10 + count {
            let message = Wire().number(1, 1).text(2, "\(number)" + body).text(3, extra)
            ids.append(try await client.request("chat.user.talk", message, to: receiver)?.body.number(1) ?? 0)
        }
        return ids
    }

    @Test(arguments: TestClient.Transport.allCases)
    func contentsAreAPrefix(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let ids = try await Self.fill(anna, "bert")
            let bert = try await TestClient.signedIn("bert", server, transport)
            var read: [Fields] = []
            var answers = 0
            while read.count < ids.count, answers < 10 {
                var list = Wire()
                for id in ids[read.count...] { list.varint(UInt64(id)) }
                let answer = try await bert.request("chat.offline.content", Wire().data(1, list.bytes))
                #expect(answer?.status == 0 && answer?.bodyBytes.count ?? .max <= ChatLimits.answer)
                let contents = answer?.body.messages(1) ?? []
                #expect(!contents.isEmpty)
                read += contents
                answers += 1
            }
            #expect(answers == 2)
            #expect(read.map { $0.number(1) } == ids)
            #expect(read.map { String($0.text(3).prefix(2)) } == (10..<10 + Self.count).map(String.init))
        }
    }

    /// Many times what the outbox and the kernel hold, asked for before anything is read.
    @Test(arguments: TestClient.Transport.allCases)
    func longAnswersWaitForTheirReader(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            _ = try await Self.fill(anna, "bert")
            let bert = try await TestClient.signedIn("bert", server, transport)
            for sequence: Int64 in 1...30 {
                try bert.send(Packets.logic("millpond.history", Wire().text(1, "anna"), sequence: sequence))
            }
            // Meanwhile the server would fill the outbox, if it did not wait.
            try await Reactor.current?.sleep(for: .milliseconds(500))
            for sequence: Int64 in 1...30 {
                let answer = try await bert.next()
                #expect(answer?.sequence == sequence && answer?.bodyBytes.count ?? 0 > 900_000)
            }
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func aPageOfHistorySaysThatThereIsMore(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let ids = try await Self.fill(anna, "bert")
            let bert = try await TestClient.signedIn("bert", server, transport)
            var read: [Int64] = []
            var hasEarlier = true
            for _ in 0..<10 where hasEarlier {
                let request = Wire().text(1, "anna").number(3, read.first ?? 0).number(4, 200)
                let answer = try await bert.request("millpond.history", request)
                #expect(answer?.status == 0 && answer?.bodyBytes.count ?? .max <= ChatLimits.answer)
                let page = (answer?.body.messages(1) ?? []).map { $0.number(1) }
                hasEarlier = answer?.body.number(2) == 1
                #expect(hasEarlier == (read.isEmpty), "two pages")
                read = page + read
            }
            #expect(read == ids)
            // As many as asked for, and no more before them.
            let few = try await bert.request("millpond.history", Wire().text(1, "anna").number(3, ids[2]).number(4, 2))
            #expect(few?.body.messages(1).map { $0.number(1) } == Array(ids[..<2]) && few?.body.number(2) == 0)
            let one = try await bert.request("millpond.history", Wire().text(1, "anna").number(3, ids[2]).number(4, 1))
            #expect(one?.body.messages(1).map { $0.number(1) } == [ids[1]] && one?.body.number(2) == 1)
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func theDetailOfALargeGroupIsCut(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            let group = try await anna.request("chat.group.create", Wire().text(1, "pond"))?.body.text(1) ?? ""
            let names = (10_000..<16_000).map { "\($0)" + Self.longName }
            try await server.chat.gateway.store.perform { writer, database in
                for name in names {
                    try database.execute(
                        sql: "INSERT INTO members VALUES (?, ?, ?, NULL, ?)",
                        arguments: [group, name, writer.lastID, writer.now])
                }
            }
            let answer = try await anna.request("chat.group.detail", Wire().text(1, group))
            let members = answer?.body.messages(6).map { $0.text(1) } ?? []
            #expect(answer?.status == 0 && answer?.body.text(5) == "anna" && answer?.body.number(7) ?? 0 > 0)
            #expect(members.count > 3000 && members == Array(names.prefix(members.count)))
            #expect(try await anna.talk("still there", to: "bert")?.status == 0)
        }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func theListOfWhoIsHereIsCut(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            let directory = server.chat.gateway.directory
            guard let session = directory["anna"] else { return #expect(Bool(false)) }
            let names = (10_000..<16_000).map { "\($0)" + Self.longName }
            for name in names { _ = directory.replace(name, with: session) }
            let answer = try await anna.request("millpond.presence.subscribe")
            #expect(answer?.status == 0 && answer?.body.texts(1).count ?? 0 > 3000)
            #expect(answer?.bodyBytes.count ?? .max < ChatLimits.answer + 300)
            for name in names { _ = directory.remove(name, session) }
        }
    }
}
