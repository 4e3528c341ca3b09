/// What a part of `multipart/form-data` says of itself.
public struct MultipartPart: Sendable, Hashable {
    /// A header field.
    public struct Field: Sendable, Hashable {
        /// The name, as it was sent.
        public let name: String
        /// The value, without blanks around it; bytes that are not UTF-8 are replaced.
        public let value: String
    }

    /// The form's field.
    public let name: String
    /// The name that the sender gives the file; nil for what is no file. Not to be used as a path: see
    /// ``safeFileName``.
    public let fileName: String?
    /// `Content-Type`, as it was sent; nil without one, which means plain text.
    public let contentType: String?
    /// The header.
    public let fields: [Field]

    init() {
        name = ""
        fileName = nil
        contentType = nil
        fields = []
    }

    /// - Parameter header: its lines, each with CR LF.
    init(header: ArraySlice<UInt8>) throws(HTTPFormError) {
        var fields: [Field] = []
        var disposition: ArraySlice<UInt8>?
        var rest = header
        while let lineFeed = rest.firstIndex(of: 0x0A) {
            guard lineFeed > rest.startIndex, rest[lineFeed - 1] == 0x0D else { throw .partHeader }
            let (name, value) = try Self.split(rest[..<(lineFeed - 1)])
            rest = rest[(lineFeed + 1)...]
            let field = Field(
                name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
            fields.append(field)
            switch field.name.lowercased() {
            case "content-disposition":
                if disposition != nil { throw .disposition }
                disposition = value
            case "content-transfer-encoding":
                guard ["binary", "7bit", "8bit"].contains(field.value.lowercased()) else { throw .transferEncoding }
            default: break
            }
        }
        guard let disposition else { throw .disposition }
        (name, fileName) = try Self.names(in: Array(disposition))
        contentType = fields.first { $0.name.lowercased() == "content-type" }?.value
        self.fields = fields
    }

    private static func split(
        _ line: ArraySlice<UInt8>
    ) throws(HTTPFormError) -> (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { throw .partHeader }
        let name = line[..<colon]
        let value = line[(colon + 1)...]
        guard name.allSatisfy(ASCII.isToken), value.allSatisfy(ASCII.isFieldValue) else { throw .partHeader }
        return (name, value.trimmingBlanks())
    }

    private static func names(in disposition: [UInt8]) throws(HTTPFormError) -> (String, String?) {
        var names: [[UInt8]] = []
        var fileNames: [[UInt8]] = []
        // Sound: bytes have no padding.
        let bytes = unsafe disposition.span.bytes
        let main = FieldParameters.mainValue(of: bytes)
        let isForm = String(decoding: disposition[main], as: UTF8.self).lowercased() == "form-data"
        let isWellFormed = FieldParameters.forEach(in: bytes) { name, value in
            // `filename*` has no place in a form (RFC 7578, section 4.2).
            if name == "name" { names.append(value) }
            if name == "filename" { fileNames.append(value) }
        }
        guard isForm, isWellFormed, names.count == 1, fileNames.count <= 1 else { throw .disposition }
        let name = try text(names[0])
        guard let fileName = fileNames.first else { return (name, nil) }
        return (name, try text(fileName))
    }

    /// Browsers escape quotes and line ends in names, and nothing else, by percent signs.
    private static func text(_ bytes: [UInt8]) throws(HTTPFormError) -> String {
        var plain: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            let escape = escapes.first { rest.starts(with: $0.letters.utf8) }
            plain.append(escape?.byte ?? byte)
            rest = rest.dropFirst(escape == nil ? 1 : 3)
        }
        guard let text = String(validating: plain, as: UTF8.self) else { throw .encoding }
        return text
    }

    private static let escapes: [(letters: String, byte: UInt8)] = [("%22", 0x22), ("%0D", 0x0D), ("%0A", 0x0A)]

    /// The first value of a header field, compared without regard to case; nil when it is not there.
    public func field(_ name: String) -> String? {
        let lowered = name.lowercased()
        return fields.first { $0.name.lowercased() == lowered }?.value
    }

    /// What is behind the last slash or backslash of ``fileName``, without control characters; nil when nothing
    /// is left, or only dots.
    public var safeFileName: String? {
        guard let fileName else { return nil }
        let last = fileName.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last
        var name = String.UnicodeScalarView()
        for scalar in last ?? Substring("").unicodeScalars where scalar.properties.generalCategory != .control {
            name.append(scalar)
        }
        return name.allSatisfy { $0 == "." || $0 == " " } ? nil : String(name)
    }
}
