/// One input of the table: what it shows, its bytes, and the status it must be refused with; 0 where it must be
/// accepted, -1 where it is merely not whole.
struct HeadRow: CustomStringConvertible, Sendable {
    let name: String
    let text: String
    let status: Int

    init(_ name: String, _ text: String, _ status: Int) {
        self.name = name
        self.text = text
        self.status = status
    }

    var description: String { name }
    var bytes: [UInt8] { Array(text.utf8) }
}

/// A whole head with this request line.
private func line(_ requestLine: String) -> String { "\(requestLine)\r\nHost: a\r\n\r\n" }

/// A whole head with these field lines besides `Host`.
private func fields(_ lines: String) -> String { "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n" }

/// A whole head with this `Host` line.
private func host(_ value: String) -> String { "GET / HTTP/1.1\r\nHost:\(value)\r\n\r\n" }

/// Request heads and what must become of them. Add rows freely: each is run whole, in pieces, at every prefix, and in
/// front of unmapped memory.
let headTable: [HeadRow] = requestLineRows + targetRows + fieldRows + hostRows + lengthRows + codingRows + restRows

private let requestLineRows: [HeadRow] = [
    HeadRow("plain", line("GET / HTTP/1.1"), 0),
    HeadRow("1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0),
    HeadRow("unknown method", line("BREW / HTTP/1.1"), 0),
    HeadRow("method with all token signs", line("!#$%&'*+-.^_`|~ / HTTP/1.1"), 0),
    HeadRow("one empty line before", "\r\n" + line("GET / HTTP/1.1"), 0),
    HeadRow("two empty lines before", "\r\n\r\n" + line("GET / HTTP/1.1"), 400),
    HeadRow("bare LF before", "\n" + line("GET / HTTP/1.1"), 400),
    HeadRow("bare CR before", "\r" + line("GET / HTTP/1.1"), 400),
    HeadRow("blank before", " " + line("GET / HTTP/1.1"), 400),
    HeadRow("no method", line(" / HTTP/1.1"), 400),
    HeadRow("method with slash", line("GE/T / HTTP/1.1"), 400),
    HeadRow("method with colon", line("GET: / HTTP/1.1"), 400),
    HeadRow("method with brace", line("GET{ / HTTP/1.1"), 400),
    HeadRow("method with NUL", line("GE\0T / HTTP/1.1"), 400),
    HeadRow("method with DEL", line("GE\u{7F}T / HTTP/1.1"), 400),
    HeadRow("method not ASCII", line("GÉT / HTTP/1.1"), 400),
    HeadRow("method of 32", line(String(repeating: "M", count: 32) + " / HTTP/1.1"), 0),
    HeadRow("method of 33", line(String(repeating: "M", count: 33) + " / HTTP/1.1"), 501),
    HeadRow("method without end", String(repeating: "M", count: 40), 501),
    HeadRow("method only", "GET\r\nHost: a\r\n\r\n", 400),
    HeadRow("tab after method", line("GET\t/ HTTP/1.1"), 400),
    HeadRow("two blanks after method", line("GET  / HTTP/1.1"), 400),
    HeadRow("two blanks after target", line("GET /  HTTP/1.1"), 400),
    HeadRow("tab after target", line("GET /\tHTTP/1.1"), 400),
    HeadRow("blank after version", line("GET / HTTP/1.1 "), 400),
    HeadRow("0.9 by omission", "GET /\r\n", 400),
    HeadRow("0.9 with blank", "GET / \r\n", 400),
    HeadRow("version 0.9", line("GET / HTTP/0.9"), 505),
    HeadRow("version 2.0", line("GET / HTTP/2.0"), 505),
    HeadRow("version 9.9", line("GET / HTTP/9.9"), 505),
    HeadRow("version 1.2", line("GET / HTTP/1.2"), 0),
    HeadRow("version 1.10", line("GET / HTTP/1.10"), 400),
    HeadRow("version 1.01", line("GET / HTTP/1.01"), 400),
    HeadRow("version 01.1", line("GET / HTTP/01.1"), 400),
    HeadRow("version 1", line("GET / HTTP/1"), 400),
    HeadRow("version 1.", line("GET / HTTP/1."), 400),
    HeadRow("version .1", line("GET / HTTP/.1"), 400),
    HeadRow("version 1,1", line("GET / HTTP/1,1"), 400),
    HeadRow("version -1.1", line("GET / HTTP/-1.1"), 400),
    HeadRow("version in lower case", line("GET / http/1.1"), 400),
    HeadRow("version in mixed case", line("GET / Http/1.1"), 400),
    HeadRow("another protocol", line("GET / HTTPS/1.1"), 400),
    HeadRow("short protocol", line("GET / HTP/1.1"), 400),
    HeadRow("protocol only", line("GET / HTTP"), 400),
    HeadRow("blank in version", line("GET / HTTP/ 1.1"), 400),
    HeadRow("line ends with LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    HeadRow("line ends with CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
    HeadRow("line ends with CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
    HeadRow("all lines end with LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
    HeadRow("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    HeadRow("TLS hello", "\u{16}\u{03}\u{01}\u{02}\0\u{01}", 400),
    HeadRow("request line too long", line("GET /\(String(repeating: "a", count: 8200)) HTTP/1.1"), 414),
    HeadRow("endless target", "GET /\(String(repeating: "a", count: 9000))", 414),
]

private let targetRows: [HeadRow] = [
    HeadRow("path and query", line("GET /a/b?c=d&e=%20 HTTP/1.1"), 0),
    HeadRow("unusual visible letters", line("GET /a|b{c}\"d\"^`<e>\\[f] HTTP/1.1"), 0),
    HeadRow("target with fragment", line("GET /#a HTTP/1.1"), 400),
    HeadRow("target with NUL", line("GET /\0 HTTP/1.1"), 400),
    HeadRow("target with DEL", line("GET /\u{7F} HTTP/1.1"), 400),
    HeadRow("target with control", line("GET /\u{01} HTTP/1.1"), 400),
    HeadRow("target not ASCII", line("GET /é HTTP/1.1"), 400),
    HeadRow("target with CR", line("GET /\rx HTTP/1.1"), 400),
    HeadRow("target with LF", line("GET /\nx HTTP/1.1"), 400),
    HeadRow("target with blank", line("GET /a b HTTP/1.1"), 400),
    HeadRow("relative target", line("GET a HTTP/1.1"), 400),
    HeadRow("query alone", line("GET ?a HTTP/1.1"), 400),
    HeadRow("asterisk for OPTIONS", line("OPTIONS * HTTP/1.1"), 0),
    HeadRow("asterisk for GET", line("GET * HTTP/1.1"), 400),
    HeadRow("more than an asterisk", line("OPTIONS *a HTTP/1.1"), 400),
    HeadRow("absolute", line("GET http://b/c HTTP/1.1"), 0),
    HeadRow("absolute without path", line("GET http://b HTTP/1.1"), 0),
    HeadRow("absolute, https, capitals", line("GET HTTPS://b:443/ HTTP/1.1"), 0),
    HeadRow("absolute, IPv6", line("GET http://[::1]:80/ HTTP/1.1"), 0),
    HeadRow("absolute without host", line("GET http:///a HTTP/1.1"), 400),
    HeadRow("absolute with user", line("GET http://u@b/ HTTP/1.1"), 400),
    HeadRow("absolute with bad port", line("GET http://b:x/ HTTP/1.1"), 400),
    HeadRow("absolute, one slash", line("GET http:/b HTTP/1.1"), 400),
    HeadRow("absolute, another scheme", line("GET ftp://b/ HTTP/1.1"), 400),
    HeadRow("authority for CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 0),
    HeadRow("authority without port", line("CONNECT a HTTP/1.1"), 400),
    HeadRow("authority with empty port", line("CONNECT a: HTTP/1.1"), 400),
    HeadRow("authority for GET", line("GET a:443 HTTP/1.1"), 400),
    HeadRow("path for CONNECT", line("CONNECT / HTTP/1.1"), 400),
]

private let fieldRows: [HeadRow] = [
    HeadRow("no blank after colon", fields("A:b"), 0),
    HeadRow("blanks around value", fields("A: \t b c \t"), 0),
    HeadRow("empty value", fields("A:"), 0),
    HeadRow("blank value", fields("A:   "), 0),
    HeadRow("value not ASCII", fields("A: é"), 0),
    HeadRow("colon in value", fields("A: b:c"), 0),
    HeadRow("blank before colon", fields("A : b"), 400),
    HeadRow("tab before colon", fields("A\t: b"), 400),
    HeadRow("no name", fields(": b"), 400),
    HeadRow("no colon", fields("A"), 400),
    HeadRow("blank in name", fields("A B: c"), 400),
    HeadRow("slash in name", fields("A/B: c"), 400),
    HeadRow("quotes in name", fields("\"A\": c"), 400),
    HeadRow("parentheses in name", fields("A(b): c"), 400),
    HeadRow("name not ASCII", fields("É: c"), 400),
    HeadRow("NUL in name", fields("A\0: c"), 400),
    HeadRow("control in name", fields("A\u{0B}: c"), 400),
    HeadRow("folded with blank", fields("A: b\r\n c"), 400),
    HeadRow("folded with tab", fields("A: b\r\n\tc"), 400),
    HeadRow("folded to nothing", fields("A: b\r\n "), 400),
    HeadRow("blank before first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    HeadRow("NUL in value", fields("A: b\0c"), 400),
    HeadRow("DEL in value", fields("A: b\u{7F}c"), 400),
    HeadRow("vertical tab in value", fields("A: \u{0B}b"), 400),
    HeadRow("form feed in value", fields("A: b\u{0C}"), 400),
    HeadRow("escape in long value", fields("A: 0123456789abcdef0123456789\u{1B}"), 400),
    HeadRow("bare CR in value", fields("A: b\rc"), 400),
    HeadRow("bare LF in value", fields("A: b\nC: d"), 400),
    HeadRow("CR CR LF", fields("A: b\r\r\nC: d"), 400),
    HeadRow("CR before the empty line's CR LF", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400),
    HeadRow("LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    HeadRow("100 fields", fields(String(repeating: "A: b\r\n", count: 98) + "A: b"), 0),
    HeadRow("101 fields", fields(String(repeating: "A: b\r\n", count: 99) + "A: b"), 431),
    HeadRow("head too large", fields("A: " + String(repeating: "b", count: 33_000)), 431),
    HeadRow("endless name", "GET / HTTP/1.1\r\n" + String(repeating: "b", count: 33_000), 431),
]

private let hostRows: [HeadRow] = [
    HeadRow("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
    HeadRow("no Host in 1.2", "GET / HTTP/1.2\r\n\r\n", 400),
    HeadRow("two Hosts", fields("Host: a"), 400),
    HeadRow("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    HeadRow("two Hosts, another case", fields("hOST: b"), 400),
    HeadRow("absolute target without Host", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
    HeadRow("empty Host", host(""), 0),
    HeadRow("Host with port", host(" a:80"), 0),
    HeadRow("Host with empty port", host(" a:"), 0),
    HeadRow("Host with address", host(" 127.0.0.1:80"), 0),
    HeadRow("Host with IPv6", host(" [2001:db8::1]:80"), 0),
    HeadRow("Host with escape", host(" a%2Db"), 0),
    HeadRow("Host with bad escape", host(" a%2"), 400),
    HeadRow("Host with port only", host(" :80"), 400),
    HeadRow("Host with letters for a port", host(" a:b"), 400),
    HeadRow("Host with port too large", host(" a:65536"), 400),
    HeadRow("Host with two ports", host(" a:80:80"), 400),
    HeadRow("Host with signed port", host(" a:+80"), 400),
    HeadRow("Host with blank", host(" a b"), 400),
    HeadRow("Host with list", host(" a,b"), 400),
    HeadRow("Host with user", host(" u@a"), 400),
    HeadRow("Host with path", host(" a/b"), 400),
    HeadRow("Host with query", host(" a?b"), 400),
    HeadRow("Host with scheme", host(" http://a"), 400),
    HeadRow("Host not ASCII", host(" é"), 400),
    HeadRow("Host with open bracket", host(" [::1"), 400),
    HeadRow("Host with empty brackets", host(" []"), 400),
    HeadRow("Host with letters behind brackets", host(" [::1]a"), 400),
    HeadRow("Host with a backslash", host(" a\\b"), 400),
]

private let lengthRows: [HeadRow] = [
    HeadRow("length", fields("Content-Length: 5"), 0),
    HeadRow("length 0", fields("Content-Length: 0"), 0),
    HeadRow("length with zeros before", fields("Content-Length: 005"), 0),
    HeadRow("length, largest", fields("Content-Length: 9223372036854775807"), 0),
    HeadRow("length, one more", fields("Content-Length: 9223372036854775808"), 400),
    HeadRow("length of 20 digits", fields("Content-Length: 18446744073709551621"), 400),
    HeadRow("length, empty", fields("Content-Length:"), 400),
    HeadRow("length with plus", fields("Content-Length: +5"), 400),
    HeadRow("length with minus", fields("Content-Length: -5"), 400),
    HeadRow("length in hexadecimal", fields("Content-Length: 0x5"), 400),
    HeadRow("length with fraction", fields("Content-Length: 5.0"), 400),
    HeadRow("length with blank inside", fields("Content-Length: 5 5"), 400),
    HeadRow("length with letter", fields("Content-Length: 5a"), 400),
    HeadRow("length in quotes", fields("Content-Length: \"5\""), 400),
    HeadRow("length with underscore", fields("Content-Length: 1_0"), 400),
    HeadRow("length with full-width digit", fields("Content-Length: ５"), 400),
    HeadRow("length with vertical tab", fields("Content-Length: \u{0B}5"), 400),
    HeadRow("length as list of equals", fields("Content-Length: 5, 5"), 400),
    HeadRow("length as list", fields("Content-Length: 5, 6"), 400),
    HeadRow("length twice, equal", fields("Content-Length: 5\r\nContent-Length: 5"), 400),
    HeadRow("length twice", fields("Content-Length: 5\r\ncontent-length: 6"), 400),
]

private let codingRows: [HeadRow] = [
    HeadRow("chunked", fields("Transfer-Encoding: chunked"), 0),
    HeadRow("chunked in capitals", fields("TRANSFER-ENCODING: CHUNKED"), 0),
    HeadRow("chunked and length", fields("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400),
    HeadRow("length and chunked", fields("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400),
    HeadRow("length 0 and chunked", fields("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400),
    HeadRow("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    HeadRow("chunked twice", fields("Transfer-Encoding: chunked, chunked"), 400),
    HeadRow("chunked in two lines", fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400),
    HeadRow("chunked before identity", fields("Transfer-Encoding: chunked, identity"), 400),
    HeadRow("chunked, then gzip in a line", fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"), 400),
    HeadRow("gzip before chunked", fields("Transfer-Encoding: gzip, chunked"), 501),
    HeadRow("gzip line before chunked", fields("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 501),
    HeadRow("identity", fields("Transfer-Encoding: identity"), 400),
    HeadRow("gzip alone", fields("Transfer-Encoding: gzip"), 400),
    HeadRow("xchunked", fields("Transfer-Encoding: xchunked"), 400),
    HeadRow("chunkedx", fields("Transfer-Encoding: chunkedx"), 400),
    HeadRow("chunk", fields("Transfer-Encoding: chunk"), 400),
    HeadRow("chunked in quotes", fields("Transfer-Encoding: \"chunked\""), 400),
    HeadRow("chunked with parameter", fields("Transfer-Encoding: chunked;a=b"), 400),
    HeadRow("coding, empty", fields("Transfer-Encoding:"), 400),
    HeadRow("coding, comma before", fields("Transfer-Encoding: , chunked"), 400),
    HeadRow("coding, comma behind", fields("Transfer-Encoding: chunked,"), 400),
    HeadRow("coding with vertical tab", fields("Transfer-Encoding: \u{0B}chunked"), 400),
    HeadRow("coding with blank before colon", fields("Transfer-Encoding : chunked"), 400),
    HeadRow("coding folded", fields("Transfer-Encoding:\r\n chunked"), 400),
    HeadRow("coding with NUL", fields("Transfer-Encoding: chunked\0"), 400),
]

private let restRows: [HeadRow] = [
    HeadRow("expectation", fields("Expect: 100-Continue"), 0),
    HeadRow("unknown expectation", fields("Expect: 200-ok"), 417),
    HeadRow("unknown expectation in 1.0", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n", 0),
    HeadRow("connection options", fields("Connection: a, close ,b"), 0),
    HeadRow("nothing", "", -1),
    HeadRow("half a line", "GET / HT", -1),
    HeadRow("no empty line", "GET / HTTP/1.1\r\nHost: a\r\n", -1),
    HeadRow("half an empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r", -1),
]
