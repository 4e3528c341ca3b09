internal import MillpondIO

/// Forms in the target's query and in the content.
extension HTTPRequest {
    /// The fields of the query; none without one.
    ///
    /// - Throws: ``HTTPFormError``, which a handler that does not catch it answers with 400 or 413.
    public func queryForm(limits: HTTPFormLimits = .init()) throws(HTTPFormError) -> HTTPForm {
        guard let query else { return HTTPForm() }
        return try HTTPForm(urlEncoded: query, limits: limits)
    }

    /// The first value of a name in the query, decoded; nil when it is not there. Looks no further, and keeps nothing
    /// else.
    ///
    /// - Throws: ``HTTPFormError``: `escape` or `encoding` in that field or a name before it.
    public func queryValue(_ name: String) throws(HTTPFormError) -> String? {
        guard let query else { return nil }
        var found: String?
        try HTTPForm.forEachField(in: query) { (nameRange, valueRange) throws(HTTPFormError) in
            guard try HTTPForm.text(query, nameRange) == name else { return true }
            found = try HTTPForm.text(query, valueRange)
            return false
        }
        return found
    }

    /// Reads content of type `application/x-www-form-urlencoded`.
    ///
    /// - Throws: ``HTTPFormError``, with `contentType` for another type or none; otherwise as ``readBody(limit:)``.
    public mutating func readForm(limits: HTTPFormLimits = .init()) async throws -> HTTPForm {
        guard hasMediaType("application/x-www-form-urlencoded") else { throw HTTPFormError.contentType }
        let content = try await readBody(limit: limits.bytes)
        if content.firstSegmentCount == content.count {
            return try content.withFirstSegment { try HTTPForm(urlEncoded: $0, limits: limits) }
        }
        // In one piece, which may be longer than any block.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        content.forEachSegment { segment in unsafe segment.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        // Sound: bytes have no padding.
        return try HTTPForm(urlEncoded: unsafe bytes.span.bytes, limits: limits)
    }

    /// Whether the content is of a media type, whatever its parameters; compared without regard to case.
    ///
    /// - Parameter type: such as `text/plain`.
    public func hasMediaType(_ type: HTTPFieldName) -> Bool {
        guard let value = field(.contentType) else { return false }
        return type.matches(value.extracting(FieldParameters.mainValue(of: value)))
    }
}
