import Foundation
import MillpondIO
import Testing

@testable import MillpondHTTP

/// `Range`: the field by itself, and over a socket.
@Suite(.timeLimit(.minutes(2)))
struct FileRangeTests {
    enum Expected: Equatable, Sendable {
        case ignore, unsatisfiable
        case parts([Range<Int>])
    }

    static func parse(_ value: String, size: Int) -> Expected {
        switch ByteRanges.parse(value.utf8.span.bytes, size: size) {
        case .ignore: .ignore
        case .unsatisfiable: .unsatisfiable
        case .parts(let ranges): .parts((0..<ranges.count).map { ranges[$0] })
        }
    }

    static let table: [(String, Int, Expected)] = [
        ("bytes=0-0", 10, .parts([0..<1])), ("bytes=0-", 10, .parts([0..<10])), ("bytes=3-5", 10, .parts([3..<6])),
        ("bytes=-3", 10, .parts([7..<10])), ("bytes=-30", 10, .parts([0..<10])), ("BYTES=0-1", 10, .parts([0..<2])),
        ("bytes=5-99", 10, .parts([5..<10])), ("bytes=9-9", 10, .parts([9..<10])), ("bytes=10-", 10, .unsatisfiable),
        ("bytes=10-12", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
        ("bytes=-5", 0, .unsatisfiable), ("bytes=5-3", 10, .ignore), ("bytes=", 10, .ignore), ("bytes=-", 10, .ignore),
        ("bytes=a-b", 10, .ignore), ("bytes 0-1", 10, .ignore), ("bytes=0-1-2", 10, .ignore),
        ("items=0-1", 10, .ignore),
        ("bytes=0x1-2", 10, .ignore), ("bytes=1", 10, .ignore), ("", 10, .ignore), ("bytes= 0-1", 10, .parts([0..<2])),
        ("bytes=0 -1", 10, .ignore), ("bytes=+1-2", 10, .ignore), ("bytes=0-1,", 10, .parts([0..<2])),
        ("bytes=,, 0-1 ,,", 10, .parts([0..<2])), ("bytes=,", 10, .ignore), ("bytes=0-1,5-3", 10, .ignore),
        ("bytes=99999999999999999999-", 10, .unsatisfiable), ("bytes=0-99999999999999999999", 10, .parts([0..<10])),
        ("bytes=-99999999999999999999", 10, .parts([0..<10])),
        ("bytes=0-9,1000-1009", 2000, .parts([0..<10, 1000..<1010])),
        ("bytes=1000-1009,0-9", 2000, .parts([1000..<1010, 0..<10])),
        ("bytes=0-9,5000-", 2000, .parts([0..<10])), ("bytes=0-9,5-20", 2000, .parts([0..<21])),
        ("bytes=0-9,10-20", 2000, .parts([0..<21])), ("bytes=0-9,60-69", 2000, .parts([0..<70])),
        ("bytes=0-9,500-509,5-505", 2000, .parts([0..<510])), ("bytes=0-,0-,0-,0-", 2000, .parts([0..<2000])),
        ("bytes=-10,0-9", 2000, .parts([1990..<2000, 0..<10])),
    ]

    @Test(arguments: table)
    func theField(value: String, size: Int, expected: Expected) {
        #expect(Self.parse(value, size: size) == expected)
    }

    @Test func manyRangesAreNotHeeded() {
        let many = { (count: Int) in "bytes=" + (0..<count).map { "\($0 * 200)-\($0 * 200)" }.joined(separator: ",") }
        #expect(Self.parse(many(16), size: 10_000) == .parts((0..<16).map { $0 * 200..<$0 * 200 + 1 }))
        #expect(Self.parse(many(17), size: 10_000) == .ignore)
    }

    /// Whatever is asked for, parts lie within the file, are apart, and hold every byte that was asked for.
    @Test func partsCoverWhatWasAskedFor() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let size = Int(generator.next() % 3000)
            let asked = (0..<Int(generator.next() % 16 + 1)).map { _ in
                let start = Int(generator.next() % 3500)
                return start...(start + Int(generator.next() % 300))
            }
            let value = "bytes=" + asked.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
            var wanted = Set<Int>()
            for range in asked {
                wanted.formUnion(range.clamped(to: 0...max(0, size - 1)).filter { range.contains($0) && $0 < size })
            }
            switch Self.parse(value, size: size) {
            case .ignore: Issue.record("ignored \(value)")
            case .unsatisfiable: #expect(wanted.isEmpty, "\(value) of \(size)")
            case .parts(let parts):
                #expect(parts.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= size && !$0.isEmpty })
                #expect(wanted.isSubset(of: parts.reduce(into: Set()) { $0.formUnion($1) }))
                let sorted = parts.sorted { $0.lowerBound < $1.lowerBound }
                #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.upperBound + ByteRanges.gap < $1.lowerBound })
            }
        }
    }

    private static let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test func oneRange() async throws {
        try await withFiles(fill: Self.content) { server in
            for (field, range) in [
                ("0-0", 0..<1), ("5-99", 5..<100), ("-7", 99_993..<100_000), ("10-90000", 10..<90_001),
            ] {
                let answer = try server.ask("/f.bin", ["Range: bytes=\(field)"])
                #expect(answer.status == 206)
                #expect(answer["Content-Range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/100000")
                #expect(answer["Content-Length"] == "\(range.count)")
                #expect(answer.body == Array(Self.content[range]))
                #expect(answer["ETag"] != nil && answer["Last-Modified"] != nil)
            }
        }
    }

    @Test func rangesThatDoNotCount() async throws {
        try await withFiles(fill: Self.content) { server in
            for field in ["lines=1-2", "bytes=9-3", "bytes=x"] {
                let answer = try server.ask("/f.bin", ["Range: \(field)"])
                #expect(answer.status == 200 && answer.body == Self.content && answer["Content-Range"] == nil)
            }
            let twice = try server.ask("/f.bin", ["Range: bytes=0-1", "Range: bytes=4-5"])
            #expect(twice.status == 200)
            let head = try server.ask("/f.bin", method: "HEAD", ["Range: bytes=0-1"])
            #expect(head.status == 200 && head["Content-Length"] == "100000" && head.body.isEmpty)
            let beyond = try server.ask("/f.bin", ["Range: bytes=100000-"])
            #expect(beyond.status == 416 && beyond["Content-Range"] == "bytes */100000" && beyond.body.isEmpty)
        }
    }

    @Test func severalRanges() async throws {
        try await withFiles(fill: Self.content) { server in
            let asked = [0..<10, 50_000..<99_000, 200..<300]
            let field = asked.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
            let answer = try server.ask("/f.bin", ["Range: bytes=\(field)"])
            #expect(answer.status == 206 && answer["Content-Range"] == nil)
            #expect(answer["Content-Length"] == "\(answer.body.count)")
            let type = try #require(answer["Content-Type"])
            #expect(type.hasPrefix("multipart/byteranges; boundary="))
            let boundary = type.split(separator: "=")[1]
            var expected: [UInt8] = []
            for range in asked {
                expected += Array("\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\n".utf8)
                expected += Array(
                    "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/100000\r\n\r\n".utf8)
                expected += Self.content[range]
            }
            expected += Array("\r\n--\(boundary)--\r\n".utf8)
            #expect(answer.body == expected)
        }
    }

    private func withFiles(fill content: [UInt8], _ body: (HandlerServer) async throws -> Void) async throws {
        try await MillpondHTTPTests.withFiles(.init(), { try $0.write("f.bin", content) }) { server, _ in
            try await body(server)
        }
    }
}
