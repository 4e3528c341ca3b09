/// A growing first-in, first-out queue over one allocation that it keeps, so that a steady state allocates nothing.
///
/// The standard library's collections cannot hold what is `~Copyable`; this holds anything. Not thread-safe.
/// Append and remove are O(1), amortised.
@safe
struct Ring<Element: ~Copyable>: ~Copyable {
    private var storage: UnsafeMutablePointer<Element>
    private var capacity: Int  // a power of two
    private var head = 0
    private(set) var count = 0

    init(capacity: Int = 16) {
        var rounded = 1
        while rounded < capacity { rounded *= 2 }
        self.capacity = rounded
        unsafe storage = .allocate(capacity: rounded)
    }

    deinit {
        for index in 0..<count {
            unsafe (storage + ((head + index) & (capacity - 1))).deinitialize(count: 1)
        }
        unsafe storage.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        unsafe (storage + ((head + count) & (capacity - 1))).initialize(to: element)
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = unsafe (storage + head).move()
        head = (head + 1) & (capacity - 1)
        count -= 1
        return element
    }

    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return unsafe (storage + ((head + count) & (capacity - 1))).move()
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        for index in 0..<count {
            unsafe (larger + index).initialize(to: (storage + ((head + index) & (capacity - 1))).move())
        }
        unsafe storage.deallocate()
        unsafe storage = larger
        capacity *= 2
        head = 0
    }
}

// Sound: the ring owns its storage alone, and moves as one value with the elements in it.
extension Ring: @unchecked Sendable where Element: Sendable & ~Copyable {}
