import MillpondIO
import MillpondPools

/// A hundred streams of packets of 1 to 3 KiB on the good network, each packet forwarded to all subscribers of its
/// stream.
enum FanOutScenarios {
    /// How many packets a subscriber lags behind, in the scenario that keeps them.
    static let lag = 4
    private static let lengths = 1024...3072
    private static let network = Network(chunk: 1024...4096)

    /// Subscribers that look at once.
    static func looked(_ subscribers: Int, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let readers = Readers(.frames(lengths), network)
        var consumer = Consumer()
        try await look(readers, subscribers, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try await look(readers, subscribers, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    /// Subscribers that hold their own reference to each packet and look when the fourth after it has come.
    static func kept(_ subscribers: Int, _ operations: Int, _ meter: inout Meter) async throws -> Outcome {
        let readers = Readers(.frames(lengths), network)
        let held = Held(Readers.count * lag * subscribers)
        var consumer = Consumer()
        try await keep(readers, held, subscribers, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try await keep(readers, held, subscribers, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    @inline(never)
    private static func look(
        _ readers: Readers, _ subscribers: Int, _ operations: Int, _ consumer: inout Consumer
    ) async throws {
        var local = consumer
        for _ in 0..<operations / Readers.count {
            for index in 0..<Readers.count {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                try await unsafe readers.pointer[index].withBytes(Int(length)) { bytes in
                    for _ in 0..<subscribers { local.take(bytes) }
                }
            }
        }
        consumer = local
    }

    @inline(never)
    private static func keep(
        _ readers: Readers, _ held: Held, _ subscribers: Int, _ operations: Int, _ consumer: inout Consumer
    ) async throws {
        var local = consumer
        for round in 0..<operations / Readers.count {
            for index in 0..<Readers.count {
                let length = try await unsafe readers.pointer[index].readInteger(as: UInt32.self)
                let packet = try await unsafe readers.pointer[index].takeShared(Int(length))
                let first = (index &* lag &+ round % lag) &* subscribers
                for slot in first..<first &+ subscribers {
                    if unsafe !held.pointer[slot].isEmpty { local.take(unsafe held.pointer[slot].bytes) }
                    unsafe held.pointer[slot] = packet.clone()
                }
            }
        }
        consumer = local
    }

    /// What the subscribers hold.
    @safe
    private final class Held {
        let pointer: UnsafeMutablePointer<SharedBytes>
        private let count: Int

        init(_ count: Int) {
            self.count = count
            unsafe pointer = .allocate(capacity: count)
            for index in 0..<count { unsafe (pointer + index).initialize(to: SharedBytes()) }
        }

        deinit {
            unsafe pointer.deinitialize(count: count)
            unsafe pointer.deallocate()
        }
    }
}
