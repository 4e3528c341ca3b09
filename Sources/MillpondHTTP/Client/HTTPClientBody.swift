public import MillpondPools

/// The content of a request.
///
/// What has a length is sent with `Content-Length`, the rest in chunks. Content is *replayable* when it can be sent
/// again after a connection turned out to be dead: all is, but a writer that does not say so.
public struct HTTPClientBody: Sendable {
    /// Writes content as it comes. Runs on the connection's reactor, in a task of its own, while the response is
    /// awaited and read.
    public typealias Writer = @Sendable (inout HTTPBodyWriter) async throws -> Void

    enum Content: Sendable {
        case none
        case bytes([UInt8])
        case shared(SharedContent)
        case file(path: String, offset: Int, count: Int?)
        case writer(length: Int?, isReplayable: Bool, Writer)
    }

    let content: Content

    /// No content, and no `Content-Length`.
    public static var none: HTTPClientBody { HTTPClientBody(content: .none) }

    /// Bytes, perhaps none.
    public static func bytes(_ bytes: [UInt8]) -> HTTPClientBody { HTTPClientBody(content: .bytes(bytes)) }

    /// The UTF-8 of a text.
    public static func text(_ text: String) -> HTTPClientBody { .bytes(Array(text.utf8)) }

    /// Shared bytes, which are not copied.
    public static func shared(_ bytes: consuming SharedBytes) -> HTTPClientBody {
        HTTPClientBody(content: .shared(SharedContent(bytes)))
    }

    /// A file, or a part of it, sent by the kernel. It is opened when it is sent. Its size is taken before, when the
    /// request is made, where `count` is nil; a file that has become shorter since fails the request.
    public static func file(path: String, offset: Int = 0, count: Int? = nil) -> HTTPClientBody {
        HTTPClientBody(content: .file(path: path, offset: offset, count: count))
    }

    /// What a function writes, with backpressure.
    ///
    /// - Parameters:
    ///   - length: how much it will write; nil for chunks. A writer that writes less or more fails the request.
    ///   - isReplayable: whether it can be called again from the start.
    ///   - write: writes the content.
    public static func writer(
        length: Int? = nil, isReplayable: Bool = false, _ write: @escaping Writer
    ) -> HTTPClientBody {
        HTTPClientBody(content: .writer(length: length, isReplayable: isReplayable, write))
    }

    /// Whether it can be sent again.
    public var isReplayable: Bool {
        if case .writer(_, let isReplayable, _) = content { return isReplayable }
        return true
    }

    /// Whether there is content at all.
    var isNone: Bool { if case .none = content { true } else { false } }
}

/// Shared bytes in an object, so that a request can be copied.
final class SharedContent: Sendable {
    let bytes: SharedBytes

    init(_ bytes: consuming SharedBytes) {
        self.bytes = bytes
    }
}
