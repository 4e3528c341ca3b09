/// The cookies that the client sent. Nothing is parsed before it is asked for, and nothing is copied.
extension HTTPRequest {
    /// The value of the first cookie of a name, as it was sent but for quotes around it; nil when there is none.
    /// Complexity: O(bytes of the cookies).
    @_lifetime(borrow self)
    public func cookie(_ name: String) -> RawSpan? {
        var field = driver.head.index(of: .cookie, in: head)
        while let index = field {
            let value = driver.head.value(at: index, in: head)
            if let range = Self.cookie(name, in: value) { return value.extracting(range) }
            field = driver.head.index(of: .cookie, from: index + 1, in: head)
        }
        return nil
    }

    /// The value of the first cookie of a name as text.
    public func cookieString(_ name: String) -> String? {
        guard let value = cookie(name) else { return nil }
        return String(bytes: value)
    }

    /// Shows every cookie's name and value, in their order. What has no name that is a token is left out; values are
    /// taken as they are, since there is no telling what other software put there.
    public func forEachCookie(_ body: (_ name: RawSpan, _ value: RawSpan) throws -> Void) rethrows {
        var field = driver.head.index(of: .cookie, in: head)
        while let index = field {
            let value = driver.head.value(at: index, in: head)
            try Self.forEachCookie(in: value) {
                try body(value.extracting($0), value.extracting($1))
                return true
            }
            field = driver.head.index(of: .cookie, from: index + 1, in: head)
        }
    }

    private static func cookie(_ wanted: String, in bytes: RawSpan) -> Range<Int>? {
        var found: Range<Int>?
        forEachCookie(in: bytes) { name, value in
            let isWanted = unsafe bytes.extracting(name).withUnsafeBytes { unsafe $0.elementsEqual(wanted.utf8) }
            if isWanted { found = value }
            return !isWanted
        }
        return found
    }

    /// Shows where names and values lie, until `body` answers false. `pair *( ";" SP pair )`; blanks around pairs and
    /// missing ones pass, as browsers and others send them.
    static func forEachCookie(in bytes: RawSpan, _ body: (Range<Int>, Range<Int>) throws -> Bool) rethrows {
        var start = 0
        while start < bytes.byteCount {
            var end = start
            var equals: Int?
            while end < bytes.byteCount, bytes.octet(end) != UInt8(ascii: ";") {
                if bytes.octet(end) == UInt8(ascii: "="), equals == nil { equals = end }
                end += 1
            }
            if let equals {
                let name = bytes.trimmingBlanks(start..<equals)
                let value = withoutQuotes(bytes, bytes.trimmingBlanks(equals + 1..<end))
                let isValid = !name.isEmpty && name.allSatisfy { ASCII.isToken(bytes.octet($0)) }
                if isValid, try !body(name, value) { return }
            }
            start = end + 1
        }
    }

    private static func withoutQuotes(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
        let quote = UInt8(ascii: "\"")
        let isQuoted =
            range.count >= 2 && bytes.octet(range.lowerBound) == quote && bytes.octet(range.upperBound - 1) == quote
        return isQuoted ? range.lowerBound + 1..<range.upperBound - 1 : range
    }
}
