import MillpondNet
import Testing

@testable import MillpondChat

/// An account has one spelling.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct NormalFormTests {
    private static let composed = "ren\u{E9}"
    private static let decomposed = "rene\u{301}"

    @Test(arguments: [
        ("anna", true), ("\u{E9}\u{2FF}", true), ("\u{5F20}\u{4E09}", true), ("\u{439}", true), ("\u{1F41F}", true),
        ("\u{AC01}", true), ("e\u{301}", false), ("\u{212B}", false), ("\u{F900}", false), ("\u{1100}\u{1161}", false),
        ("\u{5F20}\u{301}\u{323}", false), ("\u{340}", false), ("\u{37E}", false),
    ])
    func whatIsInNormalForm(_ text: String, _ isInNormalForm: Bool) {
        #expect(text.isInNormalForm == isInNormalForm)
        let bytes = text.utf8Span.span.bytes
        #expect(bytes.isInNormalForm(ByteRange(0..<bytes.byteCount)) == isInNormalForm)
    }

    @Test(arguments: TestClient.Transport.allCases)
    func anotherSpellingIsRefused(_ transport: TestClient.Transport) async throws {
        try await TestServer.with { server in
            let client = try await TestClient(server, transport)
            #expect(try await client.signIn(Self.decomposed, server)?.status == 105)
            let anna = try await TestClient.signedIn("anna", server, transport)
            let rene = try await TestClient.signedIn(Self.composed, server, transport)
            #expect(try await anna.talk("hello", to: Self.decomposed)?.status == 100)
            let create = Wire().text(1, "pond").text(5, Self.decomposed)
            #expect(try await anna.request("chat.group.create", create)?.status == 101)
            #expect(try await anna.talk("hello", to: Self.composed)?.status == 0)
            #expect(try await rene.next()?.body.text(3) == "hello")
        }
    }
}
