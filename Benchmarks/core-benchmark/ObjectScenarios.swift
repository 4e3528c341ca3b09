import MillpondPools

/// An object of 64 bytes is taken, written to, read from and put back.
enum ObjectScenarios {
    struct Scratch: Sendable {
        var number: UInt64 = 0
        var rest: InlineArray<7, UInt64> = [0, 0, 0, 0, 0, 0, 0]
    }

    static func run(
        threads: Int, scoped: Bool, _ operations: Int, _ meter: inout Meter
    ) async throws -> Outcome {
        let pool = ObjectPool<Scratch>(make: { Scratch() })
        let each = operations / threads
        var checks = await parallel(threads) { scoped ? scope(pool, each / 10) : take(pool, each / 10) }
        meter.start()
        checks ^= await parallel(threads) { scoped ? scope(pool, each) : take(pool, each) }
        meter.stop()
        return Outcome(check: checks)
    }

    @inline(never)
    private static func take(_ pool: ObjectPool<Scratch>, _ operations: Int) -> UInt64 {
        var consumer = Consumer()
        for number in 0..<operations {
            var object = pool.take()
            object.value.number = UInt64(number)
            consumer.fold(object.value.number)
        }
        return consumer.check
    }

    @inline(never)
    private static func scope(_ pool: ObjectPool<Scratch>, _ operations: Int) -> UInt64 {
        var consumer = Consumer()
        for number in 0..<operations {
            pool.withObject { object in
                object.number = UInt64(number)
                consumer.fold(object.number)
            }
        }
        return consumer.check
    }

    /// Runs `body` in so many tasks at once, and adds up what they return.
    private static func parallel(_ tasks: Int, _ body: @escaping @Sendable () -> UInt64) async -> UInt64 {
        await withTaskGroup(of: UInt64.self) { group in
            for _ in 0..<tasks { group.addTask { body() } }
            return await group.reduce(0, &+)
        }
    }
}
