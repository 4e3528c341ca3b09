/// Tells browsers which other sites' pages may use what lies within (CORS, by the Fetch standard).
///
/// Preflights are answered here, with 204, or 403 to origins that are not allowed. Other requests pass, whatever their
/// origin: without the fields the browser keeps the answer from the page. `Vary: Origin` is sent wherever the answer
/// depends on the origin, beside any `Vary` that the handler sets.
public struct HTTPCrossOrigin: HTTPMiddleware {
    /// Which pages may.
    public struct Origins: Sendable {
        enum Kind: Sendable {
            case any
            case these([[UInt8]])
            case matching(@Sendable (String) -> Bool)
        }

        let kind: Kind

        /// All, but without credentials: cookies and the like.
        public static var any: Origins { Origins(kind: .any) }
        /// Those that are named, as browsers send them: `https://example.com`, with a port if it is not the usual one.
        public static func these(_ origins: [String]) -> Origins {
            Origins(kind: .these(origins.map { Array($0.utf8) }))
        }
        /// Those that a function approves of. It must look at the whole name, not only at its end.
        public static func matching(_ isAllowed: @escaping @Sendable (String) -> Bool) -> Origins {
            Origins(kind: .matching(isAllowed))
        }
    }

    /// What they may do.
    public struct Options: Sendable {
        /// Methods besides GET, HEAD and POST.
        public var methods: [String] = ["PUT", "PATCH", "DELETE"]
        /// Fields of requests besides those that are always allowed; nil for any that is asked for.
        public var requestFields: [String]? = ["Content-Type", "Authorization"]
        /// Fields of responses that pages may read, besides those that they always may.
        public var exposedFields: [String] = []
        /// Whether requests may carry credentials. Refused for any origin.
        public var allowsCredentials: Bool = false
        /// How long a browser may remember the answer to a preflight. 10 minutes.
        public var maximumAge: Duration = .seconds(600)

        public init() {}
    }

    /// What makes no sense: any origin with credentials, or something that is no token.
    public struct InvalidOptions: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let origins: Origins
    private let allowsCredentials: Bool
    private let reflectsFields: Bool
    private let methods: String
    private let requestFields: String
    private let exposedFields: String
    private let maximumAge: String

    /// - Throws: `InvalidOptions`.
    public init(_ origins: Origins, options: Options = .init()) throws(InvalidOptions) {
        if case .any = origins.kind, options.allowsCredentials {
            throw InvalidOptions(description: "credentials are not for pages of any origin")
        }
        let names = options.methods + (options.requestFields ?? []) + options.exposedFields
        for name in names where name.isEmpty || !name.utf8.allSatisfy(ASCII.isToken) {
            throw InvalidOptions(description: "not a token: \(name)")
        }
        self.origins = origins
        allowsCredentials = options.allowsCredentials
        reflectsFields = options.requestFields == nil
        methods = (["GET", "HEAD", "POST"] + options.methods).joined(separator: ", ")
        requestFields = (options.requestFields ?? []).joined(separator: ", ")
        exposedFields = options.exposedFields.joined(separator: ", ")
        maximumAge = String(max(0, options.maximumAge.components.seconds))
    }

    public func handle(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, next: HTTPNext
    ) async throws {
        let isAllowed = allow(request, &response)
        guard Self.isPreflight(request) else { return try await next(&request, &response) }
        guard isAllowed else {
            response.status = .forbidden
            return
        }
        answerPreflight(request, &response)
        try await response.send()
    }

    private static func isPreflight(_ request: borrowing HTTPRequest) -> Bool {
        request.method == .options && request.field(.origin) != nil
            && request.field("Access-Control-Request-Method") != nil
    }

    /// Sets what is said of an origin that is allowed; whether it is.
    private func allow(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) -> Bool {
        if case .any = origins.kind {
            guard request.field(.origin) != nil else { return false }
            response.set(.accessControlAllowOrigin, "*")
        } else {
            response.variesByOrigin = true
            guard let origin = request.field(.origin), isAllowed(origin) else { return false }
            response.set(.accessControlAllowOrigin, bytes: origin)
        }
        if allowsCredentials { response.set("Access-Control-Allow-Credentials", "true") }
        if !exposedFields.isEmpty, !Self.isPreflight(request) {
            response.set("Access-Control-Expose-Headers", exposedFields)
        }
        return true
    }

    private func isAllowed(_ origin: RawSpan) -> Bool {
        switch origins.kind {
        case .any: true
        case .these(let names): names.contains { origin.equals($0) }
        case .matching(let isAllowed): isAllowed(String(bytes: origin))
        }
    }

    private func answerPreflight(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) {
        response.status = .noContent
        response.set("Access-Control-Allow-Methods", methods)
        if reflectsFields {
            response.add(.vary, "Access-Control-Request-Headers")
            if let asked = request.field("Access-Control-Request-Headers") {
                response.set("Access-Control-Allow-Headers", bytes: asked)
            }
        } else if !requestFields.isEmpty {
            response.set("Access-Control-Allow-Headers", requestFields)
        }
        response.set("Access-Control-Max-Age", maximumAge)
    }
}
