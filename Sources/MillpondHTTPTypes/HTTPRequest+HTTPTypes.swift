public import HTTPTypes
public import MillpondHTTP

extension HTTPTypes.HTTPRequest {
    /// A copy of a request's head. `Host`, or the authority of a target that is a whole URI, becomes the authority and
    /// is no field, as in this currency it never is; the scheme is `http`, since the server speaks no TLS.
    ///
    /// The `*` of OPTIONS becomes the path.
    ///
    /// - Throws: ``HTTPTypesError``: `method`, `field`, for letters that the other types do not hold.
    public init(converting request: borrowing MillpondHTTP.HTTPRequest) throws(HTTPTypesError) {
        let letters = String(bytes: request.methodBytes)
        guard let method = Method(letters) else { throw .method }
        var path = String(bytes: request.path)
        if let query = request.query { path += "?" + String(bytes: query) }
        var authority: String?
        if let bytes = request.authority { authority = String(bytes: bytes) }
        self.init(
            method: method, scheme: "http", authority: authority, path: path,
            headerFields: try HTTPTypes.HTTPFields(request, withoutHost: true))
    }
}

extension HTTPTypes.HTTPFields {
    /// A copy of a request's fields, `Host` among them.
    ///
    /// - Throws: ``HTTPTypesError/field``, for names the other types do not hold.
    public init(converting request: borrowing MillpondHTTP.HTTPRequest) throws(HTTPTypesError) {
        try self.init(request, withoutHost: false)
    }

    init(_ request: borrowing MillpondHTTP.HTTPRequest, withoutHost: Bool) throws(HTTPTypesError) {
        self.init()
        reserveCapacity(request.fieldCount)
        for index in 0..<request.fieldCount {
            if withoutHost, HTTPFieldName.host.matches(request.fieldName(at: index)) { continue }
            guard let name = HTTPField.Name(String(bytes: request.fieldName(at: index))) else { throw .field }
            let value = unsafe request.fieldValue(at: index).withUnsafeBytes { unsafe Array($0) }
            append(HTTPField(name: name, value: value))
        }
    }
}

extension HTTPTypes.HTTPRequest.Method {
    /// The method of this name; nil for `HTTPMethod.other`, whose letters only the request has.
    public init?(converting method: HTTPMethod) {
        guard let pair = methodPairs.first(where: { $0.0 == method }) else { return nil }
        self = pair.1
    }
}

extension HTTPMethod {
    /// The method of this name, or `other`.
    public init(converting method: HTTPTypes.HTTPRequest.Method) {
        self = methodPairs.first { $0.1 == method }?.0 ?? .other
    }
}

/// The methods that both have names for.
private let methodPairs: [(HTTPMethod, HTTPTypes.HTTPRequest.Method)] = [
    (.get, .get), (.head, .head), (.post, .post), (.put, .put), (.delete, .delete), (.options, .options),
    (.patch, .patch), (.connect, .connect), (.trace, .trace),
]
