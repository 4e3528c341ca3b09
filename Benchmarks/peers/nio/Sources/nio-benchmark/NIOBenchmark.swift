import NIOCore

#if canImport(Glibc)
import Glibc
#endif

/// The scenarios of core-benchmark over SwiftNIO's ByteBuffer, one per process, with the same arguments and output:
///
///     nio-benchmark SCENARIO VARIANT OPERATIONS
@main
enum NIOBenchmark {
    private static let streams = 100
    private static let lag = 4

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let operations = Int(arguments[3]), operations > 0 else {
            return fail("usage: nio-benchmark SCENARIO VARIANT OPERATIONS")
        }
        do {
            var meter = Meter()
            let outcome = try run(arguments[1], arguments[2], operations, &meter)
            print(
                meter.line(scenario: arguments[1], variant: arguments[2], operations: operations, outcome: outcome))
        } catch {
            fail("\(arguments[1]) \(arguments[2]): \(error)")
        }
    }

    private static func run(
        _ scenario: String, _ variant: String, _ operations: Int, _ meter: inout Meter
    ) throws -> Outcome {
        let parts = scenario.split(separator: "/")
        guard parts.count == 2 else { throw Failure("no such scenario") }
        let ends = parts[1].split(separator: "-").compactMap { Int($0) }
        let chunk = ends.count == 2 && 0 < ends[0] && ends[0] <= ends[1] ? ends[0]...ends[1] : 1024...4096
        let subscribers = ends.first ?? 0
        let data: [UInt8]
        let body: (inout [NIOStream], Int, inout Consumer) throws -> Void
        switch (parts[0], variant) {
        case ("packets", "view"): (data, body) = (NIOStream.plain(), viewPackets)
        case ("packets", "slice"): (data, body) = (NIOStream.plain(), slicePackets)
        case ("frames", "view"), ("pressure", "view"): (data, body) = (NIOStream.frames(64...1340), viewFrames)
        case ("frames", "slice"), ("pressure", "slice"): (data, body) = (NIOStream.frames(64...1340), sliceFrames)
        case ("fanout", "view"):
            data = NIOStream.frames(1024...3072)
            body = { try look(&$0, subscribers, $1, &$2) }
        case ("kept", "slice"):
            var held = [ByteBuffer?](repeating: nil, count: streams * lag * subscribers)
            data = NIOStream.frames(1024...3072)
            body = { try keep(&$0, &held, subscribers, $1, &$2) }
        default: throw Failure("no such scenario or variant")
        }
        var all = (0..<streams).map { NIOStream(data, chunk, index: $0) }
        var consumer = Consumer()
        try body(&all, operations / 10, &consumer)
        consumer.foldsAll = false
        meter.start()
        try body(&all, operations, &consumer)
        meter.stop()
        return Outcome(check: consumer.check)
    }

    private static func viewPackets(_ all: inout [NIOStream], _ operations: Int, _ consumer: inout Consumer) {
        for _ in 0..<operations / streams {
            for index in 0..<streams { all[index].view(1024) { consumer.take($0) } }
        }
    }

    private static func slicePackets(
        _ all: inout [NIOStream], _ operations: Int, _ consumer: inout Consumer
    ) throws {
        for _ in 0..<operations / streams {
            for index in 0..<streams { consumer.take(try all[index].slice(1024)) }
        }
    }

    private static func viewFrames(_ all: inout [NIOStream], _ operations: Int, _ consumer: inout Consumer) throws {
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try all[index].length()
                all[index].view(length) { consumer.take($0) }
            }
        }
    }

    private static func sliceFrames(_ all: inout [NIOStream], _ operations: Int, _ consumer: inout Consumer) throws {
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try all[index].length()
                consumer.take(try all[index].slice(length))
            }
        }
    }

    private static func look(
        _ all: inout [NIOStream], _ subscribers: Int, _ operations: Int, _ consumer: inout Consumer
    ) throws {
        for _ in 0..<operations / streams {
            for index in 0..<streams {
                let length = try all[index].length()
                all[index].view(length) { bytes in
                    for _ in 0..<subscribers { consumer.take(bytes) }
                }
            }
        }
    }

    /// The subscribers hold slices, and with each the whole buffer that it is a part of.
    private static func keep(
        _ all: inout [NIOStream], _ held: inout [ByteBuffer?], _ subscribers: Int, _ operations: Int,
        _ consumer: inout Consumer
    ) throws {
        for round in 0..<operations / streams {
            for index in 0..<streams {
                let length = try all[index].length()
                let packet = try all[index].slice(length)
                let first = (index * lag + round % lag) * subscribers
                for slot in first..<first + subscribers {
                    if let old = held[slot] { consumer.take(old) }
                    held[slot] = packet
                }
            }
        }
    }

    private static func fail(_ message: String) {
        let line = Array("nio-benchmark: \(message)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(2)
    }
}
