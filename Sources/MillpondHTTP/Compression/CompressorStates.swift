internal import CMillpondZlib
internal import MillpondPools

/// The memory of a compressor, about 256 KiB, kept from one stream to the next.
// Sound: the pointer is the only reference to the state, and zlib keeps nothing outside it.
@safe
struct DeflateState: ~Copyable, @unchecked Sendable {
    private(set) var pointer: OpaquePointer?

    deinit {
        unsafe mp_deflate_end(pointer)
    }

    /// Readies it for a new stream; false without memory.
    mutating func begin(_ format: CompressionFormat, _ level: CompressionLevel) -> Bool {
        unsafe pointer = mp_deflate_begin(pointer, format.code, Int32(level.value))
        return unsafe pointer != nil
    }

    /// Few are kept: each is large, and making one takes some ten microseconds.
    static let pool = ObjectPool<DeflateState>(
        ObjectPoolOptions(perThread: 2, retained: 16), make: { DeflateState() })
}

/// The memory of a decompressor, about 40 KiB, kept from one stream to the next.
// Sound: as for `DeflateState`.
@safe
struct InflateState: ~Copyable, @unchecked Sendable {
    private(set) var pointer: OpaquePointer?

    deinit {
        unsafe mp_inflate_end(pointer)
    }

    /// Readies it for a new stream; false without memory.
    mutating func begin(_ format: CompressionFormat) -> Bool {
        unsafe pointer = mp_inflate_begin(pointer, format.code)
        return unsafe pointer != nil
    }

    /// What zlib says is wrong.
    var message: String? {
        guard let pointer = unsafe pointer, let text = unsafe mp_inflate_message(pointer) else { return nil }
        return unsafe String(cString: text)
    }

    static let pool = ObjectPool<InflateState>(
        ObjectPoolOptions(perThread: 4, retained: 64), make: { InflateState() })
}
