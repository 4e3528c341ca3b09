import CAllocationCounter

/// Counting allocations of the heap.
enum Allocations {
    /// Whether they are counted in this build; not under a sanitizer.
    static var areCounted: Bool { allocation_counter_works() }

    /// Runs `body` for `operations`, after a warm-up of a tenth, and returns the allocations of this thread per
    /// operation. `body` must not change threads.
    static func perOperation(_ operations: Int, _ body: (Int) async throws -> Void) async rethrows -> Double {
        try await body(max(operations / 10, 1))
        let before = allocation_count_of_thread()
        try await body(operations)
        return Double(allocation_count_of_thread() - before) / Double(operations)
    }
}
