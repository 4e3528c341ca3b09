/// How far a download is.
public struct HTTPDownloadProgress: Sendable, Equatable {
    /// How long the file is now.
    public let length: Int
    /// How long it will be; nil when the server does not say.
    public let total: Int?
    /// How much of it was there before.
    public let resumedFrom: Int

    public init(length: Int, total: Int?, resumedFrom: Int = 0) {
        self.length = length
        self.total = total
        self.resumedFrom = resumedFrom
    }
}
