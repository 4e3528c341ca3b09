internal import Glibc
public import MillpondPools

extension HTTPRequestHead {
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
}
