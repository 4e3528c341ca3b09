internal import MillpondIO
public import MillpondNet
internal import MillpondPools

extension Transport {
    /// Opens a tunnel through a proxy, with CONNECT (RFC 9110, section 9.3.6): what is written to the channel from then
    /// on goes to `origin`. For a connector that speaks TLS, or for other protocols than HTTP. To be called on the
    /// reactor that the channel is to live on.
    ///
    /// - Parameters:
    ///   - origin: where to; a host and a port.
    ///   - proxy: which is spoken to without TLS.
    ///   - options: bounds of the dial and of the proxy's answer.
    /// - Throws: ``HTTPClientError``, with its ``HTTPClientError/tunnelStatus`` where the proxy refuses; as
    ///   ``connect(_:_:)``. The connection is closed then.
    public static func openTunnel(
        to origin: HTTPOrigin, through proxy: HTTPProxy, options: TransportOptions = .init()
    ) async throws -> Channel {
        let channel = try await connect(HTTPConnectionKey(origin: proxy.origin), options)
        do {
            channel.setReadDeadline(options.dialTimeout)
            try await askForTunnel(channel, to: origin, proxy.authorization, options)
            channel.setReadDeadline(nil)
            return channel
        } catch {
            channel.close()
            if let error = error as? HTTPMessageError { throw HTTPClientError(.malformed, .connecting, cause: error) }
            if let error = error as? IOError {
                let isLate = error.code == .timedOut
                throw HTTPClientError(
                    isLate ? .connectionTimedOut : .connectionFailed, .connecting, cause: error)
            }
            throw error
        }
    }

    private static func askForTunnel(
        _ channel: Channel, to origin: HTTPOrigin, _ authorization: String?, _ options: TransportOptions
    ) async throws {
        let host = origin.host.utf8.contains(UInt8(ascii: ":")) ? "[\(origin.host)]" : origin.host
        let target = "\(host):\(origin.port)"
        var fields = HTTPFields()
        fields.add(.host, target)
        if let agent = options.userAgent { fields.add(.userAgent, agent) }
        if let authorization { fields.add("Proxy-Authorization", authorization) }
        if let problem = fields.problem { throw HTTPClientError.invalidRequest("field \(problem)") }
        // Sound: bytes have no padding.
        unsafe try channel.write("CONNECT \(target) HTTP/1.1\r\n".utf8.span.bytes)
        unsafe try channel.write(fields.bytes.span.bytes)
        try channel.write("\r\n")

        var reader = BufferedReader(SocketSource(channel))
        var interim = 0
        while true {
            var head = HTTPResponseHead()
            reader.consume(try await read(&head, from: &reader, options))
            if head.status.isInformational {
                interim += 1
                guard interim <= options.maximumInterim else { throw HTTPClientError(.tooManyInterim, .connecting) }
                continue
            }
            guard head.framing(for: .connect) == .tunnel else {
                throw HTTPClientError(.tunnelRefused(head.status), .connecting)
            }
            // Whoever opens a tunnel speaks first; bytes behind the head would be lost.
            guard reader.bufferedCount == 0 else { throw HTTPClientError(.malformed, .connecting) }
            return
        }
    }

    /// Reads a response's head; how long it is.
    private static func read(
        _ head: inout HTTPResponseHead, from reader: inout BufferedReader<SocketSource>, _ options: TransportOptions
    ) async throws -> Int {
        while true {
            // In one piece: the parser is shown all of it.
            if reader.bufferedCount > reader.contiguousCount { try await reader.peek(reader.bufferedCount) { _ in } }
            switch reader.withBuffered({ bytes in head.parse(bytes, limits: options.head) }) {
            case .done(let count): return count
            case .bad(let error): throw error
            case .needMore: break
            }
            guard try await reader.fill() else {
                throw IOError.unexpectedEnd(needed: reader.bufferedCount + 1, got: reader.bufferedCount)
            }
        }
    }
}
