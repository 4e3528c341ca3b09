/// Bounds of the store.
public struct StoreOptions: Sendable {
    /// Commands that may wait for the writer. Beyond, a request is answered with status 300. 65 536.
    public var writeQueue = 65_536
    /// Bytes of messages that may wait for the writer. 64 MiB.
    public var writeQueueBytes = 64 << 20
    /// Queries that may wait for a reader. Beyond, a request is answered with status 300. 4096.
    public var readQueue = 4096
    /// Threads, each with a connection of its own, that answer queries. 2.
    public var readers = 2
    /// How long messages are kept. 15 days.
    public var retention: Duration = .seconds(15 * 24 * 3600)
    /// The most pages of 4096 bytes that the database may have; nil for no bound but the disk's.
    public var maximumPages: Int?

    public init() {}
}
