public import MillpondIO
public import MillpondNet
internal import MillpondPools

extension HTTPResponse {
    /// How the end of the content is told.
    enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    /// Bytes of a head besides its fields: status line, `Date`, `Content-Length`, `Connection`, `Server`.
    private static var fixedHeadSize: Int { 384 }

    /// Whether content is sent for this request and status.
    var sendsBody: Bool { driver.head.method != .head && !status.isBodiless }

    /// Queues the head.
    mutating func writeHead(framing: Framing) throws {
        if let fieldError { throw fieldError }
        if status.isInformational, status != .switchingProtocols { status = .internalServerError }
        let keepsAlive = !closesConnection && driver.willKeepAlive
        if !keepsAlive { driver.state.insert(.closing) }
        let isBodiless = status.isBodiless
        let isOld = driver.head.version == .http10
        try composeHead(status) { head in
            switch framing {
            case .length(let count) where !isBodiless:
                head.append("Content-Length: ")
                head.append(decimal: count)
                head.append("\r\n")
            case .chunked where !isBodiless: head.append("Transfer-Encoding: chunked\r\n")
            default: break
            }
            if !keepsAlive {
                head.append("Connection: close\r\n")
            } else if isOld {
                head.append("Connection: keep-alive\r\n")
            }
        }
        fields = nil
    }

    /// Queues an interim head.
    mutating func writeInterim(_ status: HTTPStatus) throws {
        if let fieldError { throw fieldError }
        try composeHead(status) { _ in }
    }

    /// Status line, what `addFraming` adds, the fields, and the empty line.
    private mutating func composeHead(_ status: HTTPStatus, _ addFraming: (inout HeadWriter) -> Void) throws {
        let context = driver.context
        let name = context.options.serverName
        let fieldCount = fieldBytes
        let hasDate = self.hasDate
        let channel = driver.channel
        let size = Self.fixedHeadSize + fieldBytes + (name?.utf8CodeUnitCount ?? 0)
        // Built aside and copied, rather than in the outbox: that takes its blocks by what is queued, not by what
        // might be.
        try unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            var head = unsafe HeadWriter(buffer)
            if status.code == 200 {
                head.append("HTTP/1.1 200 OK\r\n")
            } else {
                head.append("HTTP/1.1 ")
                head.append(decimal: Int(status.code))
                head.append(" ")
                head.append(status.reason)
                head.append("\r\n")
            }
            addFraming(&head)
            if !hasDate { context.date.append(to: &head) }
            if let name {
                head.append("Server: ")
                head.append(name)
                head.append("\r\n")
            }
            if fieldCount > 0 {
                unsafe fields?.withUnsafeMutableBytes {
                    unsafe head.append(UnsafeRawBufferPointer(rebasing: $0[..<fieldCount]))
                }
            }
            head.append("\r\n")
            try channel.write(head.bytes)
        }
    }

    /// Answers 101 and gives the connection to another protocol.
    ///
    /// - Parameters:
    ///   - name: the protocol, as the client named it in `Upgrade`.
    ///   - makeDriver: makes what runs the connection from now on. It is given the bytes that came behind the request,
    ///     and may write to the channel: that leaves behind the 101.
    /// - Throws: `HTTPResponseError.upgradeNotOffered` when the client did not ask for it or sends content;
    ///   otherwise as ``send(_:)-(RawSpan)``.
    public mutating func upgrade(
        to name: StaticString, _ makeDriver: (Channel, consuming ByteChain) throws -> ConnectionDriver
    ) async throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        if let fieldError { throw fieldError }
        guard driver.head.offersUpgrade, !driver.hasUnreadBody else { throw HTTPResponseError.upgradeNotOffered }
        let rest = try await driver.takeRest()
        try composeHead(.switchingProtocols) { head in
            head.append("Connection: Upgrade\r\nUpgrade: ")
            head.append(name)
            head.append("\r\n")
        }
        status = .switchingProtocols
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
