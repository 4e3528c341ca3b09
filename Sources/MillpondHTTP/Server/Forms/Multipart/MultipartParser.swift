internal import Glibc

/// Takes `multipart/form-data` apart (RFC 2046, section 5.1; RFC 7578). A pure state machine: it is shown bytes and says
/// which of them are content.
///
/// Holds nothing back: what could be the start of a delimiter at the end of a piece, and then is not, is known without
/// having been kept, since it is the delimiter's own beginning.
///
/// Strict: CR LF ends a line; after a delimiter come blanks and a line's end, or two hyphens; every part has a
/// `Content-Disposition: form-data` with a name. What is before the first delimiter and after the last is skipped.
public struct MultipartParser: Sendable {
    /// What the bytes shown mean.
    public enum Event: Equatable, Sendable {
        /// They are framing, all of them: consume them and come back with more.
        case needMore
        /// A part begins behind so many bytes; ``part`` says which.
        case part(consumed: Int)
        /// Those in the range are content of the part: consume up to the range's end.
        case content(Range<Int>)
        /// Those bytes of ``delimiter``, whose like were shown earlier, are content. Consume nothing.
        case heldContent(Range<Int>)
        /// The part is over, behind so many bytes.
        case partEnd(consumed: Int)
        /// No further part comes; all bytes shown are to be skipped.
        case end
        /// The content is malformed.
        case bad(HTTPFormError)
    }

    private enum State {
        case preamble, afterDelimiter, afterHyphen, afterBlank, delimiterLineFeed, header, content, epilogue
        case failed(HTTPFormError)
    }

    private enum Found {
        case content(Range<Int>)
        case held(Range<Int>)
        case delimiter(end: Int)
        case needMore
    }

    /// CR LF, two hyphens and the boundary: what ends a part.
    public let delimiter: [UInt8]
    /// The part whose content is shown.
    public private(set) var part = MultipartPart()
    private var state = State.preamble
    /// How much of the delimiter was seen at the end of what was shown.
    private var matched = 2
    /// How much of that is not of the content in any case: the first delimiter needs no line end before it, and that of
    /// a part without content may be the header's.
    private var presumed = 2
    private var header: [UInt8] = []
    private let headerLimit: Int

    /// - Parameters:
    ///   - boundary: 1 to 70 characters of those that RFC 2046 allows, no blank at the end.
    ///   - headerLimit: the most bytes of a part's header, without the empty line.
    /// - Throws: ``HTTPFormError/boundary``.
    public init(boundary: [UInt8], headerLimit: Int = 8 << 10) throws(HTTPFormError) {
        guard boundary.count >= 1, boundary.count <= 70, boundary.last != 0x20,
            boundary.allSatisfy(Self.isBoundaryByte)
        else { throw .boundary }
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + boundary
        self.headerLimit = headerLimit
    }

    /// Whether the last delimiter has been seen.
    public var isEnded: Bool { if case .epilogue = state { true } else { false } }

    /// Looks at `bytes`, which follow those that were consumed after the last call. Once `bad`, always `bad`.
    public mutating func next(_ bytes: RawSpan) -> Event {
        // Sound: every access is at an index less than the count.
        let event = unsafe bytes.withUnsafeBytes { unsafe advance($0) }
        if case .bad(let error) = event { state = .failed(error) }
        return event
    }

    private mutating func advance(_ bytes: UnsafeRawBufferPointer) -> Event {
        var index = 0
        while index < bytes.count {
            let byte = unsafe bytes[index]
            switch state {
            case .failed(let error): return .bad(error)
            case .epilogue: return .end
            case .preamble:
                switch unsafe search(bytes, index) {
                case .needMore: return .needMore
                case .held: continue
                case .content(let range): index = range.upperBound
                case .delimiter(let end):
                    state = .afterDelimiter
                    index = end
                }
            case .content:
                switch unsafe search(bytes, index) {
                case .needMore: return .needMore
                case .held(let range): return .heldContent(range)
                case .content(let range): return .content(range)
                case .delimiter(let end):
                    state = .afterDelimiter
                    return .partEnd(consumed: end)
                }
            case .header:
                index += 1
                if let event = take(byte, at: index) { return event }
            default:
                index += 1
                guard takeDelimiterEnd(byte) else { return .bad(.delimiter) }
                if isEnded { return .end }
            }
        }
        return .needMore
    }

    /// What comes first from `start` on: content, or the delimiter.
    private mutating func search(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Found {
        var index = start
        if matched > 0 {
            let held = presumed..<matched
            while unsafe index < bytes.count && matched < delimiter.count && bytes[index] == delimiter[matched] {
                matched += 1
                index += 1
            }
            if matched == delimiter.count {
                (matched, presumed) = (0, 0)
                return .delimiter(end: index)
            }
            if index == bytes.count { return .needMore }
            // Only a delimiter's first byte is a CR, so none begins within what matched.
            (matched, presumed) = (0, 0)
            if !held.isEmpty { return .held(held) }
            index = start
        }
        while index < bytes.count {
            // Sound: the index is less than the count.
            let base = unsafe bytes.baseAddress.unsafelyUnwrapped
            guard let found = unsafe memchr(base + index, 0x0D, bytes.count - index) else { break }
            let first = unsafe UnsafeRawPointer(found) - base
            var end = first + 1
            while unsafe end < bytes.count && end - first < delimiter.count && bytes[end] == delimiter[end - first] {
                end += 1
            }
            let isWhole = end - first == delimiter.count
            if isWhole || end == bytes.count {
                if first > start { return .content(start..<first) }
                if isWhole { return .delimiter(end: end) }
                matched = end - first
                return .needMore
            }
            index = end
        }
        return .content(start..<bytes.count)
    }

    private mutating func takeDelimiterEnd(_ byte: UInt8) -> Bool {
        switch (state, byte) {
        case (.afterDelimiter, UInt8(ascii: "-")): state = .afterHyphen
        case (.afterHyphen, UInt8(ascii: "-")): state = .epilogue
        case (.afterDelimiter, 0x20), (.afterDelimiter, 0x09), (.afterBlank, 0x20), (.afterBlank, 0x09):
            state = .afterBlank
        case (.afterDelimiter, 0x0D), (.afterBlank, 0x0D): state = .delimiterLineFeed
        case (.delimiterLineFeed, 0x0A):
            header.removeAll(keepingCapacity: true)
            state = .header
        default: return false
        }
        return true
    }

    /// One byte of a part's header; an event at its end.
    private mutating func take(_ byte: UInt8, at end: Int) -> Event? {
        // The empty line that ends it does not count.
        if header.count >= headerLimit + 4 { return .bad(.partHeaderTooLarge) }
        header.append(byte)
        guard byte == 0x0A else { return nil }
        let isOver = header.count == 2 ? header[0] == 0x0D : header.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A]
        guard isOver else { return nil }
        do throws(HTTPFormError) {
            part = try MultipartPart(header: header.dropLast(2))
        } catch {
            return .bad(error)
        }
        state = .content
        (matched, presumed) = (2, 2)
        return .part(consumed: end)
    }

    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case 0x20, UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "+"), UInt8(ascii: "_"),
            UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: "="), UInt8(ascii: "?"):
            true
        default: false
        }
    }
}
