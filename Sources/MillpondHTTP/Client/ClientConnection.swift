internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// A client's end of one connection: sends requests and reads their responses, one after the other.
///
/// In the pool it is its channel's driver, so that it learns at once when the server closes or says what nobody asked
/// for, and has itself removed. Lent out, it belongs to the task that sends a request, and the channel has no driver.
// Sound: everything is used on the channel's reactor only, where the pool dials, checks, lends and closes; it is
// Sendable so that the pool can keep it, and the task that writes a request's content refer to it.
@safe
final class ClientConnection: ConnectionDriver, @unchecked Sendable {
    struct State: OptionSet {
        let rawValue: UInt8
        /// In the pool.
        static let idle = State(rawValue: 1 << 0)
        /// What follows on the connection, if anything, can't be trusted.
        static let broken = State(rawValue: 1 << 1)
        /// One side has said that this is the last exchange.
        static let closing = State(rawValue: 1 << 2)
        /// Something of the response has come.
        static let answered = State(rawValue: 1 << 3)
        /// The request's content is still being written.
        static let uploading = State(rawValue: 1 << 4)
        /// The connection is another protocol's.
        static let takenOver = State(rawValue: 1 << 5)
        /// The kernel took nothing of the request.
        static let unsent = State(rawValue: 1 << 6)
        /// The head of the final response is there.
        static let begun = State(rawValue: 1 << 7)
    }

    /// How much of the response's content is still to come.
    enum Body {
        case none
        case length(Int)
        case chunked(HTTPChunkDecoder)
        case untilClose
        case tunnel
    }

    let context: TransportContext
    private let token: ConnectionToken
    let timer: ChannelTimer
    @safe @exclusivity(unchecked) var reader: BufferedReader<SocketSource>
    @safe @exclusivity(unchecked) var head = HTTPResponseHead()
    /// The bytes of the response's head.
    @safe @exclusivity(unchecked) var headBytes = SharedBytes()
    @safe @exclusivity(unchecked) var body = Body.none
    @safe @exclusivity(unchecked) var state: State = []
    /// Lines of the trailer section.
    @safe @exclusivity(unchecked) var trailerBytes: [UInt8] = []
    /// Why the request's content came to no end, if that was its writer's fault.
    @safe @exclusivity(unchecked) var uploadError: (any Error)?
    @safe @exclusivity(unchecked) var timeouts = HTTPClientTimeouts()
    @safe @exclusivity(unchecked) var method = HTTPMethod.get
    /// Moments of the reactor's clock.
    @safe @exclusivity(unchecked) var times = Times()
    private let openedAt: UInt64
    @safe @exclusivity(unchecked) private(set) var requestCount = 0
    /// Whether it had been idle when it was lent, so that a failure may only mean that it was dead already.
    @safe @exclusivity(unchecked) private(set) var mayHaveDied = false
    /// Content read since others had their turn.
    @safe @exclusivity(unchecked) var sinceTurn = 0

    struct Times {
        var called: UInt64 = 0
        var lent: UInt64 = 0
        var answered: UInt64 = 0
    }

    init(_ channel: Channel, _ context: TransportContext, _ token: ConnectionToken) {
        self.context = context
        self.token = token
        timer = ChannelTimer(channel)
        reader = BufferedReader(SocketSource(channel))
        openedAt = channel.reactor.monotonicNanoseconds
        super.init(channel: channel)
        channel.keepReadingAfterReset()
    }

    // MARK: In the pool

    /// Whether it may carry another request: both sides are open, and nothing is unread that nobody asked for.
    var isUsable: Bool {
        channel.isOpen && !channel.isPeerClosed && !channel.mayHaveInput && !channel.isSendingFailed
    }

    /// A connection that was dialled for nobody any more lies in the pool like one that was used; for a shorter time it
    /// counts as new.
    private static var idleThreshold: UInt64 { 100_000_000 }

    /// Whether not a byte of the request has left.
    var isUnsent: Bool { state.contains(.unsent) }

    /// Enters the pool: watches for the server's end. False when there is something against keeping it.
    func park() -> Bool {
        guard isReusable else { return false }
        release()
        timer.set(0)
        state = .idle
        channel.watch(self)
        return true
    }

    /// Leaves the pool for one request.
    func unpark() {
        channel.watch(nil)
        state = []
        requestCount &+= 1
        sinceTurn = 0
        // Later it is older, and its failure would look like that of an idle one.
        let age = channel.reactor.monotonicNanoseconds &- openedAt
        mayHaveDied = requestCount > 1 || age > Self.idleThreshold
    }

    /// Forgets the response, with the blocks that hold it.
    private func release() {
        headBytes = SharedBytes()
        head.release()
        if !trailerBytes.isEmpty { trailerBytes = [] }
    }

    /// Whether the exchange is over and the connection as good as new.
    private var isReusable: Bool {
        guard case .none = body, state == [.answered, .begun], channel.isOpen, !channel.isPeerClosed,
            reader.bufferedCount == 0, channel.queuedByteCount == 0, !channel.isSendingFailed,
            context.options.keepsConnections
        else { return false }
        if !channel.mayHaveInput { return true }
        // The last read filled its room: only another one tells whether that was all.
        guard let outcome = try? reader.tryFill() else { return false }
        return outcome == .wouldBlock
    }

    /// Something has come while it was idle, and nothing was asked for: the server closes, or is confused.
    override func run() async -> Next {
        token.connectionDied()
        return .close
    }

    override func closed(_ reason: CloseReason) {
        token.connectionDied()
    }

    /// The end, when the pool is done with it.
    func shutDown() {
        timer.remove()
        if channel.driver === self { channel.watch(nil) }
        if !state.contains(.takenOver) { channel.close() }
    }
}
