/// The syntax of field lines, the same for requests and responses (RFC 9112, section 5).
enum HTTPFieldSyntax {
    /// Looks at the line that begins at `start`: `name ":" OWS value OWS CR LF`, or the empty line.
    ///
    /// Reads only below `count`. `entry` is set when the answer is `next`.
    @inline(__always)
    static func scanLine(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int, _ entry: inout HTTPFieldTable.Entry
    ) -> HTTPLineStep {
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
        entry = HTTPFieldTable.Entry(
            nameStart: UInt32(truncatingIfNeeded: start), nameCount: UInt32(truncatingIfNeeded: nameCount),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueCount: UInt32(truncatingIfNeeded: valueEnd &- valueStart))
        return .next(index + 2)
    }

    /// A line that doesn't begin with a name and a colon: the empty line, or a mistake.
    private static func endOrMistake(
        _ bytes: UnsafePointer<UInt8>, _ start: Int, _ index: Int, _ count: Int
    ) -> HTTPLineStep {
        let byte = unsafe bytes[index]
        if index == start, byte == 0x0D {
            guard start + 1 < count else { return .more }
            return unsafe bytes[start + 1] == 0x0A ? .end(start + 2) : .bad(.bareCarriageReturn)
        }
        if byte == 0x0A { return .bad(.bareLineFeed) }
        if ASCII.isBlank(byte) { return .bad(index == start ? .obsoleteFolding : .blankBeforeColon) }
        return .bad(.fieldName)
    }

    /// The number of a `Content-Length`: digits only, at most 19; nil for anything else or more than `Int.max`.
    static func length(_ value: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        guard count > 0, count <= 19 else { return nil }
        var number: UInt64 = 0
        for index in 0..<count {
            guard unsafe ASCII.isDigit(value[index]) else { return nil }
            // 19 digits fit.
            number = unsafe number &* 10 &+ UInt64(value[index] &- 0x30)
        }
        return Int(exactly: number)
    }

    /// The parts of a comma-separated list, without blanks around them, until `body` answers false.
    ///
    /// For fields that say where a message ends: unlike `RawSpan.forEachListElement` it shows empty parts, which are
    /// mistakes there, and knows no quotes, behind which another reader of the message would see a comma.
    @discardableResult
    static func forEachElement(
        _ value: UnsafePointer<UInt8>, _ count: Int, _ body: (UnsafePointer<UInt8>, Int) -> Bool
    ) -> Bool {
        var start = 0
        while true {
            var end = start
            while end < count, unsafe value[end] != UInt8(ascii: ",") { end += 1 }
            var (first, last) = (start, end)
            while first < last, unsafe ASCII.isBlank(value[first]) { first += 1 }
            while last > first, unsafe ASCII.isBlank(value[last - 1]) { last -= 1 }
            guard unsafe body(value + first, last - first) else { return false }
            if end >= count { return true }
            start = end + 1
        }
    }

    /// Whether the bytes can be a name: a token of one letter or more.
    static func isToken(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 0 else { return false }
        for index in 0..<bytes.byteCount {
            if !ASCII.isToken(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) { return false }
        }
        return true
    }

    /// Whether the bytes can be a value: nothing that could end the line.
    static func isValue(_ bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return true }
            let letters = unsafe base.assumingMemoryBound(to: UInt8.self)
            return unsafe ASCII.endOfFieldValue(letters, from: 0, to: buffer.count) == buffer.count
        }
    }
}
