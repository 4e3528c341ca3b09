import Testing

@testable import MillpondWebSocket

@Suite(.timeLimit(.minutes(5))) struct SHA1Tests {
    private func digest(_ message: [UInt8]) -> String {
        let digest = withView(message) { SHA1.digest(of: $0) }
        return (0..<20).map {
            let digits = String(digest[$0], radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The examples of RFC 3174, section 7.3, and of FIPS 180-2.
    @Test(arguments: [
        ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ("01234567", 80, "dea356a2cddd90c7a7ecedc5ebb563934f460452"),
    ])
    func theExamples(text: String, times: Int, expected: String) {
        let message = String(repeating: text, count: times)
        #expect(digest(Array(message.utf8)) == expected)
    }

    /// Where the padding fills a block, and where it takes one more; the digests are those of Python's hashlib.
    @Test(arguments: [
        (55, "ddf57317ef34bfee3b6df83d359098930eb278bc"),
        (63, "c55856749bef509bdfe6bfebfc7bf4e793e82132"),
        (64, "bede92be29c3874e1b54ddc77988d606fc857a8e"),
        (65, "b05a80522b053d6dc7e0a517d0e70212c7dad11f"),
        (119, "504e27376a6e0f0dba8295b85cb25dc4dfa17d23"),
        (120, "82134b02fb3f702491be9bed581eeab59334acb2"),
        (128, "a09133e6730ffe899efb70204cb5646cd5dc24ee"),
    ])
    func lengthsAroundABlock(count: Int, expected: String) {
        #expect(digest((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }) == expected)
    }
}
