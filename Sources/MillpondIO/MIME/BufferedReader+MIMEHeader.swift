extension BufferedReader where Source: ~Copyable {
    /// Reads a MIME header, of a mail, a part of a multipart body, or a trailer: shows the name and the value of each
    /// field, without the blanks around the value, and consumes the header with its empty line. Returns how many fields
    /// there were.
    ///
    /// The whole header is checked before `body` sees the first field. Names are tokens (RFC 9110, section 5.6.2), in
    /// the case in which they came; values have no control characters but tabs. The views live as long as `body` runs.
    /// Allocates nothing. HTTP's heads have a parser of their own, which works while the head arrives.
    ///
    /// - Throws: `MIMEHeaderError`, which names the line; `IOError.limitExceeded` when the header is longer than that;
    ///   what `body` throws. The header stays unread then, with what was folded unfolded.
    @inlinable
    @discardableResult
    public mutating func forEachHeaderField<E: Error>(
        _ options: MIMEHeaderOptions = MIMEHeaderOptions(),
        _ body: (_ name: RawSpan, _ value: RawSpan) throws(E) -> Void
    ) async throws -> Int {
        let (length, ending) = try await headerBlockLength(limit: options.maximumByteCount)
        let count = try checkHeader(length &- ending, options)
        try chain.withPrefix(length &- ending) { (block) throws(E) in
            var parser = MIMEHeaderParser(options)
            // Checked: it finds the same fields again.
            while let field = try? parser.next(in: block) {
                try body(block.extracting(field.name), block.extracting(field.value))
            }
        }
        chain.consumeFirst(length)
        return count
    }

    /// Checks the header in the first `length` bytes, and makes each folded value one line.
    @usableFromInline
    mutating func checkHeader(_ length: Int, _ options: MIMEHeaderOptions) throws -> Int {
        var isFolded = false
        let count = try chain.withPrefix(length) { (block) throws(MIMEHeaderError) in
            var parser = MIMEHeaderParser(options)
            var count = 0
            while let field = try parser.next(in: block) {
                count += 1
                if Delimiters.index(of: 0x0A, in: block.extracting(field.value), from: 0) != nil { isFolded = true }
            }
            return count
        }
        if isFolded {
            try makeExclusive(length)
            chain.withMutablePrefix(length) { block in MIMEHeaderParser.unfold(&block) }
        }
        return count
    }
}
