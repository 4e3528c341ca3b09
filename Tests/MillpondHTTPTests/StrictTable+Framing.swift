/// What the echo answers to a POST with this content.
private func post(_ body: String) -> String { "POST / host=a len=\(body.utf8.count) body=\(body)" }

private func post(_ fields: String, _ content: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(content)"
}

private let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

/// Where a message ends: lengths, codings, and both.
let strictFramingRows: [StrictRow] = [
    // Lengths.
    .keeps("length", post("Content-Length: 5", "hello"), post("hello")),
    .keeps("length 0", post("Content-Length: 0", ""), post("")),
    .keeps("length with zeros before", post("Content-Length: 005", "hello"), post("hello")),
    .keeps("length in capitals", post("CONTENT-LENGTH: 5", "hello"), post("hello")),
    .keeps("length between tabs", post("Content-Length:\t5\t", "hello"), post("hello")),
    .keeps("no length, no content", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", post("")),
    .keeps(
        "content that looks like a request", post("Content-Length: \(smuggled.utf8.count)", smuggled), post(smuggled)),
    .keeps("content of line ends", post("Content-Length: 4", "\r\n\r\n"), post("\r\n\r\n")),
    .keeps("content with NUL", post("Content-Length: 3", "a\0b"), post("a\0b")),
    .keeps("CR LF behind the content", post("Content-Length: 5", "hello\r\n"), post("hello")),
    .refuses("two CR LF behind the content", post("Content-Length: 5", "hello\r\n\r\n"), after: [post("hello")], 400),
    .refuses("LF behind the content", post("Content-Length: 5", "hello\n"), after: [post("hello")], 400),
    .refuses("content longer than its length", post("Content-Length: 4", "hello "), after: [post("hell")], 400),
    .refuses("content longer than allowed", post("Content-Length: 99999999", "hello"), 413),
    .refuses("length that overflows", post("Content-Length: 18446744073709551616", ""), 400),
    .refuses("length of 40 digits", post("Content-Length: 0000000000000000000000000000000000000005", "hello"), 400),
    .refuses("length with comma", post("Content-Length: 5,", "hello"), 400),
    .refuses("length, then another name with a blank", post("Content-Length: 5\r\nContent-Length : 6", "hello"), 400),
    .refuses("length folded", post("Content-Length:\r\n 5", "hello"), 400),
    .refuses("length behind a bare LF", post("X: y\nContent-Length: 40", smuggled), 400),
    .refuses("length behind a bare CR", post("X: y\rContent-Length: 40", smuggled), 400),
    .refuses("length with NUL", post("Content-Length: 5\0", "hello"), 400),
    .refuses("name of length with NUL", post("Content-Length\0: 5", "hello"), 400),
    .refuses("lengths that differ", post("Content-Length: 5\r\nContent-Length: 0", "hello" + smuggled), 400),
    .refuses("a length of another name", post("Content_Length: 5", "hello "), after: [post("")], 400),

    // Codings.
    .keeps("chunked", post("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"), post("hello")),
    .keeps("chunked in capitals", post("Transfer-Encoding: CHUNKED", "0\r\n\r\n"), post("")),
    .keeps("chunked behind a tab", post("Transfer-Encoding:\tchunked", "0\r\n\r\n"), post("")),
    .keeps("chunked before blanks", post("Transfer-Encoding: chunked \t ", "0\r\n\r\n"), post("")),
    .keeps("chunked without a blank", post("Transfer-Encoding:chunked", "0\r\n\r\n"), post("")),
    .refuses("chunked behind a vertical tab", post("Transfer-Encoding:\u{0B}chunked", "0\r\n\r\n"), 400),
    .refuses("chunked behind a form feed", post("Transfer-Encoding: \u{0C}chunked", "0\r\n\r\n"), 400),
    .refuses("chunked behind a no-break space", post("Transfer-Encoding: \u{A0}chunked", "0\r\n\r\n"), 400),
    .refuses("chunked with a Kelvin sign", post("Transfer-Encoding: chun\u{212A}ed", "0\r\n\r\n"), 400),
    .refuses("chunked with a blank inside", post("Transfer-Encoding: chun ked", "0\r\n\r\n"), 400),
    .refuses(
        "chunked and a length", post("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n" + smuggled), 400),
    .refuses("a length and chunked", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"), 400),
    .refuses("xchunked and a length", post("Content-Length: 6\r\nTransfer-Encoding: xchunked", "0\r\n\r\nG"), 400),
    .refuses("identity and a length", post("Transfer-Encoding: identity\r\nContent-Length: 5", "hello"), 400),
    .refuses("no coding and a length", post("Transfer-Encoding:\r\nContent-Length: 5", "hello"), 400),
    .refuses("chunked, identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), 400),
    .refuses("chunked, chunked", post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 400),
    .refuses("gzip, chunked", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501),
    .refuses("pigeons", post("Transfer-Encoding: pigeons", ""), 400),
    .refuses("chunked behind a bare LF", post("X: y\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
    .refuses("chunked behind a bare CR", post("X: y\rTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
    .refuses("chunked behind a blank", post(" Transfer-Encoding: chunked", "0\r\n\r\n"), 400),
    .refuses("chunked behind an empty field and a bare CR", post("X:\rTransfer-Encoding: chunked", "1\r\n"), 400),
    .refuses("name of coding before a tab", post("Transfer-Encoding\t: chunked", "0\r\n\r\n"), 400),
    .refuses("name of coding with a slash", post("Transfer/Encoding: chunked", "0\r\n\r\n"), 400),
    .refuses("a coding of another name", post("Transfer_Encoding: chunked", "0\r\n\r\n"), after: [post("")], 400),
    .refuses("chunked in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    .refuses(
        "chunked in 1.0 that would be kept",
        "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),

    // Content where it is unusual.
    .keeps(
        "GET with content", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "GET / host=a len=5 body=hello"),
    .keeps(
        "GET in chunks", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "GET / host=a len=1 body=a"),
    .keeps("HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", ""),
    .keeps("HEAD with content", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", ""),
    .keeps(
        "DELETE with content", "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
        "DELETE /x host=a len=2 body=hi"),
    .keeps(
        "an unknown method with content", "BREW /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
        "BREW /x host=a len=2 body=hi"),
]
