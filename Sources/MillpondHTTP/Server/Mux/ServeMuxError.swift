/// A pattern that a mux can't take. Thrown when it is registered, never while requests are served.
public struct ServeMuxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public struct Code: Hashable, Sendable {
        enum Value: Sendable {
            case empty, method, host, missingPath, uncleanPath, escape, partialWildcard, wildcardName
            case duplicateWildcard, endNotLast, restNotLast, prefix, conflict, tooMany
        }

        let value: Value

        /// There is nothing in it.
        public static var empty: Code { Code(value: .empty) }
        /// The method is not a token.
        public static var method: Code { Code(value: .method) }
        /// The host is malformed, has a port, or a wildcard.
        public static var host: Code { Code(value: .host) }
        /// There is no slash.
        public static var missingPath: Code { Code(value: .missingPath) }
        /// The path has `//`, `/./` or `/../` and could never match, since requests' paths are cleaned first.
        public static var uncleanPath: Code { Code(value: .uncleanPath) }
        /// A percent sign without two hexadecimal digits.
        public static var escape: Code { Code(value: .escape) }
        /// A wildcard that is only a part of its segment.
        public static var partialWildcard: Code { Code(value: .partialWildcard) }
        /// A wildcard whose name is not letters, digits and underscores.
        public static var wildcardName: Code { Code(value: .wildcardName) }
        /// Two wildcards of the same name.
        public static var duplicateWildcard: Code { Code(value: .duplicateWildcard) }
        /// `{$}` before the end.
        public static var endNotLast: Code { Code(value: .endNotLast) }
        /// `{name...}` before the end.
        public static var restNotLast: Code { Code(value: .restNotLast) }
        /// What a mux is mounted at has a method, a slash at its end, `{$}` or `{name...}`, or both name a host.
        public static var prefix: Code { Code(value: .prefix) }
        /// Another pattern matches some of the same requests, and neither is more specific.
        public static var conflict: Code { Code(value: .conflict) }
        /// More patterns than a mux takes.
        public static var tooMany: Code { Code(value: .tooMany) }
    }

    /// What is wrong.
    public let code: Code
    /// The pattern.
    public let pattern: String
    /// For a conflict, the pattern that was there before.
    public let other: String?
    private let reason: String

    init(_ code: Code, _ pattern: String) {
        self.code = code
        self.pattern = pattern
        other = nil
        reason = code.text
    }

    init(conflict reason: String, _ pattern: String, with other: String) {
        code = .conflict
        self.pattern = pattern
        self.other = other
        self.reason = reason
    }

    /// The pattern and what is wrong with it; for a conflict, both patterns and why neither wins.
    public var description: String { "pattern \"\(pattern)\": \(reason)" }
}

extension ServeMuxError.Code: CustomStringConvertible {
    /// A few words of low cardinality.
    public var description: String { text }

    var text: String {
        switch value {
        case .empty: "no path"
        case .method: "malformed method"
        case .host: "malformed host, or one with a port"
        case .missingPath: "no slash"
        case .uncleanPath: "a path that is not clean never matches"
        case .escape: "malformed percent escape"
        case .partialWildcard: "a wildcard must be a whole segment"
        case .wildcardName: "malformed name of a wildcard"
        case .duplicateWildcard: "two wildcards of the same name"
        case .endNotLast: "{$} before the end"
        case .restNotLast: "{...} before the end"
        case .prefix: "a mux can't be mounted there"
        case .conflict: "conflict"
        case .tooMany: "too many patterns"
        }
    }
}
