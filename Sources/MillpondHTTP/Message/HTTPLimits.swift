/// Bounds on a request's head. The defaults are safe on the open internet.
public struct HTTPHeadLimits: Sendable {
    /// The longest request line with its line end, in bytes. 8 KiB. Beyond: 414.
    public var requestLine: Int = 8 << 10
    /// The longest head, from its first byte to the empty line, in bytes. 32 KiB. Beyond: 431.
    public var bytes: Int = 32 << 10
    /// The most header fields. 100. Beyond: 431.
    public var fieldCount: Int = 100

    public init() {}
}
