/// What must become of one response that a hostile or broken server sends.
struct ResponseRow: CustomStringConvertible, Sendable {
    enum Outcome: Sendable, Equatable {
        /// Status and content; whether the connection may be used again.
        case response(Int, String, reusable: Bool)
        case malformed
        case truncated
    }

    let name: String
    let text: String
    let outcome: Outcome
    /// Whether the server closes behind it.
    let closes: Bool
    let isHead: Bool

    init(_ name: String, _ text: String, _ outcome: Outcome, closes: Bool = false, isHead: Bool = false) {
        self.name = name
        self.text = text
        self.outcome = outcome
        self.closes = closes
        self.isHead = isHead
    }

    var description: String { name }
    var bytes: [UInt8] { Array(text.utf8) }
}

/// A response with this status line.
private func line(_ statusLine: String) -> String { "\(statusLine)\r\nContent-Length: 2\r\n\r\nok" }

/// A response with these field lines, and content.
private func fields(_ lines: String, _ content: String = "") -> String {
    "HTTP/1.1 200 OK\r\n\(lines)\r\n\r\n\(content)"
}

/// Each is sent whole, in random pieces, and cut off at every byte. Add rows freely.
let responseTable: [ResponseRow] =
    statusLineRows + fieldRows + lengthRows + codingRows + interimRows + connectionRows

