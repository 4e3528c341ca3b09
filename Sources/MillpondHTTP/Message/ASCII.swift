/// Classes of bytes, and comparison without regard to case.
@usableFromInline
enum ASCII {
    /// Whether `byte` may stand in a token: a method or a field's name (RFC 9110, section 5.6.2).
    @inlinable
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        // One bit a character: digits and !#$%&'*+-. below 64, letters and ^_`|~ above.
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (word &>> UInt64(byte & 0x3F)) & 1 != 0
    }

    /// Whether `byte` may stand in a request's target: visible ASCII but for `#`, which ends a URI's part that is sent.
    @inlinable
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    @inlinable
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inlinable
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inlinable
    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// The value of a hexadecimal digit, or nil.
    @inlinable
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The digit of a value below 16.
    @inline(__always)
    static func hexadecimalDigit(_ value: UInt8, isUppercase: Bool = false) -> UInt8 {
        value < 10 ? 0x30 &+ value : (isUppercase ? 0x37 : 0x57) &+ value
    }

    @inlinable
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Whether a byte of a field's value is allowed there: not a control character other than a tab.
    @inlinable
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }

    /// Compares `count` bytes.
    @inlinable
    static func equalsIgnoringCase(_ left: UnsafeRawPointer?, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard let left = unsafe left else { return count == 0 }
        for index in 0..<count {
            let a = unsafe left.load(fromByteOffset: index, as: UInt8.self)
            guard unsafe lowercased(a) == lowercased(right[index]) else { return false }
        }
        return true
    }

    /// Compares with a literal in lower case.
    @inline(__always)
    static func equals(_ bytes: UnsafePointer<UInt8>, _ count: Int, lowercase literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let expected = unsafe literal.utf8Start
        for index in 0..<count {
            guard unsafe lowercased(bytes[index]) == expected[index] else { return false }
        }
        return true
    }

    /// The first byte from `start` on that may not stand in a field's value, or `end`. Eight bytes at a time.
    @inlinable
    @inline(__always)
    static func endOfFieldValue(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        var index = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end &- index >= 8 {
            let word = UInt64(
                littleEndian: unsafe UnsafeRawPointer(bytes + index).loadUnaligned(as: UInt64.self))
            // The lowest bit set in each mask marks a byte below 0x20, or one that is 0x7F; a borrow can only set
            // bits above.
            let control = (word &- ones &* 0x20) & ~word & highs
            let flipped = word ^ (ones &* 0x7F)
            let delete = (flipped &- ones) & ~flipped & highs
            let found = control | delete
            if found == 0 {
                index &+= 8
                continue
            }
            index &+= found.trailingZeroBitCount &>> 3
            if unsafe bytes[index] != 0x09 { return index }
            index &+= 1
        }
        while index < end, unsafe isFieldValue(bytes[index]) { index &+= 1 }
        return index
    }
}
