import Glibc
import MillpondPools

/// Nanoseconds per take and return of a pooled block or object, on one thread, beside malloc and free.
///
/// "alternating" returns what it took at once; "64 held" holds 64 and replaces the oldest. Rounds are short and the
/// fastest counts, so that other work on the machine disturbs little.
@main
enum PoolBenchmark {
    static let rounds = 200_000

    static func main() throws {
        if CommandLine.arguments.dropFirst().first == "workers" { return try WorkerBenchmark.run() }
        print("ns per take + return     alternating      64 held   malloc, 64 held")
        for size in [512, 4096, 16_384, 65_536] {
            let alone = try fastest { try alternateBlocks(size) }
            let held = try fastest { try rotateBlocks(size) }
            report("block of \(size)", [alone, held, fastest { rotateMalloc(size) }])
        }
        report("object", [fastest { alternateObjects() }, fastest { rotateObjects() }])
        report("object, scoped", [fastest { scopedObjects() }])
    }

    // MARK: What is measured

    @inline(never)
    static func alternateBlocks(_ size: Int) throws -> Double {
        let pool = BlockPool()
        _ = try pool.take(minimumCapacity: size)
        return try nanoseconds {
            for _ in 0..<rounds { _ = try pool.take(minimumCapacity: size) }
        }
    }

    @inline(never)
    static func rotateBlocks(_ size: Int) throws -> Double {
        let pool = BlockPool()
        let held = UnsafeMutablePointer<Block>.allocate(capacity: 64)
        for index in 0..<64 { unsafe (held + index).initialize(to: try pool.take(minimumCapacity: size)) }
        defer {
            unsafe held.deinitialize(count: 64)
            unsafe held.deallocate()
        }
        return try nanoseconds {
            for round in 0..<rounds { unsafe held[round & 63] = try pool.take(minimumCapacity: size) }
        }
    }

    @inline(never)
    static func rotateMalloc(_ size: Int) -> Double {
        let held = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 64)
        for index in 0..<64 { unsafe (held + index).initialize(to: malloc(size)) }
        defer {
            for index in 0..<64 { unsafe free(held[index]) }
            unsafe held.deallocate()
        }
        return nanoseconds {
            for round in 0..<rounds {
                unsafe free(held[round & 63])
                unsafe held[round & 63] = malloc(size)
            }
        }
    }

    @inline(never)
    static func alternateObjects() -> Double {
        let pool = ObjectPool<[Int]>(make: { [] })
        _ = pool.take()
        return nanoseconds {
            for _ in 0..<rounds { _ = pool.take() }
        }
    }

    @inline(never)
    static func rotateObjects() -> Double {
        let pool = ObjectPool<[Int]>(make: { [] })
        let held = UnsafeMutablePointer<Pooled<[Int]>>.allocate(capacity: 64)
        for index in 0..<64 { unsafe (held + index).initialize(to: pool.take()) }
        defer {
            unsafe held.deinitialize(count: 64)
            unsafe held.deallocate()
        }
        return nanoseconds {
            for round in 0..<rounds { unsafe held[round & 63] = pool.take() }
        }
    }

    @inline(never)
    static func scopedObjects() -> Double {
        let pool = ObjectPool<Int>(make: { 0 })
        pool.withObject { $0 += 1 }
        return nanoseconds {
            for _ in 0..<rounds { pool.withObject { $0 &+= 1 } }
        }
    }

    // MARK: Measuring

    static func nanoseconds<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try body()
        let (seconds, attoseconds) = (clock.now - start).components
        return (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(rounds)
    }

    static func fastest<Failure: Error>(_ measure: () throws(Failure) -> Double) throws(Failure) -> Double {
        var least = Double.infinity
        for _ in 0..<100 { least = min(least, try measure()) }
        return least
    }

    static func report(_ name: String, _ figures: [Double]) {
        var line = name + String(repeating: " ", count: max(0, 22 - name.count))
        for figure in figures {
            let tenths = Int((figure * 10).rounded())
            let text = "\(tenths / 10).\(tenths % 10)"
            line += String(repeating: " ", count: max(1, 14 - text.count)) + text
        }
        print(line)
    }
}
