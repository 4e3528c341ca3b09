public import Synchronization

/// Something of a pool that free lists link through.
@usableFromInline
protocol Pooling: ~Copyable {
    var next: UnsafeMutablePointer<Self>? { get set }
}

/// The idle things of one kind that a thread keeps.
@usableFromInline
@safe
struct Magazine<Item: Pooling & ~Copyable>: ~Copyable {
    /// The one to hand out next.
    @usableFromInline var head: UnsafeMutablePointer<Item>?
    /// Items put on the list and taken off it so far. Two counters that only grow keep the two operations from waiting
    /// for each other's result. Atomic so that statistics may read them at any time; only the list's user writes them.
    @usableFromInline let given: Atomic<UInt>
    @usableFromInline let taken: Atomic<UInt>
    /// The count at which half of the items go to what all threads share.
    @usableFromInline var limit: UInt
    /// `taken` when the pool was last trimmed.
    var takenAtTrim: UInt = 0

    init(limit: UInt) {
        unsafe self.head = nil
        self.given = Atomic(0)
        self.taken = Atomic(0)
        self.limit = limit
    }

    /// Items on the list.
    @inlinable var count: UInt { given.load(ordering: .relaxed) &- taken.load(ordering: .relaxed) }

    /// Whether half of the items should go before another comes.
    @inlinable var isFull: Bool { count >= limit }

    /// Takes the first off. The caller is in a section, or holds the pool's lock and is its thread or has shut it out.
    @inlinable
    mutating func take() -> UnsafeMutablePointer<Item>? {
        guard let item = unsafe head else { return nil }
        unsafe head = item.pointee.next
        taken.store(taken.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        return unsafe item
    }

    /// Takes the first off without counting it as used. As for `take`.
    mutating func pop() -> UnsafeMutablePointer<Item>? {
        guard let item = unsafe head else { return nil }
        unsafe head = item.pointee.next
        given.store(given.load(ordering: .relaxed) &- 1, ordering: .relaxed)
        return unsafe item
    }

    /// Puts an item in front. As for `take`.
    @inlinable
    mutating func push(_ item: UnsafeMutablePointer<Item>) {
        unsafe item.pointee.next = head
        unsafe head = item
        given.store(given.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}

/// A stack of idle things. Not synchronised.
@safe
struct IdleList<Item: Pooling & ~Copyable> {
    private var head: UnsafeMutablePointer<Item>?
    private(set) var count = 0

    mutating func push(_ item: UnsafeMutablePointer<Item>) {
        unsafe item.pointee.next = head
        unsafe head = item
        count += 1
    }

    mutating func pop() -> UnsafeMutablePointer<Item>? {
        guard let item = unsafe head else { return nil }
        unsafe head = item.pointee.next
        count -= 1
        return unsafe item
    }
}
