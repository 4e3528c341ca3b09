import MillpondWebSocket
import Testing

@Suite(.timeLimit(.minutes(5))) struct HandshakeTests {
    private func accept(_ key: String) -> String {
        let accept = withView(Array(key.utf8)) { WebSocketHandshake.accept(for: $0) }
        return String(decoding: (0..<28).map { accept[$0] }, as: UTF8.self)
    }

    @Test func theExampleOfTheRFC() {
        #expect(accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(accept("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=")
    }

    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", true), ("AAAAAAAAAAAAAAAAAAAAAA==", true), ("", false),
        ("dGhlIHNhbXBsZSBub25jZQ=", false), ("dGhlIHNhbXBsZSBub25jZQ===", false),
        ("dGhlIHNhbXBsZSBub25jZ===", false), ("dGhlIHNhbXBsZSBub2 jZQ==", false),
        ("dGhlIHNhbXBsZSBub25jZQQQ", false),
    ])
    func keys(_ text: String, _ isKey: Bool) {
        #expect(withView(Array(text.utf8)) { WebSocketHandshake.isKey($0) } == isKey)
    }

    /// In a request a key lies wherever the fields before it end.
    @Test func aKeyMayLieAnywhere() {
        for offset in 0..<8 {
            let text = Array((String(repeating: "x", count: offset) + "dGhlIHNhbXBsZSBub25jZQ==").utf8)
            #expect(withView(text) { WebSocketHandshake.isKey($0.extracting(droppingFirst: offset)) })
        }
    }

    @Test func newKeysAreKeysAndDiffer() {
        var seen: Set<[UInt8]> = []
        for _ in 0..<100 {
            let key = WebSocketHandshake.makeKey()
            let letters = (0..<24).map { key[$0] }
            #expect(withView(letters) { WebSocketHandshake.isKey($0) })
            seen.insert(letters)
        }
        #expect(seen.count == 100)
    }

    @Test(arguments: [
        ("upgrade", true), ("Upgrade", true), ("keep-alive, Upgrade", true), ("UPGRADE ,close", true),
        (",, upgrade", true), ("", false), ("upgraded", false), ("keep-alive", false), ("up grade", false),
    ])
    func lists(_ value: String, _ contains: Bool) {
        #expect(withView(Array(value.utf8)) { WebSocketHandshake.list($0, contains: "upgrade") } == contains)
    }
}
