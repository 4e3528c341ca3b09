internal import Glibc

/// A mapping that blocks of one size class are carved from. Lies at the mapping's own start, in 64 bytes.
///
/// Carving goes from low to high addresses and touches memory for the first time. A block whose memory was given back
/// is *cold*: it stays carved, waits on `cold`, and no longer counts against the budget. When all carved blocks of a
/// slab are cold it is unmapped.
@usableFromInline
@safe
struct Slab: ~Copyable {
    /// Neighbours among the slabs of the class that can yield a block.
    var previous: UnsafeMutablePointer<Slab>?
    var next: UnsafeMutablePointer<Slab>?
    /// Cold blocks.
    var cold: UnsafeMutablePointer<BlockHeader>?
    var coldCount: UInt32 = 0
    /// Blocks carved so far, and at most.
    var carved: UInt32 = 0
    let room: UInt32
    let sizeClass: UInt32
    /// Length of the mapping in bytes.
    let length: Int

    static var size: Int { 64 }

    init(sizeClass: Int, length: Int) {
        unsafe self.previous = nil
        unsafe self.next = nil
        unsafe self.cold = nil
        self.sizeClass = UInt32(sizeClass)
        self.length = length
        self.room = UInt32((length - Slab.size) / (SizeClass.capacity(at: sizeClass) + BlockHeader.size))
    }

    /// Whether a block can be had from it.
    var hasBlock: Bool { coldCount > 0 || carved < room }

    /// Mapping length for a class: 2 MiB, or 8 MiB for the classes of which that would hold only a few. Pages that
    /// are not touched cost address space only.
    static func length(forClass sizeClass: Int) -> Int {
        SizeClass.capacity(at: sizeClass) <= 192 << 10 ? 2 << 20 : 8 << 20
    }

    static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

    /// Maps a slab. Nil when the kernel refuses, with the reason in `errno`.
    static func map(sizeClass: Int, hugePages: Bool) -> UnsafeMutablePointer<Slab>? {
        let length = length(forClass: sizeClass)
        let memory = unsafe mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return nil }
        // Without huge pages a slab occupies what is carved; with them, all of it at once. A refusal does not matter.
        _ = unsafe madvise(memory, length, hugePages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
        let slab = unsafe memory.bindMemory(to: Slab.self, capacity: 1)
        unsafe slab.initialize(to: Slab(sizeClass: sizeClass, length: length))
        return unsafe slab
    }
}

extension UnsafeMutablePointer where Pointee == Slab {
    /// A cold block, or a newly carved one. The slab must have one.
    func takeBlock(core: UInt, slot: UInt32) -> UnsafeMutablePointer<BlockHeader> {
        if let block = unsafe pointee.cold {
            unsafe pointee.cold = block.pointee.next
            unsafe pointee.coldCount -= 1
            return unsafe block
        }
        let sizeClass = unsafe Int(pointee.sizeClass)
        let stride = SizeClass.capacity(at: sizeClass) + BlockHeader.size
        let place = unsafe UnsafeMutableRawPointer(self) + Slab.size + Int(pointee.carved) * stride
        let block = unsafe place.bindMemory(to: BlockHeader.self, capacity: 1)
        unsafe block.initialize(to: BlockHeader(core: core, slab: self, slot: slot, sizeClass: sizeClass))
        unsafe pointee.carved += 1
        return unsafe block
    }

    /// Takes back a block that is to be idle for long: its whole pages go to the kernel now.
    func chill(_ block: UnsafeMutablePointer<BlockHeader>) {
        let pageSize = Slab.pageSize
        let start = unsafe (UInt(bitPattern: block.payload) + pageSize - 1) & ~(pageSize - 1)
        let end = unsafe (UInt(bitPattern: block.payload) + UInt(block.capacity)) & ~(pageSize - 1)
        // Below a few pages a system call costs more than the memory is worth; those go with the slab.
        if end > start, end - start >= 3 * pageSize {
            _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_DONTNEED)
        }
        unsafe block.pointee.next = pointee.cold
        unsafe pointee.cold = block
        unsafe pointee.coldCount += 1
    }

    /// Unmaps the slab and all its blocks.
    func unmap() {
        _ = unsafe munmap(self, pointee.length)
    }
}

/// The `errno` of the last system call that failed.
func currentErrno() -> Int32 { errno }
