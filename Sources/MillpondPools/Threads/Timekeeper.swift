internal import CMillpond
internal import Glibc

/// Runs things at a time, on one thread of its own for the whole process.
///
/// For the few deadlines of a layer that has no reactor. The thread starts with the first alarm, sleeps on a condition
/// variable until the next one is due, and stays.
@safe
package final class Timekeeper: @unchecked Sendable {
    // Sendable: what is not constant is under the lock.

    package static let shared = Timekeeper()

    /// A moment of the monotonic clock, in nanoseconds.
    package typealias Moment = UInt64

    /// Something to do at a time. Sendable: what is not constant is under the timekeeper's lock.
    package final class Alarm: @unchecked Sendable {
        let moment: Moment
        fileprivate var action: (@Sendable () -> Void)?
        fileprivate var isDone = false

        fileprivate init(_ moment: Moment, _ action: @escaping @Sendable () -> Void) {
            self.moment = moment
            self.action = action
        }
    }

    private let lock = Lock()
    private let changed = Condition()
    private var heap: [Alarm] = []
    private var doneInHeap = 0
    private var isRunning = false

    private init() {}

    /// The time now.
    package static var now: Moment {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// The moment `duration` from now.
    package static func moment(after duration: Duration) -> Moment {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return now }
        // A wait of a century need not be exact.
        return now + UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }

    /// Has `action` run at `moment`, on the timekeeper's thread. It must not block.
    package func schedule(at moment: Moment, _ action: @escaping @Sendable () -> Void) -> Alarm {
        let alarm = Alarm(moment, action)
        lock.lock()
        insert(alarm)
        if !isRunning { isRunning = startThread() }
        let isNext = heap[0] === alarm
        lock.unlock()
        if isNext { changed.signal() }
        return alarm
    }

    /// Forgets an alarm. Its action may be running at the moment, or not run at all.
    package func cancel(_ alarm: Alarm) {
        lock.lock()
        // What the action refers to is let go now, though after the lock.
        let action = alarm.action.take()
        defer { _ = action }
        if !alarm.isDone {
            alarm.isDone = true
            doneInHeap += 1
            // Cancelled ones leave when they are due, or when they are the greater part.
            if doneInHeap > 64, doneInHeap > heap.count / 2 {
                let live = heap.filter { !$0.isDone }
                heap = []
                doneInHeap = 0
                for alarm in live { insert(alarm) }
            }
        }
        lock.unlock()
    }

    private func startThread() -> Bool {
        PlatformThread.start("millpond-time") { Timekeeper.shared.run() } == 0
    }

    private func run() -> Never {
        lock.lock()
        while true {
            guard let next = heap.first else {
                changed.wait(lock)
                continue
            }
            if next.moment > Self.now, !next.isDone {
                _ = changed.wait(lock, until: next.moment)
                continue
            }
            removeFirst()
            if next.isDone {
                doneInHeap -= 1
                continue
            }
            next.isDone = true
            let action = next.action.take()
            lock.unlock()
            action?()
            lock.lock()
        }
    }

    // MARK: A binary heap, the earliest first

    private func insert(_ alarm: Alarm) {
        heap.append(alarm)
        var child = heap.count - 1
        while child > 0, heap[child].moment < heap[(child - 1) / 2].moment {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].moment < heap[least].moment {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
