/// What became of an attempt to parse a head.
public enum HTTPHeadOutcome: Sendable, Equatable {
    /// A whole head was there; it and its empty line take so many bytes.
    case done(consumed: Int)
    /// It isn't whole yet.
    case needMore
    /// It will never be valid. The connection is to be closed after the answer.
    case bad(HTTPMessageError)
}
