/// A finished download.
public struct HTTPDownload: Sendable {
    /// The last response's status: 200, 206 for the rest of a file, 416 when the file was complete already.
    public let status: HTTPStatus
    /// Where the content came from in the end.
    public let url: HTTPURL
    /// Bytes that the file has, those that were there before included.
    public let length: Int
    /// Bytes that were there before, and that this download went on from; 0 when it began anew.
    public let resumedFrom: Int
    /// How long the last request took, from its own beginning.
    public let timings: HTTPClientTimings
    /// Whether its connection had carried a request before.
    public let isReused: Bool
}
