/// A URI or a relative reference cut into its five parts (RFC 3986, appendix B), which are otherwise as written.
struct URLReference {
    /// Nil for a relative reference.
    private(set) var scheme: ArraySlice<UInt8>?
    private(set) var authority: ArraySlice<UInt8>?
    private(set) var path: ArraySlice<UInt8>
    private(set) var query: ArraySlice<UInt8>?
    private(set) var fragment: ArraySlice<UInt8>?

    init(_ text: String) throws(HTTPURLError) {
        guard text.utf8.count <= HTTPURL.maximumLength else { throw HTTPURLError(.tooLong) }
        var rest = Array(text.utf8)[...]
        while let last = rest.last, last == 0x20 { rest.removeLast() }
        while let first = rest.first, first == 0x20 { rest.removeFirst() }
        if rest.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw HTTPURLError(.controlCharacter) }

        fragment = Self.cut(&rest, at: UInt8(ascii: "#"))
        query = Self.cut(&rest, at: UInt8(ascii: "?"))
        if let colon = rest.firstIndex(where: { !Self.isSchemeByte($0) }), rest[colon] == UInt8(ascii: ":"),
            let first = rest.first, ASCII.lowercased(first) &- 0x61 < 26
        {
            scheme = rest[..<colon]
            rest = rest[(colon + 1)...]
        }
        if rest.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            authority = rest[..<end]
            rest = rest[end...]
        }
        path = rest
    }

    /// Takes off what is behind the first `byte`.
    private static func cut(_ rest: inout ArraySlice<UInt8>, at byte: UInt8) -> ArraySlice<UInt8>? {
        guard let index = rest.firstIndex(of: byte) else { return nil }
        let behind = rest[(index + 1)...]
        rest = rest[..<index]
        return behind
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: ASCII.isDigit(byte) || ASCII.lowercased(byte) &- 0x61 < 26
        }
    }
}
