/// Several parts of a file as one content: `multipart/byteranges` (RFC 9110, section 14.6).
struct MultipartRanges {
    private let boundary: String
    private let size: Int
    private let mediaType: String

    /// - Parameters:
    ///   - size: of the whole file.
    ///   - mediaType: of each part.
    init(size: Int, mediaType: String) {
        // 128 random bits do not occur in a file by chance, and nobody can put them there.
        var generator = SystemRandomNumberGenerator()
        let (high, low) = (generator.next(), generator.next())
        boundary = "part-" + String(high, radix: 16) + String(low, radix: 16)
        self.size = size
        self.mediaType = mediaType
    }

    var contentType: String { "multipart/byteranges; boundary=\(boundary)" }

    /// What stands before a part.
    func head(of range: Range<Int>) -> String {
        let fields = "Content-Type: \(mediaType)\r\nContent-Range: \(Self.contentRange(range, of: size))\r\n"
        return "\r\n--\(boundary)\r\n\(fields)\r\n"
    }

    /// What stands behind the last part.
    var end: String { "\r\n--\(boundary)--\r\n" }

    /// How long all of it is.
    func count(_ ranges: ByteRanges) -> Int {
        var count = end.utf8.count
        for index in 0..<ranges.count { count += head(of: ranges[index]).utf8.count + ranges[index].count }
        return count
    }

    /// `bytes 0-499/1234`
    static func contentRange(_ range: Range<Int>, of size: Int) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
