internal import MillpondPools

/// A sink that takes random, seeded numbers of bytes at a time and passes them to another, as a busy socket would.
public struct ChunkingSink<Base: ByteSink & ~Copyable>: ByteSink, ~Copyable {
    /// Where the bytes go.
    public var base: Base
    @usableFromInline var random: SeededGenerator
    @usableFromInline let sizes: ClosedRange<Int>

    /// A sink that takes pieces whose lengths lie in `sizes`, and reports `wouldBlock` after each that leaves
    /// something. The same seed gives the same pieces.
    @inlinable
    public init(_ base: consuming Base, sizes: ClosedRange<Int>, seed: UInt64) {
        precondition(sizes.lowerBound >= 0, "a negative number of bytes")
        self.base = base
        self.sizes = sizes
        self.random = SeededGenerator(seed: seed)
    }

    @inlinable
    public mutating func write(_ chain: inout ByteChain) throws(IOError) -> WriteOutcome {
        let count = Int.random(in: sizes, using: &random)
        guard count < chain.count else { return try base.write(&chain) }
        var piece: ByteChain
        do throws(BlockPoolError) {
            piece = try chain.takeFirst(count)
        } catch {
            throw .bufferUnavailable(error)
        }
        var failure: IOError?
        do throws(IOError) { _ = try base.write(&piece) } catch { failure = error }
        if !piece.isEmpty {
            // What the base did not take comes first again.
            do throws(BlockPoolError) { try piece.append(chain.takeAll()) } catch { throw .bufferUnavailable(error) }
            chain = piece
        }
        if let failure { throw failure }
        return .wouldBlock
    }

    @inlinable
    public mutating func waitUntilWritable() async throws {}
}
