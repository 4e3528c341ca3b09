internal import CMillpond
internal import GRDB
internal import Glibc
internal import MillpondNet
internal import MillpondPools

/// The one thread that writes: takes everything that was queued during the last commit, stores it in one transaction,
/// and tells each reactor of its part in one message.
final class StoreWriter {
    private let database: DatabasePool
    private let queue: CommandQueue<StoreCommand>
    private let counters: StoreCounters
    private let retentionNanoseconds: Int64
    private var ids: MessageIDs
    private var statements: StoreStatements!
    /// The time of the batch, in nanoseconds since 1970.
    private(set) var now: Int64 = 0
    private var prunedAt: UInt64 = 0
    /// The last pass did not get through.
    private var isPruningDue = false
    /// Nobody's message is in the batch.
    private(set) var hasOnlyProbes = false

    static let secondsBetweenPruning = 60
    static let messagesPerPruning = 2000

    init(
        _ database: DatabasePool, queue: CommandQueue<StoreCommand>, counters: StoreCounters, retention: Duration
    ) throws {
        self.database = database
        self.queue = queue
        self.counters = counters
        retentionNanoseconds = retention.wholeNanoseconds
        let last = try database.read { database in
            // The clock may have gone back since; spans begin and end at numbers that perhaps no message has.
            try [
                "max(id) FROM messages", "value FROM facts WHERE name = 'last_id'", "max(from_id) FROM members",
                "max(until_id) FROM members",
            ]
            .map { try Int64.fetchOne(database, sql: "SELECT " + $0) ?? 0 }.max() ?? 0
        }
        ids = MessageIDs(last: last)
        statements = try database.writeWithoutTransaction { database in try StoreStatements(database) }
    }

    /// The number of the newest message.
    var lastID: Int64 { ids.last }

    func nextID() -> Int64 { ids.next(at: now) }

    /// The thread's body.
    func run() {
        var batch: [StoreCommand] = []
        prunedAt = mp_monotonic_nanoseconds()
        while queue.takeAll(into: &batch, seconds: isPruningDue ? 1 : Self.secondsBetweenPruning) {
            let count = batch.count
            if count > 0 { process(batch) }
            // Not to be kept, with all that they refer to, for as long as nothing comes.
            batch.removeAll(keepingCapacity: true)
            pruneIfDue(at: mp_monotonic_nanoseconds(), stored: count)
        }
        // Statements go before their connection.
        statements = nil
    }

    private func process(_ batch: [StoreCommand]) {
        let started = mp_monotonic_nanoseconds()
        do {
            try store(batch)
            counters.committed(batch.count, nanoseconds: mp_monotonic_nanoseconds() &- started)
            for command in batch { command.committed() }
        } catch {
            let failure = StoreError(wrapping: error)
            counters.failed(batch.count)
            for command in batch { command.failure = failure }
        }
        deliver(batch)
    }

    private func store(_ batch: [StoreCommand]) throws {
        now = Self.wallClock()
        hasOnlyProbes = batch.allSatisfy { $0 is StoreProbe }
        try database.writeWithoutTransaction { database in
            try statements.begin.run()
            do {
                for command in batch { try command.execute(self, database) }
                try statements.commit.run()
            } catch {
                // Fails when SQLite has rolled back by itself.
                try? statements.rollback.run()
                throw error
            }
        }
    }

    private func deliver(_ batch: [StoreCommand]) {
        var parts: [(reactor: Reactor, commands: [StoreCommand])] = []
        for command in batch {
            guard let reactor = command.reactor else {
                command.completed()
                continue
            }
            if let index = parts.firstIndex(where: { $0.reactor === reactor }) {
                parts[index].commands.append(command)
            } else {
                parts.append((reactor, [command]))
            }
        }
        for part in parts {
            let commands = part.commands
            part.reactor.post { _ in for command in commands { command.completed() } }
        }
    }

    // MARK: The hot path

