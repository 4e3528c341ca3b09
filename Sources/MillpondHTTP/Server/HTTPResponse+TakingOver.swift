public import MillpondIO
public import MillpondNet
internal import MillpondPools

/// Giving the connection to another protocol. WebSocket does it with ``upgrade(to:_:)``.
///
/// The other protocol gets the channel, and the bytes that came behind the request and were read already. The server
/// then has nothing more to do with the connection, but counts it, and closes it when it drains.
extension HTTPResponse {
    /// Answers 101 and gives the connection to another protocol.
    ///
    /// - Parameters:
    ///   - name: the protocol, as the client named it in `Upgrade`.
    ///   - makeDriver: makes what runs the connection from now on. It is given the bytes that came behind the request,
    ///     and may write to the channel: that leaves behind the 101.
    /// - Throws: `HTTPResponseError.upgradeNotOffered` when the client did not ask for this protocol or sends content;
    ///   otherwise as ``send(_:)-(RawSpan)``.
    public mutating func upgrade(
        to name: StaticString, _ makeDriver: (Channel, consuming ByteChain) throws -> ConnectionDriver
    ) async throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        try checkHead()
        guard driver.offers(name), !driver.hasUnreadBody else { throw HTTPResponseError.upgradeNotOffered }
        let rest = try await driver.takeRest()
        try writeSwitch(to: name)
        try handOver(makeDriver, rest, .switchingProtocols)
    }

    /// Answers 101 and gives the connection to a task, which owns it until it returns.
    ///
    /// - Throws: as ``upgrade(to:_:)``.
    public mutating func upgrade(
        to name: StaticString, conversation: @escaping @Sendable (inout TCPConnection) async throws -> Void
    ) async throws {
        try await upgrade(to: name) { channel, rest in
            TaskDriver(channel: channel, rest: rest, handler: conversation)
        }
    }

    /// Gives the connection to another protocol and sends nothing: that is for the new owner, from the status line on.
    /// For tunnels (CONNECT, see ``HTTPServerOptions/allowsConnect``) and for peers that are no strict HTTP.
    ///
    /// - Throws: `HTTPResponseError.alreadySent`; `.timedOut`; `.contentUnread` when the request has content that was
    ///   not read, which could not be told from what follows; `IOError` when the connection is gone.
    public mutating func takeOver(
        _ makeDriver: (Channel, consuming ByteChain) throws -> ConnectionDriver
    ) async throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        if driver.state.contains(.timedOut) { throw HTTPResponseError.timedOut }
        guard !driver.hasUnreadBody else { throw HTTPResponseError.contentUnread }
        let rest = try await driver.takeRest()
        try handOver(makeDriver, rest, nil)
    }

    /// Gives the connection to a task, which owns it until it returns, and sends nothing.
    ///
    /// - Throws: as ``takeOver(_:)``.
    public mutating func takeOver(
        conversation: @escaping @Sendable (inout TCPConnection) async throws -> Void
    ) async throws {
        try await takeOver { channel, rest in TaskDriver(channel: channel, rest: rest, handler: conversation) }
    }

    private mutating func handOver(
        _ makeDriver: (Channel, consuming ByteChain) throws -> ConnectionDriver, _ rest: consuming ByteChain,
        _ status: HTTPStatus?
    ) throws {
        driver.beginAnswer(status)
        fields = nil
        phase = .finished
        do {
            driver.successor = try makeDriver(channel, rest)
        } catch {
            abandon()
            throw error
        }
    }
}

extension HTTPDriver {
    /// Whether the client offers to change to this protocol. Complexity: O(fields).
    fileprivate func offers(_ name: StaticString) -> Bool {
        guard head.offersUpgrade else { return false }
        let name = HTTPFieldName(stringLiteral: name)
        if let isOffered = pinnedHead?.withBytes({ Self.offers(name, head, $0) }) { return isOffered }
        return reader.withBuffered { Self.offers(name, head, $0.extracting(first: headCount)) }
    }

    private static func offers(_ name: HTTPFieldName, _ head: borrowing HTTPRequestHead, _ bytes: RawSpan) -> Bool {
        var isOffered = false
        var from = 0
        while !isOffered, let index = head.index(of: .upgrade, from: from, in: bytes) {
            unsafe head.value(at: index, in: bytes).withUnsafeBytes { value in
                guard let start = unsafe value.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
                unsafe HTTPFieldSyntax.forEachElement(start, value.count) { element, count in
                    isOffered = unsafe name.matches(RawSpan(_unsafeStart: element, byteCount: count))
                    return !isOffered
                }
            }
            from = index + 1
        }
        return isOffered
    }
}

extension SharedBytes {
    fileprivate func withBytes<R>(_ body: (RawSpan) -> R) -> R { body(bytes) }
}
