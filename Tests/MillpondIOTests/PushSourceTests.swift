import MillpondPools
import TestSupport
import Testing

@testable import MillpondIO

/// Bytes that another task, thread or callback pushes.
@Suite(.timeLimit(.minutes(5))) struct PushSourceTests {
    @Test func blocksArriveWithoutACopy() async throws {
        let pool = BlockPool()
        let source = PushSource(pool: pool)
        let writer = source.makeWriter()
        var reader = BufferedReader(source, pool: pool)
        let bytes = try shared([UInt8](repeating: 7, count: 5000), pool)
        let address = addressOfShared(bytes)
        let result = try writer.tryPush(bytes)
        #expect(result == .produceMore)
        #expect(writer.queuedCount == 5000)
        let seen = try await reader.withBytes(5000) { MillpondIOTests.address(of: $0) }
        #expect(seen == address)
        #expect(writer.queuedCount == 0)
        writer.finish()
        #expect(try await !reader.fill())
        #expect(pool.statistics().outstandingBytes == 0)
    }

    /// Each message says whose it is and which of theirs.
    @Test func severalProducersMixWholePushes() async throws {
        let source = PushSource(lowWater: 200, highWater: 1000)
        let writer = source.makeWriter()
        var reader = BufferedReader(source)
        let (producers, each) = (4, 2000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for producer in 0..<producers {
                group.addTask {
                    for number in 0..<each {
                        let message = [UInt8(producer)] + (0..<8).map { UInt8(number >> (8 * $0) & 255) }
                        try await writer.push(copying: message.span.bytes)
                    }
                }
            }
            var next = [UInt64](repeating: 0, count: producers)
            for _ in 0..<producers * each {
                let producer = Int(try await reader.readByte())
                #expect(try await reader.readInteger(as: UInt64.self, endianness: .little) == next[producer])
                next[producer] += 1
            }
            try await group.waitForAll()
            #expect(next == [UInt64](repeating: UInt64(each), count: producers))
        }
        writer.finish()
        #expect(try await !reader.fill())
    }

    @Test func aShortageOfBlocksLosesNothing() async throws {
        let pool = BlockPool(BlockPool.Options(budget: 2 * 4096, magazineDepth: 0))
        let source = PushSource(pool: BlockPool())
        let writer = source.makeWriter()
        var reader = BufferedReader(source, pool: pool)
        // Pieces that are referred to: the reader needs a block of its own only to keep the list of them.
        for value in 0..<20 { try writer.tryPush(try shared([UInt8](repeating: UInt8(value), count: 2000), .shared)) }
        let hog = try pool.take(minimumCapacity: 4096)
        let other = try pool.take(minimumCapacity: 4096)
        let error = await #expect(throws: IOError.self) { try await reader.skip(1) }
        #expect(error?.code == .bufferUnavailable)
        #expect(writer.queuedCount == 40_000)
        _ = consume hog
        _ = consume other
        for value in 0..<20 {
            #expect(try await reader.readByte() == UInt8(value))
            try await reader.skip(1999)
        }
    }

    @Test func theProducerStopsAtTheHighWaterMarkAndGoesOnAtTheLowOne() async throws {
        var source = PushSource(lowWater: 100, highWater: 1000)
        let writer = source.makeWriter()
        var chain = ByteChain()
        #expect(try writer.tryPush(copying: [UInt8](repeating: 1, count: 999).span.bytes) == .produceMore)
        #expect(try writer.tryPush(copying: [UInt8](repeating: 2, count: 500).span.bytes) == .stopProducing)
        #expect(throws: IOError.backlogExceeded(limit: 1000)) {
            try writer.tryPush(copying: ([3] as [UInt8]).span.bytes)
        }
        let called = Counter()
        writer.whenWritable { called.add() }
        #expect(called.value == 0)
        #expect(try source.readBlocks(into: &chain) == .bytes(1499))
        #expect(called.value == 1)
        #expect(try writer.tryPush(copying: ([4] as [UInt8]).span.bytes) == .produceMore)
        // At once when there is room.
        writer.whenWritable { called.add() }
        #expect(called.value == 2)
    }

    @Test func roomAboveTheLowWaterMarkIsNotYetRoom() async throws {
        var source = PushSource(lowWater: 100, highWater: 1000)
        let writer = source.makeWriter()
        try writer.tryPush(copying: [UInt8](repeating: 1, count: 1000).span.bytes)
        let first = try await ReaderPropertyTests.output(800) { output throws in
            #expect(try source.read(into: &output) == .bytes(800))
        }
        #expect(first.count == 800)
        #expect(throws: IOError.backlogExceeded(limit: 1000)) {
            try writer.tryPush(copying: ([1] as [UInt8]).span.bytes)
        }
        _ = try await ReaderPropertyTests.output(150) { output throws in _ = try source.read(into: &output) }
        #expect(try writer.tryPush(copying: ([1] as [UInt8]).span.bytes) == .produceMore)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyByteComesInOrderFromAnotherTask(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let data = randomBytes(200_000, &random)
        let pool = BlockPool()
        let source = PushSource(lowWater: 500, highWater: 3000, pool: pool)
        let writer = source.makeWriter()
        async let pushed: Void = Self.push(data, to: writer, seed: seed)
        var reader = BufferedReader(source, pool: pool)
        var received: [UInt8] = []
        while received.count < data.count {
            let count = min(1 + Int(random.next() % 4000), data.count - received.count)
            received += try await reader.withBytes(count) { array($0) }
        }
        try await pushed
        #expect(received == data)
        #expect(try await ioError { _ = try await reader.readByte() } == .endOfStream)
    }

    static func push(_ data: [UInt8], to writer: PushSource.Writer, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed &+ 1)
        var rest = data[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(1 + Int(random.next() % 5000)))
            rest = rest.dropFirst(piece.count)
            if random.next() % 2 == 0 {
                try await writer.push(shared(piece, .shared))
            } else {
                try await writer.push(copying: piece.span.bytes)
            }
        }
        writer.finish()
    }

    @Test func whatWasPushedComesBeforeTheError() async throws {
        let source = PushSource()
        let writer = source.makeWriter()
        var reader = BufferedReader(source)
        try writer.tryPush(copying: ([1, 2, 3] as [UInt8]).span.bytes)
        writer.fail(.timedOut)
        writer.finish()
        #expect(throws: IOError.closed) { try writer.tryPush(copying: ([4] as [UInt8]).span.bytes) }
        #expect(try await reader.withBytes(3) { array($0) } == [1, 2, 3])
        #expect(try await ioError { _ = try await reader.readByte() } == .timedOut)
    }

    @Test func aLostProducerIsNotAnEnd() async throws {
        let source = PushSource()
        do {
            let writer = source.makeWriter()
            let other = source.makeWriter()
            try writer.tryPush(copying: ([9] as [UInt8]).span.bytes)
            try other.tryPush(copying: ([10] as [UInt8]).span.bytes)
        }
        var reader = BufferedReader(source)
        #expect(try await reader.withBytes(2) { array($0) } == [9, 10])
        #expect(try await ioError { _ = try await reader.readByte() } == .abandoned)
    }

    @Test func aLostConsumerIsAnErrorOfTheProducer() async throws {
        let pool = BlockPool()
        let writer: PushSource.Writer
        do {
            let source = PushSource(highWater: 10, pool: pool)
            writer = source.makeWriter()
            try writer.tryPush(copying: [UInt8](repeating: 0, count: 10).span.bytes)
            #expect(pool.statistics().outstandingBytes > 0)
        }
        #expect(pool.statistics().outstandingBytes == 0)
        #expect(throws: IOError.abandoned) { try writer.tryPush(copying: ([1] as [UInt8]).span.bytes) }
        #expect(try await ioError { try await writer.push(copying: ([1] as [UInt8]).span.bytes) } == .abandoned)
        let called = Counter()
        writer.whenWritable { called.add() }
        #expect(called.value == 1)
    }

    @Test func aWaitingProducerHearsThatTheConsumerWent() async throws {
        let source = PushSource(highWater: 1)
        let writer = source.makeWriter()
        try writer.tryPush(copying: ([1] as [UInt8]).span.bytes)
        async let error = ioError { try await writer.push(copying: ([2] as [UInt8]).span.bytes) }
        // Whether it waits by now or will find the consumer gone: the same error.
        await Self.drop(source)
        #expect(try await error == .abandoned)
    }

    static func drop(_ source: consuming PushSource) async {}

    @Test func bothSidesWaitNoLongerThanTheyMay() async throws {
        let source = PushSource(highWater: 1, readTimeout: .milliseconds(1))
        let writer = source.makeWriter()
        var reader = BufferedReader(source)
        #expect(try await ioError { _ = try await reader.readByte() } == .timedOut)
        try writer.tryPush(copying: ([1] as [UInt8]).span.bytes)
        #expect(
            try await ioError { try await writer.push(copying: ([2] as [UInt8]).span.bytes, timeout: .milliseconds(1)) }
                == .timedOut)
        // The stream is intact.
        #expect(try await reader.readByte() == 1)
        try await writer.push(copying: ([3] as [UInt8]).span.bytes)
        #expect(try await reader.readByte() == 3)
    }

    @Test func aCancelledWaitEndsAndTheStreamGoesOn() async throws {
        let source = PushSource(highWater: 1)
        let writer = source.makeWriter()
        try writer.tryPush(copying: ([1] as [UInt8]).span.bytes)
        let waiting = Task { try await writer.push(copying: ([2] as [UInt8]).span.bytes) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        var reader = BufferedReader(source)
        #expect(try await reader.readByte() == 1)
        #expect(reader.bufferedCount == 0)
    }

    @Test func contiguousReadsSeeWhatSeveralPushesBrought() async throws {
        let source = PushSource()
        let writer = source.makeWriter()
        var reader = BufferedReader(source)
        try writer.tryPush(shared([UInt8](repeating: 1, count: 2000), .shared))
        #expect(try await reader.fill())
        try writer.tryPush(shared([UInt8](repeating: 2, count: 2000), .shared))
        #expect(try await reader.fill())
        #expect(reader.contiguousCount == 4000)
        try writer.tryPush(shared([UInt8](repeating: 3, count: 2000) + [10], .shared))
        #expect(try await reader.withLine { $0.byteCount } == 6000)
    }
}

private func addressOfShared(_ bytes: borrowing SharedBytes) -> UInt { address(of: bytes.bytes) }
