internal import MillpondNet
internal import MillpondPools

extension HTTPResponse {
    /// How the end of the content is told.
    enum Framing {
        case length(Int)
        case chunked
        case untilClose
        /// Not at all: for HEAD, where the length of what GET would get is not known.
        case untold
    }

    /// Bytes of a head besides its fields: status line, `Date`, `Content-Length`, `Connection`, `Server`,
    /// `Vary: Origin`.
    private static var fixedHeadSize: Int { 384 }

    /// Whether content is sent for this request and status.
    var sendsBody: Bool { driver.head.method != .head && !status.isBodiless }

    /// Room for the head, the framing included.
    var headSize: Int {
        Self.fixedHeadSize + fieldBytes + (driver.context.options.serverName?.utf8CodeUnitCount ?? 0)
            + (trailers?.announcementSize ?? 0)
    }

    /// Throws what stands against sending a head.
    func checkHead() throws {
        if let fieldError { throw fieldError }
        if driver.state.contains(.timedOut) { throw HTTPResponseError.timedOut }
    }

    /// Queues the head.
    mutating func writeHead(framing: Framing) throws {
        try checkHead()
        if status.isInformational { throw HTTPResponseError.interimStatus }
        if closesConnection { driver.state.insert(.closing) }
        let driver = self.driver
        let isBodiless = status.isBodiless
        let trailers = self.trailers
        try composeHead(status) { head in
            driver.appendFraming(framing, isBodiless: isBodiless, trailers: trailers, to: &head)
        }
        driver.beginAnswer(status)
        fields = nil
        // Before the content is queued: where that fails, nobody must take the head for one that can be changed.
        phase =
            switch framing {
            case _ where !sendsBody: .withoutBody
            case .length(let count): .length(count)
            case .chunked: .chunks
            case .untilClose: .untilClose
            case .untold: .withoutBody
            }
    }

    /// Queues an interim head.
    mutating func writeInterim(_ status: HTTPStatus) throws {
        try checkHead()
        try composeHead(status) { _ in }
    }

    /// Queues the head of a 101.
    mutating func writeSwitch(to name: StaticString) throws {
        try composeHead(.switchingProtocols) { head in
            head.append("Connection: Upgrade\r\nUpgrade: ")
            head.append(name)
            head.append("\r\n")
        }
    }

    /// Status line, what `addFraming` adds, the fields, and the empty line.
    private mutating func composeHead(_ status: HTTPStatus, _ addFraming: (inout HeadWriter) -> Void) throws {
        let channel = driver.channel
        // Built aside and copied, rather than in the outbox: that takes its blocks by what is queued, not by what
        // might be.
        try unsafe withUnsafeTemporaryAllocation(byteCount: headSize, alignment: 16) { buffer in
            var head = unsafe HeadWriter(buffer)
            head.append(status)
            addFraming(&head)
            appendFields(to: &head)
            head.append("\r\n")
            try channel.write(head.bytes)
        }
    }

    /// `Date`, `Server`, and the fields that were set.
    mutating func appendFields(to head: inout HeadWriter) {
        let context = driver.context
        if !hasDate { context.date.append(to: &head) }
        if let name = context.options.serverName {
            head.append("Server: ")
            head.append(name)
            head.append("\r\n")
        }
        if variesByOrigin { head.append("Vary: Origin\r\n") }
        let count = fieldBytes
        guard count > 0 else { return }
        unsafe fields?.withUnsafeMutableBytes {
            unsafe head.append(UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }
}

extension HeadWriter {
    /// A status line.
    @inline(__always)
    mutating func append(_ status: HTTPStatus) {
        if status.code == 200 { return append("HTTP/1.1 200 OK\r\n") }
        append("HTTP/1.1 ")
        append(decimal: Int(status.code))
        append(" ")
        append(status.reason)
        append("\r\n")
    }
}
