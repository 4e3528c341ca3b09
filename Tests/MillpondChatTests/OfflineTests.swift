import GRDB
import MillpondNet
import Testing

@testable import MillpondChat

/// What was missed: the index, the contents, the acknowledgement, the history.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct OfflineTests {
    private static func index(_ client: TestClient, after id: Int64 = 0) async throws -> [Fields] {
        try await client.request("chat.offline.index", Wire().number(1, id))?.body.messages(1) ?? []
    }

    private static func ids(_ client: TestClient, after id: Int64 = 0) async throws -> [Int64] {
        try await index(client, after: id).map { $0.number(1) }
    }

    @Test(arguments: TestClient.Transport.allCases)
    func whatWasMissedIsThere(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server, transport)
            var sent: [Int64] = []
            for text in ["one", "two", "three"] {
                sent.append(try await anna.talk(text, to: "bert")?.body.number(1) ?? 0)
            }
            #expect(try await Self.index(anna).isEmpty)
            let bert = try await TestClient.signedIn("bert", server, transport)
            let entries = try await Self.index(bert)
            #expect(entries.map { $0.number(1) } == sent)
            #expect(entries.allSatisfy { $0.number(2) == 0 && $0.text(4) == "anna" && $0.text(5) == "" })
            #expect(entries.allSatisfy { $0.number(3) > 1_600_000_000_000_000_000 })

            // In the order asked for; one that is none of bert's has a place and no content.
            let secret = try await anna.talk("secret", to: "carl")?.body.number(1) ?? 0
            var list = Wire()
            for id in [sent[2], 12345, secret, sent[0]] { list.varint(UInt64(id)) }
            let contents = try await bert.request("chat.offline.content", Wire().data(1, list.bytes))?.body.messages(1)
            #expect(contents?.map { $0.number(1) } == [sent[2], 12345, secret, sent[0]])
            #expect(contents?.map { $0.text(3) } == ["three", "", "", "one"])
            #expect(try await bert.request("chat.offline.content")?.status == 101)
            var many = Wire()
            for id in 1...201 { many.varint(UInt64(id)) }
            #expect(try await bert.request("chat.offline.content", Wire().data(1, many.bytes))?.status == 101)
        }
    }

    @Test func acknowledging() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            var sent: [Int64] = []
            for text in ["one", "two", "three", "four"] {
                sent.append(try await anna.talk(text, to: "bert")?.body.number(1) ?? 0)
            }
            let bert = try await TestClient.signedIn("bert", server)
            let answer = try await bert.request("chat.talk.ack", Wire().number(1, sent[0]))
            #expect(answer?.status == 0 && answer?.bodyBytes == [])
            #expect(try await Self.ids(bert) == Array(sent[1...]))
            // Asking for what follows a message acknowledges it.
            #expect(try await Self.ids(bert, after: sent[1]) == Array(sent[2...]))
            #expect(try await Self.ids(bert) == Array(sent[2...]))
            // It never goes back, and can't name what is yet to come.
            try await bert.request("chat.talk.ack", Wire().number(1, sent[0]))
            #expect(try await Self.ids(bert) == Array(sent[2...]))
            // An unknown message: the last day.
            #expect(try await Self.ids(bert, after: 77) == sent)
        }
    }

    /// What was acknowledged last may be gone: what came after it is unread all the same, however old.
    @Test func anAcknowledgedMessageThatWasDeleted() async throws {
        let folder = TemporaryFolder()
        let store = try ChatStore(folder: folder.path)
        let now = StoreWriter.wallClock()
        func id(daysAgo days: Int64) -> Int64 { MessageIDs.first(at: now - days * 24 * 3600 * 1_000_000_000) }
        let unread = [id(daysAgo: 12), id(daysAgo: 3), id(daysAgo: 0)]
        let account = "bert"
        try await store.perform { writer, database in
            for id in unread {
                try database.execute(
                    sql: "INSERT INTO messages VALUES (?, 'anna', ?, 0, 1, 'x', '', ?)", arguments: [id, account, id])
                try database.execute(sql: "INSERT INTO inbox VALUES (?, ?, 'anna')", arguments: [account, id])
            }
            try database.execute(
                sql: "INSERT INTO acknowledgements VALUES (?, ?)", arguments: [account, id(daysAgo: 13)])
        }
        #expect(try await store.offlineIndex(account: account, after: 0).map(\.messageID) == unread)
        #expect(try await store.offlineIndex(account: account, after: id(daysAgo: 13)).map(\.messageID) == unread)
        // One that never was, between those that are: the last day.
        #expect(try await store.offlineIndex(account: account, after: id(daysAgo: 5)).map(\.messageID) == [unread[2]])
        store.close()
    }

    @Test func messagesToAGroupAreIndexedForItsMembers() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let bert = try await TestClient.signedIn("bert", server)
            let create = Wire().text(1, "pond").text(4, "anna").text(5, "anna").text(5, "bert")
            let group = try await anna.request("chat.group.create", create)?.body.text(1) ?? ""
            #expect(!group.isEmpty && group.count <= 30)
            #expect(try await bert.next()?.command == "chat.group.create")
            func talk(_ text: String) async throws -> Int64 {
                let body = Wire().number(1, 1).text(2, text)
                return try await anna.request("chat.group.talk", body, to: group)?.body.number(1) ?? 0
            }
            let first = try await talk("first")
            let direct = try await anna.talk("direct", to: "bert")?.body.number(1) ?? 0
            let third = try await talk("third")
            for _ in 0..<3 { _ = try await bert.next() }
            let entries = try await Self.index(bert)
            #expect(entries.map { $0.number(1) } == [first, direct, third])
            #expect(entries.map { $0.text(5) } == [group, "", group])
            #expect(try await Self.index(anna).isEmpty)

            // Who comes later sees what comes later; who leaves keeps what was said before.
            let carl = try await TestClient.signedIn("carl", server)
            #expect(try await Self.index(carl).isEmpty)
            let membership = Wire().text(1, "carl").text(2, group)
            #expect(try await carl.request("chat.group.join", membership)?.status == 0)
            let fourth = try await talk("fourth")
            #expect(try await carl.next()?.body.number(1) == fourth)
            #expect(try await carl.request("chat.group.quit", membership)?.status == 0)
            let fifth = try await talk("fifth")
            #expect(try await Self.ids(carl) == [fourth])
            var list = Wire()
            for id in [third, fourth, fifth] { list.varint(UInt64(id)) }
            let contents = try await carl.request("chat.offline.content", Wire().data(1, list.bytes))
            #expect(contents?.body.messages(1).map { $0.text(3) } == ["", "fourth", ""])
        }
    }

    @Test func history() async throws {
        try await TestServer.with { server in
            let anna = try await TestClient.signedIn("anna", server)
            let bert = try await TestClient.signedIn("bert", server)
            for number in 0..<5 {
                _ = try await anna.talk("a\(number)", to: "bert")
                _ = try await bert.next()
                _ = try await bert.talk("b\(number)", to: "anna")
                _ = try await anna.next()
            }
            _ = try await anna.talk("other", to: "carl")
            let all = try await anna.request("millpond.history", Wire().text(1, "bert"))?.body.messages(1) ?? []
            #expect(all.map { $0.text(3) } == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"])
            let request = Wire().text(1, "bert").number(3, all[4].number(1)).number(4, 3)
            let page = try await anna.request("millpond.history", request)?.body.messages(1) ?? []
            #expect(page.map { $0.text(3) } == ["b0", "a1", "b1"])
            #expect(page.map { $0.text(5) } == ["bert", "anna", "bert"])
            #expect(page.map { $0.text(7) } == ["anna", "bert", "anna"])
            let lobby = Wire().text(1, "lobby").number(2, 1)
            #expect(try await anna.request("millpond.history", lobby)?.status == 0)
            let create = Wire().text(1, "closed")
            let group = try await bert.request("chat.group.create", create)?.body.text(1) ?? ""
            #expect(try await anna.request("millpond.history", Wire().text(1, group).number(2, 1))?.status == 105)
        }
    }
}
