import TestSupport
import Testing

@testable import MillpondHTTP

/// The status a head is refused with; 0 accepted, -1 not whole.
private func status(_ outcome: HTTPHeadOutcome) -> Int {
    switch outcome {
    case .done: 0
    case .needMore: -1
    case .bad(let error): Int(error.status.code)
    }
}

private func parse(_ bytes: [UInt8]) -> HTTPHeadOutcome {
    var head = HTTPRequestHead()
    return head.parse(bytes.span.bytes)
}

@Suite("Request heads: the table", .timeLimit(.minutes(5)))
struct HeadTableTests {
    @Test("has its rows") func size() {
        #expect(headTable.count >= 180)
        #expect(Set(headTable.map(\.name)).count == headTable.count)
    }

    @Test("whole", arguments: headTable) func whole(_ row: HeadRow) {
        #expect(status(parse(row.bytes)) == row.status)
    }

    @Test("with another request behind", arguments: headTable.filter { $0.status == 0 }) func followed(_ row: HeadRow) {
        #expect(parse(row.bytes + Array("GET / HTTP/1.1\r\n".utf8)) == .done(consumed: row.bytes.count))
    }

    /// Fed a byte at a time, the head comes to the same end, if later: a line is judged when its end is there.
    @Test("byte by byte", arguments: headTable) func pieces(_ row: HeadRow) {
        let bytes = row.bytes
        var head = HTTPRequestHead()
        var outcome = HTTPHeadOutcome.needMore
        for end in 1..<max(1, bytes.count + 1) {
            outcome = head.parse(bytes.span.bytes.extracting(first: end))
            if outcome != .needMore { break }
        }
        if row.status > 0, outcome == .needMore {
            // It may wait for the line's end, but not beyond.
            let more = bytes + [0x0D, 0x0A]
            outcome = head.parse(more.span.bytes)
        }
        #expect(status(outcome) == row.status)
    }

    /// No prefix of a good head is refused or taken for whole, and no refusal is taken back.
    @Test("at every prefix", arguments: headTable.filter { $0.text.utf8.count < 400 }) func prefixes(_ row: HeadRow) {
        let bytes = row.bytes
        var refused: HTTPHeadOutcome?
        for count in 0..<bytes.count {
            let outcome = parse(Array(bytes[..<count]))
            if row.status <= 0 { #expect(outcome == .needMore, "\(count) bytes") }
            if let refused { #expect(outcome == refused, "\(count) bytes") }
            if case .bad = outcome { refused = outcome }
            if case .done = outcome { Issue.record("\(count) bytes are taken for whole") }
        }
    }

    @Test("flush against unmapped memory", arguments: headTable.filter { $0.text.utf8.count < 400 })
    func guarded(_ row: HeadRow) {
        let bytes = row.bytes
        for count in 0...bytes.count {
            withBytesBeforeGuardPage(Array(bytes[..<count])) { buffer in
                var head = HTTPRequestHead()
                _ = head.parse(buffer.bytes)
            }
        }
    }

    @Test("any bytes, as a fuzzer would") func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var bytes = headTable[Int.random(in: 0..<headTable.count, using: &generator)].bytes
            guard !bytes.isEmpty, bytes.count < 400 else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            fuzzHTTP([.random(in: 0...255, using: &generator)] + bytes)
        }
    }
}
