internal import MillpondPools

/// A head that is parsed line by line as its bytes come. What requests and responses have in common is here; what
/// tells them apart they answer themselves.
protocol HTTPHeadParser: ~Copyable {
    /// What a first line beyond its bound is refused with.
    static var firstLineTooLong: HTTPMessageError.Code { get }

    var progress: HTTPHeadProgress { get set }
    var fieldCount: Int { get }

    /// Keeps where a field lies; false when no block can be had.
    mutating func keep(_ field: HTTPFieldTable.Entry, pool: BlockPool) -> Bool
    /// Parses the request line or the status line, which begins at `start`.
    mutating func parseFirstLine(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> HTTPLineStep
    /// Takes note of a field that says how to go on; names what is wrong with it.
    mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code?
    /// What can only be told once all fields are known.
    var contradiction: HTTPMessageError.Code? { get }
}

extension HTTPHeadParser where Self: ~Copyable {
    /// Parses as much as there is; see ``HTTPRequestHead/parse(_:limits:pool:)``.
    @inline(__always)
    mutating func parseLines(_ bytes: RawSpan, _ limits: HTTPHeadLimits, _ pool: BlockPool) -> HTTPHeadOutcome {
        // Sound: every access below is at an offset less than `count`.
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, buffer.count > 0 else { return .needMore }
            let letters = unsafe base.assumingMemoryBound(to: UInt8.self)
            return unsafe parseLines(letters, min(buffer.count, Int(UInt32.max)), limits, pool)
        }
    }

    private mutating func parseLines(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ limits: HTTPHeadLimits, _ pool: BlockPool
    ) -> HTTPHeadOutcome {
        if progress.scanned > 0, unsafe !progress.hasLineEnd(bytes, count) { return stillIncomplete(count, limits) }
        while true {
            let start = Int(progress.lineStart)
            let isFirst = !progress.flags.contains(.firstLine)
            let step =
                isFirst
                ? unsafe parseFirstLine(bytes, start, count)
                : unsafe parseFieldLine(bytes, start, count, limits, pool)
            switch step {
            case .next(let end):
                if isFirst, end - start > limits.requestLine { return bad(Self.firstLineTooLong) }
                if end > limits.bytes { return bad(.headTooLarge) }
                progress.lineStart = UInt32(end)
                progress.scanned = 0
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

    private mutating func stillIncomplete(_ count: Int, _ limits: HTTPHeadLimits) -> HTTPHeadOutcome {
        if !progress.flags.contains(.firstLine), count - Int(progress.lineStart) > limits.requestLine {
            return bad(Self.firstLineTooLong)
        }
        if count > limits.bytes { return bad(.headTooLarge) }
        progress.scanned = UInt32(count)
        return .needMore
    }

    private func bad(_ code: HTTPMessageError.Code) -> HTTPHeadOutcome { .bad(HTTPMessageError(code)) }

    @inline(__always)
    private mutating func parseFieldLine(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ limits: HTTPHeadLimits, _ pool: BlockPool
    ) -> HTTPLineStep {
        var field = HTTPFieldTable.Entry()
        let step = unsafe HTTPFieldSyntax.scanLine(bytes, start, count, &field)
        guard case .next = step else { return step }
        guard fieldCount < limits.fieldCount else { return .bad(.tooManyFields) }
        guard keep(field, pool: pool) else { return .bad(.noMemory) }
        let name = unsafe bytes + Int(field.nameStart)
        let value = unsafe bytes + Int(field.valueStart)
        if let code = unsafe note(name, Int(field.nameCount), value, Int(field.valueCount)) { return .bad(code) }
        return step
    }
}
