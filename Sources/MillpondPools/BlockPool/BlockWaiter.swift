/// A task that waits for a block. Everything here is under the pool's lock.
///
///     new ──enqueue──▶ waiting ──▶ granted | timedOut | cancelled | outOfMemory
///      └──────────────────────────────────▲ (a deadline or cancellation that came before)
// Sound: everything is used under the pool's lock.
@safe
final class BlockWaiter: Linked, @unchecked Sendable {
    @safe
    enum Outcome {
        case granted(UnsafeMutablePointer<BlockHeader>)
        case failed(any Error)
    }

    let sizeClass: Int
    var outcome: Outcome?
    var continuation: UnsafeContinuation<Void, Never>?
    var previous: BlockWaiter?
    var next: BlockWaiter?
    var isLinked = false

    init(sizeClass: Int) {
        self.sizeClass = sizeClass
        unsafe continuation = nil
    }
}
