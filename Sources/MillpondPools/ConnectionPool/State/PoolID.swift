/// The name of a connection or of a waiter: its place in a table, and how often the place was used before. A name that
/// comes late finds its place used anew, and means nothing.
@usableFromInline
struct PoolID: Hashable, Sendable {
    @usableFromInline let index: Int32
    @usableFromInline let generation: UInt32

    @inlinable
    init(index: Int32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}
