/// What became of one line of a head.
enum HTTPLineStep {
    /// It is valid; the next begins there.
    case next(Int)
    /// It was the empty line, which ends there.
    case end(Int)
    /// It isn't whole yet.
    case more
    case bad(HTTPMessageError.Code)
}
