import Foundation
import MillpondIO
import Testing

@testable import MillpondHTTP

/// Conditional requests, in the order of RFC 9110, section 13.2.2.
@Suite(.timeLimit(.minutes(2)))
struct FileConditionTests {
    private static let modified = 1_700_000_000
    private static let date = "Tue, 14 Nov 2023 22:13:20 GMT"
    private static let earlier = "Tue, 14 Nov 2023 22:13:19 GMT"
    private static let later = "Tue, 14 Nov 2023 22:13:21 GMT"

    /// `TAG` stands for the file's own entity tag.
    static let table: [([String], Int)] = [
        ([], 200),
        (["If-Match: TAG"], 200), (["If-Match: *"], 200), (["If-Match: \"a\", TAG"], 200),
        (["If-Match: \"a\"", "If-Match: TAG"], 200), (["If-Match: \"a\""], 412), (["If-Match: W/TAG"], 412),
        (["If-Match: \"a,b\""], 412),
        (["If-Unmodified-Since: \(date)"], 200), (["If-Unmodified-Since: \(later)"], 200),
        (["If-Unmodified-Since: \(earlier)"], 412), (["If-Unmodified-Since: yesterday"], 200),
        // Only without If-Match.
        (["If-Match: TAG", "If-Unmodified-Since: \(earlier)"], 200),
        (["If-None-Match: TAG"], 304), (["If-None-Match: W/TAG"], 304), (["If-None-Match: *"], 304),
        (["If-None-Match: \"a\", W/TAG"], 304), (["If-None-Match: \"a\"", "If-None-Match: TAG"], 304),
        (["If-None-Match: \"a\""], 200), (["If-None-Match:"], 200),
        (["If-Modified-Since: \(date)"], 304), (["If-Modified-Since: \(later)"], 304),
        (["If-Modified-Since: \(earlier)"], 200), (["If-Modified-Since: 1700000000"], 200),
        (["If-Modified-Since: Tuesday, 14-Nov-23 22:13:20 GMT"], 304),
        (["If-Modified-Since: Tue Nov 14 22:13:20 2023"], 304),
        // Only without If-None-Match.
        (["If-None-Match: \"a\"", "If-Modified-Since: \(date)"], 200),
        // The first half goes before the second.
        (["If-Match: \"a\"", "If-None-Match: TAG"], 412), (["If-Match: TAG", "If-None-Match: TAG"], 304),
        (["If-Unmodified-Since: \(earlier)", "If-None-Match: TAG"], 412),
        // And both before the range.
        (["Range: bytes=0-1", "If-None-Match: TAG"], 304), (["Range: bytes=0-1", "If-Match: \"a\""], 412),
        (["Range: bytes=0-1"], 206), (["Range: bytes=0-1", "If-Range: TAG"], 206),
        (["Range: bytes=0-1", "If-Range: \"a\""], 200), (["Range: bytes=0-1", "If-Range: W/TAG"], 200),
        (["Range: bytes=0-1", "If-Range: \(date)"], 206), (["Range: bytes=0-1", "If-Range: \(later)"], 200),
        (["Range: bytes=0-1", "If-Range: \(earlier)"], 200), (["Range: bytes=99-", "If-Range: \"a\""], 200),
        (["Range: bytes=99-", "If-Range: TAG"], 416), (["If-Range: \"a\""], 200),
    ]

    @Test func theTable() async throws {
        try await withFiles(.init(), Self.fill) { server, _ in
            let tag = try #require(try server.ask("/f.txt").value("ETag"))
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            for (fields, status) in Self.table {
                let fields = fields.map { $0.replacingOccurrences(of: "TAG", with: tag) }
                let answer = try server.ask("/f.txt", fields)
                #expect(answer.status == status, "\(fields)")
                #expect(answer.body.count == [200: 5, 206: 2][status, default: 0], "\(fields)")
                if status != 412 { #expect(status == 416 || answer["ETag"] == tag, "\(fields)") }
            }
        }
    }

    @Test func whatIsNotModifiedHasNoContent() async throws {
        var options = FileServerOptions()
        options.cacheControl = "max-age=60"
        try await withFiles(options, Self.fill) { server, _ in
            let answer = try server.ask("/f.txt", ["If-Modified-Since: \(Self.date)"])
            #expect(answer.status == 304 && answer.body.isEmpty)
            #expect(answer["Content-Type"] == nil && answer["Content-Length"] == nil)
            #expect(answer["Cache-Control"] == "max-age=60" && answer["Last-Modified"] == Self.date)
            let head = try server.ask("/f.txt", method: "HEAD")
            #expect(head.status == 200 && head["Content-Length"] == "5" && head.body.isEmpty)
            #expect(head["Content-Type"] == "text/plain; charset=utf-8" && head["Accept-Ranges"] == "bytes")
        }
    }

    /// A date that the file may have changed again in vouches for nothing.
    @Test func aDateOfThisSecondIsNoValidator() async throws {
        try await withFiles(.init(), { try $0.write("f.txt", "hello") }) { server, _ in
            let date = try #require(try server.ask("/f.txt").value("Last-Modified"))
            let answer = try server.ask("/f.txt", ["Range: bytes=0-1", "If-Range: \(date)"])
            #expect(answer.status == 200)
        }
    }

    private static func fill(_ folder: TemporaryFolder) throws {
        try folder.write("f.txt", "hello")
        try folder.touch("f.txt", modified)
    }

    static let dates: [(String, Int?)] = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 29 Feb 2024 23:59:60 GMT", 1_709_251_200), ("Wed, 29 Feb 2023 00:00:00 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37", nil), ("Sun, 6 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37 GMT ", nil), ("Sun, 00 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37 UTC", nil), ("", nil), ("Sun", nil), ("Sun,", nil), ("784111777", nil),
        ("Sun Nov 16 08:49:37 1994", 784_975_777), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ]

    @Test(arguments: dates)
    func aDate(text: String, seconds: Int?) {
        #expect(HTTPDate.seconds(text.utf8.span.bytes) == seconds)
    }

    @Test func datesAreReadAsTheyAreWritten() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let seconds = Int(generator.next() % 253_402_300_800)
            let text = HTTPDate.text(seconds)
            #expect(HTTPDate.seconds(text.span.bytes) == seconds)
            for end in 0..<text.count {
                let part = Array(text[..<end])
                #expect(HTTPDate.seconds(part.span.bytes) == nil)
            }
        }
    }
}
