/// Percent-encoding and dot segments (RFC 3986, sections 2.1 and 5.2.4).
enum URLPath {
    /// What may stand in a part as it is.
    enum Part {
        case userInfo, path, query
    }

    /// Percent-encodes what may not stand in the part as it is. What is encoded already stays so.
    static func encode(_ bytes: ArraySlice<UInt8>, _ part: Part) throws(HTTPURLError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard bytes.endIndex - index > 2, PercentCoding.byte(bytes[index + 1], bytes[index + 2]) != nil else {
                    throw HTTPURLError(.invalidPercentEncoding, part == .userInfo ? [] : bytes[index...].prefix(3))
                }
                result.append(byte)
            } else if isAllowed(byte, part) {
                result.append(byte)
            } else {
                result += PercentCoding.escape(byte).utf8
            }
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Replaces percent-encoded bytes; nil when a percent sign is not followed by two digits, or what comes out is
    /// not UTF-8.
    static func decode(_ text: Substring) -> String? {
        PercentCoding.decode(Array(text.utf8)).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func isAllowed(_ byte: UInt8, _ part: Part) -> Bool {
        switch byte {
        case UInt8(ascii: "@"), UInt8(ascii: "/"): part != .userInfo
        case UInt8(ascii: "?"): part == .query
        default: PercentCoding.isSegment(byte)
        }
    }

    /// Resolves `.` and `..` in a path that begins with a slash or is empty; what would leave the root stays there.
    static func removingDotSegments(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: ".")) else { return path }
        var output: [Substring] = []
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { output.append("") }
            case "..":
                _ = output.popLast()
                if isLast { output.append("") }
            default: output.append(segment)
            }
        }
        return "/" + output.joined(separator: "/")
    }
}
