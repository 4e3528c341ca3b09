public import HTTPTypes
public import MillpondHTTP

extension MillpondHTTP.HTTPResponse {
    /// Takes over a status and fields, besides those that were set.
    ///
    /// What the server writes itself is not a field: `Content-Length` becomes `contentLength`, for content that is
    /// written in pieces, `Connection: close` becomes `closesConnection`, and fields for one connection
    /// (`Connection` and those that it names, `Keep-Alive`, `Proxy-Connection`, `Transfer-Encoding`) are left out, as
    /// is `Trailer`: what follows the content is declared to the response itself.
    ///
    /// - Throws: ``HTTPTypesError``: `status` for one that ends no exchange or has no three digits, `contentLength`.
    ///   The response is then as before.
    public mutating func apply(_ head: HTTPTypes.HTTPResponse) throws(HTTPTypesError) {
        let status = try HTTPStatus(converting: head.status)
        if status.isInformational { throw .status }
        var length: Int?
        for value in head.headerFields[values: .contentLength] {
            // Equal ones are one (RFC 9110, section 8.6).
            guard let number = Self.length(value), length == nil || length == number else { throw .contentLength }
            length = number
        }
        self.status = status
        if let length { contentLength = length }
        var dropped = Self.ofConnection
        for value in head.headerFields[values: .connection] {
            dropped.formUnion(
                value.split(separator: ",").map { $0.lowercased().filter { $0 != " " && $0 != "\t" } })
        }
        if dropped.contains("close") { closesConnection = true }
        for field in head.headerFields where !dropped.contains(field.name.canonicalName) {
            let name = field.name.rawName
            unsafe field.withUnsafeBytesOfValue { value in
                unsafe add(nameBytes: name.utf8.span.bytes, RawSpan(_unsafeElements: value))
            }
        }
    }

    /// Fields of one connection, or of the message's framing (RFC 9110, section 7.6.1).
    private static let ofConnection: Set = [
        "connection", "content-length", "keep-alive", "proxy-connection", "trailer", "transfer-encoding",
    ]

    /// Digits and nothing else.
    private static func length(_ text: String) -> Int? {
        text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int(text) : nil
    }

    /// Sends a head and the whole content.
    ///
    /// - Throws: ``HTTPTypesError``; otherwise as `send(_:)`.
    public mutating func send(_ head: HTTPTypes.HTTPResponse, _ body: RawSpan = RawSpan()) async throws {
        try apply(head)
        contentLength = nil
        try await send(body)
    }
}

extension HTTPStatus {
    /// The same code.
    ///
    /// - Throws: ``HTTPTypesError/status`` when it has no three digits.
    public init(converting status: HTTPTypes.HTTPResponse.Status) throws(HTTPTypesError) {
        guard (100...999).contains(status.code) else { throw .status }
        self.init(UInt16(status.code))
    }
}

extension HTTPTypes.HTTPResponse.Status {
    /// The same code, with the usual reason.
    public init(converting status: HTTPStatus) { self.init(code: Int(status.code)) }
}
