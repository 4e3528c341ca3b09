/// Checks that bytes are UTF-8 (RFC 3629), in pieces of any size, and fails at the first byte that cannot be part of
/// it.
///
/// ASCII is checked 32 bytes at a time.
public struct UTF8Validator: Equatable, Sendable {
    /// Continuation bytes that the current character still lacks.
    @usableFromInline var missing: UInt8 = 0
    /// The range of the next continuation byte. Narrower than 0x80...0xBF after the lead bytes that would otherwise
    /// allow overlong forms, surrogates and values above U+10FFFF.
    @usableFromInline var lower: UInt8 = 0x80
    @usableFromInline var upper: UInt8 = 0xBF

    @inlinable
    public init() {}

    /// Whether what was seen so far ends between two characters.
    @inlinable
    public var isComplete: Bool { missing == 0 }

    /// Takes the next bytes; false if they cannot go on what was seen. After that the validator is of no more use.
    public mutating func consume(_ bytes: RawSpan) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            // An empty span has no address.
            guard let start = buffer.baseAddress else { return true }
            return unsafe consume(start, buffer.count)
        }
    }

    private mutating func consume(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        var offset = 0
        while offset < count {
            if missing == 0 {
                offset = unsafe Self.skipASCII(start, offset, count)
                if offset == count { return true }
            }
            let byte = unsafe start.load(fromByteOffset: offset, as: UInt8.self)
            offset &+= 1
            if missing == 0 {
                if !begin(byte) { return false }
            } else {
                if byte < lower || byte > upper { return false }
                missing &-= 1
                lower = 0x80
                upper = 0xBF
            }
        }
        return true
    }

    /// The offset of the first byte that is not ASCII, or `count`.
    private static func skipASCII(_ start: UnsafeRawPointer, _ from: Int, _ count: Int) -> Int {
        var offset = from
        let high = SIMD4<UInt64>(repeating: 0x8080_8080_8080_8080)
        while count &- offset >= 32 {
            let value = unsafe start.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
            if value & high != SIMD4<UInt64>() { break }
            offset &+= 32
        }
        while count &- offset >= 8 {
            let marks = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080
            // Little-endian: the lowest marked byte is the first.
            if marks != 0 { return offset &+ marks.trailingZeroBitCount / 8 }
            offset &+= 8
        }
        while offset < count, unsafe start.load(fromByteOffset: offset, as: UInt8.self) < 0x80 { offset &+= 1 }
        return offset
    }

    /// Takes the first byte of a character that is not ASCII.
    @inline(__always)
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF:
            missing = 1
        case 0xE0...0xEF:
            missing = 2
            if byte == 0xE0 { lower = 0xA0 }
            if byte == 0xED { upper = 0x9F }
        case 0xF0...0xF4:
            missing = 3
            if byte == 0xF0 { lower = 0x90 }
            if byte == 0xF4 { upper = 0x8F }
        default:
            return false
        }
        return true
    }
}
