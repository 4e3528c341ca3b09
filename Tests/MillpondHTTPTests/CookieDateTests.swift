import Testing

@testable import MillpondHTTP

/// The dates of cookies (RFC 6265, section 5.1.1).
@Suite(.timeLimit(.minutes(5))) struct CookieDateTests {
    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777), ("Sun Nov  6 08:49:37 1994", 784_111_777),
        ("6 nov 1994 8:49:37", 784_111_777), ("1994 Nov 6 08:49:37", 784_111_777), ("06:49:37 Nov 7 94", 784_190_977),
        ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799), ("29 Feb 1900 00:00:00", nil), ("29 Feb 2023 00:00:00", nil),
        ("31 Apr 2020 00:00:00", nil), ("32 Jan 2020 00:00:00", nil), ("0 Jan 2020 00:00:00", nil),
        ("1 Jan 1600 00:00:00", nil), ("1 Jan 1601 00:00:00", -11_644_473_600), ("1 Jan 69 00:00:00", 3_124_224_000),
        ("1 Jan 70 00:00:00", 0), ("1 Jan 2020 24:00:00", nil), ("1 Jan 2020 23:60:00", nil),
        ("1 Jan 2020 23:59:60", nil), ("1 Jan 2020 1:2:3", 1_577_840_523), ("1 Jan 2020 1:2:3x", 1_577_840_523),
        ("1 Jan 2020 1:2", nil), ("1 Jan 2020 001:02:03", nil), ("1st January 2020 00:00:00", 1_577_836_800),
        ("Jan 2020 00:00:00", nil), ("1 2020 00:00:00", nil), ("1 Jan 00:00:00", nil), ("1 Jan 2020", nil),
        ("1 Jan 20200 00:00:00", nil), ("", nil), ("garbage", nil), ("1;Jan@2020[00:00:00", 1_577_836_800),
        ("Wed, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ])
    func dates(_ text: String, _ expected: Int?) {
        #expect(CookieDate.parse(text) == expected)
    }
}
