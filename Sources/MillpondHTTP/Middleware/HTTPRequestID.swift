internal import Synchronization

extension HTTPFieldName {
    /// What names a request in the logs of all that handle it.
    @inlinable public static var requestID: HTTPFieldName { "X-Request-ID" }
}

/// Gives each request a name, in the response's `X-Request-ID`: the one it came with, if that is valid, or a new one.
///
/// What lies within reads it with `response.string(.requestID)`, as long as the head has not left.
public struct HTTPRequestID: HTTPMiddleware {
    private let acceptsGiven: Bool

    /// - Parameter acceptsGiven: whether a request may bring its own: at most 64 letters, digits, and `-._`. True.
    public init(acceptsGiven: Bool = true) {
        self.acceptsGiven = acceptsGiven
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        name(request, &response)
        try await next(&request, &response)
    }

    private func name(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
        if acceptsGiven, let given = request.field(.requestID), Self.isValid(given) {
            return response.set(.requestID, bytes: given)
        }
        let made = Self.make()
        // Sound: bytes have no padding.
        response.set(.requestID, bytes: unsafe made.span.bytes)
    }

    static func isValid(_ text: RawSpan) -> Bool {
        guard text.byteCount > 0, text.byteCount <= 64 else { return false }
        for index in 0..<text.byteCount {
            let byte = text.octet(index)
            let isPlain =
                ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "_")
            if !isPlain { return false }
        }
        return true
    }

    private static let seeds = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
    private static let count = Atomic<UInt64>(0)

    /// 32 hexadecimal digits that no other request of any process is likely to have. Not secret: made of a counter and
    /// of random numbers of the process, mixed by SplitMix64's function, which maps no two numbers to the same.
    static func make() -> InlineArray<32, UInt8> {
        let number = count.add(1, ordering: .relaxed).newValue
        var words = (mix(number &+ seeds.0), mix(number ^ seeds.1))
        var letters = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<16 {
            letters[index] = ASCII.hexadecimalDigit(UInt8(truncatingIfNeeded: words.0 & 15))
            letters[16 + index] = ASCII.hexadecimalDigit(UInt8(truncatingIfNeeded: words.1 & 15))
            words = (words.0 >> 4, words.1 >> 4)
        }
        return letters
    }

    private static func mix(_ seed: UInt64) -> UInt64 {
        var word = seed &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
