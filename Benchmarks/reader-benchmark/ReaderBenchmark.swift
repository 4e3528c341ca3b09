import Glibc
import MillpondIO
import MillpondPools

/// Readers and writers at equal work: the bytes of 100 chunked streams reach a consumer that looks at the ends of each
/// packet. "Good" is a network of 1024–4096 bytes a read, "worst" one of 1–128.
///
///     swift run -c release reader-benchmark [scenario]
@main
struct ReaderBenchmark {
    static func main() async throws {
        let only = CommandLine.arguments.dropFirst().first
        print("scenario                               ns/operation (median of 7)")
        for network in [Network.good, .worst] {
            try await run("no reader, 1 KiB, \(network.name)", only, network.operations) {
                Scenarios.floor(network, $0)
            }
            try await run("packets of 1 KiB, \(network.name)", only, network.operations) {
                try await Scenarios.packets(network, $0)
            }
            try await run("length and payload, \(network.name)", only, network.operations) {
                try await Scenarios.frames(network, $0)
            }
            try await run("fan-out to 3, \(network.name)", only, network.operations) {
                try await Scenarios.fanOut(network, $0)
            }
            try await run("fan-out to 3, kept, \(network.name)", only, network.operations) {
                try await Scenarios.keptFanOut(network, $0)
            }
        }
        try await run("writer, 64 bytes", only, 20_000_000) { try await Scenarios.write($0) }
    }

    /// Runs a scenario seven times after a warm-up and prints the median.
    static func run(
        _ name: String, _ only: String?, _ operations: Int, _ body: (Int) async throws -> UInt64
    ) async throws {
        if let only, !name.contains(only) { return }
        var sum = try await body(operations / 10)
        var times: [Double] = []
        for _ in 0..<7 {
            let start = now()
            sum &+= try await body(operations)
            times.append(Double(now() - start) / Double(operations))
        }
        times.sort()
        let padding = String(repeating: " ", count: max(1, 38 - name.count))
        let range = "(\(rounded(times[0])) … \(rounded(times[6])), check \(sum & 0xFFFF))"
        print("\(name)\(padding) \(rounded(times[3]))   \(range)")
    }

    static func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    static func now() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// How a network cuts a stream.
struct Network {
    let name: String
    let smallest: UInt32
    let span: UInt32
    let operations: Int

    static let good = Network(name: "good", smallest: 1024, span: 3073, operations: 4_000_000)
    static let worst = Network(name: "worst", smallest: 1, span: 128, operations: 1_000_000)
}

/// An endless stream: the same bytes over and over, in pieces of random length.
@safe
struct LoopSource: ByteSource, ~Copyable {
    // The memory outlives the sources: the scenarios free it last.
    let data: UnsafeRawPointer
    let count: Int
    var position = 0
    var random: UInt32
    let network: Network

    init(_ data: UnsafeRawBufferPointer, _ network: Network, seed: Int) {
        unsafe self.data = data.baseAddress.unsafelyUnwrapped
        self.count = data.count
        self.network = network
        self.random = UInt32(seed) &* 2_654_435_761 | 1
    }

    @inline(__always)
    mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        random ^= random &<< 13
        random ^= random &>> 17
        random ^= random &<< 5
        let piece = Int(network.smallest &+ UInt32((UInt64(random) &* UInt64(network.span)) &>> 32))
        let length = min(piece, output.freeCapacity, count &- position)
        output.append(copying: unsafe RawSpan(_unsafeStart: data + position, byteCount: length))
        position &+= length
        if position == count { position = 0 }
        return .bytes(length)
    }

    mutating func waitUntilReadable() async throws {}
}

/// Memory that takes everything.
@safe
struct LoopSink: ByteSink, ~Copyable {
    let target = UnsafeMutableRawPointer.allocate(byteCount: 1 << 17, alignment: 64)
    var total: UInt64 = 0

    mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        var position = 0
        let target = unsafe self.target
        chain.forEachSegment { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                unsafe (target + position).copyMemory(from: base, byteCount: buffer.count)
                position += buffer.count
            }
        }
        total &+= UInt64(position)
        chain.removeAll()
        return .complete
    }

    mutating func waitUntilWritable() async throws {}

    deinit { unsafe target.deallocate() }
}
