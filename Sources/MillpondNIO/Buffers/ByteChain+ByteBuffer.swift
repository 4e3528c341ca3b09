public import MillpondIO
public import MillpondPools
public import NIOCore

extension ByteChain {
    /// Appends the readable bytes of `buffer`: up to `copyThreshold` of them are copied, so that a small read does not
    /// keep a large buffer; more are referred to where they lie.
    ///
    /// When the pool refuses a block, nothing was appended.
    public mutating func append(_ buffer: ByteBuffer) throws(BlockPoolError) {
        if buffer.readableBytes <= ByteChain.copyThreshold {
            try append(copying: buffer.readableBytesSpan)
        } else {
            try append(SharedBytes(buffer, pool: pool))
        }
    }
}

extension BufferedReader where Source: ~Copyable {
    /// Adds the readable bytes of `buffer` behind what is buffered, as if the source had brought them; more than
    /// `ByteChain.copyThreshold` of them without copying.
    ///
    /// Backpressure is the producer's: it looks at `bufferedCount`.
    public mutating func feed(_ buffer: ByteBuffer) throws(BlockPoolError) {
        if buffer.readableBytes <= ByteChain.copyThreshold {
            try feed(buffer.readableBytesSpan)
        } else {
            try feed(SharedBytes(buffer, pool: pool))
        }
    }
}
