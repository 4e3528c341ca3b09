/// The fields of a form, decoded, in their order.
///
/// As browsers write them (the URL standard's `application/x-www-form-urlencoded`): `&` between fields, `=` between
/// name and value, `+` for a blank, the rest percent-encoded UTF-8. Strict: a malformed escape or what is not UTF-8 is
/// an error, where browsers would guess. A field without `=` has an empty value; empty fields are left out.
public struct HTTPForm: Sendable, Hashable {
    /// A name and its value.
    public struct Field: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value; empty without one.
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All of them, in their order.
    public let fields: [Field]

    public init(fields: [Field] = []) { self.fields = fields }

    /// Decodes `bytes`.
    ///
    /// - Throws: ``HTTPFormError``: `tooLarge`, `tooManyFields`, `escape`, `encoding`.
    public init(urlEncoded bytes: RawSpan, limits: HTTPFormLimits = .init()) throws(HTTPFormError) {
        guard bytes.byteCount <= limits.bytes else { throw .tooLarge }
        var fields: [Field] = []
        try Self.forEachField(in: bytes) { (name, value) throws(HTTPFormError) in
            guard fields.count < limits.fields else { throw .tooManyFields }
            fields.append(Field(name: try Self.text(bytes, name), value: try Self.text(bytes, value)))
            return true
        }
        self.fields = fields
    }

    /// The first value of a name; nil when it is not there.
    public subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a name, in their order.
    public func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The fields as `application/x-www-form-urlencoded`.
    public var urlEncoded: String {
        fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }.joined(separator: "&")
    }

    /// Shows where each field's name and value lie, until `body` answers false.
    static func forEachField(
        in bytes: RawSpan, _ body: (Range<Int>, Range<Int>) throws(HTTPFormError) -> Bool
    ) throws(HTTPFormError) {
        var start = 0
        while start < bytes.byteCount {
            var end = start
            var equals: Int?
            while end < bytes.byteCount {
                let byte = unsafe bytes.unsafeLoad(fromByteOffset: end, as: UInt8.self)
                if byte == UInt8(ascii: "&") { break }
                if byte == UInt8(ascii: "="), equals == nil { equals = end }
                end += 1
            }
            if end > start {
                let value = equals.map { $0 + 1..<end } ?? end..<end
                if try !body(start..<(equals ?? end), value) { return }
            }
            start = end + 1
        }
    }

    static func text(_ bytes: RawSpan, _ range: Range<Int>) throws(HTTPFormError) -> String {
        let decoded = unsafe bytes.extracting(range).withUnsafeBytes {
            unsafe PercentCoding.decode($0, plusIsBlank: true)
        }
        guard let decoded else { throw .escape }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .encoding }
        return text
    }

    private static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x20: encoded.append("+")
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += PercentCoding.escape(byte)
            }
        }
        return encoded
    }
}
