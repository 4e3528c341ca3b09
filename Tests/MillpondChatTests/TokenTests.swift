import Testing

@testable import MillpondChat

struct TokenTests {
    private let authority = TokenAuthority(secret: "secret")

    @Test func whatIsIssuedIsAccepted() throws {
        let claims = TokenAuthority.Claims(account: "an\"na\\é\u{1}", app: "kim", expiry: 2000)
        #expect(try authority.verify(authority.issue(claims), now: 1999) == claims)
    }

    /// A token made by another library: Python's hmac, with claims in another order and spaces.
    @Test func anotherLibrarysTokenIsAccepted() throws {
        let token =
            "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9"
            + ".eyJleHAiOiA0MTAyNDQ0ODAwLCAiYWNjIjogInRlc3QxIiwgImFwcCI6ICJraW0ifQ"
            + ".lPtfNjinrjmgnbNDMt8lM3cBbIECNueVg9Tde1iSmVk"
        let claims = try TokenAuthority(secret: TokenAuthority.publicDefaultSecret).verify(token, now: 1000)
        #expect(claims == TokenAuthority.Claims(account: "test1", app: "kim", expiry: 4_102_444_800))
    }

    /// SQLite's functions take a NUL for the end of a name: it would be somebody else's.
    @Test func anAccountHasNoNUL() {
        let token = authority.issue(.init(account: "anna\u{0}x", expiry: 2000))
        #expect(throws: TokenError.noAccount) { try authority.verify(token, now: 1999) }
    }

    @Test func anExpiredTokenIsRefused() {
        let token = authority.issue(.init(account: "anna", expiry: 1000))
        #expect(throws: TokenError.expired) { try authority.verify(token, now: 1000) }
    }

    @Test func anotherSecretIsRefused() {
        let token = TokenAuthority(secret: "other").issue(account: "anna")
        #expect(throws: TokenError.wrongSignature) { try authority.verify(token) }
    }

    @Test func otherNumbersOfPartsAreRefused() throws {
        let parts = authority.issue(account: "anna").split(separator: ".")
        // Signed as it stands, so that nothing else is wrong with it.
        for signed in ["\(parts[0]).\(parts[1]).\(parts[1])", "\(parts[0])..\(parts[1])", "\(parts[0])"] {
            let signature = Base64URL.encode(SigningKey(secret: "secret").signature(of: Array(signed.utf8)[...]))
            let token = "\(signed).\(String(decoding: signature, as: UTF8.self))"
            #expect(throws: TokenError.malformed) { try authority.verify(token) }
        }
    }

    @Test func changedTokensAreRefused() {
        let token = Array(authority.issue(account: "anna").utf8)
        for index in token.indices {
            var changed = token
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(throws: TokenError.self) { try authority.verify(String(decoding: changed, as: UTF8.self)) }
        }
    }

    @Test(arguments: [
        ("{\"alg\":\"none\"}", TokenError.wrongAlgorithm), ("{\"alg\":\"HS512\"}", .wrongAlgorithm),
        ("{\"alg\":\"HS256\",\"crit\":[\"b64\"]}", .wrongAlgorithm), ("{}", .wrongAlgorithm), ("[]", .malformed),
    ])
    func otherAlgorithmsAreRefused(_ header: String, _ expected: TokenError) {
        let parts = authority.issue(account: "anna").split(separator: ".")
        let first = String(decoding: Base64URL.encode(header.utf8), as: UTF8.self)
        #expect(throws: expected) { try authority.verify("\(first).\(parts[1]).\(parts[2])") }
        #expect(throws: expected) { try authority.verify("\(first).\(parts[1]).") }
    }

    @Test(arguments: ["", ".", "..", "...", "a.b.c.d", String(repeating: "a", count: 5000)])
    func whatIsNoTokenIsRefused(_ text: String) {
        #expect(throws: TokenError.malformed) { try authority.verify(text) }
    }

    @Test(arguments: [
        "{\"a\":1} x", "{\"a\":1,}", "{\"a\" 1}", "{\"a\":+1}", "{\"a\":1,\"a\":2}", "{\"a\":\"\\x\"}",
        "{\"a\":01}", "{\"a\":-01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":-.5}", "{\"a\":1.e2}", "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":\"\\ud800\"}", "{\"a\":[1,]}", "{\"a\":tru}", "{", "{\"a\":{\"b\":", "\u{0}",
        String(repeating: "{\"a\":", count: 20) + "1" + String(repeating: "}", count: 20),
    ])
    func badJSONIsRefused(_ text: String) {
        #expect(ClaimsReader.read(Array(text.utf8)) == nil)
    }

    @Test func membersAreBounded() {
        let text = { (count: Int) in "{" + (0..<count).map { "\"m\($0)\":\($0)" }.joined(separator: ",") + "}" }
        let members = ClaimsReader.read(Array(text(64).utf8))
        #expect(members?["m0"] == .number(0))
        #expect(members?["m63"] == .number(63))
        #expect(members?["m64"] == nil)
        #expect(ClaimsReader.read(Array(text(65).utf8)) == nil)
    }

    @Test func textThatIsNotUTF8IsRefused() {
        let wrong: [UInt8] = [0xC3, 0x28]
        for quoted in [wrong, Array("a".utf8) + wrong, wrong + Array("a".utf8), [0xC3]] {
            #expect(ClaimsReader.read(Array("{\"a\":\"".utf8) + quoted + Array("\"}".utf8)) == nil)
            #expect(ClaimsReader.read(Array("{\"".utf8) + quoted + Array("\":1}".utf8)) == nil)
        }
    }

    @Test func goodJSONIsRead() {
        let text = " { \"a\" : \"\\u00e9\\ud83d\\ude00\\n\" , \"b\":[1,{\"c\":null}],\"d\":-1.5e2 } "
        let members = ClaimsReader.read(Array(text.utf8))
        #expect(members == ["a": .text("é😀\n"), "b": .other, "d": .number(-150)])
        // Escapes at the start, in the middle and at the end of a text, and none.
        for (text, value) in [("\\nab", "\nab"), ("a\\nb", "a\nb"), ("ab\\n", "ab\n"), ("é", "é"), ("", "")] {
            #expect(ClaimsReader.read(Array("{\"a\":\"\(text)\"}".utf8)) == ["a": .text(value)])
        }
        for (text, number) in [("0", 0), ("-0.5", -0.5), ("10", 10), ("1.25E+2", 125), ("2e-1", 0.2)] {
            #expect(ClaimsReader.read(Array("{\"a\":\(text)}".utf8)) == ["a": .number(number)])
        }
    }
}

extension ClaimsReader.Members: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, ClaimsReader.Value)...) {
        self.init()
        for (name, value) in elements { _ = add(name, value) }
    }
}
