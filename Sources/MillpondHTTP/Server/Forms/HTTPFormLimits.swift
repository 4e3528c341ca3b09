/// Bounds on a form in a query or in `application/x-www-form-urlencoded` content.
public struct HTTPFormLimits: Sendable {
    /// The most bytes, encoded. 1 MiB.
    public var bytes: Int = 1 << 20
    /// The most fields. 1000.
    public var fields: Int = 1000

    public init(bytes: Int = 1 << 20, fields: Int = 1000) {
        self.bytes = bytes
        self.fields = fields
    }
}
