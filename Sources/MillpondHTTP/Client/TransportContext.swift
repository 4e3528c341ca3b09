/// What the connections of one lane share.
final class TransportContext: Sendable {
    let options: TransportOptions
    let counters = TransportCounters()
    /// Whether the options' `User-Agent` can be sent.
    let hasValidAgent: Bool

    init(_ options: TransportOptions) {
        self.options = options
        hasValidAgent = options.userAgent.map { unsafe HTTPFieldSyntax.isValue($0.utf8.span.bytes) } ?? true
    }
}
