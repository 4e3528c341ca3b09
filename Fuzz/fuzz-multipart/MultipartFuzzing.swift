import MillpondHTTP

// The tests of MillpondHTTP see this file too, by a link.

/// What a fuzzer calls. The first byte says what the others are and how they are cut: bit 0, multipart content whose
/// boundary is `b`, or an urlencoded form; the rest, where the pieces end. Nothing may trap or read outside, and the
/// pieces must come to the same as the whole.
func fuzzMultipart(_ input: [UInt8]) {
    guard let mode = input.first else { return }
    let bytes = Array(input.dropFirst())
    if mode & 1 == 0 {
        let whole = parseMultipart(bytes, steps: [bytes.count])
        for steps in [[1], [Int(mode >> 1) % 7 + 1, 3, 1, 11], [Int(mode >> 3) + 1]] {
            let pieces = parseMultipart(bytes, steps: steps)
            if pieces != whole { fatalError("multipart in pieces: \(pieces), whole: \(whole)") }
        }
    } else {
        guard let form = try? HTTPForm(urlEncoded: bytes.span.bytes) else { return }
        let again = try? HTTPForm(urlEncoded: form.urlEncoded.utf8.span.bytes)
        if again != form { fatalError("form: \(form), again: \(String(describing: again))") }
    }
}

/// What multipart content comes to.
struct ParsedMultipart: Equatable {
    var parts: [MultipartPart] = []
    var contents: [[UInt8]] = []
    /// Whether the last part, if there is one, is over.
    var isPartOver = true
    var isEnded = false
    var error: HTTPFormError?
}

/// Parses what comes in pieces of these sizes, over and over.
func parseMultipart(_ bytes: [UInt8], boundary: String = "b", steps: [Int], headerLimit: Int = 256) -> ParsedMultipart {
    var parsed = ParsedMultipart()
    guard var parser = try? MultipartParser(boundary: Array(boundary.utf8), headerLimit: headerLimit) else {
        parsed.error = .boundary
        return parsed
    }
    var start = 0
    var turn = 0
    while start < bytes.count {
        let end = min(bytes.count, start + max(1, steps[turn % steps.count]))
        turn += 1
        while start < end {
            switch parser.next(bytes.span.bytes.extracting(start..<end)) {
            case .needMore: start = end
            case .part(let consumed):
                precondition(consumed > 0 && parsed.isPartOver, "a part within a part")
                parsed.parts.append(parser.part)
                parsed.contents.append([])
                parsed.isPartOver = false
                start += consumed
            case .content(let range):
                precondition(!range.isEmpty && range.lowerBound == 0 && !parsed.isPartOver, "content nowhere")
                parsed.contents[parsed.contents.count - 1] += bytes[start..<start + range.upperBound]
                start += range.upperBound
            case .heldContent(let range):
                precondition(!range.isEmpty && !parsed.isPartOver, "content nowhere")
                parsed.contents[parsed.contents.count - 1] += parser.delimiter[range]
            case .partEnd(let consumed):
                precondition(consumed > 0 && !parsed.isPartOver, "an end without a part")
                parsed.isPartOver = true
                start += consumed
            case .end:
                precondition(parser.isEnded && parsed.isPartOver, "an end within a part")
                parsed.isEnded = true
                start = end
            case .bad(let error):
                parsed.error = error
                return parsed
            }
        }
    }
    return parsed
}
