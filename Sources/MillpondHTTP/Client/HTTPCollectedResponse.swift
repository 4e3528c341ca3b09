/// A response with all of its content.
public struct HTTPCollectedResponse: Sendable {
    /// The status.
    public let status: HTTPStatus
    /// The version.
    public let version: HTTPVersion
    /// The header fields.
    public let fields: HTTPFields
    /// The content.
    public let body: [UInt8]
    /// The fields that came after the content.
    public let trailers: HTTPFields

    /// The content as text; what is not UTF-8 is replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
