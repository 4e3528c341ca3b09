public import CMillpond
internal import Glibc

/// A pool of blocks of memory in 23 sizes, from 512 bytes to 1 MiB.
///
/// Each thread keeps a short free list per size (its *magazine*), so that taking and returning a block costs a few
/// nanoseconds whatever its size. Behind the magazines is a *depot* shared by all threads, and behind that memory
/// mapped in slabs. A block may be returned by any thread; `Block` does so by itself.
///
/// A pool may go while blocks are out: they stay valid, and the memory of each goes to the kernel as it comes back.
public final class BlockPool: Sendable {
    /// The pool used where none is named. Its budget is half of the machine's memory; at the limit it fails.
    public static let shared = BlockPool(Options())

    @usableFromInline let core: BlockPoolCore
    @usableFromInline let coreAddress: UInt
    @usableFromInline let slot: UInt32

    /// Makes an empty pool. No memory is mapped before the first block is taken.
    public init(_ options: Options = Options()) {
        core = BlockPoolCore(options)
        coreAddress = core.address
        slot = core.slot
    }

    deinit {
        core.close()
    }

    /// How the pool was set up.
    public var options: Options { core.options }

    /// Takes a block of at least `minimumCapacity` bytes. Never waits. A few nanoseconds when the thread
    /// has one at hand (`scripts/bench pools`).
    ///
    /// - Throws: `negativeSize`, `tooLarge`, `budgetExceeded` or `outOfMemory`.
    @inlinable
    public func take(minimumCapacity: Int) throws(BlockPoolError) -> Block {
        if let sizeClass = SizeClass.index(fitting: minimumCapacity), let entry = unsafe millpond_thread_slot(slot) {
            let gate = unsafe entry.assumingMemoryBound(to: CacheGate.self)
            if let block = unsafe gate.magazine(sizeClass).take(gate, coreAddress) {
                return unsafe Block(adopting: block)
            }
        }
        return unsafe Block(adopting: try takeSlowly(minimumCapacity))
    }

    @usableFromInline
    func takeSlowly(_ minimumCapacity: Int) throws(BlockPoolError) -> UnsafeMutablePointer<BlockHeader> {
        try unsafe core.take(minimumCapacity)
    }
}
