import MillpondIO
import MillpondPools

/// What a `ScriptedSource` does at one read.
enum Step {
    case bytes([UInt8])
    case nothing
    case wouldBlock
    case end
    case endWith([UInt8])
    case fail(IOError)
    case failAfter([UInt8], IOError)
}

/// A source that follows a script, and after its end keeps repeating the last step. Waits can fail, too.
struct ScriptedSource: ByteSource, ~Copyable {
    var steps: [Step]
    var waitErrors: [any Error]
    private(set) var reads = 0
    private(set) var waits = 0

    init(_ steps: [Step], waitErrors: [any Error] = []) {
        self.steps = steps
        self.waitErrors = waitErrors
    }

    mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        let step = steps[min(reads, steps.count - 1)]
        reads += 1
        switch step {
        case .bytes(let bytes):
            // A step longer than the room is continued by the next read.
            let count = min(bytes.count, output.freeCapacity)
            if count < bytes.count {
                reads -= 1
                steps[reads] = .bytes(Array(bytes[count...]))
            }
            for byte in bytes[..<count] { output.append(byte) }
            return .bytes(count)
        case .nothing: return .bytes(0)
        case .wouldBlock: return .wouldBlock
        case .end: return .endOfStream
        case .endWith(let bytes):
            if reads < steps.count || steps.count == reads {
                for byte in bytes { output.append(byte) }
            }
            return .endOfStream
        case .fail(let error): throw error
        case .failAfter(let bytes, let error):
            for byte in bytes { output.append(byte) }
            throw error
        }
    }

    mutating func waitUntilReadable() async throws {
        waits += 1
        if !waitErrors.isEmpty { throw waitErrors.removeFirst() }
    }
}

/// A sink whose every write follows a script: how many bytes it takes at most, or an error.
struct ScriptedSink: ByteSink, ~Copyable {
    enum Step {
        case take(Int)
        case fail(IOError)
    }

    var steps: [Step]
    var waitErrors: [any Error]
    var written: [UInt8] = []
    private(set) var writes = 0
    private(set) var largestSegmentCount = 0

    init(_ steps: [Step], waitErrors: [any Error] = []) {
        self.steps = steps
        self.waitErrors = waitErrors
    }

    mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        let step = steps[min(writes, steps.count - 1)]
        writes += 1
        largestSegmentCount = max(largestSegmentCount, chain.segmentCount)
        switch step {
        case .fail(let error): throw error
        case .take(let limit):
            let count = min(limit, chain.count)
            chain.forEachSegment(upTo: count) { written += array($0) }
            chain.removeFirst(count)
            return chain.isEmpty ? .complete : .wouldBlock
        }
    }

    mutating func waitUntilWritable() async throws {
        if !waitErrors.isEmpty { throw waitErrors.removeFirst() }
    }
}

/// A copy of a view, for comparing.
func array(_ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
}

func array(_ bytes: borrowing SharedBytes) -> [UInt8] { array(bytes.bytes) }

func array(_ chain: borrowing ByteChain) -> [UInt8] {
    var result: [UInt8] = []
    chain.forEachSegment { result += array($0) }
    return result
}

func shared(_ bytes: [UInt8], _ pool: BlockPool) throws -> SharedBytes {
    try unsafe SharedBytes(copying: bytes.span.bytes, from: pool)
}

func randomBytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var index = 0
    while index < count {
        let value = random.next()
        for shift in 0..<min(8, count - index) {
            bytes[index + shift] = UInt8(truncatingIfNeeded: value >> (8 * shift))
        }
        index += 8
    }
    return bytes
}

/// Runs `body` and returns the `IOError` that it throws.
func ioError(_ body: () async throws -> Void) async throws -> IOError {
    do {
        try await body()
    } catch let error as IOError {
        return error
    }
    throw NoError()
}

struct NoError: Error {}
