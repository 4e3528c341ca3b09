/// Where a value lies in a packet: eight bytes that can be kept, unlike a view.
struct ByteRange: Equatable, Sendable {
    let start: UInt32
    let count: UInt32

    static let empty = ByteRange(0..<0)

    /// - Precondition: the range lies within a packet, which is far shorter than 4 GiB.
    init(_ range: Range<Int>) {
        start = UInt32(truncatingIfNeeded: range.lowerBound)
        count = UInt32(truncatingIfNeeded: range.count)
    }

    var isEmpty: Bool { count == 0 }
    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

extension RawSpan {
    /// One byte. Traps outside the span.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        // Sound: any bits are a byte, and the load checks its bounds.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// A big-endian number. Traps outside the span.
    @inline(__always)
    func bigEndian(at offset: Int) -> UInt32 {
        // Sound: any bits are a number, and the load checks its bounds.
        UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @_lifetime(copy self)
    func at(_ range: ByteRange) -> RawSpan {
        extracting(range.range)
    }

    /// The bytes as text, which has been checked to be UTF-8; what is not becomes a replacement character.
    func string(_ range: ByteRange) -> String {
        unsafe at(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether these are the bytes of a literal.
    func equals(_ literal: StaticString) -> Bool {
        guard byteCount == literal.utf8CodeUnitCount else { return false }
        for offset in 0..<byteCount where unsafe byte(offset) != literal.utf8Start[offset] { return false }
        return true
    }

    /// Whether the bytes are UTF-8.
    var isUTF8: Bool {
        // Sound: bytes are bytes.
        let bytes = Span<UInt8>(_bytes: self)
        return (try? UTF8Span(validating: bytes)) != nil
    }

    /// Whether one of the bytes is 0.
    var hasNUL: Bool { unsafe withUnsafeBytes { unsafe $0.contains(0) } }

    /// How many scalars there are in UTF-8: bytes that begin one.
    var scalarCount: Int {
        var count = 0
        for offset in 0..<byteCount where byte(offset) & 0xC0 != 0x80 { count += 1 }
        return count
    }
}
