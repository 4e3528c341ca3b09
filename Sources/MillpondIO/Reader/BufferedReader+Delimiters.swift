public import MillpondPools

/// Values that end with a delimiter. Each names the longest it may be.
extension BufferedReader where Source: ~Copyable {
    /// Shows the bytes before the next line feed, without it and without a carriage return before it, and consumes
    /// the line.
    ///
    /// `limit` bounds the line with its terminator; a longer one throws `limitExceeded` and stays unread. At the end of
    /// the stream a line without terminator throws `unexpectedEnd`, unless `lastMayLackTerminator`.
    @inlinable
    public mutating func withLine<R: ~Copyable, E: Error>(
        limit: Int = 64 * 1024, lastMayLackTerminator: Bool = false, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        let length = try await lengthThrough(0x0A, limit: limit, orEnd: lastMayLackTerminator)
        let result = try chain.withPrefix(length) { (bytes) throws(E) in
            try body(bytes.extracting(droppingLast: Delimiters.lineEndLength(bytes)))
        }
        chain.consumeFirst(length)
        return result
    }

    /// The same line as bytes of its own, copied only where it straddles blocks.
    @inlinable
    public mutating func readLine(
        limit: Int = 64 * 1024, lastMayLackTerminator: Bool = false
    ) async throws -> SharedBytes {
        let length = try await lengthThrough(0x0A, limit: limit, orEnd: lastMayLackTerminator)
        let ending = chain.withPrefix(length) { Delimiters.lineEndLength($0) }
        var line = try await takeShared(length)
        line.truncate(to: length - ending)
        return line
    }

    /// Shows the bytes up to and including the next `delimiter` and consumes them.
    ///
    /// `limit` bounds them with the delimiter; more throw `limitExceeded` and stay unread.
    @inlinable
    public mutating func withBytes<R: ~Copyable, E: Error>(
        through delimiter: UInt8, limit: Int = 64 * 1024, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        let length = try await lengthThrough(delimiter, limit: limit, orEnd: false)
        let result = try chain.withPrefix(length, body)
        chain.consumeFirst(length)
        return result
    }

    /// The bytes up to and including the next `delimiter`, copied only where they straddle blocks.
    @inlinable
    public mutating func readUntil(_ delimiter: UInt8, limit: Int = 64 * 1024) async throws -> SharedBytes {
        let length = try await lengthThrough(delimiter, limit: limit, orEnd: false)
        return try await takeShared(length)
    }

    /// Shows the bytes up to and including the next `delimiter`, a sequence of at least one byte, and consumes them.
    ///
    /// `limit` bounds them with the delimiter; more throw `limitExceeded` and stay unread. Complexity: O(n), whatever
    /// the bytes are.
    @inlinable
    public mutating func withBytes<R: ~Copyable, E: Error>(
        through delimiter: RawSpan, limit: Int = 64 * 1024, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        let length = try await lengthThrough(delimiter, limit: limit)
        let result = try chain.withPrefix(length, body)
        chain.consumeFirst(length)
        return result
    }

    /// The bytes up to and including the next `delimiter`, a sequence of at least one byte, copied only where they
    /// straddle blocks.
    @inlinable
    public mutating func readUntil(_ delimiter: RawSpan, limit: Int = 64 * 1024) async throws -> SharedBytes {
        let length = try await lengthThrough(delimiter, limit: limit)
        return try await takeShared(length)
    }

    /// Shows a block of header lines as in MIME and HTTP: all lines up to an empty one, with their terminators, without
    /// the empty line; consumes both.
    ///
    /// A line ends with a line feed, with or without a carriage return. `limit` bounds the block with its empty line.
    @inlinable
    public mutating func withHeaderBlock<R: ~Copyable, E: Error>(
        limit: Int = 64 * 1024, _ body: (RawSpan) throws(E) -> R
    ) async throws -> R {
        let (length, ending) = try await headerBlockLength(limit: limit)
        let result = try chain.withPrefix(length - ending, body)
        chain.consumeFirst(length)
        return result
    }

    /// The same block as bytes of its own, copied only where it straddles blocks.
    @inlinable
    public mutating func readHeaderBlock(limit: Int = 64 * 1024) async throws -> SharedBytes {
        let (length, ending) = try await headerBlockLength(limit: limit)
        var block = try await takeShared(length)
        block.truncate(to: length - ending)
        return block
    }

    /// The number of bytes through the next `delimiter`, which lie in one piece afterwards. What was searched isn't
    /// searched again when more bytes come.
    @inlinable
    mutating func lengthThrough(_ delimiter: UInt8, limit: Int, orEnd: Bool) async throws -> Int {
        var searched = 0
        while true {
            let found = chain.withFirstSegment { Delimiters.index(of: delimiter, in: $0, from: searched) }
            if let found {
                if found >= limit { throw IOError.limitExceeded(limit: limit) }
                return found &+ 1
            }
            searched = chain.firstSegmentCount
            if searched >= limit { throw IOError.limitExceeded(limit: limit) }
            if try await extendFirst() { continue }
            if orEnd && !chain.isEmpty { return chain.count }
            throw endError(needed: chain.count &+ 1)
        }
    }

    /// The number of bytes through the next `delimiter`, which lie in one piece afterwards. Of what was searched, only
    /// as much is searched again as may be the delimiter's beginning.
    @inlinable
    mutating func lengthThrough(_ delimiter: RawSpan, limit: Int) async throws -> Int {
        let width = delimiter.byteCount
        precondition(width > 0, "a delimiter of no bytes")
        var searched = 0
        while true {
            let found = chain.withFirstSegment { Delimiters.index(of: delimiter, in: $0, from: searched) }
            if let found {
                if found > limit &- width { throw IOError.limitExceeded(limit: limit) }
                return found &+ width
            }
            let count = chain.firstSegmentCount
            if count >= limit { throw IOError.limitExceeded(limit: limit) }
            searched = max(0, count &- width &+ 1)
            guard try await extendFirst() else { throw endError(needed: chain.count &+ 1) }
        }
    }

    /// The length of a header block with its empty line, and of the latter.
    @inlinable
    mutating func headerBlockLength(limit: Int) async throws -> (length: Int, ending: Int) {
        var lineStart = 0
        var searched = 0
        while true {
            while let feed = chain.withFirstSegment({ Delimiters.index(of: 0x0A, in: $0, from: searched) }) {
                if feed >= limit { throw IOError.limitExceeded(limit: limit) }
                let isEmptyLine = chain.withFirstSegment { Delimiters.isLineEnd($0, lineStart, feed) }
                if isEmptyLine { return (feed &+ 1, feed &+ 1 &- lineStart) }
                searched = feed &+ 1
                lineStart = searched
            }
            searched = chain.firstSegmentCount
            if searched >= limit { throw IOError.limitExceeded(limit: limit) }
            guard try await extendFirst() else { throw endError(needed: chain.count &+ 1) }
        }
    }

    /// Makes the first piece longer: by what is buffered behind it, or by reading. False at the end of the stream.
    @inlinable
    @inline(never)
    mutating func extendFirst() async throws -> Bool {
        if chain.segmentCount > 1 {
            try makeContiguous(min(chain.count, max(chain.firstSegmentCount &* 2, chain.firstSegmentCount &+ 512)))
            return true
        }
        return try await fill(contiguous: true)
    }
}
