import MillpondPools

/// A block is taken, written to at both ends, read from there, and put back.
enum BlockScenarios {
    static func alternating(_ size: Int, _ operations: Int, _ meter: inout Meter) throws -> Outcome {
        let pool = BlockPool()
        var consumer = Consumer()
        try alternate(pool, size, operations / 10, &consumer)
        meter.start()
        try alternate(pool, size, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    /// 64 blocks are held; the oldest is read from and put back before another is taken.
    static func held(_ size: Int, _ operations: Int, _ meter: inout Meter) throws -> Outcome {
        let pool = BlockPool()
        let held = UnsafeMutablePointer<Block>.allocate(capacity: 64)
        for index in 0..<64 {
            unsafe (held + index).initialize(to: try pool.take(minimumCapacity: size))
            unsafe write(0, to: &held[index], size)
        }
        defer {
            unsafe held.deinitialize(count: 64)
            unsafe held.deallocate()
        }
        var consumer = Consumer()
        try unsafe rotate(pool, held, size, operations / 10, &consumer)
        meter.start()
        try unsafe rotate(pool, held, size, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    @inline(never)
    private static func alternate(
        _ pool: BlockPool, _ size: Int, _ operations: Int, _ consumer: inout Consumer
    ) throws {
        for number in 0..<operations {
            var block = try pool.take(minimumCapacity: size)
            write(number, to: &block, size)
            consumer.fold(read(&block, size))
        }
    }

    @inline(never)
    private static func rotate(
        _ pool: BlockPool, _ held: UnsafeMutablePointer<Block>, _ size: Int, _ operations: Int,
        _ consumer: inout Consumer
    ) throws {
        for number in 0..<operations {
            let slot = unsafe held + (number & 63)
            consumer.fold(unsafe read(&slot.pointee, size))
            unsafe slot.deinitialize(count: 1)
            unsafe slot.initialize(to: try pool.take(minimumCapacity: size))
            unsafe write(number, to: &slot.pointee, size)
        }
    }

    @inline(__always)
    private static func write(_ number: Int, to block: inout Block, _ size: Int) {
        unsafe block.withUnsafeMutableBytes { bytes in
            unsafe bytes[0] = UInt8(truncatingIfNeeded: number)
            unsafe bytes[size &- 1] = UInt8(truncatingIfNeeded: number &>> 8)
        }
    }

    @inline(__always)
    private static func read(_ block: inout Block, _ size: Int) -> UInt64 {
        unsafe block.withUnsafeMutableBytes { bytes in
            unsafe UInt64(bytes[0]) &<< 8 | UInt64(bytes[size &- 1])
        }
    }
}
