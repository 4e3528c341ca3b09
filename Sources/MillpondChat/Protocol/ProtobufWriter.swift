internal import MillpondPools

/// Sizes of protobuf fields, to know a packet's length before it is written. A field of its default value is absent.
enum ProtobufSize {
    @inline(__always)
    static func varint(_ value: UInt64) -> Int {
        // ⌈bits / 7⌉ without a division; zero has one byte.
        ((64 - (value | 1).leadingZeroBitCount) &* 9 &+ 64) >> 6
    }

    /// A number in a field below 16.
    static func field(_ value: Int64) -> Int {
        value == 0 ? 0 : 1 + varint(UInt64(bitPattern: value))
    }

    /// Text or bytes in a field below 16.
    static func field(count: Int) -> Int {
        count == 0 ? 0 : 1 + varint(UInt64(count)) + count
    }
}

extension OutputRawSpan {
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe append(byte, as: UInt8.self)
    }

    mutating func put(bigEndian value: UInt32) {
        unsafe append(value.bigEndian, as: UInt32.self)
    }

    mutating func put(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            precondition(source.count <= freeCapacity, "no room for bytes")
            unsafe withUnsafeMutableBytes { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                unsafe (start + initialized).copyMemory(from: from, byteCount: source.count)
                initialized += source.count
            }
        }
    }

    mutating func putVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        put(UInt8(truncatingIfNeeded: rest))
    }

    /// A number, unless it is zero. `number` below 16.
    mutating func putField(_ number: UInt8, _ value: Int64) {
        if value == 0 { return }
        put(number << 3)
        putVarint(UInt64(bitPattern: value))
    }

    /// Text or bytes, unless empty. `number` below 16.
    mutating func putField(_ number: UInt8, _ bytes: RawSpan) {
        if bytes.byteCount == 0 { return }
        put(number << 3 | 2)
        putVarint(UInt64(bytes.byteCount))
        put(bytes)
    }
}

/// Builds the body of an answer that is not worth sizing beforehand.
struct ProtobufBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func field(_ number: UInt8, _ value: Int64) {
        if value == 0 { return }
        bytes.append(number << 3)
        varint(UInt64(bitPattern: value))
    }

    mutating func field(_ number: UInt8, _ value: Bool) {
        field(number, value ? 1 : 0)
    }

    /// Text, unless empty.
    mutating func field(_ number: UInt8, _ text: String) {
        if text.isEmpty { return }
        element(number, text)
    }

    /// Text as an element of a repeated field, where empty counts.
    mutating func element(_ number: UInt8, _ text: String) {
        bytes.append(number << 3 | 2)
        varint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// An embedded message.
    mutating func message(_ number: UInt8, _ build: (inout ProtobufBuilder) -> Void) {
        var inner = ProtobufBuilder()
        build(&inner)
        bytes.append(number << 3 | 2)
        varint(UInt64(inner.bytes.count))
        bytes.append(contentsOf: inner.bytes)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
