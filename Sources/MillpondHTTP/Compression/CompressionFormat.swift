internal import CMillpondZlib

/// How compressed bytes are wrapped. The names of the first two are those of HTTP's content codings (RFC 9110, section
/// 8.4.1).
public enum CompressionFormat: Sendable, Hashable, CaseIterable {
    /// RFC 1952. One stream may be several, one behind the other.
    case gzip
    /// RFC 1950, zlib's. An ``Inflater`` also takes the bare deflate data that some servers send by this name.
    case deflate
    /// RFC 1951, without anything around it.
    case raw

    var code: Int32 {
        switch self {
        case .gzip: mp_zlib_gzip
        case .deflate: mp_zlib_zlib
        case .raw: mp_zlib_raw
        }
    }
}

/// How hard a ``Deflater`` tries.
public struct CompressionLevel: Sendable, Hashable {
    /// From 0, which stores, to 9.
    public let value: Int

    /// - Precondition: `value` is in `0...9`.
    public init(_ value: Int) {
        precondition(value >= 0 && value <= 9, "a compression level is between 0 and 9")
        self.value = value
    }

    /// 1.
    public static var fastest: CompressionLevel { CompressionLevel(1) }
    /// 6: of source text a fifth less than the fastest, in some three and a half times its time.
    public static var standard: CompressionLevel { CompressionLevel(6) }
    /// 9.
    public static var smallest: CompressionLevel { CompressionLevel(9) }
}
