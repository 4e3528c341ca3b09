internal import MillpondIO
internal import MillpondNet

/// Fields behind the content, for what is known only when that has been made, such as a checksum.
///
///     response.declareTrailer("Content-Digest")
///     for piece in pieces { try await response.write(piece) }
///     try response.setTrailer("Content-Digest", digest)
///
/// A response with trailers is sent in chunks, also by `send`. They are left out where there can be none: for HTTP/1.0,
/// HEAD, and statuses without content. A client that did not ask for them with `TE: trailers` may ignore them.
extension HTTPResponse {
    /// Announces a trailer in the head. A mistake is thrown by what sends the head, as with fields.
    public mutating func declareTrailer(_ name: HTTPFieldName) {
        // Sound: literals live for ever.
        let letters = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(name.text.utf8Start), byteCount: name.count)
        guard isOpen else { return fail(.alreadySent) }
        guard HTTPFieldSyntax.isToken(letters) else { return fail(.invalidName) }
        if HTTPTrailers.isForbidden(letters) { return fail(.reservedField) }
        let trailers = self.trailers ?? ResponseTrailers()
        self.trailers = trailers
        if !trailers.declares(name) { trailers.declared.append(name) }
    }

    /// Sets the value of a declared trailer, or adds another line of it, until the response is finished.
    ///
    /// - Throws: `HTTPResponseError.undeclaredTrailer`, `.invalidValue`, `.alreadySent`; `.headTooLarge` beyond 64 KiB
    ///   of them.
    public mutating func setTrailer(_ name: HTTPFieldName, _ value: String) throws(HTTPResponseError) {
        if isFinished { throw .alreadySent }
        guard let trailers, trailers.declares(name) else { throw .undeclaredTrailer }
        guard unsafe HTTPFieldSyntax.isValue(value.utf8.span.bytes) else { throw .invalidValue }
        let line = "\(name): \(value)\r\n"
        guard line.utf8.count <= Self.maximumFields - trailers.lines.count else { throw .headTooLarge }
        trailers.lines.append(contentsOf: line.utf8)
    }

    /// The last chunk and the trailers.
    mutating func endChunks() throws {
        guard let trailers, !trailers.lines.isEmpty else { return try channel.write("0\r\n\r\n") }
        try channel.write("0\r\n")
        // Sound: bytes have no padding.
        try channel.write(unsafe trailers.lines.span.bytes)
        try channel.write("\r\n")
    }
}
