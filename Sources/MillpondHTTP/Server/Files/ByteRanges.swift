/// The parts of a representation that a `Range` field asks for (RFC 9110, section 14.2).
struct ByteRanges {
    /// More ranges than this are not worth serving apart: such a field is ignored, as the RFC allows.
    static let limit = 16
    /// Two parts with fewer bytes between them are sent as one: the head of a part is about as long.
    static let gap = 80

    /// What a field means for a representation.
    enum Outcome {
        /// It is not to be heeded: of an unknown unit, malformed, or asking for too many parts. The whole is sent.
        case ignore
        /// None of it is there: 416.
        case unsatisfiable
        case parts(ByteRanges)
    }

    private var parts = InlineArray<16, Range<Int>>(repeating: 0..<0)
    private(set) var count = 0

    /// In the order in which they were asked for; joined ones where the first of them was.
    subscript(index: Int) -> Range<Int> {
        precondition(index < count, "no such part")
        return parts[index]
    }

    /// Reads a field's value for a representation of `size` bytes.
    static func parse(_ value: RawSpan, size: Int) -> Outcome {
        var equals = 0
        while equals < value.byteCount, value.octet(equals) != UInt8(ascii: "=") { equals += 1 }
        guard equals < value.byteCount, value.matches(0..<equals, lowercase: "bytes") else { return .ignore }
        let list = value.extracting(equals + 1..<value.byteCount)
        var ranges = ByteRanges()
        var seen = 0
        let isValid = list.forEachListElement { element in
            seen += 1
            guard seen <= limit, let range = parseOne(list, element, size) else { return false }
            if !range.isEmpty { ranges.add(range) }
            return true
        }
        guard isValid, seen > 0 else { return .ignore }
        return ranges.count == 0 ? .unsatisfiable : .parts(ranges)
    }

    /// `first-`, `first-last` or `-suffix`; nil when malformed, empty when there is nothing of it.
    private static func parseOne(_ list: RawSpan, _ element: Range<Int>, _ size: Int) -> Range<Int>? {
        var index = element.lowerBound
        let first = number(list, &index, element.upperBound)
        guard index < element.upperBound, list.octet(index) == UInt8(ascii: "-") else { return nil }
        index += 1
        let last = number(list, &index, element.upperBound)
        guard index == element.upperBound else { return nil }
        switch (first, last) {
        case (nil, nil): return nil
        case (nil, let suffix?): return size - min(suffix, size)..<size
        case (let first?, nil): return min(first, size)..<size
        case (let first?, let last?):
            guard first <= last else { return nil }
            return first < size ? first..<min(last, size - 1) + 1 : size..<size
        }
    }

    /// Digits; nil without one. What does not fit counts as the largest number.
    private static func number(_ bytes: RawSpan, _ index: inout Int, _ end: Int) -> Int? {
        let start = index
        var value = 0
        while index < end, ASCII.isDigit(bytes.octet(index)) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            value = overflow || product > .max - 9 ? .max - 9 : product + Int(bytes.octet(index) - 0x30)
            index += 1
        }
        return index > start ? value : nil
    }

    /// Adds a part, or joins it with those that it overlaps or nearly touches.
    private mutating func add(_ range: Range<Int>) {
        var joined = range
        var place = count
        var index = 0
        while index < count {
            let other = parts[index]
            guard joined.lowerBound <= other.upperBound + Self.gap, other.lowerBound <= joined.upperBound + Self.gap
            else {
                index += 1
                continue
            }
            joined = min(joined.lowerBound, other.lowerBound)..<max(joined.upperBound, other.upperBound)
            place = min(place, index)
            remove(at: index)
            // Grown, it may reach one that it did not before.
            index = 0
        }
        insert(joined, at: min(place, count))
    }

    private mutating func remove(at index: Int) {
        for next in index..<count - 1 { parts[next] = parts[next + 1] }
        count -= 1
    }

    private mutating func insert(_ range: Range<Int>, at index: Int) {
        var next = count
        while next > index {
            parts[next] = parts[next - 1]
            next -= 1
        }
        parts[index] = range
        count += 1
    }
}
