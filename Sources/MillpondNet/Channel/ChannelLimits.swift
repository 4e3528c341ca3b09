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

    static let standard = ChannelLimits(ChannelOptions())
}
