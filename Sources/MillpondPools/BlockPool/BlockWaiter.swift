/// A task that waits for a block. Everything here is under the pool's lock.
///
///     new ──enqueue──▶ waiting ──▶ granted | timedOut | cancelled | outOfMemory
///      └──────────────────────────────────▲ (a deadline or cancellation that came before)
@safe
final class BlockWaiter: @unchecked Sendable {
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
    var isQueued = false

    init(sizeClass: Int) {
        self.sizeClass = sizeClass
        unsafe continuation = nil
    }
}

/// Waiters in the order they came, any of which can leave at any time.
struct BlockWaiterQueue {
    private(set) var first: BlockWaiter?
    private var last: BlockWaiter?
    private(set) var count = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ waiter: BlockWaiter) {
        waiter.previous = last
        last?.next = waiter
        last = waiter
        if first == nil { first = waiter }
        waiter.isQueued = true
        count += 1
    }

    mutating func remove(_ waiter: BlockWaiter) {
        guard waiter.isQueued else { return }
        if first === waiter { first = waiter.next }
        if last === waiter { last = waiter.previous }
        waiter.previous?.next = waiter.next
        waiter.next?.previous = waiter.previous
        waiter.previous = nil
        waiter.next = nil
        waiter.isQueued = false
        count -= 1
    }
}
