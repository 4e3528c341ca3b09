/// Reads the text and number members of one JSON object (RFC 8259): all that a token's two parts need.
///
/// Strict; nested values are checked and passed over to a depth of eight. A name that comes twice is an error, since
/// readers differ in which one counts, and so is the 65th member.
struct ClaimsReader {
    enum Value: Equatable {
        case text(String)
        case number(Double)
        case other
    }

    /// The members of an object. So few that going through them is quicker than hashing their names.
    struct Members: Equatable {
        struct Member: Equatable {
            let name: String
            let value: Value
        }

        static let maximum = 64
        /// In the order in which they were written.
        private(set) var all: [Member] = []

        subscript(name: String) -> Value? { all.first { $0.name == name }?.value }

        /// False when there is one of that name, or no room.
        mutating func add(_ name: String, _ value: Value) -> Bool {
            guard all.count < Self.maximum, self[name] == nil else { return false }
            if all.isEmpty { all.reserveCapacity(4) }
            all.append(Member(name: name, value: value))
            return true
        }
    }

    private let bytes: [UInt8]
    private var offset = 0

    /// Nil when the bytes are not one JSON object.
    static func read(_ bytes: [UInt8]) -> Members? {
        var reader = ClaimsReader(bytes: bytes)
        guard let members = reader.object(depth: 0) else { return nil }
        reader.skipSpace()
        return reader.offset == bytes.count ? members : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        skipSpace()
        return skip(UInt8(ascii: letter))
    }

    private mutating func object(depth: Int) -> Members? {
        guard depth < 8, take("{") else { return nil }
        var members = Members()
        if take("}") { return members }
        repeat {
            skipSpace()
            guard let name = text(), take(":"), let value = value(depth: depth + 1) else { return nil }
            guard members.add(name, value) else { return nil }
        } while take(",")
        return take("}") ? members : nil
    }

    private mutating func value(depth: Int) -> Value? {
        skipSpace()
        switch current {
        case UInt8(ascii: "\""): return text().map { .text($0) }
        case UInt8(ascii: "{"): return object(depth: depth).map { _ in .other }
        case UInt8(ascii: "["): return array(depth: depth) ? .other : nil
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number().map { .number($0) }
        }
    }

    private mutating func array(depth: Int) -> Bool {
        guard depth < 8, take("[") else { return false }
        if take("]") { return true }
        repeat {
            guard value(depth: depth + 1) != nil else { return false }
        } while take(",")
        return take("]")
    }

    private mutating func word(_ word: String) -> Value? {
        guard bytes[offset...].starts(with: word.utf8) else { return nil }
        offset += word.utf8.count
        return .other
    }

    /// `[ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ "e" [ "+" / "-" ] 1*DIGIT ]`
    private mutating func number() -> Double? {
        let start = offset
        skip(UInt8(ascii: "-"))
        let isZero = current == UInt8(ascii: "0")
        guard case let count = skipDigits(), count == 1 || count > 1 && !isZero else { return nil }
        if skip(UInt8(ascii: ".")), skipDigits() == 0 { return nil }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            if skipDigits() == 0 { return nil }
        }
        return Double(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = current, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { offset += 1 }
        return offset - start
    }

    private mutating func text() -> String? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        let start = offset
        while let byte = current, Self.isPlain(byte) { offset += 1 }
        let content = bytes[start..<offset]
        // What nearly all texts are. To validate would be many times dearer than to copy.
        if skip(UInt8(ascii: "\"")) { return String(decoding: content, as: UTF8.self) }
        return text(following: content)
    }

    /// ASCII that stands for itself within a text.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x80 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// The rest of a text, up to its closing mark, behind what was read of it.
    private mutating func text(following beginning: ArraySlice<UInt8>) -> String? {
        var content = Array(beginning)
        while let byte = current {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(&content) else { return nil }
            case 0..<0x20: return nil
            default: content.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(_ content: inout [UInt8]) -> Bool {
        guard let letter = current else { return false }
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(letter)
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "u"):
            guard var code = hexadecimal() else { return false }
            if code & 0xFC00 == 0xD800 {
                guard bytes[offset...].starts(with: "\\u".utf8) else { return false }
                offset += 2
                guard let low = hexadecimal(), low & 0xFC00 == 0xDC00 else { return false }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else { return false }
            content.append(contentsOf: String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard offset + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for letter in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(letter)).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        offset += 4
        return value
    }
}
