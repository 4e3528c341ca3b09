internal import Glibc
public import MillpondPools

extension HTTPRequestHead {
    /// What became of one line.
    enum Step {
        case next(Int)
        case end(Int)
        case more
        case bad(HTTPMessageError.Code)
    }

    /// Methods longer than this are longer than any that is known.
    static var longestMethod: Int { 32 }

    /// Parses as much as there is. `bytes` are all that have come of the request since its first byte, also those that
    /// were shown before.
    ///
    /// Looks at no byte twice more than a constant number of times, however the head is cut into calls.
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
            let isFirst = !flags.contains(.requestLine)
            let step =
                isFirst
                ? unsafe parseRequestLine(bytes, start, count)
                : unsafe parseFieldLine(bytes, start, count, limits: limits, pool: pool)
            switch step {
            case .next(let end):
                if isFirst, end - start > limits.requestLine { return bad(.requestLineTooLong) }
                if end > limits.bytes { return bad(.headTooLarge) }
                lineStart = UInt32(end)
                scanned = 0
            case .end(let end):
                if end > limits.bytes { return bad(.headTooLarge) }
                if let code = contradiction { return bad(code) }
                flags.insert(.done)
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
        if !flags.contains(.requestLine), count - Int(lineStart) > limits.requestLine {
            return bad(.requestLineTooLong)
        }
        if count > limits.bytes { return bad(.headTooLarge) }
        scanned = UInt32(count)
        return .needMore
    }

    private func bad(_ code: HTTPMessageError.Code) -> HTTPHeadOutcome { .bad(HTTPMessageError(code)) }

    /// What can only be told once all fields are known.
    private var contradiction: HTTPMessageError.Code? {
        if version == .http11, !flags.contains(.host) { return .missingHost }
        if flags.contains(.transferEncoding) {
            if flags.contains(.contentLength) { return .lengthAndTransferEncoding }
            if version == .http10 { return .transferEncodingIn10 }
            if !flags.contains(.chunkedLast) { return .transferEncoding }
            if flags.contains(.otherCoding) { return .unknownTransferEncoding }
        }
        if version == .http11, flags.contains(.unknownExpectation) { return .expectation }
        return nil
    }

    // MARK: Field lines

    private mutating func parseFieldLine(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int, limits: HTTPHeadLimits, pool: BlockPool
    ) -> Step {
        guard start < count else { return .more }
        var index = start
        while index < count, unsafe ASCII.isToken(bytes[index]) { index &+= 1 }
        guard index < count else { return .more }
        guard unsafe bytes[index] == UInt8(ascii: ":"), index > start else {
            return unsafe endOrMistake(bytes, start, index, count)
        }
        let nameCount = index - start
        index &+= 1
        while index < count, unsafe ASCII.isBlank(bytes[index]) { index &+= 1 }
        let valueStart = index
        index = unsafe ASCII.endOfFieldValue(bytes, from: index, to: count)
        guard index < count else { return .more }
        guard unsafe bytes[index] == 0x0D else {
            return .bad(unsafe bytes[index] == 0x0A ? .bareLineFeed : .fieldValue)
        }
        guard index + 1 < count else { return .more }
        guard unsafe bytes[index + 1] == 0x0A else { return .bad(.bareCarriageReturn) }
        var valueEnd = index
        while valueEnd > valueStart, unsafe ASCII.isBlank(bytes[valueEnd - 1]) { valueEnd &-= 1 }
        guard fieldCount < limits.fieldCount else { return .bad(.tooManyFields) }
        let field = Field(
            nameStart: UInt32(truncatingIfNeeded: start), nameCount: UInt32(truncatingIfNeeded: nameCount),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueCount: UInt32(truncatingIfNeeded: valueEnd &- valueStart))
        guard append(field, pool: pool) else { return .bad(.noMemory) }
        if let code = unsafe note(bytes + start, nameCount, bytes + valueStart, valueEnd - valueStart) {
            return .bad(code)
        }
        return .next(index + 2)
    }

    /// A line that doesn't begin with a name and a colon: the empty line, or a mistake.
    private func endOrMistake(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ index: Int, _ count: Int
    ) -> Step {
        let byte = unsafe bytes[index]
        if index == start, byte == 0x0D {
            guard start + 1 < count else { return .more }
            return unsafe bytes[start + 1] == 0x0A ? .end(start + 2) : .bad(.bareCarriageReturn)
        }
        if byte == 0x0A { return .bad(.bareLineFeed) }
        if ASCII.isBlank(byte) { return .bad(index == start ? .obsoleteFolding : .blankBeforeColon) }
        return .bad(.fieldName)
    }
}
