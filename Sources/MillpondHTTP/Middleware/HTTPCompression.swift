/// Compresses content by gzip for clients that take it, where it is worth it.
///
/// That is content that handlers `send` or `write`, of a type that is text underneath, of some length, and whole: not
/// parts of it, not what has a coding already, nothing that `Cache-Control` says not to transform, no event streams. A
/// strong `ETag` becomes a weak one, as the bytes are no longer those it stands for; `Vary` is set wherever another
/// client would have got something else. Files are sent as they are: ``FileServer`` finds compressed forms beside them.
///
/// Pieces leave when there is enough to compress, or when the handler calls `flush()`. HEAD is told what GET would be,
/// without a length.
///
/// A compressor takes 256 KiB for as long as its response lasts, which a slow client can draw out; so a bounded number
/// of responses is compressed at a time, and further ones are sent as they are. Content that is sent whole, and of at
/// most 128 KiB, is compressed at once and does not count.
public struct HTTPCompression: HTTPMiddleware {
    private let level: CompressionLevel
    private let minimumCount: Int
    let slots: CompressionSlots

    /// - Parameters:
    ///   - level: how hard to try. The work is done on the reactor, about 15 ms for a megabyte at the fastest level.
    ///   - minimumCount: content that is known to be shorter is sent as it is. 1 KiB.
    ///   - streamLimit: how many responses are compressed at a time, of all connections. 256, in 64 MiB.
    public init(level: CompressionLevel = .fastest, minimumCount: Int = 1 << 10, streamLimit: Int = 256) {
        self.level = level
        self.minimumCount = minimumCount
        slots = CompressionSlots(max(0, streamLimit))
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        let codings = ContentCodings(request)
        response.compression = ResponseCompression(
            level: level, minimumCount: minimumCount,
            isWanted: codings.gzip > 0 && codings.gzip >= codings.identity, slots: slots)
        try await next(&request, &response)
    }
}

/// How a response is compressed, if it suits.
struct ResponseCompression {
    let level: CompressionLevel
    let minimumCount: Int
    /// Whether the client wants it.
    let isWanted: Bool
    let slots: CompressionSlots
}
