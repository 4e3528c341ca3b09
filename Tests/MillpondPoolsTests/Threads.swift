import Glibc
import MillpondPools

/// Runs `body` on `count` threads of its own at once and returns when all have ended, their destructors included.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Start: Sendable {
        let index: Int
        let body: @Sendable (Int) -> Void
        init(_ index: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.body = body
        }
    }
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        let start = unsafe Unmanaged.passRetained(Start(index, body))
        let error = unsafe pthread_create(
            &thread, nil,
            { argument in
                let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                start.body(start.index)
                return nil
            }, unsafe start.toOpaque())
        precondition(error == 0)
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}

/// A place to hand a value that cannot be copied from one thread to another.
final class Slot<Value: ~Copyable & Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value?

    init() { value = nil }

    /// Puts a value in and gets the one that was there.
    func exchange(_ new: consuming Value?) -> Value? {
        lock.lock()
        defer { lock.unlock() }
        let old = value.take()
        value = new
        return old
    }
}

/// A list that tasks and threads append to.
final class Recorder: @unchecked Sendable {
    private let lock = Lock()
    private var list: [Int] = []
    var values: [Int] { lock.withLock { list } }
    func append(_ value: Int) { lock.withLock { list.append(value) } }
}

/// A small generator of repeatable randomness (SplitMix64).
struct Random: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
