import GRDB
import Glibc
import MillpondNet
import Testing

@testable import MillpondChat

/// The store by itself.
struct StoreTests {
    private static func put(_ store: ChatStore, _ text: String, _ sender: String, _ receiver: String) async throws
        -> Int64
    {
        try await store.perform { writer, _ in
            let message = StoredMessage(
                sender: sender.utf8Span.span.bytes, destination: receiver.utf8Span.span.bytes, type: 1,
                body: text.utf8Span.span.bytes, extra: RawSpan())
            return try writer.storeUserMessage(message)
        }
    }

    @Test func whatWasStoredIsThereAfterReopening() async throws {
        let folder = TemporaryFolder()
        var store = try ChatStore(folder: folder.path)
        let first = try await Self.put(store, "one", "anna", "bert")
        store.close()
        store = try ChatStore(folder: folder.path)
        let second = try await Self.put(store, "two", "anna", "bert")
        #expect(second > first && second < 1 << 53)
        #expect(try await store.offlineIndex(account: "bert", after: 0).map(\.messageID) == [first, second])
        store.close()
    }

    @Test func numbersGoOnWhenTheClockGoesBack() {
        var ids = MessageIDs(last: 0)
        let first = ids.next(at: 1_700_000_000_000_000_000)
        #expect(ids.next(at: 1_600_000_000_000_000_000) == first + 1)
        #expect(ids.next(at: 1_700_000_000_001_000_000) == first + 4096)
    }

    /// Nor does the number come again that a group has, and no message.
    @Test func numbersOfGroupsAreKept() async throws {
        let folder = TemporaryFolder()
        var store = try ChatStore(folder: folder.path)
        var request = try GroupCreateRequest(RawSpan(), .empty)
        request.owner = "anna"
        let group = try await store.createGroup(request)
        let last = try await store.perform { writer, _ in writer.lastID }
        #expect(group == String(last, radix: 36))
        store.close()
        store = try ChatStore(folder: folder.path)
        #expect(try await store.perform { writer, _ in writer.lastID } == last)
        store.close()
    }

