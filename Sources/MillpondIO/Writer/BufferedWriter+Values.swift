extension BufferedWriter where Sink: ~Copyable {
    /// Writes one byte.
    @inlinable
    public mutating func writeByte(_ byte: UInt8) async throws {
        try await writeInteger(byte)
    }

    /// Writes an integer of a fixed width.
    @inlinable
    public mutating func writeInteger<T: FixedWidthInteger & BitwiseCopyable>(
        _ value: T, endianness: Endianness = .big
    ) async throws {
        let ordered = endianness == .big ? value.bigEndian : value.littleEndian
        if MemoryLayout<T>.size <= chain.tailRoomCount {
            return chain.storeIntoTail(ordered)
        }
        let storage: InlineArray<1, T> = [ordered]
        // Unsafe in general because of padding; an integer has none.
        try await unsafe write(storage.span.bytes)
    }

    /// Writes the low `byteCount` bytes, 1 to 8, of an integer.
    @inlinable
    public mutating func writeInteger(_ value: UInt64, byteCount: Int, endianness: Endianness = .big) async throws {
        precondition((1...8).contains(byteCount), "an integer of \(byteCount) bytes")
        let ordered = endianness == .big ? (value &<< UInt64(64 &- 8 &* byteCount)).bigEndian : value.littleEndian
        let storage: InlineArray<1, UInt64> = [ordered]
        try await unsafe write(storage.span.bytes.extracting(first: byteCount))
    }

    /// Writes a string's UTF-8.
    @inlinable
    public mutating func write(utf8 string: String) async throws {
        var string = string
        string.makeContiguousUTF8()
        try await unsafe write(string.utf8Span.span.bytes)
    }

    /// Writes a literal's UTF-8.
    @inlinable
    public mutating func write(utf8 literal: StaticString) async throws {
        guard literal.hasPointerRepresentation else { return try await write(utf8: String(describing: literal)) }
        try await write(
            unsafe RawSpan(_unsafeStart: literal.utf8Start, byteCount: literal.utf8CodeUnitCount))
    }
}
