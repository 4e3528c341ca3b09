internal import CMillpond
internal import Glibc

/// Searching.
@usableFromInline
enum Delimiters {
    /// The index of the first `byte` at or after `start`, by `memchr`.
    @usableFromInline
    static func index(of byte: UInt8, in bytes: RawSpan, from start: Int) -> Int? {
        guard start < bytes.byteCount else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return nil }
            guard let hit = unsafe memchr(base + start, Int32(byte), buffer.count - start) else { return nil }
            return unsafe UnsafeRawPointer(hit) - base
        }
    }

    /// The index of the first `sought` at or after `start`, by `memmem`, which is linear in the worst case.
    @usableFromInline
    static func index(of sought: RawSpan, in bytes: RawSpan, from start: Int) -> Int? {
        guard sought.byteCount <= bytes.byteCount - start else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            unsafe sought.withUnsafeBytes { wanted in
                guard let base = buffer.baseAddress, let first = wanted.baseAddress else { return nil }
                let hit = unsafe millpond_find(base + start, buffer.count - start, first, wanted.count)
                return unsafe hit.map { unsafe $0 - base }
            }
        }
    }

    /// The length of the line feed or carriage return and line feed at the end of `bytes`; 0 without.
    @usableFromInline
    static func lineEndLength(_ bytes: RawSpan) -> Int {
        let count = bytes.byteCount
        guard count > 0, bytes.byte(at: count - 1) == 0x0A else { return 0 }
        return count > 1 && bytes.byte(at: count - 2) == 0x0D ? 2 : 1
    }

    /// Whether the line from `start` to the line feed at `feed` is empty.
    @usableFromInline
    static func isLineEnd(_ bytes: RawSpan, _ start: Int, _ feed: Int) -> Bool {
        feed == start || (feed == start + 1 && bytes.byte(at: start) == 0x0D)
    }
}

extension RawSpan {
    /// The byte at a checked offset.
    @inlinable
    func byte(at offset: Int) -> UInt8 {
        // Every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
