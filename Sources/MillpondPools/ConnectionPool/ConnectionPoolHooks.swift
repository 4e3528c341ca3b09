/// What a pool asks and tells about its connections, beside dialling them. All are optional.
public struct ConnectionPoolHooks<Connection: ~Copyable>: Sendable {
    /// Whether a connection still serves; asked before each time it is lent out again, in the borrower's task, be it
    /// idle or handed from one borrower to the next. Must not wait. False has the pool close it and look for another; a
    /// borrower that had waited in line has its old place there, in front of all who came later.
    ///
    /// What costs nothing belongs here: has the peer closed it, is something left unread that nobody asked for?
    public var isUsable: (@Sendable (inout Connection) -> Bool)?

    /// Whether a connection may be kept although `withConnection`'s body threw. Without it none is: nobody knows where
    /// its protocol stands. A database client keeps those on which the server reported an error of the statement.
    public var isUsableAfterError: (@Sendable (any Error, inout Connection) -> Bool)?

    /// Closes a connection that the pool is done with; without it, it just goes out of scope. Runs in a task of its own
    /// on the pool's executor, and must come to an end.
    public var close: (@Sendable (consuming sending Connection) async -> Void)?

    public init(
        isUsable: (@Sendable (inout Connection) -> Bool)? = nil,
        isUsableAfterError: (@Sendable (any Error, inout Connection) -> Bool)? = nil,
        close: (@Sendable (consuming sending Connection) async -> Void)? = nil
    ) {
        self.isUsable = isUsable
        self.isUsableAfterError = isUsableAfterError
        self.close = close
    }
}
