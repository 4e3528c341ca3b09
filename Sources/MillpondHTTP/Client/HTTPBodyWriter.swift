public import MillpondIO
internal import MillpondNet
public import MillpondPools

/// Writes the content of a request, with backpressure: a write waits while the server is slow.
///
/// The first error stays: what a write left out can't be made good, so that all later ones throw it too, and the
/// request fails with it when the function returns as if nothing had happened.
///
/// Lives as long as the function it was given to. Confined to the connection's reactor.
public struct HTTPBodyWriter: ~Copyable {
    /// Sent after the content where that goes in chunks; without a meaning otherwise. Fields that say how a message is
    /// framed, routed, authenticated or understood fail the request (RFC 9110, section 6.5.1).
    public var trailers = HTTPFields()
    /// Bytes of content written so far.
    public private(set) var count = 0

    private let channel: Channel
    /// What may still be written; nil for chunks.
    private var left: Int?
    private var failure: (any Error)?

    init(_ channel: Channel, length: Int?) {
        self.channel = channel
        left = length
    }

    /// Writes a copy of the bytes.
    ///
    /// - Throws: `IOError` when the connection is gone or the server takes nothing, `CancellationError`,
    ///   ``HTTPClientError`` for more than the announced length.
    public mutating func write(_ bytes: RawSpan) async throws {
        try checkFailure()
        do {
            var offset = 0
            while offset < bytes.byteCount {
                let end = min(offset + HTTPResponse.pieceSize, bytes.byteCount)
                try frame(end - offset)
                try channel.write(bytes.extracting(offset..<end))
                if left == nil { try channel.write("\r\n") }
                offset = end
                try await channel.flush()
            }
        } catch {
            throw remember(error)
        }
    }

    /// Writes the bytes.
    public mutating func write(_ bytes: [UInt8]) async throws {
        // Sound: bytes have no padding.
        try await write(unsafe bytes.span.bytes)
    }

    /// Writes the text's UTF-8.
    public mutating func write(_ text: String) async throws {
        unsafe try await write(text.utf8.span.bytes)
    }

    /// Writes shared bytes, long ones without copying them.
    public mutating func write(_ bytes: consuming SharedBytes) async throws {
        try checkFailure()
        do {
            while bytes.count > 0 {
                let piece = bytes.splitPrefix(min(bytes.count, HTTPResponse.pieceSize))
                try frame(piece.count)
                try channel.write(piece)
                if left == nil { try channel.write("\r\n") }
                try await channel.flush()
            }
        } catch {
            throw remember(error)
        }
    }

    /// Writes a part of a file, by the kernel.
    ///
    /// - Throws: `IOError.unexpectedEnd` when the file is shorter; otherwise as ``write(_:)-(RawSpan)``.
    public mutating func write(contentsOf file: borrowing FileDescriptorSource, offset: Int, count: Int) async throws {
        try checkFailure()
        guard count > 0 else { return }
        do {
            try frame(count)
            var writer = BufferedWriter(SocketSink(channel))
            try await writer.write(contentsOf: file, offset: offset, count: count)
            try await writer.flush()
            if left == nil { try channel.write("\r\n") }
        } catch {
            throw remember(error)
        }
    }

    /// Waits until the kernel has taken what was written.
    public mutating func flush() async throws {
        try checkFailure()
        do { try await channel.drain() } catch { throw remember(error) }
    }

    private func checkFailure() throws {
        if let failure { throw failure }
    }

    private mutating func remember(_ error: any Error) -> any Error {
        if failure == nil { failure = error }
        return error
    }

    /// The size line of a chunk, or a look at the length.
    private mutating func frame(_ piece: Int) throws {
        if let left {
            guard piece <= left else { throw HTTPClientError(.wrongLength, .sending) }
            self.left = left - piece
        } else {
            try unsafe withUnsafeTemporaryAllocation(byteCount: 24, alignment: 8) { buffer in
                var line = unsafe HeadWriter(buffer)
                line.append(hexadecimal: piece)
                line.append("\r\n")
                try channel.write(line.bytes)
            }
        }
        count += piece
    }

    private static func hasForbidden(_ trailers: HTTPFields) -> Bool {
        var isForbidden = false
        trailers.forEach { name, _ in isForbidden = isForbidden || HTTPTrailers.isForbidden(name) }
        return isForbidden
    }

    /// The end of the content.
    mutating func finish() throws {
        try checkFailure()
        if let left {
            guard left == 0 else { throw HTTPClientError(.wrongLength, .sending) }
            return
        }
        if trailers.problem != nil || Self.hasForbidden(trailers) { throw HTTPClientError.invalidRequest("trailer") }
        try channel.write("0\r\n")
        if !trailers.isEmpty { try channel.write(unsafe trailers.bytes.span.bytes) }
        try channel.write("\r\n")
    }
}
