public import MillpondPools

extension HTTPResponseHead {
    /// Parses as much as there is. `bytes` are all that have come of the response since its first byte, also those that
    /// were shown before.
    ///
    /// `limits.requestLine` bounds the status line. Looks at no byte twice more than a constant number of times,
    /// however the head is cut into calls.
    public mutating func parse(
        _ bytes: RawSpan, limits: HTTPHeadLimits = HTTPHeadLimits(), pool: BlockPool = .shared
    ) -> HTTPHeadOutcome {
        parseLines(bytes, limits, pool)
    }
}

extension HTTPResponseHead: HTTPHeadParser {
    static var firstLineTooLong: HTTPMessageError.Code { .statusLineTooLong }

    mutating func keep(_ field: HTTPFieldTable.Entry, pool: BlockPool) -> Bool { table.append(field, pool: pool) }

    mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        unsafe progress.note(name, nameCount, value, count)
    }

    /// A coding besides `chunked` was never offered, by the version.
    var contradiction: HTTPMessageError.Code? { progress.contradiction(version) }

    /// `HTTP/1.` digit SP 3 digits [SP reason] CR LF.
    mutating func parseFirstLine(_ bytes: UnsafePointer<UInt8>, _: Int, _ count: Int) -> HTTPLineStep {
        // The first twelve bytes have fixed places, so that garbage is refused at its first byte.
        for index in 0..<min(12, count) {
            let byte = unsafe bytes[index]
            let isRight =
                switch index {
                case 0: byte == UInt8(ascii: "H")
                case 1, 2: byte == UInt8(ascii: "T")
                case 3: byte == UInt8(ascii: "P")
                case 4: byte == UInt8(ascii: "/")
                case 6: byte == UInt8(ascii: ".")
                case 8: byte == 0x20
                case 9: byte >= UInt8(ascii: "1") && byte <= UInt8(ascii: "9")
                default: ASCII.isDigit(byte)
                }
            if !isRight { return .bad(index < 8 ? .version : .status) }
            if index == 5, byte != UInt8(ascii: "1") { return .bad(.unsupportedVersion) }
        }
        guard count > 12 else { return .more }
        let start = unsafe bytes[12] == 0x20 ? 13 : 12
        if start == 12, unsafe bytes[12] != 0x0D { return .bad(unsafe bytes[12] == 0x0A ? .bareLineFeed : .status) }
        let end = unsafe ASCII.endOfFieldValue(bytes, from: start, to: count)
        guard end < count else { return .more }
        guard unsafe bytes[end] == 0x0D else { return .bad(unsafe bytes[end] == 0x0A ? .bareLineFeed : .status) }
        guard end + 1 < count else { return .more }
        guard unsafe bytes[end + 1] == 0x0A else { return .bad(.bareCarriageReturn) }
        version = unsafe bytes[7] == UInt8(ascii: "0") ? .http10 : .http11
        let digits = unsafe (UInt16(bytes[9] - 0x30), UInt16(bytes[10] - 0x30), UInt16(bytes[11] - 0x30))
        status = HTTPStatus(digits.0 * 100 + digits.1 * 10 + digits.2)
        reasonStart = UInt32(truncatingIfNeeded: start)
        reasonCount = UInt32(truncatingIfNeeded: end - start)
        progress.flags.insert(.firstLine)
        return .next(end + 2)
    }
}
