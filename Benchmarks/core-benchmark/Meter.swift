import Glibc

/// What the timed part of a scenario took.
///
/// Allocations are counted when `scripts/bench` preloads its counter, in runs of their own; else they are not known.
@safe
struct Meter {
    private typealias Totals = @convention(c) (UnsafeMutablePointer<UInt64>) -> Void

    private var wall: UInt64 = 0
    private var cpu: UInt64 = 0
    private var allocations: InlineArray<2, UInt64> = [0, 0]
    private let totals: Totals?

    init() {
        unsafe totals = dlsym(nil, "allocation_totals").map { unsafe unsafeBitCast($0, to: Totals.self) }
    }

    /// The timed part begins.
    mutating func start() {
        allocations = counted()
        cpu = Self.now(CLOCK_PROCESS_CPUTIME_ID)
        wall = Self.now(CLOCK_MONOTONIC)
    }

    /// The timed part has ended.
    mutating func stop() {
        wall = Self.now(CLOCK_MONOTONIC) &- wall
        cpu = Self.now(CLOCK_PROCESS_CPUTIME_ID) &- cpu
        let now = counted()
        allocations = [now[0] &- allocations[0], now[1] &- allocations[1]]
    }

    /// One line of JSON.
    func line(scenario: String, variant: String, operations: Int, outcome: Outcome) -> String {
        var fields = [
            "\"scenario\":\"\(scenario)\"", "\"variant\":\"\(variant)\"", "\"operations\":\(operations)",
            "\"wallNs\":\(wall)", "\"cpuNs\":\(cpu)", "\"peakBytes\":\(Self.peakResidentBytes())",
            "\"check\":\"\(String(outcome.check, radix: 16))\"",
        ]
        if unsafe totals != nil { fields.append("\"mallocs\":\(allocations[0]),\"allocatedBytes\":\(allocations[1])") }
        if let (half, most) = outcome.waits { fields.append("\"p50Ns\":\(half),\"p99Ns\":\(most)") }
        return "{\(fields.joined(separator: ","))}"
    }

    private func counted() -> InlineArray<2, UInt64> {
        guard let totals = unsafe totals else { return [0, 0] }
        var both: InlineArray<2, UInt64> = [0, 0]
        var span = both.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { unsafe totals($0.baseAddress.unsafelyUnwrapped) }
        return both
    }

    static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The process's peak, of its own memory: unlike `getrusage` without the parent's from before `exec`.
    private static func peakResidentBytes() -> Int {
        guard let file = unsafe fopen("/proc/self/status", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { unsafe free(line) }
        while unsafe getline(&line, &room, file) > 0 {
            let text = unsafe String(cString: line.unsafelyUnwrapped)
            if text.hasPrefix("VmHWM:") { return (text.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024 }
        }
        return 0
    }
}

/// What a scenario came to: the value that must be the same for all contestants, and for pools how long borrowers
/// waited.
struct Outcome {
    var check: UInt64
    var waits: (half: UInt64, most: UInt64)?
}
