/// Takes the framing off a chunked body (RFC 9112, section 7.1). A pure state machine: it is shown bytes and says which
/// of them are content.
///
/// Strict: a hexadecimal size of at most 15 digits, leading zeros included; extensions by the grammar; CR LF and
/// nothing else ends a line. Chunk lines and the trailer section are bounded, and so are the extensions of all chunks
/// together, but for those that content pays for: each byte of it one of theirs. Trailers are checked as lines;
/// ``trailerBytes`` says where they lie, for ``HTTPTrailers``.
public struct HTTPChunkDecoder: Sendable {
    /// What the bytes shown mean.
    public enum Event: Equatable, Sendable {
        /// They are framing, all of them: consume them and come back with more.
        case needMore
        /// Those in the range are content, those before it framing: consume up to the range's end.
        case data(Range<Int>)
        /// The body is over; so many bytes of those shown belong to it.
        case end(consumed: Int)
        /// It is malformed.
        case bad(HTTPMessageError)
    }

    enum State: UInt8, Sendable {
        case size, blankBeforeExtension, extensionName, inExtensionName, afterExtensionName, extensionValue
        case inExtensionToken, inExtensionQuotes, afterBackslash, afterExtensionValue, sizeLineFeed
        case data, dataCarriageReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, ended
    }

    /// The longest chunk line, with its extensions. 1 KiB.
    public static var maximumChunkLine: Int { 1024 }
    /// The most bytes of extensions in one body beyond those of its content. 16 KiB.
    public static var maximumExtensions: Int { 16 << 10 }
    /// The longest trailer section. 8 KiB.
    public static var maximumTrailer: Int { 8 << 10 }

    var state = State.size
    var digits: UInt8 = 0
    /// Bytes of this chunk line, or of the trailer section.
    var lineBytes: UInt32 = 0
    /// Bytes of extensions so far that no content has paid for.
    private var unpaidExtensions: UInt32 = 0
    /// Content of this chunk that is still to come.
    var remaining = 0
    private var trailerStart: UInt32 = 0
    private var trailerEnd: UInt32 = 0

    public init() {}

    /// Where the trailer section, with the empty line that ends it, lies among the bytes that were last shown. Empty
    /// unless they reached into it.
    public var trailerBytes: Range<Int> { Int(trailerStart)..<Int(trailerEnd) }

    /// Whether the last chunk and the trailer section have been seen.
    public var isEnded: Bool { state == .ended }

    /// How many bytes of the trailer section have been seen, the empty line that ends it included.
    var trailerByteCount: Int {
        switch state {
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed, .ended: Int(lineBytes)
        default: 0
        }
    }

    /// Looks at `bytes`, which follow those that were consumed after the last call.
    public mutating func next(_ bytes: RawSpan) -> Event {
        // Those of the last call may lie behind the end of these bytes.
        (trailerStart, trailerEnd) = (0, 0)
        // Sound: every access is at an offset less than the count.
        return unsafe bytes.withUnsafeBytes { buffer in
            var index = 0
            while index < buffer.count {
                if state.rawValue >= State.trailerStart.rawValue { return unsafe nextOfTrailer(buffer, from: index) }
                if state == .data {
                    let piece = min(remaining, buffer.count - index)
                    remaining -= piece
                    if remaining == 0 { state = .dataCarriageReturn }
                    return .data(index..<index + piece)
                }
                if let mistake = take(unsafe buffer[index]) { return .bad(HTTPMessageError(mistake)) }
                index += 1
            }
            return .needMore
        }
    }

    private mutating func nextOfTrailer(_ buffer: UnsafeRawBufferPointer, from start: Int) -> Event {
        var index = start
        while index < buffer.count {
            if let mistake = takeTrailer(unsafe buffer[index]) { return .bad(HTTPMessageError(mistake)) }
            index += 1
            if state == .ended { break }
        }
        // At most ``maximumTrailer`` bytes are taken, behind what one block holds.
        trailerStart = UInt32(truncatingIfNeeded: start)
        trailerEnd = UInt32(truncatingIfNeeded: index)
        return state == .ended ? .end(consumed: index) : .needMore
    }

    /// One byte of framing.
    private mutating func take(_ byte: UInt8) -> HTTPMessageError.Code? {
        switch state {
        case .size: return takeSize(byte)
        case .data: return .chunkEnd
        case .dataCarriageReturn: return expect(byte, 0x0D, then: .dataLineFeed, else: .chunkEnd)
        case .dataLineFeed:
            digits = 0
            lineBytes = 0
            return expect(byte, 0x0A, then: .size, else: .chunkEnd)
        case .sizeLineFeed:
            lineBytes = 0
            unpaidExtensions -= min(unpaidExtensions, UInt32(clamping: remaining))
            return expect(byte, 0x0A, then: remaining == 0 ? .trailerStart : .data, else: .bareCarriageReturn)
        default: return takeExtension(byte)
        }
    }

