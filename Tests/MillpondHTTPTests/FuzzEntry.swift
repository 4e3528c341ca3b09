@testable import MillpondHTTP

/// What a fuzzer calls: any bytes, as a head and as a chunked body, whole and in pieces whose size the first byte
/// tells. Neither may trap or read outside, and both ways must agree.
func fuzzHTTP(_ bytes: [UInt8]) {
    let step = Int(bytes.first ?? 0) % 7 + 1
    fuzzHead(bytes, step)
    fuzzChunks(bytes, step)
}

private func fuzzHead(_ bytes: [UInt8], _ step: Int) {
    var whole = HTTPRequestHead()
    let expected = whole.parse(bytes.span.bytes)
    var head = HTTPRequestHead()
    var outcome = HTTPHeadOutcome.needMore
    var end = 0
    while end < bytes.count, outcome == .needMore {
        end = min(bytes.count, end + step)
        outcome = head.parse(bytes.span.bytes.extracting(first: end))
    }
    // In pieces a line is judged when its end is there.
    if outcome != expected, outcome != .needMore || expected.isDone {
        fatalError("head in pieces: \(outcome), whole: \(expected)")
    }
    guard case .done(let consumed) = outcome else { return }
    let bytes = bytes.span.bytes
    precondition(consumed <= bytes.byteCount && head.target(in: bytes).byteCount > 0)
    for index in 0..<head.fieldCount {
        precondition(head.name(at: index, in: bytes).byteCount > 0)
        precondition(head.value(at: index, in: bytes).byteCount == whole.value(at: index, in: bytes).byteCount)
    }
}

private func fuzzChunks(_ bytes: [UInt8], _ step: Int) {
    let whole = decodeChunks(bytes, step: .max)
    let pieces = decodeChunks(bytes, step: step)
    if whole != pieces { fatalError("chunks in pieces: \(pieces), whole: \(whole)") }
}

/// What a chunked body comes to.
struct DecodedChunks: Equatable {
    var content: [UInt8] = []
    var error: HTTPMessageError?
    /// Where the body ended.
    var end: Int?
}

func decodeChunks(_ bytes: [UInt8], step: Int) -> DecodedChunks {
    var decoder = HTTPChunkDecoder()
    var decoded = DecodedChunks()
    var start = 0
    while start < bytes.count {
        let end = step < bytes.count - start ? start + step : bytes.count
        switch decoder.next(bytes.span.bytes.extracting(start..<end)) {
        case .needMore: start = end
        case .data(let range):
            decoded.content += bytes[start + range.lowerBound..<start + range.upperBound]
            start += range.upperBound
        case .end(let consumed):
            decoded.end = start + consumed
            return decoded
        case .bad(let error):
            decoded.error = error
            return decoded
        }
    }
    return decoded
}

extension HTTPHeadOutcome {
    var isDone: Bool { if case .done = self { true } else { false } }
}
