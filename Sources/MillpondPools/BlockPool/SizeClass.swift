/// The payload sizes blocks come in: 2^k and 1.5 · 2^k from 512 bytes to 1 MiB, so that at most a third is wasted.
@usableFromInline
package enum SizeClass {
    /// How many classes there are.
    @inlinable package static var count: Int { 23 }
    /// Payload of the smallest class, in bytes.
    @inlinable package static var smallest: Int { 512 }
    /// Payload of the largest class, in bytes.
    @inlinable package static var largest: Int { 1 << 20 }

    /// The class for `bytes`, or nil when that is zero, negative, or more than the largest class holds.
    @inlinable
    package static func index(fitting bytes: Int) -> Int? {
        // One less, so that exact sizes fall in their own class; at least 511, so that the smallest class is 0.
        let last = max(UInt(bitPattern: bytes &- 1), UInt(smallest - 1))
        guard last < UInt(largest) else { return nil }
        let power = UInt(UInt.bitWidth - 1 - last.leadingZeroBitCount)
        let upperHalf = (last &>> (power &- 1)) & 1
        return Int(bitPattern: (power &- 8) &* 2 &+ upperHalf &- 1)
    }

    /// Payload of the class at `index`, in bytes.
    @inlinable
    package static func capacity(at index: Int) -> Int {
        index & 1 == 0 ? 512 << (index / 2) : 768 << (index / 2)
    }
}
