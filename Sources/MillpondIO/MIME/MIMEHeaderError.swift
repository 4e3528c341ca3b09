/// What is wrong with a MIME header, and in which of its lines. The header stays unread.
public struct MIMEHeaderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Kind: UInt8, Sendable {
            case missingColon, invalidName, invalidValue, foldedLine, tooManyFields
        }

        let kind: Kind

        /// A line has no colon.
        public static var missingColon: Code { Code(kind: .missingColon) }
        /// A name is empty or holds a byte that a token may not have, such as a blank before the colon.
        public static var invalidName: Code { Code(kind: .invalidName) }
        /// A value holds a control character other than a tab.
        public static var invalidValue: Code { Code(kind: .invalidValue) }
        /// A line begins with a blank, and folding is refused or there is no field before it.
        public static var foldedLine: Code { Code(kind: .foldedLine) }
        /// More fields than allowed.
        public static var tooManyFields: Code { Code(kind: .tooManyFields) }

        /// A few words of low cardinality.
        public var description: String {
            switch kind {
            case .missingColon: "missing colon"
            case .invalidName: "invalid name"
            case .invalidValue: "invalid value"
            case .foldedLine: "folded line"
            case .tooManyFields: "too many fields"
            }
        }
    }

    /// The kind of mistake.
    public let code: Code
    /// The line, counted from 1.
    public let line: Int

    init(_ code: Code, line: Int) {
        self.code = code
        self.line = line
    }

    /// `invalid name in line 3 of the header`.
    public var description: String { "\(code) in line \(line) of the header" }
}
