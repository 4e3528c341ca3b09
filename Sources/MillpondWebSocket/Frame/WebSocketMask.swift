/// A masking key (RFC 6455, section 5.3): four bytes, repeated over the payload by exclusive or.
///
/// Applying it twice restores the payload. It remembers how far it got, so that a payload may come in pieces.
public struct WebSocketMask: Equatable, Sendable {
    /// The key as it lies in memory, turned so that its first byte is for the next byte of the payload.
    @usableFromInline var key: UInt32

    /// A key as it lies in memory, first byte first.
    @inlinable
    public init(key: UInt32) { self.key = key }

    /// The key as it lies in memory for the next byte of the payload.
    @inlinable
    public var currentKey: UInt32 { key }

    /// Masks or unmasks the next bytes of a payload in place. Complexity: O(n), 32 bytes at a time.
    @inlinable
    public mutating func apply(to bytes: inout MutableRawSpan) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
            // An empty span has no address.
            if let start = buffer.baseAddress { unsafe apply(to: start, count: buffer.count) }
        }
    }

    @inlinable
    package mutating func apply(to start: UnsafeMutableRawPointer, count: Int) {
        let word = UInt64(key) | UInt64(key) << 32
        let wide = SIMD4<UInt64>(repeating: word)
        var offset = 0
        // Unaligned loads cost nothing here, and each step is a multiple of the key's four bytes.
        while count &- offset >= 32 {
            let value = unsafe start.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
            unsafe start.storeBytes(of: value ^ wide, toByteOffset: offset, as: SIMD4<UInt64>.self)
            offset &+= 32
        }
        while count &- offset >= 8 {
            let value = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            unsafe start.storeBytes(of: value ^ word, toByteOffset: offset, as: UInt64.self)
            offset &+= 8
        }
        var rest = word
        while offset < count {
            let value = unsafe start.load(fromByteOffset: offset, as: UInt8.self)
            unsafe start.storeBytes(of: value ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
            rest >>= 8
            offset &+= 1
        }
        advance(by: count)
    }

    /// Turns the key past `count` bytes that were not touched. Assumes a little-endian machine, as all of Millpond's
    /// platforms are.
    @inlinable
    public mutating func advance(by count: Int) {
        let turn = UInt32(truncatingIfNeeded: count & 3) &* 8
        if turn != 0 { key = key &>> turn | key &<< (32 &- turn) }
    }
}
