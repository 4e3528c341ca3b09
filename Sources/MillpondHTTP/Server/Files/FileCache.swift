internal import Glibc
internal import MillpondPools

/// Open files by the paths they were asked for, a bounded number of them; what goes when there is no room is what was
/// not used since the clock's hand last passed (the second-chance algorithm).
///
/// Thread-safe. Split by the path's hash, so that reactors seldom meet. A lock is held for a look-up, never while a
/// file is opened or closed.
final class FileCache: Sendable {
    private struct Entry {
        let hash: Int
        let path: [UInt8]
        let file: ServedFile
        /// When the path was last looked up, and when the entry was last used. Nanoseconds.
        let opened: UInt64
        var used: UInt64
        var isRecent: Bool
    }

    private struct Table {
        var places: [Int: Int] = [:]
        var entries: [Entry] = []
        var hand = 0
    }

    private final class Shard: Sendable {
        let table = Guarded(Table())
    }

    private let shards: [Shard]
    private let shardLimit: Int
    private let lifetime: UInt64
    private let idleTime: UInt64

    init(limit: Int, lifetime: UInt64, idleTime: UInt64) {
        let count = limit >= 64 ? 8 : 1
        shards = limit > 0 ? (0..<count).map { _ in Shard() } : []
        shardLimit = max(1, limit / count)
        self.lifetime = lifetime
        self.idleTime = idleTime
    }

    /// Nanoseconds of a clock that is read without a system call, and exact to a few milliseconds.
    static func now() -> UInt64 {
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    static func hash(_ path: UnsafeRawBufferPointer) -> Int {
        // Seeded for each process, so that nobody can choose paths that collide.
        var hasher = Hasher()
        unsafe hasher.combine(bytes: path)
        return hasher.finalize()
    }

    /// The file that was found under a path less than the lifetime ago.
    func file(_ path: UnsafeRawBufferPointer, hash: Int, now: UInt64) -> ServedFile? {
        guard !shards.isEmpty else { return nil }
        let lifetime = lifetime
        return shard(hash).table.withLock { table in
            guard let place = table.places[hash], Self.age(table.entries[place], now) < lifetime,
                table.entries[place].path.count == path.count,
                unsafe table.entries[place].path.elementsEqual(path)
            else { return nil }
            table.entries[place].used = now
            table.entries[place].isRecent = true
            return table.entries[place].file
        }
    }

    /// Keeps a file. Another one under the path goes, and those that nobody has asked for in a long time.
    func keep(_ file: ServedFile, path: [UInt8], hash: Int, now: UInt64) {
        guard !shards.isEmpty else { return }
        let entry = Entry(hash: hash, path: path, file: file, opened: now, used: now, isRecent: true)
        let (limit, idleTime) = (shardLimit, idleTime)
        // Dropped, and closed, when the lock is given up.
        let leaving = shard(hash).table.withLock { table in
            var leaving = Self.removeIdle(&table, before: now > idleTime ? now - idleTime : 0)
            if let place = table.places[hash] {
                leaving.append(table.entries[place])
                table.entries[place] = entry
            } else {
                if table.entries.count >= limit { leaving.append(Self.evict(&table)) }
                table.places[hash] = table.entries.count
                table.entries.append(entry)
            }
            return leaving
        }
        withExtendedLifetime(leaving) {}
    }

    /// Forgets a file, if it is still the one that is kept.
    func remove(_ file: ServedFile, hash: Int) {
        guard !shards.isEmpty else { return }
        let leaving = shard(hash).table.withLock { table -> Entry? in
            guard let place = table.places[hash], table.entries[place].file === file else { return nil }
            return Self.remove(&table, at: place)
        }
        withExtendedLifetime(leaving) {}
    }

    /// Forgets a file wherever it is kept. Complexity: O(files).
    func remove(_ file: ServedFile) {
        for shard in shards {
            let leaving = shard.table.withLock { table -> Entry? in
                table.entries.firstIndex { $0.file === file }.map { Self.remove(&table, at: $0) }
            }
            withExtendedLifetime(leaving) {}
        }
    }

    /// Forgets everything: for a process that runs out of descriptors.
    func removeAll() {
        for shard in shards {
            let leaving = shard.table.withLock { table in
                let entries = table.entries
                table = Table()
                return entries
            }
            withExtendedLifetime(leaving) {}
        }
    }

    /// How many files are kept.
    var count: Int { shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.entries.count } } }

    /// Another thread may have read the clock later.
    private static func age(_ entry: Entry, _ now: UInt64) -> UInt64 { now > entry.opened ? now - entry.opened : 0 }

    private func shard(_ hash: Int) -> Shard { shards[Int(UInt(bitPattern: hash) >> 7) % shards.count] }

    private static func remove(_ table: inout Table, at place: Int) -> Entry {
        let entry = table.entries[place]
        table.places[entry.hash] = nil
        let last = table.entries.removeLast()
        if place < table.entries.count {
            table.entries[place] = last
            table.places[last.hash] = place
        }
        return entry
    }

    private static func evict(_ table: inout Table) -> Entry {
        while true {
            if table.hand >= table.entries.count { table.hand = 0 }
            if !table.entries[table.hand].isRecent { return remove(&table, at: table.hand) }
            table.entries[table.hand].isRecent = false
            table.hand += 1
        }
    }

    /// Looks at a few entries each time, so that all are seen in turn.
    private static func removeIdle(_ table: inout Table, before: UInt64) -> [Entry] {
        var leaving: [Entry] = []
        for _ in 0..<min(4, table.entries.count) {
            if table.hand >= table.entries.count { table.hand = 0 }
            guard table.hand < table.entries.count else { break }
            if table.entries[table.hand].used < before {
                leaving.append(remove(&table, at: table.hand))
            } else {
                table.hand += 1
            }
        }
        return leaving
    }
}
