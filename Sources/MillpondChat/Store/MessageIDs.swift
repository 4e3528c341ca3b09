/// Numbers messages: by time, without a gap in order, never the same twice.
///
/// A number is the milliseconds since 2020 times 4096, plus a count. It stays below 2^53 until 2089, so that JavaScript
/// can hold it. When the clock goes back, or more than 4096 come in a millisecond, numbering goes on from the last.
struct MessageIDs {
    private static let epoch: Int64 = 1_577_836_800_000

    /// The last number given out.
    private(set) var last: Int64

    init(last: Int64) { self.last = last }

    /// - Parameter nanoseconds: since 1970.
    mutating func next(at nanoseconds: Int64) -> Int64 {
        last = max(last + 1, Self.first(at: nanoseconds))
        return last
    }

    /// The smallest number of a moment.
    static func first(at nanoseconds: Int64) -> Int64 {
        max(0, nanoseconds / 1_000_000 - epoch) << 12
    }
}
