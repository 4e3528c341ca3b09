import Glibc
import MillpondPools

/// Nanoseconds per take and put back of a block, by size: alone, and with 64 others held meanwhile.
@main
enum PoolBenchmark {
    static func main() throws {
        let rounds = 5_000_000
        print("ns per take + put back      one at a time       64 held    malloc, 64 held")
        for size in [512, 4096, 16_384, 65_536] {
            let alone = try median { try alternate(size, rounds) }
            let held = try median { try rotate(size, rounds) }
            let system = median { rotateMalloc(size, rounds / 10) }
            print(pad("block of \(size)", 24), pad(alone), pad(held), pad(system))
        }
    }

    /// Takes a block and puts it back.
    @inline(never)
    static func alternate(_ size: Int, _ rounds: Int) throws -> Double {
        let pool = BlockPool()
        return try nanoseconds(per: rounds) {
            for _ in 0..<rounds {
                let block = try pool.take(minimumCapacity: size)
                _ = consume block
            }
        }
    }

    /// Holds 64 blocks and replaces the oldest each time.
    @inline(never)
    static func rotate(_ size: Int, _ rounds: Int) throws -> Double {
        let pool = BlockPool()
        let held = UnsafeMutablePointer<Block>.allocate(capacity: 64)
        for index in 0..<64 { unsafe (held + index).initialize(to: try pool.take(minimumCapacity: size)) }
        defer {
            unsafe held.deinitialize(count: 64)
            unsafe held.deallocate()
        }
        return try nanoseconds(per: rounds) {
            for round in 0..<rounds {
                unsafe held[round & 63] = try pool.take(minimumCapacity: size)
            }
        }
    }

    @inline(never)
    static func rotateMalloc(_ size: Int, _ rounds: Int) -> Double {
        let held = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 64)
        for index in 0..<64 { unsafe (held + index).initialize(to: malloc(size)) }
        defer {
            for index in 0..<64 { unsafe free(held[index]) }
            unsafe held.deallocate()
        }
        return nanoseconds(per: rounds) {
            for round in 0..<rounds {
                unsafe free(held[round & 63])
                unsafe held[round & 63] = malloc(size)
            }
        }
    }

    static func nanoseconds<Failure: Error>(per rounds: Int, _ body: () throws(Failure) -> Void) throws(Failure)
        -> Double
    {
        let clock = ContinuousClock()
        let start = clock.now
        try body()
        let took = clock.now - start
        return (Double(took.components.seconds) * 1e9 + Double(took.components.attoseconds) / 1e9) / Double(rounds)
    }

    static func median<Failure: Error>(_ measure: () throws(Failure) -> Double) throws(Failure) -> Double {
        var samples: [Double] = []
        for _ in 0..<7 { samples.append(try measure()) }
        return samples.sorted()[3]
    }

    static func pad(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let text = "\(tenths / 10).\(tenths % 10)"
        return String(repeating: " ", count: max(0, 14 - text.count)) + text
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
