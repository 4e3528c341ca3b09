import MillpondIO
import MillpondWebSocket
import Testing

/// What a peer said, put together from the parser's events as a connection would.
enum Heard: Equatable {
    case message(WebSocketMessageKind, [UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(WebSocketCloseCode, [UInt8])
    case failure(WebSocketError)
}

/// Feeds a parser as a connection does: what is not consumed is shown again, with more behind it.
struct Listener {
    var parser: WebSocketParser
    private(set) var heard: [Heard] = []
    private var leftover: [UInt8] = []
    private var assembly: [UInt8] = []

    init(role: WebSocketRole = .server, maximumMessageSize: Int = 1 << 20) {
        parser = WebSocketParser(role: role, maximumMessageSize: maximumMessageSize)
    }

    var hasFailed: Bool {
        if case .failure = heard.last { return true }
        return false
    }

    mutating func feed(_ bytes: [UInt8]) {
        if hasFailed { return }
        var input = leftover + bytes
        var position = 0
        do throws(WebSocketError) {
            while try step(&input, &position) {}
        } catch {
            heard.append(.failure(error))
        }
        leftover = Array(input[position...])
    }

    private mutating func step(_ input: inout [UInt8], _ position: inout Int) throws(WebSocketError) -> Bool {
        let event = try withMutableView(&input) { (bytes) throws(WebSocketError) in
            try parser.next(in: &bytes, at: &position)
        }
        switch event {
        case .needMore(let count):
            #expect(count > input.count - position, "asked for bytes that are there")
            return false
        case .message(let kind, let range):
            heard.append(.message(kind, Array(input[range])))
        case .piece(let kind, let range, let isLast):
            assembly += input[range]
            if isLast {
                heard.append(.message(kind, assembly))
                assembly = []
            }
        case .ping(let range): heard.append(.ping(Array(input[range])))
        case .pong(let range): heard.append(.pong(Array(input[range])))
        case .close(let code, let range): heard.append(.close(code, Array(input[range])))
        }
        return true
    }

    /// Everything at once.
    static func hear(
        _ bytes: [UInt8], role: WebSocketRole = .server, maximumMessageSize: Int = 1 << 20
    ) -> [Heard] {
        var listener = Listener(role: role, maximumMessageSize: maximumMessageSize)
        listener.feed(bytes)
        return listener.heard
    }
}

/// Encodes a frame by the letter of the RFC, independently of the code under test.
func frame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, key: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
) -> [UInt8] {
    var bytes: [UInt8] = [opcode | (isFinal ? 0x80 : 0)]
    let maskBit: UInt8 = key == nil ? 0 : 0x80
    let count = payload.count
    if count < 126 {
        bytes.append(UInt8(count) | maskBit)
    } else if count < 65536 {
        bytes += [126 | maskBit, UInt8(count >> 8), UInt8(count & 0xFF)]
    } else {
        bytes.append(127 | maskBit)
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
    guard let key else { return bytes + payload }
    bytes += key
    for (index, byte) in payload.enumerated() { bytes.append(byte ^ key[index % 4]) }
    return bytes
}

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}

/// Shows an array as the view that the library takes.
func withView<Result: ~Copyable>(_ bytes: [UInt8], _ body: (RawSpan) throws -> Result) rethrows -> Result {
    try body(bytes.span.bytes)
}

/// Shows part of an array as a view that may be changed.
func withMutableView<Result, E: Error>(
    _ bytes: inout [UInt8], _ range: Range<Int>? = nil, _ body: (inout MutableRawSpan) throws(E) -> Result
) throws(E) -> Result {
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    var part = raw._mutatingExtracting(range ?? 0..<raw.byteCount)
    return try body(&part)
}
