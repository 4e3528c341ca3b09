import MillpondHTTP

// The tests of MillpondHTTP see this file too, by a link.

/// What a fuzzer calls. The first byte says what the others are and how they are cut: bit 0, requests or a chunked
/// body; bit 1, ordinary limits or tight ones; the rest, where the pieces end. Nothing may trap or read outside, and
/// the pieces must come to the same as the whole.
func fuzzHTTP(_ input: [UInt8]) {
    guard let mode = input.first else { return }
    let bytes = Array(input.dropFirst())
    if mode & 1 == 0 {
        fuzzHeads(bytes, isTight: mode & 2 != 0, cuts: Cuts(seed: mode))
    } else {
        fuzzChunks(bytes, cuts: Cuts(seed: mode))
    }
}

/// Pieces of one byte to many, the same ones for the same seed.
struct Cuts: IteratorProtocol {
    private var state: UInt64

    init(seed: UInt8) { state = UInt64(seed) | 0x9E37_79B9 << 8 }

    mutating func next() -> Int? {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let bits = Int(truncatingIfNeeded: state >> 40)
        // Most are short, so that they end inside of lines; some hold several lines.
        return bits & 7 == 0 ? bits >> 3 & 127 + 1 : bits >> 3 & 7 + 1
    }
}

// MARK: Heads

private func fuzzHeads(_ bytes: [UInt8], isTight: Bool, cuts: Cuts) {
    var limits = HTTPHeadLimits()
    if isTight {
        limits.requestLine = 64
        limits.bytes = 512
        limits.fieldCount = 8
    }
    var cuts = cuts
    var whole = HTTPRequestHead()
    var head = HTTPRequestHead()
    var start = 0
    // Requests that follow each other, as on a connection that is kept: the heads are used again.
    while start < bytes.count {
        let rest = bytes.span.bytes.extracting(start..<bytes.count)
        whole.reset()
        let expected = whole.parse(rest, limits: limits)
        head.reset()
        var end = 0
        var outcome = HTTPHeadOutcome.needMore
        while end < rest.byteCount, outcome == .needMore {
            end = min(rest.byteCount, end + (cuts.next() ?? 1))
            outcome = head.parse(rest.extracting(first: end), limits: limits)
        }
        if case .bad = expected, outcome == .needMore {
            // In pieces a line is judged when its end is there, and not later.
            let more = Array(bytes[start...]) + [0x0D, 0x0A]
            outcome = head.parse(more.span.bytes, limits: limits)
        }
        switch (expected, outcome) {
        case (.bad(let one), .bad(let other)):
            // With tight limits the pieces may tell that a line is too long before the whole tells what else is wrong.
            if one != other, !isTight { fatalError("head in pieces: \(other), whole: \(one)") }
            return
        case (.done(let consumed), .done):
            if outcome != expected { fatalError("head in pieces: \(outcome), whole: \(expected)") }
            let summary = summarize(whole, rest)
            if summary != summarize(head, rest) { fatalError("head in pieces: other fields than in \(summary)") }
            checkFraming(whole, rest.extracting(first: consumed))
            start += consumed
        case (.needMore, .needMore): return
        default: fatalError("head in pieces: \(outcome), whole: \(expected)")
        }
    }
}

/// All that a head says, to be compared.
private func summarize(_ head: borrowing HTTPRequestHead, _ bytes: RawSpan) -> [String] {
    var summary = [
        "\(head.method) \(head.version) \(head.contentLength ?? -1) \(head.isChunked) \(head.keepsAlive)",
        "\(head.expectsContinue) \(head.offersUpgrade) \(head.isAbsoluteForm)",
        text(head.method(in: bytes)), text(head.target(in: bytes)),
    ]
    for index in 0..<head.fieldCount {
        summary.append(text(head.name(at: index, in: bytes)))
        summary.append(text(head.value(at: index, in: bytes)))
    }
    return summary
}

private func text(_ bytes: RawSpan) -> String {
    bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
}

/// What another server in front might understand otherwise must not be in a head that was accepted.
private func checkFraming(_ head: borrowing HTTPRequestHead, _ bytes: RawSpan) {
    precondition(!(head.isChunked && head.contentLength != nil), "two framings")
    precondition(head.target(in: bytes).byteCount > 0, "an empty target")
    let letters = bytes.withUnsafeBytes { Array($0) }
    precondition(letters.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A], "the head doesn't end with an empty line")
    for (index, letter) in letters.enumerated() {
        precondition(letter != 0, "a null byte")
        if letter == 0x0A { precondition(index > 0 && letters[index - 1] == 0x0D, "a bare line feed") }
        if letter == 0x0D { precondition(letters[index + 1] == 0x0A, "a bare carriage return") }
    }
    for index in 0..<head.fieldCount {
        precondition(head.name(at: index, in: bytes).byteCount > 0, "a field without a name")
    }
}

// MARK: Chunks

private func fuzzChunks(_ bytes: [UInt8], cuts: Cuts) {
    let whole = decodeChunks(bytes, step: .max)
    for pieces in [decodeChunks(bytes, cuts: cuts), decodeChunks(bytes, step: 1)] where pieces != whole {
        fatalError("chunks in pieces: \(pieces), whole: \(whole)")
    }
}

/// What a chunked body comes to.
struct DecodedChunks: Equatable {
    var content: [UInt8] = []
    var error: HTTPMessageError?
    /// Where the body ended.
    var end: Int?
    /// Names and values, by turns.
    var trailers: [String] = []
}

func decodeChunks(_ bytes: [UInt8], step: Int) -> DecodedChunks {
    decodeChunks(bytes, cuts: repeatElement(step, count: bytes.count).makeIterator())
}

func decodeChunks(_ bytes: [UInt8], cuts: some IteratorProtocol<Int>) -> DecodedChunks {
    var cuts = cuts
    var decoder = HTTPChunkDecoder()
    var decoded = DecodedChunks()
    var trailers = HTTPTrailers()
    var start = 0
    while start < bytes.count {
        let step = cuts.next() ?? 1
        let end = step < bytes.count - start ? start + step : bytes.count
        let event = decoder.next(bytes.span.bytes.extracting(start..<end))
        let section = decoder.trailerBytes
        trailers.append(bytes.span.bytes.extracting(start + section.lowerBound..<start + section.upperBound))
        switch event {
        case .needMore: start = end
        case .data(let range):
            precondition(!range.isEmpty, "content without bytes")
            decoded.content += bytes[start + range.lowerBound..<start + range.upperBound]
            start += range.upperBound
        case .end(let consumed):
            decoded.end = start + consumed
            decoded.error = trailers.finish(fieldLimit: 20)
            decoded.trailers = summarize(trailers)
            return decoded
        case .bad(let error):
            decoded.error = error
            return decoded
        }
    }
    return decoded
}

/// All trailers; what the decoder has let pass must come to fields.
private func summarize(_ trailers: HTTPTrailers) -> [String] {
    var summary: [String] = []
    trailers.forEach { name, value in
        precondition(name.byteCount > 0, "a trailer without a name")
        let letters = (name.withUnsafeBytes { Array($0) }) + (value.withUnsafeBytes { Array($0) })
        precondition(!letters.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }, "a control in a trailer")
        summary += [text(name), text(value)]
    }
    precondition(summary.count == 2 * trailers.count && trailers.isEmpty == summary.isEmpty, "trailers that differ")
    return summary
}
