public import MillpondNet

/// A request as its handler sees it: views of the head where it lies, and the content as it comes.
///
/// Lives as long as the handler runs. The views borrow it, so none can be kept, or be in use while content is read.
@safe
public struct HTTPRequest: ~Copyable {
    // Sound: the driver outlives the call of the handler, in which alone a request can be used.
    @safe unowned(unsafe) let driver: HTTPDriver
    /// The head's first byte; see `HTTPDriver.serve`.
    private let start: UnsafeRawPointer

    init(driver: HTTPDriver, start: UnsafeRawPointer) {
        self.driver = driver
        unsafe self.start = start
    }

    /// The head's bytes.
    var head: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: start, byteCount: driver.headCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The connection. Writing to it directly is for whoever has taken it over.
    public var channel: Channel { driver.channel }
    /// The method; `other` for one without a name in ``HTTPMethod``.
    public var method: HTTPMethod { driver.head.method }
    /// The version.
    public var version: HTTPVersion { driver.head.version }
    /// Whether the client offers to change the protocol.
    public var offersUpgrade: Bool { driver.head.offersUpgrade }

    /// The method's letters.
    public var methodBytes: RawSpan {
        @_lifetime(borrow self) get { driver.head.method(in: head) }
    }

    /// The target as it was sent.
    public var target: RawSpan {
        @_lifetime(borrow self) get { driver.head.target(in: head) }
    }

    /// The target's path: what is before the query, without the authority where the target is a whole URI. `/` where
    /// that has none.
    public var path: RawSpan {
        @_lifetime(borrow self)
        get {
            let (path, _) = pathAndQuery
            if path.isEmpty {
                let slash: StaticString = "/"
                // Sound: literals live for ever.
                let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(slash.utf8Start), byteCount: 1)
                return unsafe _overrideLifetime(span, borrowing: self)
            }
            return head.extracting(path)
        }
    }

    /// What follows the target's first question mark; nil without one.
    public var query: RawSpan? {
        @_lifetime(borrow self)
        get {
            let (_, query) = pathAndQuery
            guard let query else { return nil }
            return head.extracting(query)
        }
    }

    /// The target's path as text.
    public var pathString: String { String(bytes: path) }

    /// The value of a field: its first line's, without blanks around it.
    @_lifetime(borrow self)
    public func field(_ name: HTTPFieldName) -> RawSpan? {
        guard let index = driver.head.index(of: name, in: head) else { return nil }
        return driver.head.value(at: index, in: head)
    }

    /// The value of a field as text; bytes that are not UTF-8 are replaced.
    public func string(_ name: HTTPFieldName) -> String? {
        guard let index = driver.head.index(of: name, in: head) else { return nil }
        return String(bytes: driver.head.value(at: index, in: head))
    }

    /// Whether a field is there and its value's letters are `text`, without regard to case.
    public func field(_ name: HTTPFieldName, is text: HTTPFieldName) -> Bool {
        guard let index = driver.head.index(of: name, in: head) else { return false }
        return text.matches(driver.head.value(at: index, in: head))
    }

    /// Whether the path is `text`.
    public func pathIs(_ text: StaticString) -> Bool {
        let path = self.path
        guard path.byteCount == text.utf8CodeUnitCount else { return false }
        for index in 0..<path.byteCount {
            // Sound: both have as many bytes.
            guard unsafe path.unsafeLoad(fromByteOffset: index, as: UInt8.self) == text.utf8Start[index] else {
                return false
            }
        }
        return true
    }

    /// How many header fields there are.
    public var fieldCount: Int { driver.head.fieldCount }

    /// The name of the field at `index`.
    @_lifetime(borrow self)
    public func fieldName(at index: Int) -> RawSpan { driver.head.name(at: index, in: head) }

    /// The value of the field at `index`.
    @_lifetime(borrow self)
    public func fieldValue(at index: Int) -> RawSpan { driver.head.value(at: index, in: head) }

    /// The host that the request is for, with its port: from the target where that is a whole URI, else from `Host`.
    public var authority: RawSpan? {
        @_lifetime(borrow self)
        get {
            if driver.head.isAbsoluteForm {
                let start = Int(driver.head.authorityStart)
                return head.extracting(start..<start + Int(driver.head.authorityCount))
            }
            return field(.host)
        }
    }

    private var pathAndQuery: (path: Range<Int>, query: Range<Int>?) {
        let parsed = driver.head.isAbsoluteForm
        let start =
            parsed
            ? Int(driver.head.authorityStart + driver.head.authorityCount) : Int(driver.head.targetStart)
        let end = Int(driver.head.targetStart + driver.head.targetCount)
        let bytes = head
        var index = start
        while index < end {
            // Sound: the target lies within the head.
            if unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "?") {
                return (start..<index, index + 1..<end)
            }
            index += 1
        }
        return (start..<end, nil)
    }
}
