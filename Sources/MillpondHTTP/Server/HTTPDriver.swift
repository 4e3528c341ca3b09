import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Runs one connection of a server: request after request, until one side has had enough.
///
/// Between requests the connection is parked; it then holds no buffer. Answers go to the channel's outbox, which leaves
/// at the end of the reactor's turn: pipelined requests that came together are answered in one write.
@safe
final class HTTPDriver: ConnectionDriver {
    struct State: OptionSet {
        let rawValue: UInt16
        /// The server drains: no further request.
        static let draining = State(rawValue: 1 << 0)
        /// What follows in the input is not the start of a request.
        static let inputBroken = State(rawValue: 1 << 1)
        /// `100 Continue` is owed if the content is read.
        static let owesContinue = State(rawValue: 1 << 2)
        /// The answer said, or means, that the connection ends with it.
        static let closing = State(rawValue: 1 << 3)
        /// A handler is at work.
        static let serving = State(rawValue: 1 << 4)
        /// The head of its response has left, or the connection was given away.
        static let answered = State(rawValue: 1 << 5)
        /// It took too long: its answer was given in its place.
        static let timedOut = State(rawValue: 1 << 6)
        /// A deadline for the request is set.
        static let hasDeadline = State(rawValue: 1 << 7)
        /// The channel will call `turnEnds`.
        static let awaitsTurnEnd = State(rawValue: 1 << 8)
        /// The content's reader waits for the client.
        static let awaitsContent = State(rawValue: 1 << 9)
        /// The client has gone, as far as can be told.
        static let abandoned = State(rawValue: 1 << 10)
        /// Content was written that is being compressed: the answer has begun, though nothing has left.
        static let writing = State(rawValue: 1 << 11)
        /// What belongs to one request.
        static let ofRequest: State = [.serving, .answered, .writing, .hasDeadline, .owesContinue]
    }

    /// How much of the current request's content is still to come.
    enum Body {
        case none
        case length(Int)
        case chunked(HTTPChunkDecoder)
    }

    let context: HTTPContext
    @safe @exclusivity(unchecked) var reader: BufferedReader<SocketSource>
    @safe @exclusivity(unchecked) var head = HTTPRequestHead()
    /// The head's bytes, once they had to be taken out of the reader because the content was read.
    @safe @exclusivity(unchecked) var pinnedHead: SharedBytes?
    @safe @exclusivity(unchecked) var body = Body.none
    @safe @exclusivity(unchecked) var state: State = []
    @safe @exclusivity(unchecked) var headCount = 0
    @safe @exclusivity(unchecked) var requestCount = 0
    @safe @exclusivity(unchecked) var successor: ConnectionDriver?
    /// Which pattern of a mux the current request matched.
    @safe @exclusivity(unchecked) var match = MuxMatch()
    @safe @exclusivity(unchecked) var trailers = HTTPTrailers()
    @safe @exclusivity(unchecked) var pace = HTTPBodyPace()
    @safe @exclusivity(unchecked) var gathered: GatheredResponse?
    /// The status of the head that has left for the current request, of its handler's answer or of the server's own.
    @safe @exclusivity(unchecked) var committed: HTTPStatus?
    /// The time that the current request may take, where it is not the server's.
    @safe @exclusivity(unchecked) var ownTimeout: Duration?

    /// Bytes of content read since others had their turn.
    @safe @exclusivity(unchecked) var sinceTurn = 0

    private static let requestsPerTurn = 32
    static let contentPerTurn = 1 << 20

    init(channel: Channel, context: HTTPContext) {
        self.context = context
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
    }

    override func run() async -> Next {
        if channel.deadlinePassed {
            context.options.onError?(IOError.timedOut)
            return refuse(status: .requestTimeout, text: "request timeout\n")
        }
        var served = 0
        while true {
            switch parseHead() {
            case .done(let consumed):
                headCount = consumed
                await serve()
                if let successor {
                    self.successor = nil
                    return .handOver(to: successor)
                }
                if !state.isDisjoint(with: [.closing, .inputBroken]) { return .close }
                if channel.queuedByteCount > context.highWater {
                    do { try await channel.flush() } catch { return .close }
                }
                // A client that sends requests as fast as they are served leaves others their turn.
                served += 1
                if served.isMultiple(of: Self.requestsPerTurn) { await Task.yield() }
            case .needMore:
                do {
                    if let next = try await readMore() { return next }
                } catch { return .close }
            case .bad(let error):
                context.options.onError?(error)
                return refuse(error)
            }
        }
    }

    override func deadlineExpired() -> DeadlineAction {
        // Half a request deserves an answer; a connection that was merely idle does not.
        reader.bufferedCount > 0 ? .run : .close
    }

    override func turnEnds() {
        state.remove(.awaitsTurnEnd)
        if gathered != nil {
            // A channel that is closed has nobody to tell.
            try? commitGathered(asWhole: false)
        }
        if state.contains(.serving) { watchHandler() }
    }

    override func peerClosed(isBroken: Bool) {
        if state.contains(.serving) { clientLeft(isBroken: isBroken) }
    }

    override func runDeadlineExpired() {
        if state.contains(.serving) { answerInPlace() }
    }

    override func drain() {
        state.insert(.draining)
        if channel.isParked, reader.bufferedCount == 0 { channel.closeAfterFlush() }
    }

    // MARK: Heads

    private func parseHead() -> HTTPHeadOutcome {
        let outcome = reader.withBuffered { bytes in head.parse(bytes, limits: context.options.head) }
        if case .done = outcome, channel.hasReadDeadline { channel.setReadDeadline(nil) }
        return outcome
    }

