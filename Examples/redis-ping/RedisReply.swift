import MillpondIO

/// A reply in RESP2: https://redis.io/docs/latest/develop/reference/protocol-spec/
///
/// Values are text here: bytes that are not UTF-8 are replaced. A line may also end with a line feed alone.
indirect enum RedisReply: Equatable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk(String)
    case null
    case array([RedisReply])

    /// What is not a reply.
    struct Malformed: Error {
        let line: String
    }

    private static let largestBulk = 1 << 20
    private static let deepestArray = 8

    /// Reads one reply, whole.
    static func read<Source: ByteSource & ~Copyable>(
        from reader: inout BufferedReader<Source>, depth: Int = 0
    ) async throws -> RedisReply {
        let line = try await reader.withLine(limit: 4096) { text($0) }
        // By scalars: a character may be the first one and an accent that follows it.
        let rest = String(line.unicodeScalars.dropFirst())
        switch line.unicodeScalars.first {
        case "+": return .simple(rest)
        case "-": return .error(rest)
        case ":":
            guard let number = Int(rest) else { throw Malformed(line: line) }
            return .integer(number)
        case "$":
            guard let count = Int(rest), (-1...largestBulk).contains(count) else { throw Malformed(line: line) }
            if count < 0 { return .null }
            let (value, end) = try await reader.withBytes(count + 2) { bytes in
                (text(bytes.extracting(first: count)), text(bytes.extracting(last: 2)))
            }
            guard end == "\r\n" else { throw Malformed(line: value) }
            return .bulk(value)
        case "*":
            guard let count = Int(rest), (-1...1024).contains(count), depth < deepestArray else {
                throw Malformed(line: line)
            }
            if count < 0 { return .null }
            var replies: [RedisReply] = []
            for _ in 0..<count { replies.append(try await read(from: &reader, depth: depth + 1)) }
            return .array(replies)
        default: throw Malformed(line: line)
        }
    }

    private static func text(_ bytes: RawSpan) -> String {
        unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
