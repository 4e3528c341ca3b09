public import MillpondPools
public import NIOCore

extension SharedBytes {
    /// The readable bytes of `buffer`, where they lie. Nothing is copied.
    ///
    /// The buffer's storage is kept until the last reference to the bytes goes; meanwhile it is shared, so that NIO's
    /// copy-on-write gives whoever writes to `buffer`, or to a slice of it, a copy first. One small block of `pool`
    /// holds the reference count.
    ///
    /// All of the storage is kept, not just the readable part of it: copy a few bytes that are to live long
    /// (`SharedBytes(copying: buffer.readableBytesSpan)`).
    ///
    /// - Throws: what `BlockPool.take(minimumCapacity:)` throws.
    public init(_ buffer: ByteBuffer, pool: BlockPool = .shared) throws(BlockPoolError) {
        // Sound: NIO promises that the bytes stay valid while the storage is retained, and copies them before it writes
        // to storage that is referred to more than once.
        var shared = SharedBytes()
        try unsafe buffer.withUnsafeReadableBytesWithStorageManagement { bytes, storage throws(BlockPoolError) in
            shared = try unsafe SharedBytes(
                unsafeBytes: bytes, keptAliveBy: storage.takeUnretainedValue(), pool: pool)
        }
        self = shared
    }
}
