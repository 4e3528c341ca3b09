internal import Glibc

/// Writes a head into memory that is known to be large enough; every append is checked all the same.
@safe
struct HeadWriter: ~Copyable {
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count = 0

    /// - Parameter buffer: must outlive the writer.
    init(_ buffer: UnsafeMutableRawBufferPointer) {
        unsafe start = buffer.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
        capacity = buffer.count
    }

    /// What was written.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(start), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= capacity - count, "a head larger than was reckoned")
        guard let source = bytes.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    @inline(__always)
    mutating func append(_ literal: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(byte: UInt8) {
        precondition(count < capacity, "a head larger than was reckoned")
        unsafe start[count] = byte
        count &+= 1
    }

    mutating func append(decimal number: Int) {
        var letters = InlineArray<20, UInt8>(repeating: 0)
        var position = 20
        var rest = UInt(bitPattern: number)
        repeat {
            position &-= 1
            letters[position] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
            rest /= 10
        } while rest > 0
        while position < 20 {
            append(byte: letters[position])
            position &+= 1
        }
    }

    mutating func append(hexadecimal number: Int) {
        var shift = (max(1, Int.bitWidth - number.leadingZeroBitCount) + 3) / 4 * 4
        while shift > 0 {
            shift -= 4
            append(byte: ASCII.hexadecimalDigit(UInt8(truncatingIfNeeded: (number >> shift) & 15)))
        }
    }
}
