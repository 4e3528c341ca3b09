/// The packets of KIM's protocol that a load generator needs, as bytes: templates with a sequence to be filled in.
struct KIMTemplate {
    /// The packet; the sequence is a varint of three bytes at `sequenceOffset`.
    private(set) var bytes: [UInt8]
    private let sequenceOffset: Int

    init(_ command: String, to destination: String = "", body: [UInt8] = []) {
        var header = Protobuf.text(1, command)
        header.append(3 << 3)
        let offset = header.count
        header += [0, 0, 0]
        if !destination.isEmpty { header += Protobuf.text(6, destination) }
        bytes = [0xC3, 0x11, 0xA3, 0x65]
        bytes += Protobuf.bigEndian(header.count)
        sequenceOffset = bytes.count + offset
        bytes += header
        bytes += Protobuf.bigEndian(body.count)
        bytes += body
        number(0)
    }

    /// Fills in the sequence for the n-th request, 0 for the first, as it is in a new template: between 2^14 and 2^21,
    /// so that it always has three bytes.
    mutating func number(_ index: Int) {
        let sequence = 0x4000 + index % 0x100000
        bytes[sequenceOffset] = UInt8(sequence & 0x7F) | 0x80
        bytes[sequenceOffset + 1] = UInt8(sequence >> 7 & 0x7F) | 0x80
        bytes[sequenceOffset + 2] = UInt8(sequence >> 14)
    }
}

/// What a server's packet is, as far as the load generator cares.
struct KIMAnswer {
    /// 1 for a response, 2 for a push.
    var flag: UInt64 = 0
    var status: UInt64 = 0
    /// Where the body's bytes lie.
    var body = 0..<0

    /// Nil for bytes that are no logic packet.
    init?(_ packet: RawSpan) {
        guard packet.byteCount >= 12, Protobuf.number(packet, at: 0) == 0xC311_A365 else { return nil }
        let headerCount = Protobuf.number(packet, at: 4)
        guard headerCount <= packet.byteCount - 12 else { return nil }
        var position = 8
        let end = 8 + headerCount
        while position < end {
            guard let key = Protobuf.varint(packet, &position, end) else { return nil }
            if key & 7 == 0 {
                guard let value = Protobuf.varint(packet, &position, end) else { return nil }
                if key >> 3 == 4 { flag = value }
                if key >> 3 == 5 { status = value }
            } else {
                guard key & 7 == 2, let count = Protobuf.varint(packet, &position, end), count <= end - position
                else { return nil }
                position += Int(count)
            }
        }
        body = end + 4..<packet.byteCount
    }
}

/// As much of protobuf as the templates need.
enum Protobuf {
    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var out: [UInt8] = []
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }

    static func text(_ field: UInt64, _ text: String) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    static func bigEndian(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 255), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func number(_ bytes: RawSpan, at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(bytes.unsafeLoad(fromByteOffset: offset + $1, as: UInt8.self)) }
    }

    static func varint(_ bytes: RawSpan, _ position: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
