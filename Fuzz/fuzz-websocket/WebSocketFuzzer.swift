import CFuzzer
import MillpondWebSocket

/// Shows any bytes to the frame parser in both roles, whole and in pieces, and to the reader of a server's answer to
/// the handshake: they must neither trap nor read outside, must come to an end, and must hear the same both ways.
@main
enum WebSocketFuzzer {
    static func main() {
        _ = run_fuzzer(CommandLine.argc, CommandLine.unsafeArgv) { data, size in
            let bytes = Array(UnsafeBufferPointer(start: data, count: size))
            WebSocketFuzzer.checkFrames(bytes)
            WebSocketFuzzer.checkAnswer(bytes)
            return 0
        }
    }

    static func checkFrames(_ bytes: [UInt8]) {
        for role in [WebSocketRole.server, .client] {
            let whole = hear(bytes, role: role, pieceSize: max(bytes.count, 1))
            let pieces = hear(bytes, role: role, pieceSize: Int(bytes.first ?? 0) % 7 + 1)
            if whole != pieces { fatalError("pieces heard \(pieces), whole \(whole)") }
        }
    }

    /// What a head that is whole says does not depend on what follows it.
    static func checkAnswer(_ bytes: [UInt8]) {
        guard let (count, subprotocol) = answer(bytes) else { return }
        guard let (again, same) = answer(Array(bytes[..<count])), again == count, same == subprotocol else {
            fatalError("an answer of \(count) bytes reads otherwise without what follows it")
        }
    }

    static func answer(_ bytes: [UInt8]) -> (count: Int, subprotocol: String?)? {
        // The accept of RFC 6455, section 1.3, as in the seeds.
        let key: StaticString = "dGhlIHNhbXBsZSBub25jZQ=="
        let accept = key.withUTF8Buffer {
            WebSocketHandshake.accept(for: RawSpan(_unsafeBytes: UnsafeRawBufferPointer($0)))
        }
        return (try? WebSocketResponse.parse(bytes.span.bytes, accept: accept, subprotocols: ["chat"])) ?? nil
    }

    /// What the parser says, a line an event; the payload's bytes joined, since pieces may fall differently.
    static func hear(_ bytes: [UInt8], role: WebSocketRole, pieceSize: Int) -> [String] {
        var parser = WebSocketParser(role: role, maximumMessageSize: 4096)
        var heard: [String] = []
        var assembly: [UInt8] = []
        var input: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieceSize)
            input += bytes[start..<end]
            start = end
            var position = 0
            do throws(WebSocketError) {
                while true {
                    var span = input.mutableSpan
                    var raw = span.mutableBytes
                    let event = try parser.next(in: &raw, at: &position)
                    if case .needMore = event { break }
                    note(event, input, &assembly, &heard)
                }
            } catch {
                return heard + ["\(error)"]
            }
            input.removeFirst(position)
        }
        return heard
    }

    static func note(
        _ event: WebSocketParser.Event, _ input: [UInt8], _ assembly: inout [UInt8], _ heard: inout [String]
    ) {
        switch event {
        case .needMore: break
        case .message(let kind, let range): heard.append("message \(kind) \(input[range])")
        case .piece(let kind, let range, let isLast):
            assembly += input[range]
            if isLast {
                heard.append("message \(kind) \(assembly[...])")
                assembly = []
            }
        case .ping(let range): heard.append("ping \(input[range])")
        case .pong(let range): heard.append("pong \(input[range])")
        case .close(let code, let range): heard.append("close \(code) \(input[range])")
        }
    }
}
