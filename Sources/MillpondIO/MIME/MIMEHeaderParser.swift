internal import Glibc

/// Finds the fields of a header block, whose lines all end with a line feed.
@usableFromInline
struct MIMEHeaderParser {
    /// Offsets into the block.
    @usableFromInline
    struct Field {
        @usableFromInline var name: Range<Int>
        @usableFromInline var value: Range<Int>
    }

    private let options: MIMEHeaderOptions
    private var position = 0
    private var line = 0
    private var fieldCount = 0

    @usableFromInline
    init(_ options: MIMEHeaderOptions) { self.options = options }

    /// The next field, or nil after the last. Pure: says the same each time the same block is walked.
    @usableFromInline
    mutating func next(in block: RawSpan) throws(MIMEHeaderError) -> Field? {
        guard position < block.byteCount else { return nil }
        let start = position
        line += 1
        if Self.isBlank(block.byte(at: start)) { throw MIMEHeaderError(.foldedLine, line: line) }
        fieldCount += 1
        if fieldCount > options.maximumFieldCount { throw MIMEHeaderError(.tooManyFields, line: line) }
        var colon = start
        while FieldSyntax.isToken(block.byte(at: colon)) { colon += 1 }
        guard block.byte(at: colon) == UInt8(ascii: ":") else {
            let rest = Delimiters.index(of: UInt8(ascii: ":"), in: block, from: colon)
            let isMissing = rest.map { $0 > lineEnd(in: block, from: start) } ?? true
            throw MIMEHeaderError(isMissing ? .missingColon : .invalidName, line: line)
        }
        if colon == start { throw MIMEHeaderError(.invalidName, line: line) }
        let value = try value(in: block, from: colon + 1)
        return Field(name: start..<colon, value: value)
    }

    /// The value from `start` on without the blanks around it, over as many lines as continue it.
    private mutating func value(in block: RawSpan, from start: Int) throws(MIMEHeaderError) -> Range<Int> {
        var lineStart = start
        while true {
            let feed = lineEnd(in: block, from: lineStart)
            // A carriage return is part of the line's end only right before it.
            let end = feed > lineStart && block.byte(at: feed - 1) == 0x0D ? feed - 1 : feed
            for index in lineStart..<end where !FieldSyntax.isFieldValue(block.byte(at: index)) {
                throw MIMEHeaderError(.invalidValue, line: line)
            }
            position = feed + 1
            guard position < block.byteCount, Self.isBlank(block.byte(at: position)) else {
                return trimmed(start..<end, in: block)
            }
            line += 1
            if options.folding == .refuse { throw MIMEHeaderError(.foldedLine, line: line) }
            lineStart = position
        }
    }

    private func lineEnd(in block: RawSpan, from start: Int) -> Int {
        // The block ends with a line feed.
        Delimiters.index(of: 0x0A, in: block, from: start) ?? block.byteCount - 1
    }

    /// Without blanks, and line ends of folded lines that hold nothing else, at both ends.
    private func trimmed(_ range: Range<Int>, in block: RawSpan) -> Range<Int> {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while lower < upper, Self.isSpace(block.byte(at: lower)) { lower += 1 }
        while upper > lower, Self.isSpace(block.byte(at: upper - 1)) { upper -= 1 }
        return lower..<upper
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    private static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == 0x0A || byte == 0x0D }

    /// Overwrites the line breaks within values by spaces. The block must be valid.
    @usableFromInline
    static func unfold(_ block: inout MutableRawSpan) {
        var position = 0
        while let feed = Delimiters.index(of: 0x0A, in: block.bytes, from: position), feed + 1 < block.byteCount {
            position = feed + 1
            guard isBlank(block.bytes.byte(at: position)) else { continue }
            block.storeBytes(of: 0x20, toByteOffset: feed, as: UInt8.self)
            if feed > 0, block.bytes.byte(at: feed - 1) == 0x0D {
                block.storeBytes(of: 0x20, toByteOffset: feed - 1, as: UInt8.self)
            }
        }
    }
}

/// Which bytes may stand where in a field.
enum FieldSyntax {
    /// Whether `byte` may stand in a token (RFC 9110, section 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Whether `byte` may stand in a value: no control character but a tab.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }
}
