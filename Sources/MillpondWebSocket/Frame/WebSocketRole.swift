/// Which side of a connection an endpoint is: it decides who masks.
public enum WebSocketRole: UInt8, Sendable {
    /// Receives masked frames, sends unmasked ones.
    case server
    /// Sends masked frames, receives unmasked ones.
    case client

    /// The side at the other end.
    @inlinable
    public var peer: WebSocketRole { self == .server ? .client : .server }
}
