extension SharedBytes {
    /// Another reference to the same bytes.
    @inlinable
    public func clone() -> SharedBytes {
        unsafe _header?.retain()
        return unsafe SharedBytes(_header: _header, _start: _start, _count: _count)
    }

    /// A reference to a part of the bytes.
    ///
    /// - Precondition: `range` lies within `0..<count`.
    @inlinable
    public func slice(_ range: Range<Int>) -> SharedBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= _count, "range outside the bytes")
        if range.isEmpty { return SharedBytes() }
        unsafe _header?.retain()
        return unsafe SharedBytes(_header: _header, _start: _start + range.lowerBound, _count: range.count)
    }

    /// Drops the first `count` bytes.
    ///
    /// - Precondition: `0 <= count && count <= self.count`.
    @inlinable
    public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= _count, "more than there is")
        unsafe _start += count
        _count -= count
    }

    /// Keeps the first `count` bytes and drops the rest.
    ///
    /// - Precondition: `0 <= count && count <= self.count`.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= _count, "more than there is")
        _count = count
    }

    /// Takes the first `count` bytes off as a value of their own.
    ///
    /// - Precondition: `0 <= count && count <= self.count`.
    @inlinable
    public mutating func splitPrefix(_ count: Int) -> SharedBytes {
        let prefix = slice(0..<count)
        removeFirst(count)
        return prefix
    }
}
