public import CMillpond
public import Synchronization

/// Something of a pool that free lists link through.
@usableFromInline
protocol Pooling: ~Copyable {
    var next: UnsafeMutablePointer<Self>? { get set }
}

/// The idle things of one kind that a thread keeps.
///
/// Two counters record how many the thread put in and took out so far, in steps of two; the lowest bit of one is set
/// while the thread is in a section of that kind. So the mark that a section needs and the account that statistics
/// need are one store each, and putting never waits for what taking wrote. Only the thread writes them; what happens
/// under the pool's lock goes into `moved`. A cache line each.
@usableFromInline
@safe
struct Magazine<Item: Pooling & ~Copyable>: ~Copyable {
    /// The one to hand out next.
    @usableFromInline var head: UnsafeMutablePointer<Item>?
    @usableFromInline let given: Atomic<UInt>
    @usableFromInline let taken: Atomic<UInt>
    /// What `given` may exceed `taken` by: twice the room that is left by the items moved in under the lock.
    @usableFromInline var room: Int
    /// Items moved in (and out, if negative) under the pool's lock.
    private let moved: Atomic<Int>
    /// The count at which half of the items go to what all threads share. Set through `limit`.
    private var bound: Int32
    /// `uses` when the pool was last trimmed, as far as it fits.
    private var usesAtTrim: UInt32 = 0
    private let padding: (UInt64, UInt64) = (0, 0)

    init(limit: Int) {
        unsafe self.head = nil
        self.given = Atomic(0)
        self.taken = Atomic(0)
        self.moved = Atomic(0)
        self.bound = Int32(clamping: limit)
        self.room = Int(self.bound) * 2
    }
}

// What the thread does without the pool's lock.
extension UnsafeMutablePointer where Pointee: ~Copyable {
    /// Takes the first item off, if there is one and the gate is open.
    @inlinable
    func take<Item: Pooling & ~Copyable>(
        _ gate: UnsafeMutablePointer<CacheGate>, _ core: UInt
    ) -> UnsafeMutablePointer<Item>? where Pointee == Magazine<Item> {
        let taken = unsafe pointee.taken.load(ordering: .relaxed)
        unsafe pointee.taken.store(taken &+ 1, ordering: .relaxed)
        millpond_compiler_barrier()
        if unsafe gate.pointee.owner.load(ordering: .acquiring) == core, let item = unsafe pointee.head {
            unsafe pointee.head = item.pointee.next
            unsafe pointee.taken.store(taken &+ 2, ordering: .releasing)
            return unsafe item
        }
        unsafe pointee.taken.store(taken, ordering: .releasing)
        return nil
    }

    /// Puts an item in front, if there is room and the gate is open. Whether it did.
    @inlinable
    func put<Item: Pooling & ~Copyable>(
        _ item: UnsafeMutablePointer<Item>, _ gate: UnsafeMutablePointer<CacheGate>, _ core: UInt
    ) -> Bool where Pointee == Magazine<Item> {
        let given = unsafe pointee.given.load(ordering: .relaxed)
        unsafe pointee.given.store(given &+ 1, ordering: .relaxed)
        millpond_compiler_barrier()
        if unsafe gate.pointee.owner.load(ordering: .acquiring) == core,
            unsafe Int(bitPattern: given &- pointee.taken.load(ordering: .relaxed)) < pointee.room
        {
            unsafe item.pointee.next = pointee.head
            unsafe pointee.head = item
            unsafe pointee.given.store(given &+ 2, ordering: .releasing)
            return true
        }
        unsafe pointee.given.store(given, ordering: .releasing)
        return false
    }
}

// For the rest the caller holds the pool's lock, and is the magazine's thread or has shut it out.
extension Magazine where Item: ~Copyable {
    /// Items on the list. Of another thread, at some moment.
    var count: Int {
        let kept = Int(bitPattern: given.load(ordering: .relaxed) &- taken.load(ordering: .relaxed)) >> 1
        return max(0, kept + moved.load(ordering: .relaxed))
    }

    /// Items that were taken by their users so far.
    var uses: UInt64 { UInt64(taken.load(ordering: .relaxed) / 2) }

    /// The count at which half of the items go to what all threads share.
    var limit: Int {
        get { Int(bound) }
        set {
            room += (newValue - Int(bound)) * 2
            bound = Int32(clamping: newValue)
        }
    }

    /// Whether the thread is in a section.
    var isBusy: Bool { (given.load(ordering: .acquiring) | taken.load(ordering: .acquiring)) & 1 != 0 }

    /// Takes the first item off without counting it as used.
    mutating func pop() -> UnsafeMutablePointer<Item>? {
        guard let item = unsafe head else { return nil }
        unsafe head = item.pointee.next
        moved.store(moved.load(ordering: .relaxed) - 1, ordering: .relaxed)
        room += 2
        return unsafe item
    }

    /// Puts an item in front.
    mutating func push(_ item: UnsafeMutablePointer<Item>) {
        unsafe item.pointee.next = head
        unsafe head = item
        moved.store(moved.load(ordering: .relaxed) + 1, ordering: .relaxed)
        room -= 2
    }

    /// How many uses there were since this was last called.
    mutating func usesSinceTrim() -> Int {
        let uses = UInt32(truncatingIfNeeded: uses)
        defer { usesAtTrim = uses }
        return Int(uses &- usesAtTrim)
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
