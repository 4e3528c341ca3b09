public import FoundationEssentials
public import MillpondHTTP
internal import MillpondIO

/// JSON in requests, by way of Codable.
extension HTTPRequest {
    /// Reads all of the content and decodes it.
    ///
    /// The content must be of type `application/json` or `application/…+json`: a page of another site can make a
    /// browser send what looks like JSON, but not under that type without asking first.
    ///
    /// - Parameters:
    ///   - type: what it is to become.
    ///   - limit: the most bytes; nil for the server's `bodyLimit`.
    ///   - decoder: how; one may serve many requests.
    /// - Throws: ``HTTPJSONError``, which a handler that does not catch it answers with 415, 400 or 422; otherwise as
    ///   `readBody(limit:)`.
    public mutating func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, limit: Int? = nil, with decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        guard hasJSONType else { throw HTTPJSONError.contentType }
        let content = try await readBody(limit: limit)
        var data = Data()
        data.reserveCapacity(content.count)
        content.forEachSegment { segment in unsafe segment.withUnsafeBytes { unsafe data.append(contentsOf: $0) } }
        do {
            return try decoder.decode(type, from: data)
        } catch let error as DecodingError {
            throw HTTPJSONError(error)
        }
    }

    private var hasJSONType: Bool {
        guard let field = string(.contentType) else { return false }
        let type = field.prefix { $0 != ";" }.lowercased().trimmingPrefix { $0 == " " || $0 == "\t" }
        let name = String(type.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
        return name == "application/json" || (name.hasPrefix("application/") && name.hasSuffix("+json"))
    }
}
