public import FoundationEssentials
public import MillpondHTTP

/// JSON in responses, by way of Codable.
extension HTTPResponse {
    /// Encodes a value and sends it whole, as `application/json` unless a type is set, such as
    /// `application/problem+json`.
    ///
    /// - Parameters:
    ///   - value: what is sent.
    ///   - encoder: how; one may serve many responses.
    /// - Throws: `EncodingError`, before anything is sent; otherwise as `send(_:)`.
    public mutating func send(json value: some Encodable, with encoder: JSONEncoder = JSONEncoder()) async throws {
        let data = try encoder.encode(value)
        if !hasField(.contentType) { set(.contentType, "application/json") }
        try await send(data.bytes)
    }
}
