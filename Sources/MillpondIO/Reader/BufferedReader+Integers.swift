/// The order of an integer's bytes on the wire.
public enum Endianness: Sendable {
    /// Most significant byte first, as network protocols have it.
    case big
    /// Least significant byte first.
    case little
}

extension BufferedReader where Source: ~Copyable {
    /// The next byte.
    @inlinable
    public mutating func readByte() async throws -> UInt8 {
        if chain.isEmpty {
            let state = gatherNow(1)
            if state != .ready { try await gather(1, after: state) }
        }
        return takeInteger(UInt8.self)
    }

    /// The next integer of a fixed width.
    @inlinable
    public mutating func readInteger<T: FixedWidthInteger & BitwiseCopyable>(
        as type: T.Type = T.self, endianness: Endianness = .big
    ) async throws -> T {
        if chain.firstSegmentCount < MemoryLayout<T>.size {
            let state = gatherNow(MemoryLayout<T>.size)
            if state != .ready { try await gather(MemoryLayout<T>.size, after: state) }
        }
        let value = takeInteger(type)
        return endianness == .big ? T(bigEndian: value) : T(littleEndian: value)
    }

    /// The next unsigned integer of `byteCount` bytes, 1 to 8.
    @inlinable
    public mutating func readInteger(byteCount: Int, endianness: Endianness = .big) async throws -> UInt64 {
        precondition((1...8).contains(byteCount), "an integer of \(byteCount) bytes")
        return try await withBytes(byteCount) { bytes in
            var value: UInt64 = 0
            for offset in 0..<byteCount {
                let index = endianness == .big ? offset : byteCount &- 1 &- offset
                let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
                value = value &<< 8 | UInt64(byte)
            }
            return value
        }
    }

    /// Loads and consumes an integer whose bytes are known to be contiguous.
    @inlinable
    mutating func takeInteger<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
        let value = unsafe chain.first.start.loadUnaligned(as: type)
        chain.consumeFirst(MemoryLayout<T>.size)
        return value
    }
}
