import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools

/// A server that redirects, sets cookies, compresses, and tells what it was asked.
///
/// `/echo` answers with method, path, some fields and content; `/to/307?URL` redirects; `/cookie?a=b` sets a cookie and
/// redirects to `/echo`; `/gzip`, `/deflate`, `/raw`, `/broken`, `/bomb`, `/twice` are compressed.
let followedServer: HTTPServer.Handler = { request, response in
    let path = request.pathString
    let target = request.target.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    let query = target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
    let parts = path.split(separator: "/")
    switch parts.first {
    case "echo":
        var lines = ["\(request.method) \(path)"]
        let names: [HTTPFieldName] = [
            .authorization, .cookie, .acceptEncoding, .contentType, .host, "Proxy-Authorization",
        ]
        for name in names {
            if let value = request.string(name) { lines.append("\(name): \(value)") }
        }
        lines.append(try await request.readText(limit: 1 << 20))
        try await response.send(lines.joined(separator: "\n"))
    case "to":
        response.status = HTTPStatus(UInt16(parts[1])!)
        response.set(.location, query)
        try await response.send("moved")
    case "cookie":
        response.status = .seeOther
        response.add(.setCookie, query)
        response.add(.setCookie, "second=2; Path=/echo")
        response.set(.location, "/echo")
        try await response.send()
    default:
        try await sendCompressed(String(parts.first ?? ""), &response)
    }
}

/// What the compressed pages say.
let compressedText = String(repeating: "still waters run deep; ", count: 20_000)

private func sendCompressed(_ name: String, _ response: inout HTTPResponse) async throws {
    let codings: [String: (String, CompressionFormat)] = [
        "gzip": ("GZip", .gzip), "deflate": ("deflate", .deflate), "raw": ("deflate", .raw), "broken": ("gzip", .gzip),
        "bomb": ("x-gzip", .gzip), "twice": ("gzip, gzip", .gzip), "cut": ("gzip", .gzip), "empty": ("gzip", .gzip),
    ]
    guard let (coding, format) = codings[name] else {
        response.status = .notFound
        return try await response.send("no such page")
    }
    response.set(.contentEncoding, coding)
    var chain = ByteChain()
    let content = name == "bomb" ? [UInt8](repeating: 0, count: 32 << 20) : Array(compressedText.utf8)
    try Deflater.compress(content.span.bytes, format, into: &chain)
    var bytes = chain.allBytes
    if name == "broken" { bytes[bytes.count - 2] ^= 1 }
    if name == "cut" { bytes.removeLast(3) }
    if name == "empty" { bytes = [] }
    // In pieces that end anywhere.
    for start in stride(from: 0, to: bytes.count, by: 777) {
        try await response.write(bytes.span.bytes.extracting(start..<min(start + 777, bytes.count)))
    }
    try response.finish()
}

/// A client on a server that does what `followedServer` does.
func withFollowing<Result: Sendable>(
    _ options: HTTPClientOptions = .init(), transport transportOptions: TransportOptions = .init(),
    handler: @escaping HTTPServer.Handler = followedServer,
    _ body: @Sendable (HTTPClient, String) async throws -> Result
) async throws -> Result {
    try await withTransport(transportOptions, handler: handler) { transport, origin in
        try await body(HTTPClient(transport, options: options), origin.description)
    }
}
