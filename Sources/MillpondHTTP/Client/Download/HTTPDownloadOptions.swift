/// How a file is downloaded.
public struct HTTPDownloadOptions: Sendable {
    /// Whether to go on with a file that is there already, from its end: with `Range`, and with `If-Range` where an
    /// earlier download of ours has left the version's name with the file. False replaces the file.
    public var resumes = false
    /// The most bytes that the file may have; longer content fails.
    public var limit = Int.max
    /// Told how far it is, before the first byte and then after each piece of 1 MiB or less, on the reactor.
    public var progress: (@Sendable (HTTPDownloadProgress) -> Void)?

    public init() {}
}
