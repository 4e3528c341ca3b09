/// How long each phase of a request may take. The defaults are safe on the open internet.
public struct HTTPClientTimeouts: Sendable {
    /// For a connection to be had when none is idle: the wait in line and the dial together. 30 s.
    public var connection: Duration = .seconds(30)
    /// From the request's last byte to the end of the response's head. 60 s.
    public var firstByte: Duration = .seconds(60)
    /// How long the response's content may go without a byte. 60 s.
    public var bodyStall: Duration = .seconds(60)
    /// How long a request with `Expect: 100-continue` waits to be told before it sends its content all the same. 1 s.
    public var continueAnswer: Duration = .seconds(1)
    /// For everything from the call to the end of its scope. 5 minutes; nil for none, as for a stream of events.
    public var total: Duration? = .seconds(300)

    public init() {}
}
