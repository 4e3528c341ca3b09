import MillpondIO
import MillpondNet

/// Messages in KIM's TCP framing: an opcode, four bytes of length, a packet.
final class StreamLink: ConnectionDriver, MessageLink {
    /// Far more than a packet has; a length beyond it is no length.
    private static let longestFrame = 512 << 10
    private static let headCount = 5

    private enum Opcode: UInt8 {
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA
    }

    @exclusivity(unchecked) private var reader: BufferedReader<SocketSource>?
    // The two hold each other until the connection is over.
    @exclusivity(unchecked) private var receiver: (any MessageReceiver)?
    private let target: LoadTarget
    @exclusivity(unchecked) private var isConnected = false
    /// Why this end or the peer ends it, once that is decided.
    @exclusivity(unchecked) private var ending: String?

    init(channel: Channel, receiver: any MessageReceiver, target: LoadTarget) {
        reader = BufferedReader(SocketSource(channel))
        self.receiver = receiver
        self.target = target
        super.init(channel: channel)
    }

    var isOpen: Bool { ending == nil && channel.isOpen }
    var carrier: Channel? { isOpen ? channel : nil }

    func send(_ message: RawSpan) throws { try send(.binary, message) }

    func ping() { try? send(.ping, RawSpan()) }

    func close() { channel.close() }

    override func closed(_ reason: CloseReason) {
        let receiver = self.receiver
        self.receiver = nil
        if isConnected {
            receiver?.linkClosed(ending ?? (reason == .peerClosed ? "" : "\(reason)"))
        } else {
            receiver?.linkFailed(target.named(reason))
        }
    }

    override var startsImmediately: Bool { true }

    override func run() async -> Next {
        if !isConnected {
            isConnected = true
            receiver?.linkOpened()
        }
        guard var reader = reader.take() else { return .close }
        let next = read(&reader)
        self.reader = consume reader
        return next
    }

    private func read(_ reader: inout BufferedReader<SocketSource>) -> Next {
        do {
            while channel.isOpen {
                let count = reader.withBuffered { handle($0) }
                if count > 0 { reader.consume(count) }
                if ending != nil { return .close }
                switch try reader.tryFill(contiguous: true) {
                case .bytes: continue
                case .wouldBlock: return .park
                case .endOfStream:
                    // By the server, which has said no more.
                    if ending == nil { ending = "" }
                    return .close
                }
            }
        } catch {
            if ending == nil { ending = "\(error)" }
        }
        return .close
    }

    /// Handles every whole frame; how many bytes they have.
    private func handle(_ bytes: RawSpan) -> Int {
        var start = 0
        while ending == nil, bytes.byteCount - start >= Self.headCount {
            let code = bytes.unsafeLoad(fromByteOffset: start, as: UInt8.self)
            let count = Protobuf.number(bytes, at: start + 1)
            guard let opcode = Opcode(rawValue: code), count <= Self.longestFrame else {
                ending = "it does not speak KIM's TCP framing"
                break
            }
            let end = start + Self.headCount + count
            guard bytes.byteCount >= end else { break }
            let payload = bytes.extracting(start + Self.headCount..<end)
            start = end
            switch opcode {
            case .binary, .text: receiver?.received(payload)
            case .ping: try? send(.pong, payload)
            case .pong: break
            case .close: ending = payload.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
        }
        return start
    }

    private func send(_ opcode: Opcode, _ payload: RawSpan) throws(IOError) {
        guard isOpen else { throw .closed }
        try channel.write(capacity: Self.headCount + payload.byteCount) { output in
            output.append(opcode.rawValue, as: UInt8.self)
            output.append(UInt32(payload.byteCount).bigEndian, as: UInt32.self)
            output.append(copying: payload)
        }
    }
}
