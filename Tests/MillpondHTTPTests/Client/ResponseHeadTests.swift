import TestSupport
import Testing

@testable import MillpondHTTP

/// The parser of response heads alone: whole, in pieces, at every prefix, in front of unmapped memory.
@Suite("Response heads", .timeLimit(.minutes(5)))
struct ResponseHeadTests {
    private static func parse(_ bytes: RawSpan) -> HTTPHeadOutcome {
        var head = HTTPResponseHead()
        return head.parse(bytes)
    }

    @Test("what a head says") func content() throws {
        let text = "HTTP/1.1 404 Not Here\r\nContent-Length:  12 \r\nX-A: b\r\nx-a: c d\r\nEmpty:\r\n\r\nrest"
        let bytes = Array(text.utf8)
        var head = HTTPResponseHead()
        let outcome = head.parse(bytes.span.bytes)
        #expect(outcome == .done(consumed: bytes.count - 4))
        let (status, count, length) = (head.status, head.fieldCount, head.contentLength)
        #expect(status == .notFound && count == 4 && length == 12)
        let first = head.index(of: "X-A", in: bytes.span.bytes)
        let second = head.index(of: "X-A", from: 2, in: bytes.span.bytes)
        #expect(first == 1 && second == 2)
        let texts = [
            String(bytes: head.reason(in: bytes.span.bytes)), String(bytes: head.value(at: 2, in: bytes.span.bytes)),
            String(bytes: head.name(at: 2, in: bytes.span.bytes)),
            String(bytes: head.value(at: 3, in: bytes.span.bytes)),
        ]
        #expect(texts == ["Not Here", "c d", "x-a", ""])
    }

    /// RFC 9112, section 6.3, in its order.
    @Test("framing") func framing() {
        let rows: [(String, HTTPMethod, HTTPResponseHead.Framing)] = [
            ("200 OK\r\nContent-Length: 5", .get, .length(5)), ("200 OK\r\nContent-Length: 5", .head, .none),
            ("200 OK\r\nTransfer-Encoding: chunked", .head, .none), ("204 No\r\nContent-Length: 5", .get, .none),
            ("304 No\r\nContent-Length: 5", .get, .none), ("100 Go", .post, .none),
            ("200 OK\r\nContent-Length: 5", .connect, .tunnel), ("299 OK", .connect, .tunnel),
            ("204 Yes", .connect, .tunnel), ("304 No", .connect, .none),
            ("407 Auth\r\nContent-Length: 5", .connect, .length(5)), ("101 Up", .get, .tunnel),
            ("200 OK\r\nTransfer-Encoding: chunked", .get, .chunked), ("200 OK\r\nContent-Length: 0", .get, .none),
            ("200 OK", .get, .untilClose), ("500 No", .post, .untilClose),
        ]
        for (text, method, expected) in rows {
            var head = HTTPResponseHead()
            _ = head.parse(Array("HTTP/1.1 \(text)\r\n\r\n".utf8).span.bytes)
            let framing = head.framing(for: method)
            #expect(framing == expected, "\(text) to \(method)")
        }
    }

    @Test("at every prefix, before unmapped memory", arguments: responseTable.filter { $0.bytes.count < 400 })
    func prefixes(_ row: ResponseRow) {
        let bytes = row.bytes
        let whole = Self.parse(bytes.span.bytes)
        var refused: HTTPHeadOutcome?
        for count in 0...bytes.count {
            let outcome = withBytesBeforeGuardPage(Array(bytes[..<count])) { buffer in
                Self.parse(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)))
            }
            // Nothing is taken for whole before it is, and no refusal is taken back.
            if case .done = outcome { #expect(outcome == whole) }
            if let refused { #expect(outcome == refused, "\(count) bytes") }
            if case .bad = outcome { refused = outcome }
        }
    }

    @Test("byte by byte", arguments: responseTable.filter { $0.bytes.count < 4000 }) func pieces(_ row: ResponseRow) {
        let bytes = row.bytes
        let whole = Self.parse(bytes.span.bytes)
        var head = HTTPResponseHead()
        var outcome = HTTPHeadOutcome.needMore
        for end in 1...bytes.count where outcome == .needMore {
            outcome = head.parse(bytes.span.bytes.extracting(first: end))
        }
        #expect(outcome == whole)
    }

    /// Any bytes: nothing traps, and pieces come to the same as the whole. The fuzzer's property, on the table's rows.
    @Test("mutations", arguments: 0..<20 as Range<UInt8>) func mutations(seed: UInt8) {
        var random = Cuts(seed: seed)
        for row in responseTable where row.bytes.count < 1000 {
            var bytes = row.bytes
            for _ in 0..<3 {
                let place = (random.next() ?? 0) * 7 % bytes.count
                bytes[place] = [0, 0x0A, 0x0D, 0x20, 0x3A, 0x2C, 0x39, 0xFF][(random.next() ?? 0) % 8]
            }
            fuzzResponses([seed &<< 2 | 0b10] + bytes)
        }
    }
}
