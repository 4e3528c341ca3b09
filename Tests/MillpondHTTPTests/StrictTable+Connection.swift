private func get(_ fields: String, version: String = "1.1") -> String {
    "GET / HTTP/\(version)\r\nHost: a\r\n\(fields.isEmpty ? "" : fields + "\r\n")\r\n"
}

private let answer = "GET / host=a len=0 body="
private let hello = "POST / host=a len=5 body=hello"

private func post(_ fields: String, version: String = "1.1") -> String {
    "POST / HTTP/\(version)\r\nHost: a\r\nContent-Length: 5\r\n\(fields)\r\n\r\nhello"
}

/// Whether the connection goes on, and `100 Continue`.
let strictConnectionRows: [StrictRow] = [
    .keeps("1.1", get(""), answer),
    .keeps("1.1, three requests at once", get("") + get("") + get(""), answer, answer, answer),
    .keeps("requests with content at once", post("A: b") + get("") + post("A: b"), hello, answer, hello),
    .closes("1.1, close", get("Connection: close"), answer),
    .closes("1.1, CLOSE", get("Connection: CLOSE"), answer),
    .closes("1.1, close without a blank", get("Connection:close"), answer),
    .closes("1.1, close between tabs", get("Connection: \tclose\t"), answer),
    .closes("1.1, close in a list", get("Connection: a , close,b"), answer),
    .closes("1.1, Keep-Alive, CLOSE", get("Connection: Keep-Alive, CLOSE"), answer),
    .closes("1.1, close, keep-alive", get("Connection: close, keep-alive"), answer),
    .closes("1.1, close in a second line", get("Connection: keep-alive\r\nConnection: close"), answer),
    .closes("1.1, close behind a request", get("") + get("Connection: close"), answer, answer),
    .closes("1.1, a request behind close", get("Connection: close") + get(""), answer),
    .keeps("1.1, closed", get("Connection: closed"), answer),
    .keeps("1.1, close in quotes", get("Connection: \"close\""), answer),
    .keeps("1.1, Proxy-Connection", get("Proxy-Connection: close"), answer),
    .keeps("1.1, Keep-Alive", get("Keep-Alive: timeout=0, max=0"), answer),
    .keeps("1.1, an upgrade that nobody wants", get("Connection: Upgrade\r\nUpgrade: h2c"), answer),
    .keeps("1.2", get("", version: "1.2"), answer),
    .closes("1.0", get("", version: "1.0"), answer),
    .closes("1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET / host= len=0 body="),
    .keeps("1.0, keep-alive", get("Connection: keep-alive", version: "1.0"), answer),
    .keeps("1.0, Keep-Alive in a list", get("Connection: a, Keep-Alive", version: "1.0"), answer),
    .closes("1.0, Keep-Alive, CLOSE", get("Connection: Keep-Alive, CLOSE", version: "1.0"), answer),
    .closes("1.0, keep-alives", get("Connection: keep-alives", version: "1.0"), answer),
    .refuses("0.9", "GET /\r\n", 400),
    .refuses("0.9 by name", "GET / HTTP/0.9\r\n\r\n", 505),
    .refuses("2.0 behind a request", get("") + get("", version: "2.0"), after: [answer], 505),

    .continues("100-continue", post("Expect: 100-continue"), ["100 ", "200 \(hello)"], isKept: true),
    .continues("100-CONTINUE", post("Expect: 100-CONTINUE"), ["100 ", "200 \(hello)"], isKept: true),
    .continues(
        "100-continue with chunks",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
            + "5\r\nhello\r\n0\r\n\r\n", ["100 ", "200 \(hello)"], isKept: true),
    .keeps("100-continue without content", get("Expect: 100-continue"), answer),
    .keeps("100-continue with length 0", get("Content-Length: 0\r\nExpect: 100-continue"), answer),
    .closes("100-continue in 1.0", post("Expect: 100-continue", version: "1.0"), hello),
    .closes("an unknown expectation in 1.0", post("Expect: x", version: "1.0"), hello),
    .refuses("an unknown expectation", post("Expect: x"), 417),
    .refuses("an expectation more", post("Expect: 100-continue, x"), 417),
    .refuses("an expectation in another line", post("Expect: 100-continue\r\nExpect: x"), 417),
    .refuses(
        "100-continue with too much content",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413),
]

private func line(_ line: String, host: String = "a") -> String { "\(line)\r\nHost: \(host)\r\n\r\n" }

/// Targets and hosts, as the handler sees them.
let strictFormRows: [StrictRow] = [
    .keeps(
        "path", line("GET /a/../b//c?d=%00&e#".dropLast() + " HTTP/1.1"), "GET /a/../b//c?d=%00&e host=a len=0 body="),
    .keeps("unusual letters", line("GET /a|{\"}^`<>\\ HTTP/1.1"), "GET /a|{\"}^`<>\\ host=a len=0 body="),
    .keeps("absolute", line("GET http://b/c HTTP/1.1"), "GET http://b/c host=b len=0 body="),
    .keeps("absolute without path", line("GET http://b:8 HTTP/1.1"), "GET http://b:8 host=b:8 len=0 body="),
    .keeps("absolute with a query", line("GET HTTPS://b?c HTTP/1.1"), "GET HTTPS://b?c host=b len=0 body="),
    .keeps("asterisk", line("OPTIONS * HTTP/1.1"), "OPTIONS * host=a len=0 body="),
    .keeps(
        "a host with a port", line("GET / HTTP/1.1", host: "b.example:8080"), "GET / host=b.example:8080 len=0 body="),
    .keeps("a host in brackets", line("GET / HTTP/1.1", host: "[::1]:80"), "GET / host=[::1]:80 len=0 body="),
    .keeps("no host", line("GET / HTTP/1.1", host: ""), "GET / host= len=0 body="),
    .keeps("an empty line before", "\r\n" + line("GET / HTTP/1.1"), "GET / host=a len=0 body="),
    .keeps(
        "a method of 32 letters", line(String(repeating: "M", count: 32) + " / HTTP/1.1"),
        String(repeating: "M", count: 32) + " / host=a len=0 body="),
    .keeps("a method in lower case is another", line("get / HTTP/1.1"), "get / host=a len=0 body="),
    .refuses("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501),
    .refuses("another protocol", line("PUT /a RTSP/1.0"), 400),
    .refuses("another protocol, ICE", line("GET /a ICE/1.0"), 400),
    .refuses("almost HTTP", line("GET /a IHTTP/1.0"), 400),
    .refuses("version 5.6", line("GET / HTTP/5.6"), 505),
    .refuses("a field without a name behind one", line("GET / HTTP/1.1", host: "a\r\n: b"), 400),
    .refuses("a name with an at sign", line("GET / HTTP/1.1", host: "a\r\nFo@: b"), 400),
    .refuses("a name over two lines", line("GET / HTTP/1.1", host: "a\r\nname\r\n : value"), 400),
    .refuses("a broken Connection", line("GET / HTTP/1.1", host: "a\r\nConnection\r\u{1B}eep-Alive"), 400),
    .refuses("a CR as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\rZGET /evil: HTTP/1.1\r\nHost: a\r\n\r\n", 400),
]