    private mutating func expect(
        _ byte: UInt8, _ wanted: UInt8, then next: State, else mistake: HTTPMessageError.Code
    ) -> HTTPMessageError.Code? {
        guard byte == wanted else { return mistake }
        state = next
        return nil
    }

    private mutating func takeSize(_ byte: UInt8) -> HTTPMessageError.Code? {
        if let digit = ASCII.hexadecimal(byte) {
            // 15 digits are less than 2^60.
            guard digits < 15 else { return .chunkSize }
            digits += 1
            remaining = remaining &<< 4 | Int(digit)
            return nil
        }
        guard digits > 0 else { return .chunkSize }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensionName
        case 0x20, 0x09: state = .blankBeforeExtension
        case 0x0A: return .bareLineFeed
        default: return .chunkSize
        }
        return nil
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`
    private mutating func takeExtension(_ byte: UInt8) -> HTTPMessageError.Code? {
        lineBytes += 1
        if lineBytes > Self.maximumChunkLine { return .chunkLineTooLong }
        unpaidExtensions += 1
        if unpaidExtensions > Self.maximumExtensions { return .chunkExtensionsTooLarge }
        switch state {
        case .blankBeforeExtension:
            if ASCII.isBlank(byte) { return nil }
            return expect(byte, UInt8(ascii: ";"), then: .extensionName, else: .chunkExtension)
        case .extensionName:
            if ASCII.isBlank(byte) { return nil }
            guard ASCII.isToken(byte) else { return .chunkExtension }
            state = .inExtensionName
        case .inExtensionName:
            if ASCII.isToken(byte) { return nil }
            if byte != UInt8(ascii: "=") { return endExtension(byte, .afterExtensionName) }
            state = .extensionValue
        case .afterExtensionName:
            if byte != UInt8(ascii: "=") { return endBlankExtension(byte) }
            state = .extensionValue
        case .extensionValue:
            if ASCII.isBlank(byte) { return nil }
            if byte == UInt8(ascii: "\"") {
                state = .inExtensionQuotes
            } else {
                guard ASCII.isToken(byte) else { return .chunkExtension }
                state = .inExtensionToken
            }
        case .inExtensionToken:
            if !ASCII.isToken(byte) { return endExtension(byte, .afterExtensionValue) }
        case .inExtensionQuotes:
            guard ASCII.isFieldValue(byte) else { return .chunkExtension }
            if byte == UInt8(ascii: "\"") { state = .afterExtensionValue }
            if byte == UInt8(ascii: "\\") { state = .afterBackslash }
        case .afterBackslash:
            guard ASCII.isFieldValue(byte) else { return .chunkExtension }
            state = .inExtensionQuotes
        default:
            return endExtension(byte, .afterExtensionValue)
        }
        return nil
    }

    /// What may follow a name or a value: the line's end, another extension, or blanks before one.
    private mutating func endExtension(_ byte: UInt8, _ afterBlank: State) -> HTTPMessageError.Code? {
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensionName
        case 0x20, 0x09: state = afterBlank == .afterExtensionName ? .afterExtensionName : .blankBeforeExtension
        case 0x0A: return .bareLineFeed
        default: return .chunkExtension
        }
        return nil
    }

    private mutating func endBlankExtension(_ byte: UInt8) -> HTTPMessageError.Code? {
        if ASCII.isBlank(byte) { return nil }
        return expect(byte, UInt8(ascii: ";"), then: .extensionName, else: .chunkExtension)
    }

    private mutating func takeTrailer(_ byte: UInt8) -> HTTPMessageError.Code? {
        lineBytes += 1
        if lineBytes > Self.maximumTrailer { return .trailerTooLarge }
        switch state {
        case .ended: return .chunkEnd
        case .trailerStart:
            if byte == 0x0D {
                state = .endLineFeed
            } else {
                guard ASCII.isToken(byte) else { return .trailer }
                state = .trailerName
            }
        case .trailerName:
            if byte == UInt8(ascii: ":") {
                state = .trailerValue
            } else if !ASCII.isToken(byte) {
                return .trailer
            }
        case .trailerValue:
            if byte == 0x0D {
                state = .trailerLineFeed
            } else if !ASCII.isFieldValue(byte) {
                return .trailer
            }
        case .trailerLineFeed: return expect(byte, 0x0A, then: .trailerStart, else: .bareCarriageReturn)
        default: return expect(byte, 0x0A, then: .ended, else: .bareCarriageReturn)
        }
        return nil
    }
}
