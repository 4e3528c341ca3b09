import MillpondChat
import TestSupport

/// A client of KIM's protocol over its TCP framing, written from the protocol's description and independent of the code
/// under test: blocking, one packet at a time.
final class KIMPeer {
    struct Failure: Error { let reason: String }

    /// A response or push.
    struct Packet {
        var command = ""
        var sequence: UInt64 = 0
        var flag: UInt64 = 0
        var status: UInt64 = 0
        var destination = ""
        var body = Fields()
    }

    /// The fields of a protobuf message: numbers as they are, text and messages as bytes.
    struct Fields {
        var numbers: [UInt64: UInt64] = [:]
        var bytes: [UInt64: [[UInt8]]] = [:]

        init() {}

        init(_ input: ArraySlice<UInt8>) throws {
            var rest = input
            while !rest.isEmpty {
                let key = try Self.varint(&rest)
                if key & 7 == 0 {
                    numbers[key >> 3] = try Self.varint(&rest)
                } else {
                    let count = Int(try Self.varint(&rest))
                    guard key & 7 == 2, count <= rest.count else { throw Failure(reason: "malformed protobuf") }
                    bytes[key >> 3, default: []].append(Array(rest.prefix(count)))
                    rest = rest.dropFirst(count)
                }
            }
        }

        func text(_ number: UInt64) -> String { String(decoding: bytes[number]?.first ?? [], as: UTF8.self) }
        func messages(_ number: UInt64) throws -> [Fields] { try (bytes[number] ?? []).map { try Fields($0[...]) } }

        static func varint(_ input: inout ArraySlice<UInt8>) throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = input.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw Failure(reason: "truncated varint")
        }
    }

    private let socket: PlainSocket
    private var sequence: UInt64 = 1

    init(port: UInt16) throws { socket = try PlainSocket(port: port) }

    /// Connects and signs in.
    static func signedIn(_ account: String, port: UInt16) throws -> KIMPeer {
        let peer = try KIMPeer(port: port)
        let token = TokenAuthority(secret: TokenAuthority.publicDefaultSecret).issue(account: account)
        let answer = try peer.request("login.signin", body: bytes(1, token))
        guard answer.status == 0 else { throw Failure(reason: "login: status \(answer.status)") }
        return peer
    }

    // MARK: Writing

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var out: [UInt8] = []
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }

    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

    static func bytes(_ field: UInt64, _ text: String) -> [UInt8] {
        varint(field << 3 | 2) + varint(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    static func bigEndian(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }

    /// Sends a request without waiting for its answer; returns its sequence.
    @discardableResult
    func send(_ command: String, to destination: String = "", body: [UInt8] = []) throws -> UInt64 {
        sequence += 1
        let header = Self.bytes(1, command) + Self.number(3, sequence) + Self.bytes(6, destination)
        let packet =
            [0xC3, 0x11, 0xA3, 0x65] + Self.bigEndian(header.count) + header + Self.bigEndian(body.count) + body
        try sendFrame(2, packet)
        return sequence
    }

    func sendFrame(_ opcode: UInt8, _ payload: [UInt8]) throws {
        try sendRaw([opcode] + Self.bigEndian(payload.count) + payload)
    }

    func sendRaw(_ bytes: [UInt8]) throws {
        guard socket.send(bytes) else { throw Failure(reason: "send: the server has gone") }
    }

    // MARK: Reading

    /// The next frame, whatever it is.
    func frame() throws -> (opcode: UInt8, payload: [UInt8]) {
        let head = try socket.receive(exactly: 5)
        let count = head[1...].reduce(0) { $0 << 8 | Int($1) }
        return (head[0], try socket.receive(exactly: count))
    }

    /// The next packet.
    func receive() throws -> Packet {
        let (opcode, payload) = try frame()
        guard opcode == 2, payload.prefix(4) == [0xC3, 0x11, 0xA3, 0x65] else {
            throw Failure(reason: "not a logic packet: opcode \(opcode), \(payload.prefix(8))")
        }
        let headerCount = payload[4..<8].reduce(0) { $0 << 8 | Int($1) }
        let header = try Fields(payload[8..<8 + headerCount])
        var packet = Packet()
        packet.command = header.text(1)
        packet.sequence = header.numbers[3] ?? 0
        packet.flag = header.numbers[4] ?? 0
        packet.status = header.numbers[5] ?? 0
        packet.destination = header.text(6)
        packet.body = try Fields(payload[(12 + headerCount)...])
        return packet
    }

    /// Sends a request and returns its answer; pushes in between are dropped.
    func request(_ command: String, to destination: String = "", body: [UInt8] = []) throws -> Packet {
        let number = try send(command, to: destination, body: body)
        while true {
            let packet = try receive()
            if packet.flag == 1, packet.sequence == number { return packet }
        }
    }
}
