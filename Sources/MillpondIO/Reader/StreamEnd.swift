/// Whether and how a stream ended. The flag is all that fast paths look at.
@usableFromInline
struct StreamEnd {
    /// The error that ended the stream, always an `IOError`, boxed because readers are many and errors few; `nil` for a
    /// plain end.
    private var failure: (any Error)?
    @usableFromInline var isReached: Bool

    @usableFromInline
    init() {
        isReached = false
        failure = nil
    }

    /// Remembers an error, or the plain end.
    @usableFromInline
    mutating func record(_ error: IOError?) {
        isReached = true
        failure = error
    }

    /// What a read says from now on.
    @usableFromInline
    func outcome() throws(IOError) -> ReadOutcome {
        if let failure = failure as? IOError { throw failure }
        return .endOfStream
    }

    /// Forgets a plain end.
    @usableFromInline
    mutating func clear() {
        if failure == nil { isReached = false }
    }

    @usableFromInline
    var error: IOError? { isReached ? failure as? IOError ?? .endOfStream : nil }
}
