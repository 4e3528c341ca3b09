import MillpondIO
import MillpondPools
import Testing

/// Readers and writers in their steady state allocate nothing.
@Suite(.enabled(if: Allocations.areCounted), .timeLimit(.minutes(5)))
struct ReaderAllocationTests {
    static let operations = 100_000

    /// Endless zeros, and now and then nothing.
    struct Zeros: ByteSource, ~Copyable {
        var reads = 0
        let piece: Int

        mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
            reads += 1
            if reads % 7 == 0 { return .wouldBlock }
            let count = min(piece, output.freeCapacity)
            output.append(repeating: 0, count: count, as: UInt8.self)
            return .bytes(count)
        }

        mutating func waitUntilReadable() async throws {}
    }

    /// Takes everything, and now and then waits.
    struct Drain: ByteSink, ~Copyable {
        var writes = 0

        mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
            writes += 1
            if writes % 3 == 0 { return .wouldBlock }
            chain.removeAll()
            return .complete
        }

        mutating func waitUntilWritable() async throws {}
    }

    @Test func theCounterCounts() async {
        var kept: [[Int]] = []
        kept.reserveCapacity(2000)
        let count = await Allocations.perOperation(1000) { operations in
            for index in 0..<operations { kept.append([index]) }
        }
        #expect(count >= 1)
    }

    @Test(arguments: [100, 3000, 10_000])
    func packetsOfOneKiB(piece: Int) async throws {
        var reader = BufferedReader(Zeros(piece: piece))
        var sum = 0
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations { sum &+= try await reader.withBytes(1024) { $0.byteCount } }
        }
        #expect(count <= 0.01)
        #expect(sum > 0)
    }

    @Test func lengthAndPayload() async throws {
        var reader = BufferedReader(Zeros(piece: 1500))
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                let length = try await Int(reader.readInteger(as: UInt32.self)) + 700
                try await reader.forEachChunk(length) { _ in }
                try await reader.skip(10)
            }
        }
        #expect(count <= 0.01)
    }

    @Test func takingAndSharing() async throws {
        var reader = BufferedReader(Zeros(piece: 1500))
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                let shared = try await reader.takeShared(700)
                Self.drop(shared.clone())
                Self.drop(try await reader.take(3000))
            }
        }
        #expect(count <= 0.01)
    }

    @Test func writing() async throws {
        let pool = BlockPool()
        let bytes = [UInt8](repeating: 1, count: 64)
        let body = try unsafe SharedBytes(copying: [UInt8](repeating: 1, count: 5000).span.bytes, from: pool)
        var writer = BufferedWriter(Drain(), pool: pool)
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for index in 0..<operations {
                try await unsafe writer.write(bytes.span.bytes)
                try await writer.writeInteger(UInt32(7))
                try await writer.write(utf8: "HTTP/1.1 200 OK" as StaticString)
                if index % 5 == 0 { try await writer.write(body.clone()) }
                if index % 9 == 0 { try await writer.flush() }
            }
        }
        #expect(count <= 0.01)
    }

    @Test func pushing() async throws {
        let pool = BlockPool()
        let body = try unsafe SharedBytes(copying: [UInt8](repeating: 1, count: 5000).span.bytes, from: pool)
        let small = [UInt8](repeating: 1, count: 64)
        let source = PushSource(pool: pool)
        let writer = source.makeWriter()
        var reader = BufferedReader(source, pool: pool)
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                try writer.tryPush(body.clone())
                try unsafe writer.tryPush(copying: small.span.bytes)
                try await reader.skip(5064)
            }
        }
        #expect(count <= 0.01)
    }

    @Test func markingAgain() async throws {
        var reader = BufferedReader(Zeros(piece: 1500))
        try reader.mark(limit: 5000)
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                try reader.mark(limit: 5000)
                try await reader.skip(2000)
                try reader.rewind()
                reader.unmark()
                try await reader.skip(2000)
            }
        }
        #expect(count <= 0.01)
    }

    @Test func headersAndDelimiters() async throws {
        let header = "Content-Type: text/plain\r\nX-Id: 12\r\n folded\r\n\r\n"
        let pool = BlockPool()
        let text = try SharedBytes(copying: header.utf8.span.bytes, from: pool)
        var reader = BufferedReader(MemorySource([]), pool: pool)
        let delimiter = SharedBytes("\r\n\r\n")
        let count = try await Allocations.perOperation(Self.operations) { operations in
            for _ in 0..<operations {
                try reader.feed(text.clone())
                _ = try await reader.forEachHeaderField(MIMEHeaderOptions(folding: .unfold)) { _, _ in }
                try reader.feed(text.clone())
                try await Self.skip(through: delimiter, &reader)
            }
        }
        #expect(count <= 0.01)
    }

    static func skip(
        through delimiter: borrowing SharedBytes, _ reader: inout BufferedReader<MemorySource>
    ) async throws {
        try await reader.withBytes(through: delimiter.bytes) { _ in }
    }

    static func drop(_ bytes: consuming SharedBytes) {}
    static func drop(_ chain: consuming ByteChain) {}
}
