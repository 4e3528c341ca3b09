import GRDB
import TestSupport
import Testing

@testable import MillpondChat

/// What `/healthz` says of the store, and when a refused guest may ask again.
struct HealthTests {
    @Test func aStoreThatWritesIsHealthy() async throws {
        try await TestServer.with { server in
            for _ in 0..<20 { #expect(await server.chat.health().status == 200) }
            // One write for all of them, unless a second went by.
            #expect(server.chat.storeStatistics.commands < 10)
        }
    }

    @Test func aBlockedWriterIsNamedWithinTheDeadline() async throws {
        let folder = TemporaryFolder()
        let server = try TestServer(folder: folder.path) { $0.healthTimeout = .milliseconds(200) }
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.path + "/chat.sqlite", configuration: configuration)
        // Another writer has the lock: ours waits for it.
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let clock = ContinuousClock()
        let started = clock.now
        let blocked = await server.chat.health()
        #expect(clock.now - started < .seconds(5))
        #expect(blocked.status == 503)
        #expect(blocked.body.contains("has not answered within 0.2 seconds"), "\(blocked.body)")
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try other.close()
        var last = blocked
        for _ in 0..<100 where last.status != 200 { last = await server.chat.health() }
        #expect(last.status == 200 && last.body == "ok\n", "\(last.body)")
        await server.stop()
    }

    @Test func aFullDiskIsNamed() async throws {
        let folder = TemporaryFolder()
        let server = try TestServer(folder: folder.path) { $0.store.maximumPages = 60 }
        #expect(await server.chat.health().status == 200)
        var isFull = false
        for _ in 0..<200 where !isFull {
            do {
                try await server.chat.gateway.store.perform { _, database in
                    try database.execute(
                        sql: "INSERT INTO messages VALUES (NULL, 'a', 'b', 0, 1, ?, '', 0)",
                        arguments: [String(repeating: "x", count: 4000)])
                }
            } catch {
                isFull = error.isDiskFull
            }
        }
        #expect(isFull)
        // The last good answer holds for a second.
        var answer = await server.chat.health()
        for _ in 0..<40 where answer.status == 200 {
            try await Task.sleep(for: .milliseconds(100))
            answer = await server.chat.health()
        }
        #expect(answer.status == 503 && answer.body.contains("the disk is full"), "\(answer.body)")
        await server.stop()
    }

    @Test func aProbeLeavesNothingBehind() async throws {
        let folder = TemporaryFolder()
        let store = try ChatStore(folder: folder.path)
        let probe = StoreProbe()
        try store.submit(probe)
        // Alone, or it would have nothing to write.
        #expect(await eventually { probe.result != nil })
        try await store.perform { _, database in
            try database.execute(sql: "INSERT INTO facts VALUES ('test', 1)")
        }
        guard case .success? = probe.result else {
            Issue.record("\(String(describing: probe.result))")
            return
        }
        let left = try await store.query {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM facts WHERE name = 'probe'")
        }
        #expect(left == 0)
        store.close()
    }

    @Test func aClosedStoreIsNamed() async throws {
        let folder = TemporaryFolder()
        let server = try TestServer(folder: folder.path)
        await server.chat.stop(within: .zero)
        let answer = await server.chat.health()
        #expect(answer.status == 503 && answer.body == "the store is closed\n", "\(answer.body)")
        await server.stop()
    }

    @Test func aRefusedGuestLearnsWhenToAskAgain() {
        let desk = GuestDesk(perMinute: 1)
        #expect(desk.admits("192.0.2.1", now: 1205) == .admitted)
        #expect(desk.admits("192.0.2.1", now: 1206) == .refused(seconds: 54))
        #expect(desk.admits("192.0.2.2", now: 1206) == .admitted)
        #expect(desk.admits("192.0.2.1", now: 1259) == .refused(seconds: 1))
        #expect(desk.admits("192.0.2.1", now: 1260) == .admitted)
        #expect(GuestDesk(perMinute: 0).admits("192.0.2.1", now: 1205) == .refused(seconds: nil))
    }
}
