/// What a pool keeps for all threads together: free blocks by class, slabs, and the account of memory.
///
/// Not synchronised: it lives under the pool's lock. Each block that was ever carved is in one of these states:
///
///     cold ──grow──▶ out ◀──take/put──▶ magazine        (out and magazine look alike from here: "away")
///      ▲              │  ╲
///      │              │   ╲─put──▶ fresh ──age──▶ stale   (idle, two generations)
///      └─────chill────┴──────────────┴──────────────┘
///
/// All but the cold ones are *warm* and count against the budget.
struct BlockDepot: ~Copyable {
    /// The free blocks and slabs of one size class.
    @safe
    struct Shelf {
        var fresh = IdleList<BlockHeader>()
        var stale = IdleList<BlockHeader>()
        /// Slabs that can yield a block.
        var slabs: UnsafeMutablePointer<Slab>?
        var warmCount = 0
        /// Takes served with idle blocks from here, and blocks that were made.
        var reuses: UInt64 = 0
        var growths: UInt64 = 0
        var slabCount = 0

        mutating func age() { swap(&fresh, &stale) }
    }

    /// The address of the core, for the headers of blocks.
    var core: UInt = 0
    var slot: UInt32 = 0
    let budget: Int
    let retainedBytes: Int
    let hugePages: Bool
    var shelves: [Shelf]
    /// Capacity of all warm blocks, now and at most.
    var warmBytes = 0
    var highWaterBytes = 0
    /// Capacity of idle blocks here.
    var idleBytes = 0
    /// Bytes mapped.
    var mappedBytes = 0
    /// Capacity of blocks that went cold, in total.
    var chilledBytes: UInt64 = 0

    init(options: BlockPool.Options) {
        self.budget = max(0, options.budget)
        self.retainedBytes = max(0, options.retainedBytes)
        self.hugePages = options.hugePages
        self.shelves = Array(repeating: Shelf(), count: SizeClass.count)
    }

    /// Takes an idle block, the most recently returned first.
    mutating func popIdle(_ sizeClass: Int, orStale: Bool = true) -> UnsafeMutablePointer<BlockHeader>? {
        let fresh = unsafe shelves[sizeClass].fresh.pop()
        guard let block = unsafe fresh ?? (orStale ? shelves[sizeClass].stale.pop() : nil) else { return nil }
        idleBytes -= SizeClass.capacity(at: sizeClass)
        return unsafe block
    }

    /// Keeps a block that is idle, or lets it go cold when enough is kept.
    mutating func pushIdle(_ block: UnsafeMutablePointer<BlockHeader>) {
        let capacity = unsafe block.capacity
        guard idleBytes + capacity <= retainedBytes else {
            unsafe chill(block)
            return
        }
        unsafe shelves[Int(block.pointee.sizeClass)].fresh.push(block)
        idleBytes += capacity
    }

    /// Whether another block of the class fits the budget.
    func hasBudget(_ sizeClass: Int) -> Bool {
        warmBytes + SizeClass.capacity(at: sizeClass) <= budget
    }

    /// Makes a block warm. Nil when the kernel refuses memory. The budget must allow it.
    mutating func grow(_ sizeClass: Int) -> UnsafeMutablePointer<BlockHeader>? {
        if unsafe shelves[sizeClass].slabs == nil {
            // A single slab of a class may stay nearly empty: huge pages from the second on.
            let huge = hugePages && shelves[sizeClass].slabCount > 0
            guard let slab = unsafe Slab.map(sizeClass: sizeClass, hugePages: huge) else { return nil }
            shelves[sizeClass].slabCount += 1
            unsafe mappedBytes += slab.pointee.length
            unsafe link(slab, sizeClass)
        }
        guard let slab = unsafe shelves[sizeClass].slabs else { return nil }
        let block = unsafe slab.takeBlock(core: core, slot: slot)
        if unsafe !slab.pointee.hasBlock { unsafe unlink(slab, sizeClass) }
        warmBytes += SizeClass.capacity(at: sizeClass)
        highWaterBytes = max(highWaterBytes, warmBytes)
        shelves[sizeClass].warmCount += 1
        shelves[sizeClass].growths += 1
        return unsafe block
    }

    /// Gives the memory of a block (that is on no list) back to the kernel, as far as its slab allows.
    mutating func chill(_ block: UnsafeMutablePointer<BlockHeader>) {
        let sizeClass = unsafe Int(block.pointee.sizeClass)
        let capacity = SizeClass.capacity(at: sizeClass)
        let slab = unsafe block.pointee.slab
        warmBytes -= capacity
        chilledBytes += UInt64(capacity)
        shelves[sizeClass].warmCount -= 1
        let wasLinked = unsafe slab.pointee.hasBlock
        if unsafe slab.pointee.coldCount + 1 == slab.pointee.carved {
            if wasLinked { unsafe unlink(slab, sizeClass) }
            shelves[sizeClass].slabCount -= 1
            unsafe mappedBytes -= slab.pointee.length
            unsafe slab.unmap()
            return
        }
        unsafe slab.chill(block)
        if !wasLinked { unsafe link(slab, sizeClass) }
    }

    /// Lets idle blocks of any class go cold until a block of `sizeClass` fits the budget. False if that is not enough.
    mutating func reclaim(for sizeClass: Int) -> Bool {
        for stale in [true, false] {
            for other in (0..<SizeClass.count).reversed() {
                while !hasBudget(sizeClass) {
                    guard let block = unsafe popForChilling(other, stale: stale) else { break }
                    unsafe chill(block)
                }
            }
        }
        return hasBudget(sizeClass)
    }

    /// One generation: what was idle since the last call goes cold, what became idle since then is next.
    mutating func age() {
        for sizeClass in 0..<SizeClass.count {
            while let block = unsafe popForChilling(sizeClass, stale: true) { unsafe chill(block) }
            shelves[sizeClass].age()
        }
    }

    /// Lets everything idle go cold.
    mutating func chillAll() {
        age()
        age()
    }

    private mutating func popForChilling(_ sizeClass: Int, stale: Bool) -> UnsafeMutablePointer<BlockHeader>? {
        let block = unsafe stale ? shelves[sizeClass].stale.pop() : shelves[sizeClass].fresh.pop()
        if unsafe block != nil { idleBytes -= SizeClass.capacity(at: sizeClass) }
        return unsafe block
    }

    private mutating func link(_ slab: UnsafeMutablePointer<Slab>, _ sizeClass: Int) {
        unsafe slab.pointee.previous = nil
        unsafe slab.pointee.next = shelves[sizeClass].slabs
        unsafe shelves[sizeClass].slabs?.pointee.previous = slab
        unsafe shelves[sizeClass].slabs = slab
    }

    private mutating func unlink(_ slab: UnsafeMutablePointer<Slab>, _ sizeClass: Int) {
        unsafe slab.pointee.next?.pointee.previous = slab.pointee.previous
        if let previous = unsafe slab.pointee.previous {
            unsafe previous.pointee.next = slab.pointee.next
        } else {
            unsafe shelves[sizeClass].slabs = slab.pointee.next
        }
    }
}
