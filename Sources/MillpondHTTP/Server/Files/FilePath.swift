internal import Glibc

/// Turns the path of a request into one of a file beneath a root: decoded, without tricks.
enum FilePath {
    /// What became of a path.
    enum Outcome: Equatable {
        /// It was written: so many bytes, without a slash at the front. Zero for the root itself.
        case path(count: Int)
        /// It names nothing that is served: 404.
        case missing
        /// A broken escape, or a NUL: 400.
        case malformed
    }

    /// The longest path, in bytes: that of the system.
    static let limit = 4095

    /// Decodes `path`, which has no slash in front, into `output`, which has room for as many bytes.
    ///
    /// Refused are names that would mean something other than what they say, in whatever disguise: `.` and `..`, empty
    /// ones, those with a slash or a backslash in them, and, unless `showsDotFiles`, all that begin with a dot but
    /// `.well-known` at the top (RFC 8615).
    static func decode(
        _ path: RawSpan, into output: UnsafeMutableRawBufferPointer, showsDotFiles: Bool
    ) -> Outcome {
        guard path.byteCount <= limit else { return .missing }
        precondition(output.count >= path.byteCount, "no room for the path")
        var count = 0
        var nameStart = 0
        var index = 0
        var isMissing = false
        while index < path.byteCount {
            var byte = path.octet(index)
            index += 1
            if byte == UInt8(ascii: "%") {
                guard index + 1 < path.byteCount,
                    let escaped = PercentCoding.byte(path.octet(index), path.octet(index + 1))
                else { return .malformed }
                byte = escaped
                index += 2
                if byte == 0 { return .malformed }
                // A name that holds a separator is none.
                if byte == UInt8(ascii: "/") { isMissing = true }
            } else if byte == UInt8(ascii: "/") {
                let name = unsafe UnsafeRawBufferPointer(rebasing: output[nameStart..<count])
                if unsafe !isServed(name, isFirst: nameStart == 0, showsDotFiles) { isMissing = true }
                nameStart = count + 1
            }
            if byte == UInt8(ascii: "\\") { isMissing = true }
            unsafe output[count] = byte
            count += 1
        }
        if count > nameStart {
            let name = unsafe UnsafeRawBufferPointer(rebasing: output[nameStart..<count])
            if unsafe !isServed(name, isFirst: nameStart == 0, showsDotFiles) { isMissing = true }
        }
        return isMissing ? .missing : .path(count: count)
    }

    private static func isServed(_ name: UnsafeRawBufferPointer, isFirst: Bool, _ showsDotFiles: Bool) -> Bool {
        guard let first = unsafe name.first else { return false }
        if first != UInt8(ascii: ".") { return true }
        if unsafe name.count == 1 || (name.count == 2 && name[1] == UInt8(ascii: ".")) { return false }
        return unsafe showsDotFiles || (isFirst && name.elementsEqual(".well-known".utf8))
    }

    /// Whether a name in a folder may be shown. As for paths.
    static func isListed(_ name: [UInt8], showsDotFiles: Bool) -> Bool {
        guard let first = name.first, !name.contains(UInt8(ascii: "\\")) else { return false }
        if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { return false }
        return showsDotFiles || first != UInt8(ascii: ".")
    }
}
