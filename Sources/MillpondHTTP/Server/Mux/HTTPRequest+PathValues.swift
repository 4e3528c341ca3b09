/// What a ``ServeMux`` found out about the request. Nothing, without one.
extension HTTPRequest {
    /// The pattern that matched, as it was registered: of low cardinality, for metrics and logs. With muxes inside of
    /// handlers of others, the innermost one's.
    public var matchedPattern: String? { driver.match.pattern?.text }

    /// What a wildcard of the pattern stands for, decoded. It may have slashes and dots in it, which were escaped, and
    /// must not be taken for a path of files as it is. What is not UTF-8 is replaced. Nil when the pattern has no such
    /// wildcard. Allocates only for texts longer than fifteen bytes.
    public func pathValue(_ name: String) -> String? {
        guard let range = pathRange(of: name) else { return nil }
        return PercentCoding.text(path.extracting(range))
    }

    /// What a wildcard of the pattern stands for, as it was sent: with its escapes. Nil when the pattern has no such
    /// wildcard. Complexity: O(path).
    @_lifetime(borrow self)
    public func rawPathValue(_ name: String) -> RawSpan? {
        guard let range = pathRange(of: name) else { return nil }
        return path.extracting(range)
    }

    /// What a pattern that ends in a slash or `{name...}` leaves of the path, without a slash before it, as it was
    /// sent; nil for other patterns.
    public var remainingPath: RawSpan? {
        @_lifetime(borrow self)
        get {
            guard let pattern = driver.match.pattern, pattern.endsInRest else { return nil }
            let path = self.path
            return path.extracting(Self.start(of: pattern.segments.count - 1, in: path)..<path.byteCount)
        }
    }

    /// Where in the path the wildcard's segment lies, or what is left from there.
    private func pathRange(of name: String) -> Range<Int>? {
        guard let pattern = driver.match.pattern else { return nil }
        for capture in pattern.captures where capture.name == name {
            let path = self.path
            let start = Self.start(of: capture.segment, in: path)
            return start..<(capture.isRest ? path.byteCount : Self.endOfSegment(from: start, in: path))
        }
        return nil
    }

    /// Behind the slash before a segment. Matched paths have as many slashes.
    private static func start(of segment: Int, in path: RawSpan) -> Int {
        var index = 0
        for _ in 0..<segment { index = min(path.byteCount, endOfSegment(from: index + 1, in: path)) }
        return min(path.byteCount, index + 1)
    }

    private static func endOfSegment(from start: Int, in path: RawSpan) -> Int {
        var index = start
        // Sound: the index is less than the count.
        while index < path.byteCount,
            unsafe path.unsafeLoad(fromByteOffset: index, as: UInt8.self) != UInt8(ascii: "/")
        {
            index += 1
        }
        return index
    }
}
