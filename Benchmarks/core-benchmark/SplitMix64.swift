/// The generator that every contestant uses, so that all see the same chunks and bytes (Steele, Lea and Flood 2014).
struct SplitMix64 {
    var state: UInt64

    init(seed: Int) { state = UInt64(seed) }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    /// A number from `range`, by multiplication.
    @inline(__always)
    mutating func number(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(truncatingIfNeeded: range.upperBound &- range.lowerBound &+ 1)
        return range.lowerBound &+ Int(truncatingIfNeeded: ((next() &>> 32) &* span) &>> 32)
    }
}
