internal import Synchronization

/// What one lane counts. Written on its reactor, read anywhere.
final class TransportCounters: Sendable {
    /// A count with one writer, which needs no atomic addition.
    struct Counter: ~Copyable, Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() {
            count.store(count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        }
    }

    let requests = Counter()
    let reuses = Counter()
    let retries = Counter()
    let failures = Counter()
}
