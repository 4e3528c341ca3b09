public import MillpondIO
public import MillpondNet

/// A connection that is another protocol's now; see ``HTTPClientResponse/takeOver()``.
///
/// Its connection is closed when it goes, after what was queued has left.
public struct HTTPTunnel: ~Copyable {
    /// The connection. Its time-outs are those of the transport's `channel` options.
    public let channel: Channel
    /// What has come behind the head.
    public var rest: ByteChain

    init(channel: Channel, rest: consuming ByteChain) {
        self.channel = channel
        self.rest = rest
    }

    deinit { channel.closeAfterFlush() }
}
