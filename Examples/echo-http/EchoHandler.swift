import MillpondHTTP
import MillpondIO

// The tests of MillpondHTTP see this file too, by a link: what they check is what conformance tools are shown.

/// Any request's answer: `METHOD TARGET host=HOST len=BODYLENGTH body=BODY`, once the body was read.
enum EchoHandler {
    /// Beyond: 413.
    static let bodyLimit = 16 << 20

    @Sendable
    static func handle(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        var line: [UInt8] = []
        append(request.methodBytes, to: &line)
        line.append(0x20)
        append(request.target, to: &line)
        line += Array(" host=".utf8)
        if let host = request.authority { append(host, to: &line) }
        let body = try await request.readBody(limit: bodyLimit)
        line += Array(" len=\(body.count) body=".utf8)
        body.forEachSegment { segment in append(segment, to: &line) }
        response.set(.contentType, "text/plain")
        try await response.send(line)
    }

    private static func append(_ bytes: RawSpan, to line: inout [UInt8]) {
        // Sound: the pointer is used within the call only.
        unsafe bytes.withUnsafeBytes { unsafe line.append(contentsOf: $0) }
    }
}
