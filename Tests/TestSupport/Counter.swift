import Synchronization

/// A number that tasks and threads change.
public final class Counter: Sendable {
    private let number = Atomic(0)

    public init() {}

    public var value: Int { number.load(ordering: .acquiring) }

    public func add(_ difference: Int = 1) { _ = sum(adding: difference) }

    /// Adds, and says what it is afterwards.
    public func sum(adding difference: Int) -> Int {
        number.add(difference, ordering: .acquiringAndReleasing).newValue
    }

    public func raise(to value: Int) { _ = number.max(value, ordering: .acquiringAndReleasing) }
}
