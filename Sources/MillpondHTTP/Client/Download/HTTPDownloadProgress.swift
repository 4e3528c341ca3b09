/// How far a download is.
public struct HTTPDownloadProgress: Sendable, Equatable {
    /// Bytes that the file has now, those that were there before included.
    public let length: Int
    /// Bytes that the file will have when it is complete; nil when the server does not say.
    public let total: Int?
    /// Bytes that were there before, and that this download goes on from; 0 when it began anew.
    public let resumedFrom: Int

    public init(length: Int, total: Int?, resumedFrom: Int = 0) {
        self.length = length
        self.total = total
        self.resumedFrom = resumedFrom
    }
}