    /// Stores a message to a user. Nothing is copied but by SQLite.
    func storeUserMessage(_ message: StoredMessage) throws(StoreError) -> Int64 {
        let id = nextID()
        try statements.insert(message, id: id, isGroup: false, sendTime: now)
        try statements.insertInbox(message, id: id)
        return id
    }

    /// Stores a message to a group: one row for all members.
    func storeGroupMessage(_ message: StoredMessage) throws(StoreError) -> Int64 {
        let id = nextID()
        try statements.insert(message, id: id, isGroup: true, sendTime: now)
        try statements.insertGroupMessage(message, id: id)
        return id
    }

    /// Notes the newest message that an account has read. It can't be one that is yet to come, and never goes back.
    func acknowledge(_ account: String, _ id: Int64) throws {
        try statements.acknowledge(account, min(id, lastID))
    }

    // MARK: Retention

    /// Prunes once a minute; after a pass that left some behind, again after the next batch or in a second, and then no
    /// fewer than were stored: deleting keeps up with storing.
    func pruneIfDue(at nanoseconds: UInt64, stored: Int = 0) {
        guard isPruningDue || nanoseconds &- prunedAt >= UInt64(Self.secondsBetweenPruning) * 1_000_000_000 else {
            return
        }
        prunedAt = nanoseconds
        isPruningDue = false
        // What can't be pruned now is pruned later; if the disk fails, messages tell.
        _ = try? prune(atLeast: stored)
    }

    /// Deletes messages that are too old: `minimum`, if there are so many; more while nobody waits. Returns how many.
    @discardableResult
    func prune(atLeast minimum: Int = 0) throws -> Int {
        let limit = MessageIDs.first(at: Self.wallClock() - retentionNanoseconds)
        var total = 0
        while true {
            let count = try database.writeWithoutTransaction { database in
                try Self.pruneOnce(database, before: limit, lastID: lastID)
            }
            total += count
            if count < Self.messagesPerPruning { return total }
            // Others are waiting.
            if queue.count > 0, total >= minimum {
                isPruningDue = true
                return total
            }
        }
    }

    private static func pruneOnce(_ database: Database, before limit: Int64, lastID: Int64) throws -> Int {
        var count = 0
        try database.inTransaction(.immediate) {
            let rows = try Row.fetchAll(
                database, sql: "SELECT id, destination, is_group FROM messages WHERE id < ? ORDER BY id LIMIT ?",
                arguments: [limit, messagesPerPruning])
            for row in rows {
                let id: Int64 = row[0]
                let destination: String = row[1]
                let isGroup: Bool = row[2]
                let sql =
                    isGroup
                    ? "DELETE FROM group_messages WHERE group_id = ? AND message_id = ?"
                    : "DELETE FROM inbox WHERE account = ? AND message_id = ?"
                try database.cachedStatement(sql: sql).execute(arguments: [destination, id])
                try database.cachedStatement(sql: "DELETE FROM messages WHERE id = ?").execute(arguments: [id])
            }
            count = rows.count
            if count > 0 {
                // The numbers of messages that are gone must not come again, even if none is left.
                try keep(lastID, database)
                try database.execute(sql: "DELETE FROM members WHERE until_id < ?", arguments: [limit])
            }
            return .commit
        }
        return count
    }

    /// Has numbering go on behind this number after a restart.
    static func keep(_ number: Int64, _ database: Database) throws {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO facts VALUES ('last_id', ?)")
            .execute(arguments: [number])
    }

    static func wallClock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole seconds as nanoseconds, at most a century's.
    var wholeNanoseconds: Int64 { min(components.seconds, 100 * 366 * 24 * 3600) * 1_000_000_000 }
}

extension StoreError {
    /// Any error of the database's as ours.
    init(wrapping error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as WorkerPoolError where error.isQueueFull: self.init(.overloaded)
        case let error as WorkerPoolError where error.isStopped: self.init(.closed)
        case is CancellationError: self.init(.cancelled)
        case let error as DatabaseError:
            self.init(error.resultCode == .SQLITE_FULL ? .diskFull : .database, error.message ?? "\(error.resultCode)")
        default: self.init(.database, "\(error)")
        }
    }
}
