import Glibc

/// Protobuf as a client writes and reads it: written again for the tests, so that a mistake is not made on both sides.
struct Wire {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 128 {
            bytes.append(UInt8(value % 128) + 128)
            value /= 128
        }
        bytes.append(UInt8(value))
    }

    func number(_ field: Int, _ value: Int64) -> Wire {
        var copy = self
        copy.varint(UInt64(field * 8))
        copy.varint(UInt64(bitPattern: value))
        return copy
    }

    func text(_ field: Int, _ value: String) -> Wire { data(field, Array(value.utf8)) }

    func data(_ field: Int, _ value: [UInt8]) -> Wire {
        var copy = self
        copy.varint(UInt64(field * 8 + 2))
        copy.varint(UInt64(value.count))
        copy.bytes += value
        return copy
    }
}

/// The fields of a protobuf message.
struct Fields {
    var numbers: [Int: Int64] = [:]
    var blocks: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func varint() -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 127) << shift
                if byte < 128 { break }
                shift += 7
            }
            return value
        }
        while !rest.isEmpty {
            let key = varint()
            if key & 7 == 0 {
                numbers[Int(key >> 3)] = Int64(bitPattern: varint())
            } else {
                let count = Int(varint())
                blocks[Int(key >> 3), default: []].append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
        }
    }

    func number(_ field: Int) -> Int64 { numbers[field] ?? 0 }
    func text(_ field: Int) -> String { String(decoding: blocks[field]?.last ?? [], as: UTF8.self) }
    func texts(_ field: Int) -> [String] { (blocks[field] ?? []).map { String(decoding: $0, as: UTF8.self) } }
    func messages(_ field: Int) -> [Fields] { (blocks[field] ?? []).map(Fields.init) }
}

/// A packet as a client sees it.
struct Answer {
    var isPong = false
    var command = ""
    var channelID = ""
    var sequence: Int64 = 0
    var flag: Int64 = 0
    var status: Int64 = 0
    var destination = ""
    var metaCount = 0
    var body = Fields([])
    var bodyBytes: [UInt8] = []

    init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xC3, 0x15, 0xA7, 0x65]) {
            isPong = bytes == [0xC3, 0x15, 0xA7, 0x65, 0, 2, 0, 0]
            return
        }
        func integer(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        let headerCount = integer(4)
        let header = Fields(Array(bytes[8..<8 + headerCount]))
        bodyBytes = Array(bytes[(12 + headerCount)...])
        precondition(integer(8 + headerCount) == bodyBytes.count)
        command = header.text(1)
        channelID = header.text(2)
        sequence = header.number(3)
        flag = header.number(4)
        status = header.number(5)
        destination = header.text(6)
        metaCount = header.blocks[7]?.count ?? 0
        body = Fields(bodyBytes)
    }
}

enum Packets {
    static let ping: [UInt8] = [0xC3, 0x15, 0xA7, 0x65, 0, 1, 0, 0]

    static func word(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 255), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func logic(_ command: String, _ body: Wire = Wire(), to destination: String = "", sequence: Int64 = 2)
        -> [UInt8]
    {
        var header = Wire().text(1, command).number(3, sequence)
        if !destination.isEmpty { header = header.text(6, destination) }
        return logic(header: header.bytes, body: body.bytes)
    }

    static func logic(header: [UInt8], body: [UInt8]) -> [UInt8] {
        [0xC3, 0x11, 0xA3, 0x65] + word(header.count) + header + word(body.count) + body
    }
}
