internal import MillpondPools

/// Buckets of tokens in a table of fixed size. Thread-safe; allocates nothing after it was made.
///
/// A bucket is one number: when it will be full again. That is all there is to know, as it fills at a steady rate (the
/// generic cell rate algorithm of ITU-T I.371). A place whose bucket is full is free.
final class RateTable: Sendable {
    private struct Bucket {
        var key = 0
        var full: UInt64 = 0
    }

    private final class Shard: Sendable {
        let buckets: Guarded<[Bucket]>

        init(_ count: Int) { buckets = Guarded(Array(repeating: Bucket(), count: count)) }
    }

    /// Places in which a key may be.
    private static let ways = 8

    private let shards: [Shard]
    private let setCount: Int
    /// Nanoseconds in which a token drips in, and in which an empty bucket fills.
    private let interval: UInt64
    private let depth: UInt64

    init(rate: Double, burst: Int, limit: Int) {
        let sets = max(1, limit / Self.ways)
        let count = min(sets, 16)
        setCount = (sets + count - 1) / count
        let places = setCount * Self.ways
        shards = (0..<count).map { _ in Shard(places) }
        interval = UInt64(clamping: Int64(min(1e9 / rate, 1e17)))
        let (depth, overflow) = max(1, interval).multipliedReportingOverflow(by: UInt64(burst))
        self.depth = overflow ? .max / 4 : min(depth, .max / 4)
    }

    /// Takes a token.
    ///
    /// - Returns: nil when there was one; otherwise in how many nanoseconds there will be.
    func take(_ key: Int, now: UInt64) -> UInt64? {
        let hash = UInt(bitPattern: key)
        let set = Int(hash / UInt(shards.count) % UInt(setCount)) * Self.ways
        let (interval, depth) = (max(1, interval), depth)
        return shards[Int(hash % UInt(shards.count))].buckets.withLock { buckets in
            let place = Self.place(of: key, from: set, in: buckets)
            let full = buckets[place].key == key ? max(buckets[place].full, now) : now
            if full + interval > now + depth { return full + interval - now - depth }
            buckets[place] = Bucket(key: key, full: full + interval)
            return nil
        }
    }

    /// Where the key is, or the place of the fullest bucket.
    private static func place(of key: Int, from set: Int, in buckets: [Bucket]) -> Int {
        var best = set
        for place in set..<set + ways {
            if buckets[place].key == key, buckets[place].full > 0 { return place }
            if buckets[place].full < buckets[best].full { best = place }
        }
        return best
    }
}
