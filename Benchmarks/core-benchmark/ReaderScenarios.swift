import MillpondIO
import MillpondPools

/// A hundred streams in turn; the payload reaches the consumer where it lies in the reader's block.
enum ReaderScenarios {
    /// Packets of 1 KiB.
    static func packets(_ network: Network, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let readers = Readers(.plain(), network)
        var consumer = Consumer()
        try await packets(readers, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try await packets(readers, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    /// A length of four bytes, then the payload of 64 to 1340 bytes.
    static func frames(_ network: Network, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let readers = Readers(.frames(64...1340), network)
        var consumer = Consumer()
        try await frames(readers, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try await frames(readers, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    @inline(never)
    private static func packets(_ readers: Readers, _ operations: Int, _ consumer: inout Consumer) async throws {
        var local = consumer
        for _ in 0..<operations / Readers.count {
            for index in 0..<Readers.count {
                try await unsafe readers.pointer[index].withBytes(1024) { local.take($0) }
            }
        }
        consumer = local
    }

    @inline(never)
    private static func frames(_ readers: Readers, _ operations: Int, _ consumer: inout Consumer) async throws {
        var local = consumer
        for _ in 0..<operations / Readers.count {
            for index in 0..<Readers.count {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                try await unsafe readers.pointer[index].withBytes(Int(length)) { local.take($0) }
            }
        }
        consumer = local
    }
}
