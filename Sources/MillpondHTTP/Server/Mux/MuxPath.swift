/// Paths as a mux wants them, and the way there.
enum MuxPath {
    /// What a look over a path tells.
    struct Findings: OptionSet {
        let rawValue: UInt8
        /// It has an empty segment before its end, or one that is `.` or `..`.
        static let unclean = Findings(rawValue: 1 << 0)
        /// It has percent escapes.
        static let escaped = Findings(rawValue: 1 << 1)
        /// It has a percent sign without two hexadecimal digits.
        static let malformed = Findings(rawValue: 1 << 2)
    }

    /// Looks over a path that starts with a slash. Encoded dots are data, not steps.
    static func examine(_ path: UnsafeRawBufferPointer) -> Findings {
        var findings: Findings = []
        var index = 0
        while index < path.count {
            switch unsafe path[index] {
            case UInt8(ascii: "/"):
                if unsafe isUnclean(path, after: index) { findings.insert(.unclean) }
            case UInt8(ascii: "%"):
                findings.insert(.escaped)
                let isWhole =
                    unsafe index + 2 < path.count && PercentCoding.byte(path[index + 1], path[index + 2]) != nil
                if !isWhole { findings.insert(.malformed) }
            default: break
            }
            index &+= 1
        }
        return findings
    }

    /// Whether an empty segment that is not the last, or a segment of one or two dots, follows the slash at `index`.
    @inline(__always)
    private static func isUnclean(_ path: UnsafeRawBufferPointer, after index: Int) -> Bool {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var next = index &+ 1
        guard next < path.count else { return false }
        if unsafe path[next] == slash { return true }
        guard unsafe path[next] == dot else { return false }
        next &+= 1
        if unsafe next < path.count && path[next] == dot { next &+= 1 }
        return unsafe next == path.count || path[next] == slash
    }

    static func needsCleaning(_ path: [UInt8]) -> Bool {
        unsafe path.withUnsafeBytes { unsafe examine($0).contains(.unclean) }
    }

    /// The path without empty segments and dots: `..` takes the segment before it away, but not the root. A slash at
    /// the end stays.
    static func cleaned(_ path: UnsafeRawBufferPointer) -> [UInt8] {
        var clean: [UInt8] = []
        clean.reserveCapacity(path.count + 1)
        /// Where the segments that are kept begin, each at its slash.
        var starts: [Int] = []
        var index = 0
        while index < path.count {
            var end = index
            while end < path.count, unsafe path[end] != UInt8(ascii: "/") { end += 1 }
            let segment = unsafe UnsafeRawBufferPointer(rebasing: path[index..<end])
            index = end + 1
            if unsafe segment.isEmpty || segment.elementsEqual(".".utf8) { continue }
            if unsafe segment.elementsEqual("..".utf8) {
                clean.removeSubrange((starts.popLast() ?? 0)...)
            } else {
                starts.append(clean.count)
                clean.append(UInt8(ascii: "/"))
                unsafe clean.append(contentsOf: segment)
            }
        }
        let endsInSlash = unsafe path.last == UInt8(ascii: "/")
        if clean.isEmpty || endsInSlash { clean.append(UInt8(ascii: "/")) }
        return clean
    }
}
