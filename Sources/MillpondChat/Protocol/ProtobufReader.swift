/// Reads the fields of one protobuf message that lies somewhere in a packet.
///
/// Strict: every length is checked before it is used, a known field of the wrong wire type is an error, text must be
/// UTF-8. Unknown fields are skipped. Positions are those of the packet, so that ranges can be kept with it.
struct ProtobufReader: ~Escapable {
    /// The key of a field.
    struct Field: Equatable {
        let number: Int
        let wireType: UInt8
    }

    private let bytes: RawSpan
    private var offset: Int
    private let end: Int

    /// - Precondition: the range lies within the packet.
    @_lifetime(copy packet)
    init(_ packet: RawSpan, _ range: ByteRange) {
        precondition(range.range.upperBound <= packet.byteCount, "range outside the packet")
        bytes = packet
        offset = Int(range.start)
        end = range.range.upperBound
    }

    /// The next field's key; nil at the end. Its value must be read or skipped before the next call.
    @_lifetime(self: copy self)
    mutating func next() throws(PacketError) -> Field? {
        if offset == end { return nil }
        let key = try rawVarint()
        let number = key >> 3
        guard number > 0, number < 1 << 29 else { throw .invalidFieldNumber }
        return Field(number: Int(number), wireType: UInt8(key & 7))
    }

    @_lifetime(self: copy self)
    mutating func rawVarint() throws(PacketError) -> UInt64 {
        if offset < end {
            let first = bytes.byte(offset)
            if first < 0x80 {
                offset += 1
                return UInt64(first)
            }
        }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end {
            let byte = bytes.byte(offset)
            offset += 1
            if shift == 63, byte > 1 { throw .varintTooLong }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .truncated
    }

    @_lifetime(self: copy self)
    mutating func int64(_ field: Field) throws(PacketError) -> Int64 {
        guard field.wireType == 0 else { throw .wrongWireType }
        return Int64(bitPattern: try rawVarint())
    }

    /// The low 32 bits, as protobuf has it for `int32` and enumerations.
    @_lifetime(self: copy self)
    mutating func int32(_ field: Field) throws(PacketError) -> Int32 {
        Int32(truncatingIfNeeded: try int64(field))
    }

    @_lifetime(self: copy self)
    mutating func uint32(_ field: Field) throws(PacketError) -> UInt32 {
        UInt32(truncatingIfNeeded: try int64(field))
    }

    @_lifetime(self: copy self)
    mutating func bool(_ field: Field) throws(PacketError) -> Bool {
        try int64(field) != 0
    }

    /// The place of bytes or of an embedded message.
    @_lifetime(self: copy self)
    mutating func block(_ field: Field) throws(PacketError) -> ByteRange {
        guard field.wireType == 2 else { throw .wrongWireType }
        let count = try rawVarint()
        guard count <= UInt64(end - offset) else { throw .truncated }
        let range = ByteRange(offset..<offset + Int(count))
        offset += Int(count)
        return range
    }

    /// The place of text, which is UTF-8, and has no NUL: with one it would be another text to whoever takes that for
    /// its end, as SQLite's functions do.
    @_lifetime(self: copy self)
    mutating func text(_ field: Field) throws(PacketError) -> ByteRange {
        let range = try block(field)
        guard bytes.at(range).isUTF8 else { throw .invalidUTF8 }
        guard !bytes.at(range).hasNUL else { throw .nulInText }
        return range
    }

    /// Numbers of a repeated field, packed or one by one.
    @_lifetime(self: copy self)
    mutating func appendInt64s(_ field: Field, to list: inout [Int64], limit: Int) throws(PacketError) {
        if field.wireType == 0 {
            guard list.count < limit else { throw .tooManyElements }
            list.append(try int64(field))
            return
        }
        let range = try block(field)
        var packed = ProtobufReader(bytes, range)
        while packed.offset < packed.end {
            guard list.count < limit else { throw .tooManyElements }
            list.append(Int64(bitPattern: try packed.rawVarint()))
        }
    }

    /// Passes over the value of a field that means nothing here.
    @_lifetime(self: copy self)
    mutating func skip(_ field: Field) throws(PacketError) {
        switch field.wireType {
        case 0: _ = try rawVarint()
        case 1: try advance(8)
        case 2: _ = try block(field)
        case 5: try advance(4)
        // Groups have been deprecated since before this protocol.
        default: throw .wrongWireType
        }
    }

    @_lifetime(self: copy self)
    private mutating func advance(_ count: Int) throws(PacketError) {
        guard count <= end - offset else { throw .truncated }
        offset += count
    }
}
