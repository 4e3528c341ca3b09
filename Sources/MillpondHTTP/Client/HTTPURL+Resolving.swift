extension HTTPURL {
    /// Resolves a reference, such as the value of a `Location` field, against this URL (RFC 3986, section 5.2, strict).
    ///
    /// User information is this URL's only where the reference has no authority of its own.
    ///
    /// - Throws: `HTTPURLError`; also for a reference to something that is not http or https.
    public func resolving(_ reference: String) throws(HTTPURLError) -> HTTPURL {
        let reference = try URLReference(reference)
        if let scheme = reference.scheme { return try HTTPURL(reference, scheme: Self.scheme(scheme)) }
        if reference.authority != nil { return try HTTPURL(reference, scheme: scheme) }
        var result = self
        result.fragment = try Self.encoded(reference.fragment)
        if reference.path.isEmpty {
            if reference.query != nil { result.query = try Self.encoded(reference.query) }
            return result
        }
        let path = try URLPath.encode(reference.path, .path)
        result.path = URLPath.removingDotSegments(path.utf8.first == UInt8(ascii: "/") ? path : merged(path))
        result.query = try Self.encoded(reference.query)
        return result
    }

    /// The path up to its last slash, with `path` behind it (section 5.2.3). A path here is never empty.
    private func merged(_ path: String) -> String {
        let end = self.path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? self.path.startIndex
        return self.path[...end] + path
    }
}
