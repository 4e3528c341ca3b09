/// How long the phases of a request took, from the call on.
public struct HTTPClientTimings: Sendable, Equatable {
    /// Until a connection was there.
    public let connection: Duration
    /// Until the response's head was there.
    public let firstByte: Duration
}
