/// A connection under load, whatever it speaks. Used on its reactor only.
protocol LoadConnection: AnyObject {
    /// The requests without an answer yet.
    var due: DueTimes { get set }
    var isOpen: Bool { get }
    /// Why it was closed, if the peer or the system said so.
    var closeReason: String? { get }
    /// Sends one request; `due` is when it was to be sent, from which its latency counts.
    func sendRequest(due: UInt64)
    func close()
}

extension LoadConnection {
    /// What its requests fail with when it is closed.
    var closedText: String {
        guard let closeReason, !closeReason.isEmpty else { return "connection closed by the server" }
        return "connection closed: \(closeReason)"
    }
}
