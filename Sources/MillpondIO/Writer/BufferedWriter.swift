public import MillpondPools

/// Collects bytes in pooled blocks and hands them to a sink in few, large pieces.
///
/// - Small writes are copied together; shared bytes above `ByteChain.copyThreshold` are referred to and leave in the
///   same gathering write. A block is taken at the first write and given back when its bytes have left.
/// - Nothing leaves before `highWater` bytes have gathered, `flush()` or `finish()`: a writer that goes out of scope
///   with bytes in it drops them. `withBufferedWriter` flushes at the end of its scope.
/// - A write of `highWater` bytes or more isn't copied where the sink can do without, as in bufio.
/// - An error of the sink's `write` sticks: every later call throws it again. An error of a wait (a deadline,
///   `CancellationError`) doesn't: the bytes are still there, and `flush()` goes on with them.
public struct BufferedWriter<Sink: ByteSink & ~Copyable>: ~Copyable {
    /// Where the bytes go. Writing to it directly overtakes what is buffered.
    public var sink: Sink
    @usableFromInline var chain: ByteChain
    @usableFromInline var end: StreamEnd
    /// How many bytes may gather before a write sends them on.
    public let highWater: Int

    /// A writer to `sink` that lets `highWater` bytes gather.
    @inlinable
    public init(_ sink: consuming Sink, pool: BlockPool = .shared, highWater: Int = 64 * 1024) {
        precondition(highWater > 0, "a high-water mark of \(highWater)")
        self.sink = sink
        self.chain = ByteChain(pool: pool)
        self.end = StreamEnd()
        self.highWater = highWater
    }

    /// How many bytes have been written and not yet left.
    @inlinable
    public var bufferedCount: Int { chain.count }

    /// The error that sticks, if one does.
    @inlinable
    public var error: IOError? { end.error }

    /// Writes a copy of `bytes`; waits only when more than `highWater` bytes have gathered and the sink is busy.
    ///
    /// - Throws: the sink's error, which sticks; `IOError.bufferUnavailable` when the pool refuses a block, which does
    ///   not: part of bytes that are longer than the high-water mark may have been taken then.
    @inlinable
    public mutating func write(_ bytes: RawSpan) async throws {
        // Room in the block means that it was taken since the last flush, and is dropped on failure: no other check.
        if bytes.byteCount <= chain.tailRoomCount {
            return chain.copyIntoTail(bytes)
        }
        try await writeSlow(bytes)
    }

    /// Writes shared bytes; long ones without copying.
    @inlinable
    public mutating func write(_ bytes: consuming SharedBytes) async throws {
        if bytes.count <= ByteChain.copyThreshold { return try await write(bytes.bytes) }
        try await makeRoom()
        do throws(BlockPoolError) {
            try chain.append(bytes)
        } catch {
            throw IOError.bufferUnavailable(error)
        }
    }

    /// Writes a chain without copying.
    @inlinable
    public mutating func write(_ bytes: consuming ByteChain) async throws {
        try await makeRoom()
        do throws(BlockPoolError) {
            try chain.append(bytes)
        } catch {
            throw IOError.bufferUnavailable(error)
        }
    }

    /// Sends everything, waiting for the sink as often as it takes.
    @inlinable
    public mutating func flush() async throws {
        try await drain(to: 0)
    }

    /// Sends what the sink takes without waiting.
    @inlinable
    public mutating func tryFlush() throws(IOError) -> WriteOutcome {
        if end.isReached { _ = try end.outcome() }
        guard !chain.isEmpty else { return .complete }
        do throws(IOError) {
            return try sink.write(&chain)
        } catch {
            end.record(error)
            chain.removeAll()
            throw error
        }
    }

    /// Sends everything and gives the sink back.
    @inlinable
    public consuming func finish() async throws -> Sink {
        try await flush()
        return sink
    }
}

extension BufferedWriter where Sink: ~Copyable {
    /// Sends until at most `target` bytes are left.
    @inlinable
    mutating func drain(to target: Int) async throws {
        var idle = 0
        while true {
            let before = chain.count
            _ = try tryFlush()
            if chain.count <= target { return }
            if chain.count < before { idle = 0 } else { idle &+= 1 }
            if idle > 10_000 {
                end.record(.noProgress)
                chain.removeAll()
                throw IOError.noProgress
            }
            try await sink.waitUntilWritable()
        }
    }

    /// Throws what sticks, and sends when too much has gathered: afterwards one more write may be appended.
    @inlinable
    mutating func makeRoom() async throws {
        if end.isReached { _ = try end.outcome() }
        if chain.count >= highWater { try await drain(to: highWater / 2) }
    }

    /// Hands the sink the caller's memory, behind what has gathered.
    @inlinable
    @inline(never)
    mutating func writeDirectly(_ bytes: RawSpan) async throws {
        try await flush()
        var taken = 0
        do throws(IOError) {
            while taken < bytes.byteCount {
                let count = try sink.write(direct: bytes.extracting(droppingFirst: taken))
                if count <= 0 { throw .noProgress }
                taken &+= count
            }
        } catch {
            throw lost(error)
        }
    }

    @inlinable
    @inline(never)
    mutating func writeSlow(_ bytes: RawSpan) async throws {
        // Large ones in parts, so that no more than the high-water mark and one part gather.
        if Sink.writesDirectly, bytes.byteCount >= highWater { return try await writeDirectly(bytes) }
        var rest = bytes
        while rest.byteCount > 0 {
            try await makeRoom()
            let part = rest.extracting(first: highWater)
            do throws(BlockPoolError) {
                try chain.append(copying: part)
            } catch {
                throw IOError.bufferUnavailable(error)
            }
            rest = rest.extracting(droppingFirst: part.byteCount)
        }
    }
}

/// Runs `body` with a writer to `sink` and flushes at its end; when `body` throws, what gathered is dropped.
@inlinable
public func withBufferedWriter<Sink: ByteSink & ~Copyable, R>(
    _ sink: consuming Sink, pool: BlockPool = .shared,
    _ body: (inout BufferedWriter<Sink>) async throws -> R
) async throws -> R {
    var writer = BufferedWriter(sink, pool: pool)
    let result = try await body(&writer)
    try await writer.flush()
    return result
}