    /// Spans that have ended are found by an index, and not by looking at all members.
    @Test func retentionLooksAtNothingElse() async throws {
        let folder = TemporaryFolder()
        let store = try ChatStore(folder: folder.path)
        let plan = try await store.perform { _, database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN DELETE FROM members WHERE until_id < 5")
                .map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("members_ended") }, "\(plan)")
        store.close()
    }

    @Test func concurrentSubmittersShareCommits() async throws {
        let folder = TemporaryFolder()
        let store = try ChatStore(folder: folder.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<50 {
                group.addTask {
                    var last: Int64 = 0
                    for number in 0..<20 {
                        let id = try await Self.put(store, "\(number)", "s\(sender)", "r\(sender)")
                        #expect(id > last)
                        last = id
                    }
                }
            }
            try await group.waitForAll()
        }
        let statistics = store.statistics
        #expect(statistics.commands == 1000 && statistics.commits < 1000 && statistics.failures == 0)
        store.close()
    }

    @Test func aFullQueueIsAnError() async throws {
        let folder = TemporaryFolder()
        var options = StoreOptions()
        options.writeQueue = 0
        let store = try ChatStore(folder: folder.path, options: options)
        await #expect(throws: StoreError.self) { try await Self.put(store, "x", "a", "b") }
        store.close()
        await #expect(throws: StoreError.self) { try await Self.put(store, "x", "a", "b") }
    }

    @Test func aFullDiskIsAnErrorAndThenNot() async throws {
        let folder = TemporaryFolder()
        var options = StoreOptions()
        options.maximumPages = 60
        let store = try ChatStore(folder: folder.path, options: options)
        let text = String(repeating: "x", count: 4000)
        var failure: StoreError?
        var stored: [Int64] = []
        for _ in 0..<100 where failure == nil {
            do { stored.append(try await Self.put(store, text, "a", "b")) } catch { failure = error as? StoreError }
        }
        #expect(failure?.isDiskFull == true && failure?.reason == "the disk is full")
        // Reading goes on, and what was answered is there.
        #expect(try await store.offlineIndex(account: "b", after: 0).map(\.messageID) == stored)
        store.close()
    }

    @Test func aFolderThatCannotBeUsedIsNamed() throws {
        let error = #expect(throws: StoreError.self) { try ChatStore(folder: "/proc/nothing/here") }
        #expect(error?.description.contains("/proc/nothing/here") == true)
        let folder = TemporaryFolder()
        let store = try ChatStore(folder: folder.path)
        let used = #expect(throws: StoreError.self) { try ChatStore(folder: folder.path) }
        #expect(used?.reason == "the data folder is used by another process")
        store.close()
    }

    @Test func aNewerSchemaIsRefused() throws {
        let folder = TemporaryFolder()
        try ChatStore(folder: folder.path).close()
        let queue = try DatabaseQueue(path: folder.path + "/chat.sqlite")
        try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
        try queue.close()
        let error = #expect(throws: StoreError.self) { try ChatStore(folder: folder.path) }
        #expect(error?.isFromNewerVersion == true)
    }

    @Test func oldMessagesArePruned() async throws {
        let folder = TemporaryFolder()
        var options = StoreOptions()
        options.retention = .seconds(-10)
        let store = try ChatStore(folder: folder.path, options: options)
        let last = try await Self.put(store, "old", "anna", "bert")
        store.close()
        let database = try DatabasePool(path: folder.path + "/chat.sqlite")
        let writer = try StoreWriter(
            database, queue: CommandQueue(limit: 1), counters: StoreCounters(), retention: .seconds(-10))
        #expect(try writer.prune() == 1)
        let left = try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM inbox") }
        #expect(left == 0)
        // The number of what is gone does not come again.
        let again = try StoreWriter(
            database, queue: CommandQueue(limit: 1), counters: StoreCounters(), retention: .seconds(1))
        #expect(again.lastID == last)
    }

    @Test func pruningThatDidNotGetThroughGoesOnAfterTheNextBatch() throws {
        let folder = TemporaryFolder()
        try ChatStore(folder: folder.path).close()
        let database = try DatabasePool(path: folder.path + "/chat.sqlite")
        func put(_ ids: ClosedRange<Int64>) throws {
            try database.write { database in
                for id in ids {
                    try database.execute(
                        sql: "INSERT INTO messages VALUES (?, 'anna', 'bert', 0, 1, 'x', '', 0)", arguments: [id])
                }
            }
        }
        func left() throws -> Int? { try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM messages") } }
        try put(1...Int64(2 * StoreWriter.messagesPerPruning + 1))
        // Somebody always waits.
        let queue = CommandQueue<StoreCommand>(limit: 1)
        try queue.append(StoreCommand(reactor: nil))
        let writer = try StoreWriter(database, queue: queue, counters: StoreCounters(), retention: .seconds(3600))
        let minute = UInt64(StoreWriter.secondsBetweenPruning) * 1_000_000_000
        writer.pruneIfDue(at: minute)
        #expect(try left() == StoreWriter.messagesPerPruning + 1)
        writer.pruneIfDue(at: minute + 1)
        #expect(try left() == 1)
        writer.pruneIfDue(at: minute + 2)
        #expect(try left() == 0)
        // After a large batch as many as that stored.
        try put(1...Int64(3 * StoreWriter.messagesPerPruning + 1))
        writer.pruneIfDue(at: 2 * minute + 2)
        writer.pruneIfDue(at: 2 * minute + 3, stored: StoreWriter.messagesPerPruning + 1)
        #expect(try left() == 1)
        writer.pruneIfDue(at: 3 * minute)
        #expect(try left() == 0)
        // Done: the next time is in a minute.
        try put(1...1)
        writer.pruneIfDue(at: 3 * minute + 1)
        #expect(try left() == 1)
        writer.pruneIfDue(at: 4 * minute)
        #expect(try left() == 0)
    }

    @Test func guests() async throws {
        try await TestServer.with {
            $0.guestsPerMinute = 3
        } _: { server in
            func ask(_ body: String) -> ChatHTTPAnswer {
                server.chat.guest(body: body.utf8Span.span.bytes, address: "192.0.2.1")
            }
            let answer = ask("{\"name\": \"Anna Lena\"}")
            #expect(answer.status == 200 && answer.body.contains("\"account\":\"Anna-Lena-"))
            guard case .text(let token)? = ClaimsReader.read(Array(answer.body.utf8))?["token"] else {
                return #expect(Bool(false))
            }
            let client = try await TestClient(server, .stream)
            #expect(try await client.request("login.signin", Wire().text(1, token))?.status == 0)
            #expect(ask("{\"name\": \"!!\"}").status == 400)
            #expect(ask("what").status == 400)
            #expect(ask("{\"name\": \"x\"}").status == 429)
            let metrics = server.chat.metrics().body
            #expect(metrics.contains("millpond_chat_logins_total 1\n"))
            #expect(metrics.contains("millpond_store_commit_seconds_count"))
        }
    }
}
