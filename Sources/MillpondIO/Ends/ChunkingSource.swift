/// A source that hands another one's bytes on in pieces of random, seeded length, as a network would.
public struct ChunkingSource<Base: ByteSource & ~Copyable>: ByteSource, ~Copyable {
    /// Where the bytes come from.
    public var base: Base
    @usableFromInline var random: SeededGenerator
    @usableFromInline let sizes: ClosedRange<Int>
    @usableFromInline let stallChance: UInt64
    @usableFromInline var stalled: Bool

    /// A source that yields pieces whose lengths lie in `sizes`. One read in `stallsOneIn` (0: none) first reports
    /// `wouldBlock`. The same seed gives the same pieces.
    @inlinable
    public init(_ base: consuming Base, sizes: ClosedRange<Int>, seed: UInt64, stallsOneIn: Int = 0) {
        precondition(sizes.lowerBound > 0, "pieces of no bytes")
        self.base = base
        self.sizes = sizes
        self.random = SeededGenerator(seed: seed)
        self.stallChance = UInt64(stallsOneIn)
        self.stalled = false
    }

    @inlinable
    public mutating func read(into output: inout OutputRawSpan) throws(IOError) -> ReadOutcome {
        if stallChance > 0, !stalled, random.next() % stallChance == 0 {
            stalled = true
            return .wouldBlock
        }
        stalled = false
        let span = UInt64(sizes.upperBound &- sizes.lowerBound &+ 1)
        let count = min(sizes.lowerBound &+ Int(random.next() % span), output.freeCapacity)
        return try output.withFirstFree(count) { (part) throws(IOError) in try base.read(into: &part) }
    }

    @inlinable
    public mutating func waitUntilReadable() async throws {
        if !stalled { try await base.waitUntilReadable() }
    }
}

/// A small generator of repeatable random numbers (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    /// The same seed gives the same numbers.
    @inlinable
    public init(seed: UInt64) { state = seed }

    @inlinable
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value &>> 31)
    }
}
