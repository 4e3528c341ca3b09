extension OutputRawSpan {
    /// Appends a copy of `bytes`, which must fit into the free capacity.
    @inlinable
    @_lifetime(self: copy self)
    public mutating func append(copying bytes: RawSpan) {
        precondition(bytes.byteCount <= freeCapacity, "more bytes than there is room for")
        unsafe withUnsafeMutableBytes { buffer, initialized in
            unsafe bytes.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
                unsafe (to + initialized).copyMemory(from: from, byteCount: source.count)
                initialized &+= source.count
            }
        }
    }
}

extension OutputRawSpan {
    /// Lets `body` append at most `count` bytes.
    @inlinable
    @_lifetime(self: copy self)
    mutating func withFirstFree<R, E: Error>(
        _ count: Int, _ body: (inout OutputRawSpan) throws(E) -> R
    ) throws(E) -> R {
        precondition(count <= freeCapacity, "more bytes than there is room for")
        return try unsafe withUnsafeMutableBytes { (buffer, initialized) throws(E) in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[initialized..<initialized &+ count])
            var output = unsafe OutputRawSpan(buffer: part, initializedCount: 0)
            do throws(E) {
                let result = try body(&output)
                initialized &+= unsafe output.finalize(for: part)
                return result
            } catch {
                initialized &+= unsafe output.finalize(for: part)
                throw error
            }
        }
    }
}
