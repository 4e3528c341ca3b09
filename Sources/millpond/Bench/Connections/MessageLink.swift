import MillpondNet

/// A connection that carries messages, in whatever framing. Used on its reactor only.
protocol MessageLink: AnyObject {
    var isOpen: Bool { get }
    /// What carries it; nil once it is over.
    var carrier: Channel? { get }
    /// Queues a message. Never waits.
    func send(_ message: RawSpan) throws
    /// Tells the peer that this side is there.
    func ping()
    func close()
}

/// Whom a link's messages go to.
protocol MessageReceiver: AnyObject {
    /// Messages can be sent.
    func linkOpened()
    /// The link did not come about; the only call.
    func linkFailed(_ error: LoadError)
    /// The view is gone when the call returns.
    func received(_ message: RawSpan)
    /// The link that was opened is over; the last call.
    func linkClosed(_ reason: String)
}
