private func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(body)"
}

private func post(_ body: String) -> String { "POST / host=a len=\(body.utf8.count) body=\(body)" }

/// A chunk line with these letters behind the size.
private func line(_ letters: String) -> String { chunked("5\(letters)\r\nhello\r\n0\r\n\r\n") }

/// The rows of the chunk decoder's table, and more of the same.
let strictChunkRows: [StrictRow] =
    chunkTable.enumerated().map { index, row in
        let name = "chunks \(index): \(row.description.prefix(40))"
        if let content = row.content { return .keeps(name, chunked(row.text), post(content)) }
        return .refuses(name, chunked(row.text), row.text.utf8.count > 8192 ? 431 : 400)
    } + [
        .keeps("extension, name only", line(";ilovew3"), post("hello")),
        .keeps("extensions", line(";a;b=c;d=e"), post("hello")),
        .keeps("extension in quotes", line(";a=\"I \\\"love\\\"; \\\\this\\\\\";b=\"c\";d"), post("hello")),
        .refuses("extension with open quotes", line(";a=\"b\";c=\"d; e"), 400),
        .refuses("extension without semicolon", line(" abc"), 400),
        .refuses("extension, semicolon only", line(";"), 400),
        .refuses("extension, two semicolons", line(";;a"), 400),
        .refuses("extension with a bare LF", line(";a\n"), 400),
        .refuses("extension with a bare CR", line(";a\rb"), 400),
        .refuses("extension in quotes with a line end", line(";a=\"\r\n\""), 400),
        .refuses("extension with a control", line(";a=\u{01}"), 400),
        .refuses("extension not ASCII", line(";é"), 400),
        .refuses("extension that is endless", line(";" + String(repeating: "a", count: 2000)), 400),
        .refuses("size with a blank before the line end", line(" "), 400),
        .refuses("size with a tab before the line end", line("\t"), 400),
        .refuses("size with a dot", line(".0"), 400),
        .refuses("size with a comma", line(",5"), 400),
        .refuses("size with a NUL", line("\0"), 400),
        .refuses("size with an h", line("h"), 400),
        .refuses("size, negative", chunked("-5\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("size, overflow to 5", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("size, empty", chunked("\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("size in quotes", chunked("\"5\"\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("size, full-width digit", chunked("\u{FF15}\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("size line ends with LF CR", chunked("5\n\rhello\r\n0\r\n\r\n"), 400),
        .refuses("size line ends with CR CR LF", chunked("5\r\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("all lines end with LF", chunked("5\nhello\n0\n\n"), 400),
        .refuses("data longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("data shorter than its size", chunked("6\r\nhello\r\n0\r\n\r\n"), 400),
        .refuses("data ends with two other bytes", chunked("5\r\nhelloXX0\r\n\r\n"), 400),
        .refuses("data ends with LF", chunked("5\r\nhello\n0\r\n\r\n"), 400),
        .refuses("data ends with CR", chunked("5\r\nhello\r0\r\n\r\n"), 400),
        .refuses("data ends with CR CR LF", chunked("5\r\nhello\r\r\n0\r\n\r\n"), 400),
        .refuses("last chunk ends with LF", chunked("5\r\nhello\r\n0\n\r\n"), 400),
        .refuses("the empty line is LF", chunked("5\r\nhello\r\n0\r\n\n"), 400),
        .refuses("no empty line", chunked("5\r\nhello\r\n0\r\n"), 400),
        .refuses("content beyond the limit", chunked("ffffffffffffff\r\nhello"), 413),
    ]

/// What stands behind the last chunk.
let strictTrailerRows: [StrictRow] =
    [
        .keeps("trailer", chunked("0\r\nX-Sum: abc\r\n\r\n"), post("")),
        .keeps("trailers", chunked("1\r\na\r\n0\r\nX-Sum: abc\r\nx-more:\t d \r\n\r\n"), post("a")),
        .keeps("trailer with an empty value", chunked("0\r\nX-Sum:\r\n\r\n"), post("")),
        .keeps("100 trailers", chunked("0\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n"), post("")),
        .refuses("101 trailers", chunked("0\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n"), 431),
        .refuses("trailers too large", chunked("0\r\nA: " + String(repeating: "b", count: 9000) + "\r\n\r\n"), 431),
        .refuses("trailer with a blank before the colon", chunked("0\r\nX-Sum : abc\r\n\r\n"), 400),
        .refuses("trailer without colon", chunked("0\r\nX-Sum\r\n\r\n"), 400),
        .refuses("trailer without name", chunked("0\r\n: abc\r\n\r\n"), 400),
        .refuses("trailer, folded", chunked("0\r\nX-Sum: abc\r\n def\r\n\r\n"), 400),
        .refuses("trailer behind a blank", chunked("0\r\n X-Sum: abc\r\n\r\n"), 400),
        .refuses("trailer ends with LF", chunked("0\r\nX-Sum: abc\n\r\n"), 400),
        .refuses("trailer with a bare CR", chunked("0\r\nX-Sum: a\rb\r\n\r\n"), 400),
        .refuses("trailer with NUL", chunked("0\r\nX-Sum: a\0b\r\n\r\n"), 400),
        .refuses("trailer with DEL", chunked("0\r\nX-Sum: a\u{7F}b\r\n\r\n"), 400),
        .refuses("name of a trailer not ASCII", chunked("0\r\nX-Süm: a\r\n\r\n"), 400),
        .refuses("name of a trailer with parentheses", chunked("0\r\nX(Sum): a\r\n\r\n"), 400),
        .refuses("trailers end with LF", chunked("0\r\nX-Sum: a\r\n\n"), 400),
    ]
    + [
        "Content-Length: 5", "transfer-encoding: chunked", "Host: b", "Trailer: a", "Connection: close",
        "Authorization: Basic YTpi", "Cookie: a=b", "Content-Type: text/html", "Content-Encoding: gzip", "Expect: a",
        "Range: bytes=0-1", "If-Match: *", "TE: trailers", "Upgrade: a", "Content-Range: bytes 0-1/2",
        "Max-Forwards: 1", "Cache-Control: no-cache",
    ].map { .refuses("forbidden trailer \($0)", chunked("1\r\na\r\n0\r\nX-Sum: b\r\n\($0)\r\n\r\n"), 400) }
