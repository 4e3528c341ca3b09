internal import MillpondPools

/// What a reader must keep to go back. One object for all marks of a reader, so that setting one again allocates
/// nothing; an object, so that the many readers without a mark are no larger for it.
@usableFromInline
final class ReaderMark {
    @usableFromInline
    enum State {
        case none
        case set
        /// More than the limit was consumed, or the pool refused what it takes to remember.
        case lost(IOError)
    }

    /// Everything since the mark, consumed or not: the same blocks as in the reader's chain, by references of its own.
    var bytes: ByteChain
    var limit = 0
    @usableFromInline var state = State.none

    init(pool: BlockPool) { bytes = ByteChain(pool: pool) }

    @usableFromInline
    var isSet: Bool { if case .set = state { true } else { false } }

    func lose(_ error: IOError) {
        state = .lost(error)
        bytes.removeAll()
    }
}
