/// Bounds on `multipart/form-data` content. The defaults are safe on the open internet.
public struct MultipartLimits: Sendable {
    /// The most bytes in all, with delimiters and headers. 32 MiB.
    public var bytes: Int = 32 << 20
    /// The most parts. 1000.
    public var parts: Int = 1000
    /// The most bytes of one part's header. 8 KiB.
    public var headerBytes: Int = 8 << 10

    public init(bytes: Int = 32 << 20, parts: Int = 1000, headerBytes: Int = 8 << 10) {
        self.bytes = bytes
        self.parts = parts
        self.headerBytes = headerBytes
    }
}