    /// Gets more of a head; nil when there is more now.
    private func readMore() async throws -> Next? {
        if reader.bufferedCount > reader.contiguousCount {
            // The head lies across two blocks; it is parsed in one piece.
            try await reader.peek(min(reader.bufferedCount, context.options.head.bytes + 1)) { _ in }
            return nil
        }
        switch try reader.tryFill() {
        case .bytes:
            return nil
        case .endOfStream:
            return .close
        case .wouldBlock:
            if reader.bufferedCount == 0 {
                head.release()
                if state.contains(.draining) { return .close }
            } else if !channel.hasReadDeadline {
                channel.setReadDeadline(context.options.headTimeout)
            }
            return .park
        }
    }

    // MARK: One request

    private func serve() async {
        requestCount &+= 1
        state.insert(.serving)
        awaitTurnEnd()
        beginBody()
        // Sound: the head's bytes stay where they are until `endRequest`: first in the reader, which nobody consumes
        // from without `pinHead`, then in `pinnedHead`.
        let start = unsafe reader.withBuffered { bytes in
            unsafe bytes.withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
        }
        var request = unsafe HTTPRequest(driver: self, start: start)
        var response = HTTPResponse(driver: self)
        if head.method == .connect, !context.options.allowsConnect {
            state.insert(.closing)
            handlerFailed(HTTPMessageError(.tunnel), &response)
        } else {
            do {
                try await Self.call(context.handler, &request, &response)
            } catch {
                handlerFailed(error, &response)
            }
        }
        end(&response)
        if state.contains(.hasDeadline) { channel.setRunDeadline(nil) }
        await endRequest()
    }

    // With nothing behind the call, as in the channel's `enter`: the runtime's check would cost more than the call.
    @inline(never)
    private static func call(
        _ handler: HTTPServer.Handler, _ request: inout HTTPRequest, _ response: inout HTTPResponse
    ) async throws {
        try await handler(&request, &response)
    }

    /// Ends what the handler has not. A mistake that shows only now is the handler's as if it had thrown it.
    private func end(_ response: inout HTTPResponse) {
        if !response.isFinished {
            do {
                try response.finish()
            } catch  where error is IOError || state.contains(.timedOut) {
                // Nobody is left to be told.
                state.insert(.closing)
            } catch {
                handlerFailed(error, &response)
                if !response.isFinished { do { try response.finish() } catch { state.insert(.closing) } }
            }
        }
        if response.wasChangedLate { context.options.onError?(HTTPResponseError.alreadySent) }
    }

    private func handlerFailed(_ error: any Error, _ response: inout HTTPResponse) {
        context.options.onError?(error)
        response.takeBackGathered()
        guard response.isOpen else {
            // The peer must not take what it has got for the whole.
            response.abandon()
            state.insert(.closing)
            return
        }
        response.reset()
        response.status = status(for: error)
        // A task that was cancelled is of no use to the requests behind this one.
        if Task.isCancelled { state.insert(.closing) }
    }

    /// What a handler's error becomes, as long as nothing of an answer has left.
    func status(for error: any Error) -> HTTPStatus {
        // The request's own content, not something else that the handler waited for.
        guard state.contains(.inputBroken), let error = error as? IOError else {
            return HTTPResponse.status(for: error)
        }
        switch error.code {
        case .timedOut: return .requestTimeout
        case .unexpectedEnd: return .badRequest
        case .bufferUnavailable: return HTTPResponse.status(for: error)
        default: return .internalServerError
        }
    }

    private func beginBody() {
        trailers.removeAll()
        pace = HTTPBodyPace()
        if head.isChunked {
            body = .chunked(HTTPChunkDecoder())
        } else if let length = head.contentLength, length > 0 {
            body = .length(length)
        } else {
            return
        }
        if head.expectsContinue { state.insert(.owesContinue) }
    }

    /// Skips what is left of the content, and the head.
    private func endRequest() async {
        if successor != nil { return }
        if hasUnreadBody, !state.contains(.closing) {
            if state.contains(.owesContinue) {
                // Whether the client will send the content now cannot be known.
                state.insert(.closing)
            } else {
                do { try await skipBody() } catch { state.insert(.closing) }
            }
        }
        body = .none
        state.subtract(.ofRequest)
        if pinnedHead == nil {
            reader.consume(headCount)
        } else {
            pinnedHead = nil
        }
        head.reset()
        match.reset()
        ownTimeout = nil
        committed = nil
    }

    // MARK: The end of the turn

    /// Asks for `turnEnds`, once a turn.
    func awaitTurnEnd() {
        guard !state.contains(.awaitsTurnEnd) else { return }
        state.insert(.awaitsTurnEnd)
        channel.callAtTurnEnd()
    }

    /// Whether the connection is to be kept after the answer whose head is about to be written.
    var willKeepAlive: Bool {
        if !head.keepsAlive || !state.isDisjoint(with: [.draining, .closing, .inputBroken]) { return false }
        if requestCount >= context.options.requestsPerConnection { return false }
        if state.contains(.owesContinue) { return false }
        if announced > context.options.drainLimit { return false }
        return true
    }

    // MARK: Refusals

    private func refuse(_ error: HTTPMessageError) -> Next {
        refuse(status: error.status, text: "\(error)\n")
    }

    /// Answers what never became a request. The connection lingers while it closes, so that the answer arrives.
    private func refuse(status: HTTPStatus, text: String) -> Next {
        head.reset()
        answer(status: status, text: text)
        head.release()
        reader.consume(reader.bufferedCount)
        return .close
    }

    /// The server's own answer, the last of the connection.
    func answer(status: HTTPStatus, text: String) {
        state.insert(.closing)
        var response = HTTPResponse(driver: self)
        response.status = status
        response.set(.contentType, "text/plain")
        // A channel that is closed has nobody to tell.
        unsafe try? response.sendWhole(text.utf8.span.bytes)
    }
}
