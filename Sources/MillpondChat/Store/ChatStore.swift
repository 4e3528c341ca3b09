internal import GRDB
internal import MillpondNet
internal import MillpondPools

/// Messages, groups and acknowledgements in SQLite: durable before they are acknowledged.
///
/// Durable means SQLite's write-ahead log with `synchronous=FULL`: what a commit has said survives the end of the
/// process and of the power. One thread writes, in group commits; a few others read, each from a snapshot of its own. A
/// reactor only leaves work in a bounded queue. Thread-safe.
public final class ChatStore: Sendable {
    private let folder: DataFolder
    private let database: DatabasePool
    private let writes: CommandQueue<StoreCommand>
    private let readers: WorkerPool
    private let thread: WaitableThread
    private let counters = StoreCounters()
    let retention: Duration

    /// Opens the store in a folder, which is made if need be, and brings it up to date.
    ///
    /// - Throws: when the folder can't be used, another process uses it, or a newer version wrote it.
    public init(folder path: String, options: StoreOptions = .init()) throws(StoreError) {
        folder = try DataFolder(path)
        retention = options.retention
        let writes = CommandQueue<StoreCommand>(limit: options.writeQueue, byteLimit: options.writeQueueBytes)
        self.writes = writes
        readers = WorkerPool(
            WorkerPool.Options(
                name: "store-read", maximumWorkers: max(1, options.readers), queueLimit: options.readQueue,
                stackSize: nil))
        let writer: StoreWriter
        do {
            database = try Self.open(folder.database, options)
            writer = try StoreWriter(database, queue: writes, counters: counters, retention: options.retention)
        } catch {
            throw Self.opening(folder.database, error)
        }
        do {
            thread = try WaitableThread("store-writer") { writer.run() }
        } catch {
            throw StoreError(.database, "pthread_create: \(DataFolder.text(error.code))")
        }
    }

    /// Stores what was submitted, then closes. Blocks; later calls are refused. Closing again changes nothing.
    public func close() {
        writes.close()
        // A query takes milliseconds; one that hangs in the disk shall not keep the process from its end.
        readers.stopBlocking(within: .seconds(30))
        thread.wait()
        // Fails only while statements are in use.
        try? database.close()
        folder.release()
    }

    /// What it has done so far.
    public var statistics: StoreStatistics { counters.snapshot(queued: writes.count) }

    private static func open(_ path: String, _ options: StoreOptions) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.maximumReaderCount = max(1, options.readers)
        configuration.busyMode = .timeout(5)
        configuration.label = "millpond"
        let database = try DatabasePool(path: path, configuration: configuration)
        let migrator = StoreSchema.migrator
        if try database.read({ try migrator.hasBeenSuperseded($0) }) { throw StoreError(.newerSchema, path) }
        try migrator.migrate(database)
        try database.writeWithoutTransaction { database in
            // GRDB's default is what may lose the last commits with the power.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            if let pages = options.maximumPages {
                _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages)")
            }
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            guard mode == "wal", synchronous == 2 else { throw StoreError(.database, "no write-ahead log: \(path)") }
        }
        return database
    }

    private static func opening(_ path: String, _ error: any Error) -> StoreError {
        if let error = error as? DatabaseError {
            switch error.resultCode {
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_NOTADB, .SQLITE_CORRUPT:
                return StoreError(.folder, "\(path): \(error.message ?? "can't be opened")")
            default: break
            }
        }
        return StoreError(wrapping: error)
    }

    // MARK: Work

    /// Hands a command to the writer. Never waits.
    ///
    /// - Throws: when the queue is full or closed; the command will then not come back.
    func submit(_ command: StoreCommand, bytes: Int = 0) throws(StoreError) {
        try writes.append(command, bytes: bytes)
    }

    /// Executes `body` in the next batch and returns when that is committed.
    ///
    /// - Parameters:
    ///   - bytes: what the command keeps in memory.
    ///   - onCommit: called on the writer's thread before anyone else learns of the commit.
    func perform<Result: Sendable>(
        bytes: Int = 0, onCommit: @escaping (Result) -> Void = { _ in },
        _ body: @escaping (StoreWriter, Database) throws -> Result
    ) async throws(StoreError) -> Result {
        let command = AwaitedCommand(reactor: Reactor.current, onCommit: onCommit, body)
        unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            command.continuation = unsafe continuation
            do throws(StoreError) {
                try submit(command, bytes: bytes)
            } catch {
                command.failure = error
                unsafe continuation.resume()
            }
        }
        return try command.outcome()
    }

    /// Runs `body` on a reader's thread, on a snapshot that has every commit so far. Not at all if the task is
    /// cancelled before its turn.
    func query<Result: Sendable>(
        _ body: @escaping (Database) throws -> Result
    ) async throws(StoreError) -> Result {
        let query = StoreQuery(database, body)
        do {
            return try await readers.run { try query.run() }
        } catch {
            throw StoreError(wrapping: error)
        }
    }
}

/// A piece of work for a reader.
// Sound: made by the task that waits for it, and run by one thread, which a pool's queue orders after that.
private final class StoreQuery<Value>: @unchecked Sendable {
    private let database: DatabasePool
    private let body: (Database) throws -> Value

    init(_ database: DatabasePool, _ body: @escaping (Database) throws -> Value) {
        self.database = database
        self.body = body
    }

    func run() throws -> Value { try database.read(body) }
}
