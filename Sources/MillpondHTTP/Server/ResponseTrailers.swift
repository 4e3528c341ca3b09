/// The trailers of one response.
final class ResponseTrailers {
    var declared: [HTTPFieldName] = []
    /// Field lines, as they will be sent.
    var lines: [UInt8] = []

    func declares(_ name: HTTPFieldName) -> Bool {
        // Sound: literals live for ever.
        let letters = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(name.text.utf8Start), byteCount: name.count)
        return declared.contains { $0.matches(letters) }
    }

    var announcementSize: Int { declared.reduce(12) { $0 + $1.count + 2 } }

    func announce(in head: inout HeadWriter) {
        head.append("Trailer: ")
        for (index, name) in declared.enumerated() {
            if index > 0 { head.append(", ") }
            head.append(name.text)
        }
        head.append("\r\n")
    }
}