private let statusLineRows: [ResponseRow] = [
    ResponseRow("plain", line("HTTP/1.1 200 OK"), .response(200, "ok", reusable: true)),
    ResponseRow("empty reason", line("HTTP/1.1 200 "), .response(200, "ok", reusable: true)),
    ResponseRow("no blank before the empty reason", line("HTTP/1.1 200"), .response(200, "ok", reusable: true)),
    ResponseRow(
        "reason with blanks and high bytes", line("HTTP/1.1 404 N\u{F6}t  f\tound"),
        .response(404, "ok", reusable: true)),
    ResponseRow("1.0", line("HTTP/1.0 200 OK"), .response(200, "ok", reusable: false)),
    ResponseRow("later 1.x", line("HTTP/1.9 200 OK"), .response(200, "ok", reusable: true)),
    ResponseRow("unknown status", line("HTTP/1.1 999 What"), .response(999, "ok", reusable: true)),
    ResponseRow("garbage before the head", "garbage" + line("HTTP/1.1 200 OK"), .malformed),
    ResponseRow("empty line before the head", "\r\n" + line("HTTP/1.1 200 OK"), .malformed),
    ResponseRow("HTTP/0.9", "<html>ok</html>", .malformed, closes: true),
    ResponseRow("HTTP/2", line("HTTP/2 200"), .malformed),
    ResponseRow("HTTP/2.0", line("HTTP/2.0 200 OK"), .malformed),
    ResponseRow("HTTP/0.9 in the line", line("HTTP/0.9 200 OK"), .malformed),
    ResponseRow("version of two digits", line("HTTP/1.10 200 OK"), .malformed),
    ResponseRow("lower case", line("http/1.1 200 OK"), .malformed),
    ResponseRow("another protocol", line("ICY 200 OK"), .malformed),
    ResponseRow("two blanks", line("HTTP/1.1  200 OK"), .malformed),
    ResponseRow("tab", line("HTTP/1.1\t200 OK"), .malformed),
    ResponseRow("status of two digits", line("HTTP/1.1 20 OK"), .malformed),
    ResponseRow("status of four digits", line("HTTP/1.1 2000 OK"), .malformed),
    ResponseRow("status below 100", line("HTTP/1.1 099 OK"), .malformed),
    ResponseRow("signed status", line("HTTP/1.1 +20 OK"), .malformed),
    ResponseRow("letters in the status", line("HTTP/1.1 2x0 OK"), .malformed),
    ResponseRow("no status", line("HTTP/1.1"), .malformed),
    ResponseRow("NUL in the reason", line("HTTP/1.1 200 O\0K"), .malformed),
    ResponseRow("bare CR in the reason", line("HTTP/1.1 200 O\rK"), .malformed),
    ResponseRow("bare LF at its end", "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok", .malformed),
    ResponseRow("a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformed),
    ResponseRow("endless status line", "HTTP/1.1 200 " + String(repeating: "a", count: 9000), .malformed),
]

private let fieldRows: [ResponseRow] = [
    ResponseRow("no blank after the colon", fields("Content-Length:2", "ok"), .response(200, "ok", reusable: true)),
    ResponseRow(
        "blanks around the value", fields("Content-Length: \t2 \t", "ok"), .response(200, "ok", reusable: true)),
    ResponseRow("blank before the colon", fields("Content-Length : 2", "ok"), .malformed),
    ResponseRow("folded line", fields("Content-Length: 2\r\nA: b\r\n c", "ok"), .malformed),
    ResponseRow("blank before the first field", fields(" A: b\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("no colon", fields("Content-Length: 2\r\nnonsense", "ok"), .malformed),
    ResponseRow("no name", fields(": a\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("bad name", fields("A(b): c\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("NUL in a value", fields("A: b\0c\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("bare CR in a value", fields("A: b\rc\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("bare LF between fields", fields("A: b\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("bare LF for the empty line", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok", .malformed),
    ResponseRow("too many fields", fields(String(repeating: "A: b\r\n", count: 300) + "C: d"), .malformed),
    ResponseRow("endless field", "HTTP/1.1 200 OK\r\nA: " + String(repeating: "a", count: 70_000), .malformed),
    ResponseRow(
        "endless fields", "HTTP/1.1 200 OK\r\n" + String(repeating: "Abc: defghi\r\n", count: 7000), .malformed),
]

private let lengthRows: [ResponseRow] = [
    ResponseRow("no content", fields("Content-Length: 0"), .response(200, "", reusable: true)),
    ResponseRow("leading zeros", fields("Content-Length: 0002", "ok"), .response(200, "ok", reusable: true)),
    ResponseRow("two lengths", fields("Content-Length: 2\r\nContent-Length: 3", "okk"), .malformed),
    ResponseRow("two equal lengths", fields("Content-Length: 2\r\nContent-Length: 2", "ok"), .malformed),
    ResponseRow("list of lengths", fields("Content-Length: 2, 2", "ok"), .malformed),
    ResponseRow("negative length", fields("Content-Length: -2", "ok"), .malformed),
    ResponseRow("signed length", fields("Content-Length: +2", "ok"), .malformed),
    ResponseRow("hexadecimal length", fields("Content-Length: 0x2", "ok"), .malformed),
    ResponseRow("empty length", fields("Content-Length: ", "ok"), .malformed),
    ResponseRow("length with a letter", fields("Content-Length: 2a", "ok"), .malformed),
    ResponseRow("length with a blank", fields("Content-Length: 1 0", "0123456789"), .malformed),
    ResponseRow("length that overflows", fields("Content-Length: 99999999999999999999", "ok"), .malformed),
    ResponseRow("length above the maximum", fields("Content-Length: 9223372036854775808", "ok"), .malformed),
    ResponseRow("more than the length", fields("Content-Length: 2", "okay"), .response(200, "ok", reusable: false)),
    ResponseRow(
        "another response behind", fields("Content-Length: 2", "ok" + line("HTTP/1.1 200 OK")),
        .response(200, "ok", reusable: false)),
    ResponseRow("less than the length", fields("Content-Length: 9", "ok"), .truncated, closes: true),
    ResponseRow(
        "until close", fields("A: b", "until the end"), .response(200, "until the end", reusable: false), closes: true),
    ResponseRow(
        "no fields, until close", "HTTP/1.1 200 OK\r\n\r\nall", .response(200, "all", reusable: false), closes: true),
    ResponseRow("HEAD with a length", fields("Content-Length: 2"), .response(200, "", reusable: true), isHead: true),
    ResponseRow(
        "HEAD with chunks", fields("Transfer-Encoding: chunked"), .response(200, "", reusable: true), isHead: true),
    ResponseRow("HEAD without either", fields("A: b"), .response(200, "", reusable: true), isHead: true),
    ResponseRow(
        "HEAD with content", fields("Content-Length: 2", "ok"), .response(200, "", reusable: false), isHead: true),
    ResponseRow("204", "HTTP/1.1 204 None\r\n\r\n", .response(204, "", reusable: true)),
    ResponseRow(
        "204 with a length", "HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\nok", .response(204, "", reusable: false)),
    ResponseRow(
        "204 with chunks", "HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n",
        .response(204, "", reusable: false)),
    ResponseRow(
        "304 with a length", "HTTP/1.1 304 Same\r\nContent-Length: 2\r\n\r\n", .response(304, "", reusable: true)),
]

private let codingRows: [ResponseRow] = [
    ResponseRow(
        "chunks", fields("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n"), .response(200, "ok", reusable: true)),
    ResponseRow("no chunks", fields("Transfer-Encoding: chunked", "0\r\n\r\n"), .response(200, "", reusable: true)),
    ResponseRow(
        "chunks with extensions and trailers",
        fields("Transfer-Encoding: Chunked", "1;a=b\r\no\r\n1;c=\"d\"\r\nk\r\n000\r\nE: f\r\n\r\n"),
        .response(200, "ok", reusable: true)),
    ResponseRow(
        "bytes behind the chunks", fields("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\nHTTP/1.1"),
        .response(200, "ok", reusable: false)),
    ResponseRow(
        "both lengths", fields("Content-Length: 2\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n"), .malformed),
    ResponseRow(
        "both, the other way", fields("Transfer-Encoding: chunked\r\nContent-Length: 2", "2\r\nok\r\n0\r\n\r\n"),
        .malformed),
    ResponseRow("chunked twice", fields("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), .malformed),
    ResponseRow("chunked not last", fields("Transfer-Encoding: chunked, gzip", "0\r\n\r\n"), .malformed),
    ResponseRow("a coding nobody offered", fields("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), .malformed),
    ResponseRow("identity", fields("Transfer-Encoding: identity", "ok"), .malformed),
    ResponseRow("chunked with a vertical tab", fields("Transfer-Encoding: \u{B}chunked", "0\r\n\r\n"), .malformed),
    ResponseRow("chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .malformed),
    ResponseRow("bad chunk size", fields("Transfer-Encoding: chunked", "x\r\nok\r\n0\r\n\r\n"), .malformed),
    ResponseRow(
        "chunk size that overflows", fields("Transfer-Encoding: chunked", "1000000000000000\r\nok"), .malformed),
    ResponseRow("chunk longer than its size", fields("Transfer-Encoding: chunked", "1\r\nok\r\n0\r\n\r\n"), .malformed),
    ResponseRow("bare LF after a chunk size", fields("Transfer-Encoding: chunked", "2\nok\r\n0\r\n\r\n"), .malformed),
    ResponseRow("bad trailer", fields("Transfer-Encoding: chunked", "0\r\nA B\r\n\r\n"), .malformed),
    ResponseRow(
        "endless trailers", fields("Transfer-Encoding: chunked", "0\r\n" + String(repeating: "A: b\r\n", count: 2000)),
        .malformed),
    ResponseRow("chunks cut off", fields("Transfer-Encoding: chunked", "2\r\nok\r\n"), .truncated, closes: true),
    ResponseRow("the end cut off", fields("Transfer-Encoding: chunked", "2\r\nok\r\n0\r\n"), .truncated, closes: true),
]

private let interimRows: [ResponseRow] = [
    ResponseRow(
        "100, 102 and 103 before",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\n"
            + line("HTTP/1.1 200 OK"), .response(200, "ok", reusable: true)),
    ResponseRow(
        "interim that announces a length",
        "HTTP/1.1 103 E\r\nContent-Length: 5\r\n\r\n" + fields("Content-Length: 2", "ok"),
        .response(200, "ok", reusable: false)),
    ResponseRow(
        "interim that announces chunks",
        "HTTP/1.1 103 E\r\nTransfer-Encoding: chunked\r\n\r\n" + fields("Content-Length: 2", "ok"),
        .response(200, "ok", reusable: false)),
    ResponseRow(
        "interim with content", "HTTP/1.1 103 E\r\nContent-Length: 2\r\n\r\nok" + line("HTTP/1.1 200 OK"), .malformed),
    ResponseRow(
        "a flood of interim responses", String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000), .malformed),
    ResponseRow("101 unasked", "HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", .malformed),
    ResponseRow("an interim response and the end", "HTTP/1.1 100 Continue\r\n\r\n", .truncated, closes: true),
]

private let connectionRows: [ResponseRow] = [
    ResponseRow("close", fields("Connection: close\r\nContent-Length: 2", "ok"), .response(200, "ok", reusable: false)),
    ResponseRow(
        "close among others", fields("Connection: a,\tCLOSE\r\nContent-Length: 2", "ok"),
        .response(200, "ok", reusable: false)),
    ResponseRow(
        "close and keep-alive", fields("Connection: keep-alive, close\r\nContent-Length: 2", "ok"),
        .response(200, "ok", reusable: false)),
    ResponseRow(
        "keep-alive in 1.0", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        .response(200, "ok", reusable: true)),
    ResponseRow(
        "closed behind a whole response", fields("Content-Length: 2", "ok"), .response(200, "ok", reusable: false),
        closes: true),
]
