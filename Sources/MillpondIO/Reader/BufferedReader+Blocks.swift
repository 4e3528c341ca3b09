internal import MillpondPools

/// Sources that bring blocks of their own.
extension BufferedReader where Source: ~Copyable {
    /// One read that takes the source's blocks over. `needed` as in `readOnce(toward:)`.
    @inlinable
    mutating func takeBlocks(toward needed: Int) throws(IOError) -> ReadOutcome {
        let before = chain.count
        var outcome = ReadOutcome.wouldBlock
        do throws(IOError) {
            outcome = try source.readBlocks(into: &chain)
        } catch {
            // A pool's refusal is not the source's end.
            if error.code != .bufferUnavailable { end.record(error) }
            if chain.count == before { throw error }
        }
        if outcome == .endOfStream { end.record(nil) }
        let got = chain.count &- before
        guard got > 0 else { return outcome == .endOfStream ? .endOfStream : .wouldBlock }
        if mark != nil { noteAppended(got) }
        // A caller that wants one piece gets what there is as one, once that is enough.
        if needed > 0, chain.segmentCount > 1, chain.count >= needed, chain.count <= ReadLimits.largestBlock {
            try makeContiguous(chain.count)
        }
        return .bytes(got)
    }
}
