internal import Glibc
internal import MillpondPools

/// Header fields. Mistakes (a line end in a value, a field that is the server's own) are remembered and thrown by what
/// sends the head, so that setting fields needs no `try`. Once the head is made, changes of it do nothing, and the
/// server's `onError` is told: the client has a whole answer all the same.
extension HTTPResponse {
    /// Sets a field, in place of those of the same name.
    public mutating func set(_ name: HTTPFieldName, _ value: StaticString) {
        remove(name)
        add(name, value)
    }

    /// Sets a field, in place of those of the same name.
    public mutating func set(_ name: HTTPFieldName, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Sets a field, in place of those of the same name.
    public mutating func set(_ name: HTTPFieldName, bytes value: RawSpan) {
        remove(name)
        add(name, bytes: value)
    }

    /// Adds a field, besides those of the same name.
    public mutating func add(_ name: HTTPFieldName, _ value: StaticString) {
        // Sound: literals live for ever.
        add(
            name,
            bytes: unsafe RawSpan(
                _unsafeStart: UnsafeRawPointer(value.utf8Start), byteCount: value.utf8CodeUnitCount))
    }

    /// Adds a field, besides those of the same name.
    public mutating func add(_ name: HTTPFieldName, _ value: String) {
        unsafe add(name, bytes: value.utf8.span.bytes)
    }

    /// Adds a field, besides those of the same name.
    public mutating func add(_ name: HTTPFieldName, bytes value: RawSpan) {
        // Sound: literals live for ever.
        add(
            nameBytes: unsafe RawSpan(_unsafeStart: UnsafeRawPointer(name.text.utf8Start), byteCount: name.count), value
        )
    }

    /// Adds a field whose name comes from elsewhere.
    public mutating func add(nameBytes name: RawSpan, _ value: RawSpan) {
        guard isOpen else { return fail(.alreadySent) }
        guard HTTPFieldSyntax.isToken(name) else { return fail(.invalidName) }
        guard HTTPFieldSyntax.isValue(value) else { return fail(.invalidValue) }
        if Self.isReserved(name) { return fail(.reservedField) }
        if HTTPFieldName.date.matches(name) { hasDate = true }
        let count = name.byteCount + value.byteCount + 4
        guard count <= Self.maximumFields - fieldBytes, makeRoom(fieldBytes + count) else {
            return fail(.headTooLarge)
        }
        let offset = fieldBytes
        unsafe fields?.withUnsafeMutableBytes { buffer in
            var line = unsafe HeadWriter(UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]))
            line.append(name)
            line.append(": ")
            line.append(value)
            line.append("\r\n")
        }
        fieldBytes += count
    }

    /// Removes the fields of a name. Complexity: O(bytes of the fields).
    public mutating func remove(_ name: HTTPFieldName) {
        guard isOpen else { return fail(.alreadySent) }
        guard fieldBytes > 0 else { return }
        let total = fieldBytes
        fieldBytes =
            unsafe fields?.withUnsafeMutableBytes { unsafe Self.removeLines(of: name, in: $0, count: total) } ?? 0
        if name.isDate { hasDate = false }
    }

    /// Whether a field was set. Complexity: O(bytes of the fields).
    public func hasField(_ name: HTTPFieldName) -> Bool {
        withField(name) { _ in true } ?? false
    }

    /// The value of a field that was set, its first line's, as text; nil without one.
    public func string(_ name: HTTPFieldName) -> String? {
        withField(name) { String(bytes: $0) }
    }

    /// Shows the value of a field that was set, its first line's; nil without one, and once the head has left.
    public func withField<R>(_ name: HTTPFieldName, _ body: (RawSpan) throws -> R) rethrows -> R? {
        switch fields {
        case .some(let block):
            let lines = block.bytes.extracting(first: fieldBytes)
            guard let value = Self.value(of: name, in: lines) else { return nil }
            return try body(lines.extracting(value))
        case .none: return nil
        }
    }

    /// Whether the comma-separated list of a field, in any of its lines, has an element `word`, without regard to case.
    func lists(_ word: HTTPFieldName, in name: HTTPFieldName) -> Bool {
        switch fields {
        case .some(let block): Self.lists(word, in: name, of: block.bytes.extracting(first: fieldBytes))
        case .none: false
        }
    }

    private static func lists(_ word: HTTPFieldName, in name: HTTPFieldName, of lines: RawSpan) -> Bool {
        var start = 0
        while let value = value(of: name, in: lines, from: start) {
            let list = lines.extracting(value)
            if !list.forEachListElement({ !word.matches(list.extracting($0)) }) { return true }
            // Behind CR LF.
            start = value.upperBound + 2
        }
        return false
    }

    /// Adds a field's name to `Vary`, unless it is there.
    mutating func addVary(_ name: HTTPFieldName) {
        if !lists(name, in: .vary) { add(.vary, name.text) }
    }

    private static func value(of name: HTTPFieldName, in lines: RawSpan, from first: Int = 0) -> Range<Int>? {
        var start = first
        while start < lines.byteCount {
            var end = start
            while lines.octet(end) != 0x0A { end += 1 }
            let nameEnd = start + name.count
            if nameEnd < end, lines.octet(nameEnd) == UInt8(ascii: ":"),
                name.matches(lines.extracting(start..<nameEnd))
            {
                // Behind the colon and its blank, before CR LF.
                return nameEnd + 2..<end - 1
            }
            start = end + 1
        }
        return nil
    }

    /// Moves the other lines together; says how many bytes are left.
    private static func removeLines(
        of name: HTTPFieldName, in buffer: UnsafeMutableRawBufferPointer, count: Int
    ) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var (read, written) = (0, 0)
        while read < count, let end = unsafe memchr(base + read, 0x0A, count - read) {
            let length = unsafe UnsafeRawPointer(end) - UnsafeRawPointer(base) + 1 - read
            let line = unsafe RawSpan(_unsafeStart: base + read, byteCount: length)
            let isNamed =
                unsafe length > name.count && buffer[read + name.count] == UInt8(ascii: ":")
                && name.matches(line.extracting(first: name.count))
            if !isNamed {
                unsafe memmove(base + written, base + read, length)
                written += length
            }
            read += length
        }
        return written
    }

    mutating func fail(_ error: HTTPResponseError) {
        if !isOpen {
            wasChangedLate = true
        } else if fieldError == nil {
            fieldError = error
        }
    }

    mutating func makeRoom(_ count: Int) -> Bool {
        if count <= (fields?.capacity ?? 0) { return true }
        guard var larger = try? BlockPool.shared.take(minimumCapacity: count * 2) else { return false }
        let used = fieldBytes
        unsafe fields?.withUnsafeMutableBytes { old in
            // Sound: the new block is larger.
            larger.copy(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: old[..<used])))
        }
        fields = consume larger
        return true
    }

    private static func isReserved(_ name: RawSpan) -> Bool {
        switch name.byteCount {
        case 7: HTTPFieldName.trailer.matches(name)
        case 10: HTTPFieldName.connection.matches(name)
        case 14: HTTPFieldName.contentLength.matches(name)
        case 17: HTTPFieldName.transferEncoding.matches(name)
        default: false
        }
    }
}
