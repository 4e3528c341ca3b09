package import Glibc

/// What system calls need to know of a chain.
extension ByteChain {
    /// How many pieces one `writev` takes here: more would need a larger array than its stack frame should hold.
    package static var maximumVectors: Int { 64 }

    /// Describes the first pieces in `vectors` and returns how many they are. The pointers are valid until the chain
    /// changes.
    package func fillIOVectors(_ vectors: UnsafeMutablePointer<iovec>, maximum: Int) -> Int {
        guard !isEmpty, maximum > 0 else { return 0 }
        unsafe vectors.initialize(to: iovec(iov_base: first.start, iov_len: first.count))
        let later = min(Int(ringCount), maximum - 1)
        for index in 0..<later {
            let segment = unsafe slot(index).pointee
            unsafe (vectors + 1 + index).initialize(to: iovec(iov_base: segment.start, iov_len: segment.count))
        }
        return later + 1
    }

    /// The same for the length of a closure; allocates nothing.
    package func withIOVectors<R>(
        maximum: Int, _ body: (UnsafePointer<iovec>, _ count: Int32) -> R
    ) -> R {
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: min(maximum, max(segmentCount, 1))) { buffer in
            // A temporary buffer of at least one element has an address.
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            let count = unsafe fillIOVectors(base, maximum: maximum)
            return unsafe body(UnsafePointer(base), Int32(count))
        }
    }

    /// The first piece as a pointer, for `send`; valid until the chain changes.
    @inlinable
    package var firstSegmentPointer: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: first.start, count: first.count)
    }
}
