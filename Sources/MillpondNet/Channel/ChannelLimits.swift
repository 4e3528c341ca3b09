/// ``ChannelOptions`` in the units that the hot path uses, shared by all connections of a listener.
final class ChannelLimits: Sendable {
    let readTimeout: UInt64
    let writeTimeout: UInt64
    let lingerTimeout: UInt64
    let outboxLimit: Int
    let outboxHighWater: Int
    let outboxPolicy: OutboxPolicy
    let socketBufferSize: Int?

    init(_ options: ChannelOptions) {
        readTimeout = options.readTimeout.clampedNanoseconds
        writeTimeout = options.writeTimeout.clampedNanoseconds
        lingerTimeout = options.lingerTimeout.clampedNanoseconds
        outboxLimit = max(1, options.outboxLimit)
        outboxHighWater = max(0, min(options.outboxHighWater, options.outboxLimit))
        outboxPolicy = options.outboxPolicy
        socketBufferSize = options.socketBufferSize
    }

    /// Where a `SocketSink` stops. A mark of 0 asks for no queue; a byte at a time would be worse.
    var sinkHighWater: Int { min(max(outboxHighWater, 1024), outboxLimit) }

    static let standard = ChannelLimits(ChannelOptions())
}
