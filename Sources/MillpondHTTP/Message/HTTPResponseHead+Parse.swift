internal import Glibc
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
        // Sound: every access below is at an offset less than `count`.
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return .needMore }
            let letters = unsafe base.assumingMemoryBound(to: UInt8.self)
            return unsafe parse(letters, min(buffer.count, Int(UInt32.max)), limits: limits, pool: pool)
        }
    }

    private mutating func parse(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, limits: HTTPHeadLimits, pool: BlockPool
    ) -> HTTPHeadOutcome {
        if scanned > 0, unsafe !hasLineEnd(bytes, count) { return stillIncomplete(count, limits) }
        while true {
            let start = Int(lineStart)
            let isFirst = !flags.contains(.statusLine)
            let step =
                isFirst
                ? unsafe parseStatusLine(bytes, count)
                : unsafe parseFieldLine(bytes, start, count, limits: limits, pool: pool)
            switch step {
            case .next(let end):
                if isFirst, end > limits.requestLine { return bad(.statusLineTooLong) }
                if end > limits.bytes { return bad(.headTooLarge) }
                lineStart = UInt32(end)
                scanned = 0
            case .end(let end):
                if end > limits.bytes { return bad(.headTooLarge) }
                if let code = contradiction { return bad(code) }
                return .done(consumed: end)
            case .more:
                return stillIncomplete(count, limits)
            case .bad(let code):
                return bad(code)
            }
        }
    }

    /// Whether what is new holds a byte that can end a line, for which alone it is worth to parse the line again.
    private func hasLineEnd(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let from = Int(scanned)
        guard from < count else { return false }
        return unsafe memchr(bytes + from, 0x0A, count - from) != nil
            || memchr(bytes + from, 0x0D, count - from) != nil
            // A carriage return was the last byte; this one had to be its line feed.
            || bytes[from - 1] == 0x0D
    }

    private mutating func stillIncomplete(_ count: Int, _ limits: HTTPHeadLimits) -> HTTPHeadOutcome {
        if !flags.contains(.statusLine), count > limits.requestLine { return bad(.statusLineTooLong) }
        if count > limits.bytes { return bad(.headTooLarge) }
        scanned = UInt32(count)
        return .needMore
    }

    private func bad(_ code: HTTPMessageError.Code) -> HTTPHeadOutcome { .bad(HTTPMessageError(code)) }

    /// What can only be told once all fields are known.
    private var contradiction: HTTPMessageError.Code? {
        guard flags.contains(.transferEncoding) else { return nil }
        if flags.contains(.contentLength) { return .lengthAndTransferEncoding }
        if version == .http10 { return .transferEncodingIn10 }
        if !flags.contains(.chunkedLast) { return .transferEncoding }
        // Only `chunked` was ever offered, by the version.
        return flags.contains(.otherCoding) ? .unknownTransferEncoding : nil
    }

    // MARK: Lines

    /// `HTTP/1.` digit SP 3 digits [SP reason] CR LF.
    private mutating func parseStatusLine(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> HTTPLineStep {
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
        flags.insert(.statusLine)
        return .next(end + 2)
    }

    private mutating func parseFieldLine(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int, limits: HTTPHeadLimits, pool: BlockPool
    ) -> HTTPLineStep {
        var field = HTTPFieldTable.Entry()
        let step = unsafe HTTPFieldSyntax.scanLine(bytes, start, count, &field)
        guard case .next = step else { return step }
        guard fieldCount < limits.fieldCount else { return .bad(.tooManyFields) }
        guard table.append(field, pool: pool) else { return .bad(.noMemory) }
        let name = unsafe bytes + Int(field.nameStart)
        let value = unsafe bytes + Int(field.valueStart)
        if let code = unsafe note(name, Int(field.nameCount), value, Int(field.valueCount)) { return .bad(code) }
        return step
    }

    /// Takes note of a field that says how the message goes on; names what is wrong with it.
    private mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        switch nameCount {
        case 7 where unsafe ASCII.equals(name, 7, lowercase: "upgrade"):
            flags.insert(.upgrade)
        case 10 where unsafe ASCII.equals(name, 10, lowercase: "connection"):
            unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
                if unsafe ASCII.equals(element, count, lowercase: "close") { flags.insert(.close) }
                if unsafe ASCII.equals(element, count, lowercase: "keep-alive") { flags.insert(.keepAlive) }
                if unsafe ASCII.equals(element, count, lowercase: "upgrade") { flags.insert(.connectionUpgrade) }
                return true
            }
        case 14 where unsafe ASCII.equals(name, 14, lowercase: "content-length"):
            if flags.contains(.contentLength) { return .severalContentLengths }
            guard let number = unsafe HTTPFieldSyntax.length(value, count) else { return .contentLength }
            flags.insert(.contentLength)
            length = number
        case 17 where unsafe ASCII.equals(name, 17, lowercase: "transfer-encoding"):
            return unsafe noteTransferEncoding(value, count)
        default: break
        }
        return nil
    }

    /// The codings of all lines form one list, whose last must be `chunked` and no other (RFC 9112, section 6).
    private mutating func noteTransferEncoding(
        _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        flags.insert(.transferEncoding)
        let isRight = unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
            if count == 0 || flags.contains(.chunkedLast) { return false }
            if unsafe ASCII.equals(element, count, lowercase: "chunked") {
                flags.insert(.chunkedLast)
            } else {
                guard unsafe ASCII.isToken(element[0]) else { return false }
                flags.insert(.otherCoding)
            }
            return true
        }
        return isRight ? nil : .transferEncoding
    }
}
