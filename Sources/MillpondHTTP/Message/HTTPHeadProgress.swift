internal import Glibc

/// How far a head has been looked at, and what its fields say of how to go on: the same for requests and responses.
struct HTTPHeadProgress: BitwiseCopyable {
    struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt16
        /// The request line or the status line was there.
        static let firstLine = Flags(rawValue: 1 << 0)
        static let host = Flags(rawValue: 1 << 1)
        static let contentLength = Flags(rawValue: 1 << 2)
        static let transferEncoding = Flags(rawValue: 1 << 3)
        /// The last transfer coding is chunked.
        static let chunkedLast = Flags(rawValue: 1 << 4)
        static let otherCoding = Flags(rawValue: 1 << 5)
        static let close = Flags(rawValue: 1 << 6)
        static let keepAlive = Flags(rawValue: 1 << 7)
        static let connectionUpgrade = Flags(rawValue: 1 << 8)
        static let upgrade = Flags(rawValue: 1 << 9)
        static let expect = Flags(rawValue: 1 << 10)
        static let unknownExpectation = Flags(rawValue: 1 << 11)
        /// The target is a whole URI.
        static let absolute = Flags(rawValue: 1 << 12)
    }

    var flags: Flags = []
    /// The start of the line that is to be parsed next.
    var lineStart: UInt32 = 0
    /// How much of the bytes has been looked at in vain.
    var scanned: UInt32 = 0
    /// The value of `Content-Length`.
    var length = 0

    /// Whether what is new holds a byte that can end a line, for which alone it is worth to parse the line again.
    func hasLineEnd(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let from = Int(scanned)
        guard from < count else { return false }
        return unsafe memchr(bytes + from, 0x0A, count - from) != nil
            || memchr(bytes + from, 0x0D, count - from) != nil
            // A carriage return was the last byte; this one had to be its line feed.
            || bytes[from - 1] == 0x0D
    }

    /// The value of `Content-Length`; nil without one.
    var contentLength: Int? { flags.contains(.contentLength) ? length : nil }

    /// Whether the sender would go on with the connection.
    func keepsAlive(_ version: HTTPVersion) -> Bool {
        if flags.contains(.close) { return false }
        return version == .http11 || flags.contains(.keepAlive)
    }

    /// What `Transfer-Encoding` contradicts; it can only be told once all fields are known (RFC 9112, section 6).
    func contradiction(_ version: HTTPVersion) -> HTTPMessageError.Code? {
        guard flags.contains(.transferEncoding) else { return nil }
        if flags.contains(.contentLength) { return .lengthAndTransferEncoding }
        if version == .http10 { return .transferEncodingIn10 }
        if !flags.contains(.chunkedLast) { return .transferEncoding }
        return flags.contains(.otherCoding) ? .unknownTransferEncoding : nil
    }

    // MARK: Fields

    /// Takes note of a field that says where the message ends and what becomes of the connection; names what is wrong
    /// with it.
    @inline(__always)
    mutating func note(
        _ name: UnsafePointer<UInt8>, _ nameCount: Int, _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        switch nameCount {
        case 7 where unsafe ASCII.equals(name, 7, lowercase: "upgrade"):
            flags.insert(.upgrade)
        case 10 where unsafe ASCII.equals(name, 10, lowercase: "connection"):
            unsafe noteConnection(value, count)
        case 14 where unsafe ASCII.equals(name, 14, lowercase: "content-length"):
            return unsafe noteLength(value, count)
        case 17 where unsafe ASCII.equals(name, 17, lowercase: "transfer-encoding"):
            return unsafe noteTransferEncoding(value, count)
        default: break
        }
        return nil
    }

    /// Digits only, once only: a list of equal lengths, which RFC 9110 lets pass, is refused too.
    private mutating func noteLength(_ value: UnsafePointer<UInt8>, _ count: Int) -> HTTPMessageError.Code? {
        if flags.contains(.contentLength) { return .severalContentLengths }
        guard let number = unsafe HTTPFieldSyntax.length(value, count) else { return .contentLength }
        flags.insert(.contentLength)
        length = number
        return nil
    }

    private mutating func noteConnection(_ value: UnsafePointer<UInt8>, _ count: Int) {
        unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
            if unsafe ASCII.equals(element, count, lowercase: "close") { flags.insert(.close) }
            if unsafe ASCII.equals(element, count, lowercase: "keep-alive") { flags.insert(.keepAlive) }
            if unsafe ASCII.equals(element, count, lowercase: "upgrade") { flags.insert(.connectionUpgrade) }
            return true
        }
    }

    /// The codings of all lines form one list, whose last must be `chunked` and no other (RFC 9112, section 6).
    private mutating func noteTransferEncoding(
        _ value: UnsafePointer<UInt8>, _ count: Int
    ) -> HTTPMessageError.Code? {
        flags.insert(.transferEncoding)
        let isRight = unsafe HTTPFieldSyntax.forEachElement(value, count) { element, count in
            // Nothing between two commas, or a coding after the last.
            if count == 0 || flags.contains(.chunkedLast) { return false }
            if unsafe ASCII.equals(element, count, lowercase: "chunked") {
                flags.insert(.chunkedLast)
            } else {
                guard unsafe ASCII.isToken(element[0]) else { return false }
                flags.insert(.otherCoding)
            }
            return true
        }
        return isRight ? nil : .transferEncoding
    }
}
