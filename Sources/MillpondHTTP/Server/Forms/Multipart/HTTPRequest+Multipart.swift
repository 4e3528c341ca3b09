extension HTTPRequest {
    /// Reads content of type `multipart/form-data` part by part.
    ///
    ///     try await request.readMultipart { form in
    ///         while let part = try await form.nextPart() {
    ///             guard part.fileName != nil else { print(part.name, try await form.readText()); continue }
    ///             let file = try await form.spool(limit: 1 << 30)
    ///             …
    ///         }
    ///     }
    ///
    /// What `body` leaves unread is treated as other content that is left unread.
    ///
    /// - Throws: ``HTTPFormError`` for another type or a malformed boundary; what `body` throws.
    public mutating func readMultipart<R>(
        limits: MultipartLimits = .init(), _ body: (inout MultipartReader) async throws -> R
    ) async throws -> R {
        if let length = remainingBodyCount, length > limits.bytes { throw HTTPFormError.tooLarge }
        var reader = try MultipartReader(driver: driver, boundary: multipartBoundary(), limits: limits)
        return try await body(&reader)
    }

    private func multipartBoundary() throws(HTTPFormError) -> [UInt8] {
        guard hasMediaType("multipart/form-data"), let value = field(.contentType) else { throw .contentType }
        var boundaries: [[UInt8]] = []
        let isWellFormed = FieldParameters.forEach(in: value) { name, value in
            if name == "boundary" { boundaries.append(value) }
        }
        guard isWellFormed, boundaries.count == 1 else { throw .boundary }
        return boundaries[0]
    }
}
