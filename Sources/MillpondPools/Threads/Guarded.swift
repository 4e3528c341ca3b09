/// A value behind a ``Lock``: what threads share in the layers above, and that is not an atomic, is in one of these.
@safe
package struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Sound: the value is reached under the lock only.
    @usableFromInline let lock = Lock()
    @usableFromInline let value: UnsafeMutablePointer<Value>

    @inlinable
    package init(_ value: consuming sending Value) {
        unsafe self.value = .allocate(capacity: 1)
        unsafe self.value.initialize(to: value)
    }

    @inlinable
    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
    }

    /// Calls `body` with the value while nobody else has it. Not to be nested; `body` must not wait for anything.
    @inlinable
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // A copy of the pointer: ThreadSanitizer takes a change behind it for a change of the property.
        let value = unsafe self.value
        lock.lock()
        defer { lock.unlock() }
        return try unsafe body(&value.pointee)
    }
}
