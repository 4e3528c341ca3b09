extension Block {
    /// Lets `body` append to the memory from `offset` on. Returns how many bytes it appended.
    ///
    /// - Precondition: `0 <= offset && offset <= capacity`.
    @inlinable
    public mutating func fill<Failure: Error>(
        at offset: Int = 0, _ body: (inout OutputRawSpan) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        precondition(offset >= 0 && offset <= capacity, "offset outside the block")
        let room = unsafe UnsafeMutableRawBufferPointer(start: header.payload + offset, count: capacity - offset)
        var output = unsafe OutputRawSpan(buffer: room, initializedCount: 0)
        try body(&output)
        return unsafe output.finalize(for: room)
    }

    /// Copies `source` into the block at `offset`.
    ///
    /// - Precondition: `source` fits behind `offset`.
    @inlinable
    public mutating func copy(_ source: RawSpan, at offset: Int = 0) {
        precondition(offset >= 0 && source.byteCount <= capacity - offset, "bytes do not fit the block")
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe (header.payload + offset).copyMemory(from: start, byteCount: bytes.count)
        }
    }

    /// Ends writing and makes the bytes of `range` a shareable, immutable value. Nothing is copied or allocated.
    ///
    /// - Precondition: `range` lies within `0..<capacity`.
    @inlinable
    public consuming func freeze(_ range: Range<Int>) -> SharedBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "range outside the block")
        let header = unsafe detach()
        return unsafe SharedBytes(
            _header: header, _start: header.payload + range.lowerBound, _count: range.count)
    }

    /// Ends writing and makes the first `count` bytes a shareable, immutable value.
    ///
    /// - Precondition: `0 <= count && count <= capacity`.
    @inlinable
    public consuming func freeze(count: Int) -> SharedBytes {
        precondition(count >= 0 && count <= capacity, "count outside the block")
        let header = unsafe detach()
        return unsafe SharedBytes(_header: header, _start: header.payload, _count: count)
    }
}
