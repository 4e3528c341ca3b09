internal import Synchronization

/// How many compressors a layer lets live at a time.
final class CompressionSlots: Sendable {
    private let limit: Int
    private let taken = Atomic(0)

    init(_ limit: Int) { self.limit = limit }

    /// How many are in use.
    var count: Int { taken.load(ordering: .relaxed) }

    /// Takes one; false when all are in use.
    func take() -> Bool {
        if taken.add(1, ordering: .relaxed).newValue <= limit { return true }
        giveBack()
        return false
    }

    func giveBack() { taken.subtract(1, ordering: .relaxed) }
}
