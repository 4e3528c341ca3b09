/// Header fields in the order they were added, laid out as they are sent: one piece of memory however many there are.
///
/// Mistakes (a name that is no token, a line end in a value) are remembered in ``problem`` and refused by what sends
/// the fields, so that setting them needs no `try`. Names are compared without regard to case. Complexity of a look-up:
/// O(bytes).
public struct HTTPFields: Sendable, Equatable {
    /// What is wrong with a field that was set.
    public enum Problem: Sendable, Hashable {
        /// A name that is no token.
        case name
        /// A value with a control character in it.
        case value
        /// More than ``HTTPFields/maximumBytes``.
        case tooLarge
    }

    /// The most bytes that fields may come to. 64 KiB.
    public static var maximumBytes: Int { 64 << 10 }

    /// Names that mean something to who sends the fields.
    struct Known: OptionSet {
        let rawValue: UInt8
        static let host = Known(rawValue: 1 << 0)
        static let userAgent = Known(rawValue: 1 << 1)
        /// Those that say how the message goes on: the sender's own.
        static let framing = Known(rawValue: 1 << 2)
    }

    /// `Name: value` and a line end, for each.
    private(set) var bytes: [UInt8] = []
    private(set) var known: Known = []
    /// The first mistake; nil if there was none.
    public private(set) var problem: Problem?

    public init() {}

    /// Whether there are none.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Adds a field, besides those of the same name.
    public mutating func add(_ name: String, _ value: String) {
        unsafe add(nameBytes: name.utf8.span.bytes, value.utf8.span.bytes)
    }

    /// Adds a field, besides those of the same name.
    public mutating func add(_ name: HTTPFieldName, _ value: String) {
        unsafe add(nameBytes: name.bytes, value.utf8.span.bytes)
    }

    /// Sets a field, in place of those of the same name.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Sets a field, in place of those of the same name.
    public mutating func set(_ name: HTTPFieldName, _ value: String) {
        remove(name.description)
        add(name, value)
    }

    /// Adds a field whose name and value come from elsewhere.
    public mutating func add(nameBytes name: RawSpan, _ value: RawSpan) {
        guard HTTPFieldSyntax.isToken(name) else { return fail(.name) }
        guard HTTPFieldSyntax.isValue(value) else { return fail(.value) }
        guard name.byteCount + value.byteCount + 4 <= Self.maximumBytes - bytes.count else { return fail(.tooLarge) }
        known.formUnion(Self.known(name))
        if bytes.isEmpty { bytes.reserveCapacity(256) }
        unsafe name.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
        unsafe value.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    /// Removes the fields of a name.
    public mutating func remove(_ name: String) {
        var kept: [UInt8] = []
        var isChanged = false
        forEachLine { line, nameCount in
            if unsafe Self.isNamed(line, nameCount, name.utf8.span.bytes) {
                isChanged = true
            } else {
                unsafe line.withUnsafeBytes { unsafe kept.append(contentsOf: $0) }
            }
            return true
        }
        guard isChanged else { return }
        bytes = kept
        known = []
        forEachLine { line, nameCount in
            known.formUnion(Self.known(line.extracting(first: nameCount)))
            return true
        }
    }

    /// The value of the first field of a name.
    public subscript(name: String) -> String? {
        var found: String?
        forEachLine { line, nameCount in
            guard unsafe Self.isNamed(line, nameCount, name.utf8.span.bytes) else { return true }
            found = String(bytes: line.extracting(nameCount + 2..<line.byteCount - 2))
            return false
        }
        return found
    }

    /// The value of the first field of a name.
    public subscript(name: HTTPFieldName) -> String? { self[name.description] }

    /// The values of all fields of a name, in their order.
    public func values(of name: String) -> [String] {
        var found: [String] = []
        forEachLine { line, nameCount in
            if unsafe Self.isNamed(line, nameCount, name.utf8.span.bytes) {
                found.append(String(bytes: line.extracting(nameCount + 2..<line.byteCount - 2)))
            }
            return true
        }
        return found
    }

    /// Whether there is a field of a name.
    public func contains(_ name: HTTPFieldName) -> Bool {
        var isFound = false
        forEachLine { line, nameCount in
            isFound = name.count == nameCount && name.matches(line.extracting(first: nameCount))
            return !isFound
        }
        return isFound
    }

    /// Shows names and values, in their order.
    public func forEach(_ body: (_ name: RawSpan, _ value: RawSpan) -> Void) {
        forEachLine { line, nameCount in
            body(line.extracting(first: nameCount), line.extracting(nameCount + 2..<line.byteCount - 2))
            return true
        }
    }

    /// Shows each line, with its line end, and how long its name is, until `body` answers false.
    func forEachLine(_ body: (RawSpan, Int) -> Bool) {
        // Sound: bytes have no padding; offsets stay below the count.
        let all = unsafe bytes.span.bytes
        var start = 0
        while start < all.byteCount {
            var end = start
            var nameEnd = -1
            while unsafe all.unsafeLoad(fromByteOffset: end, as: UInt8.self) != 0x0A {
                if nameEnd < 0, unsafe all.unsafeLoad(fromByteOffset: end, as: UInt8.self) == UInt8(ascii: ":") {
                    nameEnd = end
                }
                end += 1
            }
            guard body(all.extracting(start..<end + 1), nameEnd - start) else { return }
            start = end + 1
        }
    }

    private static func known(_ name: RawSpan) -> Known {
        switch name.byteCount {
        case 4 where HTTPFieldName.host.matches(name): .host
        case 10 where HTTPFieldName.userAgent.matches(name): .userAgent
        case 6 where HTTPFieldName.expect.matches(name), 7 where HTTPFieldName.upgrade.matches(name),
            10 where HTTPFieldName.connection.matches(name), 14 where HTTPFieldName.contentLength.matches(name),
            17 where HTTPFieldName.transferEncoding.matches(name):
            .framing
        default: []
        }
    }

    private mutating func fail(_ problem: Problem) {
        if self.problem == nil { self.problem = problem }
    }

    private static func isNamed(_ line: RawSpan, _ nameCount: Int, _ name: RawSpan) -> Bool {
        guard nameCount == name.byteCount else { return false }
        return unsafe line.withUnsafeBytes { left in
            unsafe name.withUnsafeBytes { right in
                guard let wanted = unsafe right.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
                return unsafe ASCII.equalsIgnoringCase(left.baseAddress, wanted, nameCount)
            }
        }
    }
}

extension HTTPFieldName {
    /// Its letters.
    var bytes: RawSpan {
        @_lifetime(immortal)
        get {
            // Sound: literals live for ever.
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(text.utf8Start), byteCount: count)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}
