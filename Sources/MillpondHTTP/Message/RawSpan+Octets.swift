extension RawSpan {
    /// The byte at an index. Traps outside.
    @inline(__always)
    func octet(_ index: Int) -> UInt8 {
        // Sound: any byte is a `UInt8`, and the load is checked against the span's bounds.
        unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    /// Whether the bytes are those of the array.
    func equals(_ other: [UInt8]) -> Bool {
        guard byteCount == other.count else { return false }
        for index in 0..<byteCount where octet(index) != other[index] { return false }
        return true
    }

    /// The range without blanks at its ends.
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, ASCII.isBlank(octet(start)) { start += 1 }
        while end > start, ASCII.isBlank(octet(end - 1)) { end -= 1 }
        return start..<end
    }

    /// Shows the elements of a comma-separated list, without blanks around them and leaving out empty ones (RFC 9110,
    /// section 5.6.1.2), until `body` answers false. Commas in quoted strings do not separate.
    ///
    /// - Returns: whether `body` never did.
    @discardableResult
    func forEachListElement(_ body: (Range<Int>) -> Bool) -> Bool {
        var start = 0
        var index = 0
        var isQuoted = false
        while index <= byteCount {
            let isEnd = index == byteCount
            if !isEnd, octet(index) == UInt8(ascii: "\"") { isQuoted.toggle() }
            if isEnd || (!isQuoted && octet(index) == UInt8(ascii: ",")) {
                let element = trimmingBlanks(start..<index)
                if !element.isEmpty, !body(element) { return false }
                start = index + 1
            }
            index += 1
        }
        return true
    }

    /// Whether the part of a field's value is the word, without regard to case.
    func matches(_ range: Range<Int>, lowercase word: StaticString) -> Bool {
        guard range.count == word.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            // Sound: both have as many bytes.
            let expected = unsafe word.utf8Start[offset]
            if ASCII.lowercased(octet(range.lowerBound + offset)) != expected { return false }
        }
        return true
    }
}
