import Glibc

/// The Millpond side of the scenarios that `scripts/bench` compares, one per process; its peers are programs with the
/// same arguments in `Benchmarks/peers/`.
///
///     core-benchmark SCENARIO VARIANT OPERATIONS
///
/// Prints one line of JSON: the times of the timed part, which set-up and a warm-up of a tenth precede, and a value
/// that is the same for all contestants that did the same work.
@main
enum CoreBenchmark {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let operations = Int(arguments[3]), operations > 0 else {
            return fail("usage: core-benchmark SCENARIO VARIANT OPERATIONS")
        }
        do {
            var meter = Meter()
            let outcome = try await run(arguments[1], arguments[2], operations, &meter)
            print(
                meter.line(
                    scenario: arguments[1], variant: arguments[2], operations: operations, outcome: outcome))
        } catch {
            fail("\(arguments[1]) \(arguments[2]): \(error)")
        }
    }

    private static func run(
        _ scenario: String, _ variant: String, _ operations: Int, _ meter: inout Meter
    ) async throws -> Outcome {
        let parts = scenario.split(separator: "/")
        let detail = parts.count > 1 ? parts[1] : ""
        let number = Int(detail) ?? 1
        switch (parts.first, variant) {
        case ("packets", "view"):
            return try await ReaderScenarios.packets(network(detail), operations, &meter)
        case ("frames", "view"), ("pressure", "view"):
            return try await ReaderScenarios.frames(network(detail), operations, &meter)
        case ("fanout", "view"):
            return try await FanOutScenarios.looked(number, operations, &meter)
        case ("kept", "shared"):
            return try await FanOutScenarios.kept(number, operations, &meter)
        case ("objects", "take"), ("objects", "scoped"):
            return try await ObjectScenarios.run(threads: number, scoped: variant == "scoped", operations, &meter)
        case ("blocks", "pool"):
            return try BlockScenarios.alternating(number, operations, &meter)
        case ("held", "pool"):
            return try BlockScenarios.held(number, operations, &meter)
        case ("borrow", "pool"):
            return try await ConnectionScenarios.uncontended(operations, &meter)
        case ("waiters", "pool"), ("waiters", "none"):
            guard let (tasks, connections) = pair(detail) else { throw Failure("'\(detail)' is not TASKS-CONNECTIONS") }
            return try await ConnectionScenarios.contended(
                tasks: tasks, connections: connections, pooled: variant == "pool", operations, &meter)
        case ("jobs", "submit"), ("jobs", "batch"):
            return try await WorkerScenarios.trivial(
                queueLimit: number, batch: variant == "batch" ? 64 : 1, operations, &meter)
        case ("sleep", "submit"):
            return try await WorkerScenarios.sleeping(workers: number, operations, &meter)
        case ("file", "copy"), ("file", "sendfile"):
            return try await FileScenarios.send(inKernel: variant == "sendfile", operations, &meter)
        case ("writes", "buffered"), ("writes", "unbuffered"):
            return try await WriterScenarios.socket(buffered: variant == "buffered", operations, &meter)
        case ("memory", "buffered"):
            return try await WriterScenarios.memory(operations, &meter)
        default:
            throw Failure("no such scenario or variant")
        }
    }

    private static func network(_ detail: Substring) throws -> Network {
        guard let network = Network(detail) else { throw Failure("chunks of '\(detail)' bytes: not a range") }
        return network
    }

    private static func pair(_ detail: Substring) -> (Int, Int)? {
        let numbers = detail.split(separator: "-").compactMap { Int($0) }
        return numbers.count == 2 && numbers.allSatisfy { $0 > 0 } ? (numbers[0], numbers[1]) : nil
    }

    private static func fail(_ message: String) {
        let line = Array("core-benchmark: \(message)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(2)
    }
}

/// What ends a scenario.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
