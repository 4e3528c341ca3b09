/// The content codings that a client takes, by its `Accept-Encoding` (RFC 9110, section 12.5.3).
struct ContentCodings: Equatable {
    /// Thousandths: 0 is refused, 1000 the most wanted. Without a field, whatever is not the content itself is not
    /// sent.
    private(set) var brotli = 0
    private(set) var gzip = 0
    private(set) var deflate = 0
    private(set) var identity = 1000

    init() {}

    /// Reads the first `Accept-Encoding` of a request; further ones are rare, and count as if they were not there.
    init(_ request: borrowing HTTPRequest) {
        if let value = request.field(.acceptEncoding) {
            self.init(value)
        } else {
            self.init()
        }
    }

    /// Reads a field's value. What is malformed in it is passed over.
    init(_ value: RawSpan) {
        var named: (brotli: Int?, gzip: Int?, deflate: Int?, identity: Int?, any: Int?) = (nil, nil, nil, nil, nil)
        value.forEachListElement { element in
            var end = element.lowerBound
            while end < element.upperBound, value.octet(end) != UInt8(ascii: ";") { end += 1 }
            let name = value.trimmingBlanks(element.lowerBound..<end)
            let weight = Self.weight(value, end..<element.upperBound)
            if value.matches(name, lowercase: "br") {
                named.brotli = weight
            } else if value.matches(name, lowercase: "gzip") || value.matches(name, lowercase: "x-gzip") {
                named.gzip = weight
            } else if value.matches(name, lowercase: "deflate") {
                named.deflate = weight
            } else if value.matches(name, lowercase: "identity") {
                named.identity = weight
            } else if value.matches(name, lowercase: "*") {
                named.any = weight
            }
            return true
        }
        brotli = named.brotli ?? named.any ?? 0
        gzip = named.gzip ?? named.any ?? 0
        deflate = named.deflate ?? named.any ?? 0
        // Taken unless it is refused; `*` means it only where it refuses.
        identity = named.identity ?? (named.any == 0 ? 0 : 1)
    }

    /// `;q=0.5`, in thousandths: 1000 without one, 0 for one that is malformed, so that nothing is sent for it.
    private static func weight(_ value: RawSpan, _ parameters: Range<Int>) -> Int {
        guard !parameters.isEmpty else { return 1000 }
        let text = value.trimmingBlanks(parameters.lowerBound + 1..<parameters.upperBound)
        guard text.count >= 3, ASCII.lowercased(value.octet(text.lowerBound)) == UInt8(ascii: "q"),
            value.octet(text.lowerBound + 1) == UInt8(ascii: "=")
        else { return 0 }
        var index = text.lowerBound + 2
        guard let whole = digit(value.octet(index)), whole <= 1 else { return 0 }
        index += 1
        var weight = whole * 1000
        if index < text.upperBound {
            guard value.octet(index) == UInt8(ascii: "."), text.upperBound - index <= 4 else { return 0 }
            index += 1
            var place = 100
            while index < text.upperBound {
                guard let digit = digit(value.octet(index)) else { return 0 }
                weight += digit * place
                place /= 10
                index += 1
            }
        }
        return weight <= 1000 ? weight : 0
    }

    private static func digit(_ byte: UInt8) -> Int? { ASCII.isDigit(byte) ? Int(byte - 0x30) : nil }
}
