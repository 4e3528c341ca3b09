internal import Glibc

/// A bounded queue in front of a thread that blocks: what the reactors leave work in, to be taken all at once.
// Sound: everything is guarded by the lock; the two primitives have fixed addresses for as long as the queue lives.
@safe
final class CommandQueue<Element>: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var sleepers = 0
    private var isClosed = false
    private let limit: Int
    private let byteLimit: Int
    private var bytes = 0

    init(limit: Int, byteLimit: Int = .max) {
        self.limit = limit
        self.byteLimit = byteLimit
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(arrived, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(arrived)
        unsafe pthread_mutex_destroy(lock)
        unsafe arrived.deallocate()
        unsafe lock.deallocate()
    }

    var count: Int {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return elements.count
    }

    /// Never waits for room. `bytes` is what the element keeps in memory.
    ///
    /// - Throws: when the queue is full or closed.
    func append(_ element: Element, bytes added: Int = 0) throws(StoreError) {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        if isClosed { throw StoreError(.closed) }
        if elements.count >= limit || bytes + added > byteLimit { throw StoreError(.overloaded) }
        elements.append(element)
        bytes += added
        if sleepers > 0 { unsafe pthread_cond_signal(arrived) }
    }

    /// Waits for elements and takes them all; false when the queue is closed and empty. After `seconds` without any it
    /// returns with none.
    func takeAll(into batch: inout [Element], seconds: Int) -> Bool {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        wait(seconds: seconds)
        batch.removeAll(keepingCapacity: true)
        swap(&batch, &elements)
        bytes = 0
        return !(batch.isEmpty && isClosed)
    }

    /// Takes nothing more; what is in it is still handed out.
    func close() {
        unsafe pthread_mutex_lock(lock)
        isClosed = true
        unsafe pthread_cond_broadcast(arrived)
        unsafe pthread_mutex_unlock(lock)
    }

    private func wait(seconds: Int) {
        if !elements.isEmpty || isClosed { return }
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        sleepers += 1
        while elements.isEmpty, !isClosed {
            if unsafe pthread_cond_timedwait(arrived, lock, &deadline) != 0 { break }
        }
        sleepers -= 1
    }
}
