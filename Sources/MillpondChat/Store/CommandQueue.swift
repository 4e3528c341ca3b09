internal import MillpondPools

/// A bounded queue in front of a thread that blocks: what the reactors leave work in, to be taken all at once.
// Sound: everything is guarded by the lock.
final class CommandQueue<Element>: @unchecked Sendable {
    private let lock = Lock()
    private let arrived = Condition()
    private var elements: [Element] = []
    private var sleepers = 0
    private var isClosed = false
    private let limit: Int
    private let byteLimit: Int
    private var bytes = 0

    init(limit: Int, byteLimit: Int = .max) {
        self.limit = limit
        self.byteLimit = byteLimit
    }

    var count: Int { lock.withLock { elements.count } }

    /// Never waits for room. `bytes` is what the element keeps in memory.
    ///
    /// - Throws: when the queue is full or closed.
    func append(_ element: Element, bytes added: Int = 0) throws(StoreError) {
        lock.lock()
        defer { lock.unlock() }
        if isClosed { throw StoreError(.closed) }
        if elements.count >= limit || bytes + added > byteLimit { throw StoreError(.overloaded) }
        elements.append(element)
        bytes += added
        if sleepers > 0 { arrived.signal() }
    }

    /// Waits for elements and takes them all; false when the queue is closed and empty. After `seconds` without any it
    /// returns with none.
    func takeAll(into batch: inout [Element], seconds: Int) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        wait(seconds: seconds)
        batch.removeAll(keepingCapacity: true)
        swap(&batch, &elements)
        bytes = 0
        return !(batch.isEmpty && isClosed)
    }

    /// Takes nothing more; what is in it is still handed out.
    func close() {
        lock.withLock {
            isClosed = true
            arrived.broadcast()
        }
    }

    private func wait(seconds: Int) {
        if !elements.isEmpty || isClosed { return }
        let end = Timekeeper.moment(after: .seconds(seconds))
        sleepers += 1
        while elements.isEmpty, !isClosed, arrived.wait(lock, until: end) {}
        sleepers -= 1
    }
}
