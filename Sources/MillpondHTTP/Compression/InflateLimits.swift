/// How far compressed data may expand. A few kilobytes can stand for gigabytes; these bounds tell such input from
/// content.
public struct InflateLimits: Sendable, Hashable {
    /// The longest content in bytes. 1 GiB.
    public var output: Int
    /// How many times longer than its compressed form content may be, once it is longer than `ratioFrom`. 256:
    /// source text has 4, and deflate's own bound is 1032.
    public var ratio: Int
    /// Content up to this length may have any ratio. 8 MiB.
    public var ratioFrom: Int

    public init(output: Int = 1 << 30, ratio: Int = 256, ratioFrom: Int = 8 << 20) {
        self.output = output
        self.ratio = ratio
        self.ratioFrom = ratioFrom
    }

    /// No bounds but the caller's own, for trusted input.
    public static var none: InflateLimits { InflateLimits(output: .max, ratio: .max, ratioFrom: .max) }
}
