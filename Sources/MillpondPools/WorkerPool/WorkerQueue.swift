/// A ring of jobs, first in, first out, from whose middle jobs can leave: they leave a hole behind.
///
/// The ring doubles when more than half of it is jobs and closes its holes otherwise, so adding and removing cost
/// amortised constant time. It is no larger than four times the most jobs it held, or 64.
@safe
struct WorkerQueue: ~Copyable {
    private static let leastCapacity = 64

    private var slots: UnsafeMutablePointer<QueuedJob>
    private var capacity = WorkerQueue.leastCapacity
    /// Positions count on for ever; a position's slot is its remainder.
    private(set) var head = 0
    private(set) var tail = 0
    /// Jobs, holes not counted.
    private(set) var count = 0

    init() {
        unsafe slots = .allocate(capacity: Self.leastCapacity)
    }

    deinit {
        for position in head..<tail { unsafe slot(position).deinitialize(count: 1) }
        unsafe slots.deallocate()
    }

    private borrowing func slot(_ position: Int) -> UnsafeMutablePointer<QueuedJob> {
        unsafe slots + (position & (capacity - 1))
    }

    /// Adds a job at the end.
    mutating func append(_ job: consuming QueuedJob) {
        if tail - head == capacity { makeRoom() }
        if case .ticket(let ticket) = job { ticket.position = tail }
        unsafe slot(tail).initialize(to: job)
        tail += 1
        count += 1
    }

    /// Adds a job in front of all others: one that was taken and not begun.
    mutating func prepend(_ job: consuming QueuedJob) {
        if tail - head == capacity { makeRoom() }
        head -= 1
        if case .ticket(let ticket) = job { ticket.position = head }
        unsafe slot(head).initialize(to: job)
        count += 1
    }

    /// Takes the first job.
    mutating func popFirst() -> QueuedJob? {
        while head < tail {
            let job = unsafe slot(head).move()
            head += 1
            switch job {
            case .removed: continue
            case .ticket(let ticket): ticket.position = nil
            case .closure: break
            }
            count -= 1
            return job
        }
        return nil
    }

    /// Takes a ticket out, if it is here.
    mutating func remove(_ ticket: WorkTicket) {
        guard let position = ticket.position else { return }
        ticket.position = nil
        unsafe slot(position).pointee = .removed
        count -= 1
    }

    /// Takes all jobs out that are tickets of a group.
    mutating func removeTickets(of owner: AnyObject) -> [WorkTicket] {
        var removed: [WorkTicket] = []
        for position in head..<tail {
            guard case .ticket(let ticket) = unsafe slot(position).pointee, ticket.owner === owner else { continue }
            removed.append(ticket)
            remove(ticket)
        }
        return removed
    }

    /// Gives up the memory that a burst has left, when there is no job.
    mutating func shrink() {
        guard head == tail, capacity > Self.leastCapacity else { return }
        unsafe slots.deallocate()
        capacity = Self.leastCapacity
        unsafe slots = .allocate(capacity: capacity)
    }

    private mutating func makeRoom() {
        let newCapacity = count > capacity / 2 ? capacity * 2 : capacity
        let new = UnsafeMutablePointer<QueuedJob>.allocate(capacity: newCapacity)
        let first = tail - count
        var end = first
        for position in head..<tail {
            let job = unsafe slot(position).move()
            switch job {
            case .removed: continue
            case .ticket(let ticket): ticket.position = end
            case .closure: break
            }
            unsafe (new + (end & (newCapacity - 1))).initialize(to: job)
            end += 1
        }
        unsafe slots.deallocate()
        unsafe slots = new
        capacity = newCapacity
        head = first
    }
}
