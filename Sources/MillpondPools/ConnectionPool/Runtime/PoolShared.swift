/// What the threads that use a pool share, all of it under its lock: the state machine, and what its numbers stand for.
@usableFromInline
@safe
struct PoolShared: ~Copyable {
    @usableFromInline var state: PoolState
    /// By the connection's number; nil while it is dialled, and once it is closed.
    @usableFromInline var nodes: [UnsafeMutablePointer<NodeHead>?] = unsafe []
    /// The same for the tasks of dials.
    var dials: [Task<Void, Never>?] = []
    /// By the waiter's number.
    var waits: [PoolWait] = []
    var alarm = PoolAlarm()

    init(_ state: consuming PoolState) {
        self.state = state
    }

    func node(of index: Int32) -> UnsafeMutablePointer<NodeHead> {
        // Only a bug in the state machine: it grants and closes what was dialled.
        guard let node = unsafe nodes[Int(index)] else { fatalError("connection \(index) has no node") }
        return unsafe node
    }

    mutating func setNode(_ node: UnsafeMutablePointer<NodeHead>?, _ index: Int32) {
        while unsafe nodes.count <= Int(index) { unsafe nodes.append(nil) }
        unsafe nodes[Int(index)] = node
    }

    mutating func setDial(_ task: Task<Void, Never>?, _ index: Int32) {
        while dials.count <= Int(index) { dials.append(nil) }
        dials[Int(index)] = task
    }
}

/// A waiting task: its continuation or what came of the wait, whichever is there first.
@safe
struct PoolWait {
    enum Outcome {
        /// The address of the head of a connection's node, or 0: the pool has ended.
        case granted(UInt)
        case failed(any Error)
    }

    typealias Continuation = UnsafeContinuation<UInt, any Error>

    var continuation: Continuation?
    var outcome: Outcome?

    init() {
        unsafe continuation = nil
        outcome = nil
    }
}
