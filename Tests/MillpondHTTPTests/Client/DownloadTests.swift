import MillpondIO
import MillpondNet
import Synchronization
import Testing

@testable import MillpondHTTP

/// Files from a server that knows ranges.
@Suite("Client: downloads", .timeLimit(.minutes(2)))
struct DownloadTests {
    /// What the server has; may change while a test runs.
    private final class Shelf: Sendable {
        struct Item {
            var bytes: [UInt8]
            var tag: String? = "\"one\""
            /// The server closes the connection after so much.
            var cutsAfter: Int?
            var ignoresRanges = false
            var wrongRange = false
        }

        let item: Mutex<Item>
        let requests = Mutex<[String]>([])

        init(_ count: Int) {
            var random = SeededGenerator(seed: 21)
            item = Mutex(Item(bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }))
        }

        var bytes: [UInt8] { item.withLock { $0.bytes } }
        var lastRequest: String { requests.withLock { $0.last ?? "" } }
        func change(_ body: (inout Item) -> Void) { item.withLock { body(&$0) } }

        func serve(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
            let range = request.string(.range)
            let condition = request.string(.ifRange)
            requests.withLock {
                $0.append("\(range ?? "-") \(condition ?? "-") \(request.string(.acceptEncoding) ?? "-")")
            }
            let item = item.withLock { $0 }
            if request.pathIs("/moved") {
                response.status = .found
                response.set(.location, "/file")
                return try await response.send()
            }
            guard request.pathIs("/file") else {
                response.status = .notFound
                return try await response.send("nothing here")
            }
            if let tag = item.tag { response.set(.eTag, tag) }
            var start = 0
            if let range, !item.ignoresRanges, condition == nil || condition == item.tag {
                start = Int(range.dropFirst(6).dropLast()) ?? 0
                guard start < item.bytes.count else {
                    response.status = .rangeNotSatisfiable
                    response.set(.contentRange, "bytes */\(item.bytes.count)")
                    return try await response.send()
                }
                response.status = .partialContent
                let first = item.wrongRange ? start + 1 : start
                response.set(.contentRange, "bytes \(first)-\(item.bytes.count - 1)/\(item.bytes.count)")
            }
            response.contentLength = item.bytes.count - start
            let end = min(item.bytes.count, start + (item.cutsAfter ?? .max - start))
            try await response.write(item.bytes.span.bytes.extracting(start..<end))
            if item.cutsAfter != nil {
                try await response.flush()
                request.channel.close()
            }
        }
    }

    private func with(
        _ count: Int, _ body: @escaping @Sendable (HTTPClient, String, Shelf, ScratchFile) async throws -> Void
    ) async throws {
        let shelf = Shelf(count)
        let file = try ScratchFile([])
        try await withFollowing(handler: { request, response in try await shelf.serve(&request, &response) }) {
            try await body($0, $1, shelf, file)
        }
    }

    private func get(
        _ client: HTTPClient, _ url: String, _ file: ScratchFile, resumes: Bool = false
    ) async throws -> HTTPDownload {
        var options = HTTPDownloadOptions()
        options.resumes = resumes
        return try await client.download(HTTPClientRequest(.get, url), to: file.path, options: options)
    }

    @Test(arguments: [0, 1, 100_000, 5_000_000])
    func aFileIsTheContent(_ count: Int) async throws {
        try await with(count) { client, base, shelf, file in
            try file.replace(Array("something longer was here".utf8))
            let steps = Mutex<[HTTPDownloadProgress]>([])
            var options = HTTPDownloadOptions()
            options.progress = { step in steps.withLock { $0.append(step) } }
            let result = try await client.download(
                HTTPClientRequest(.get, "\(base)/moved"), to: file.path, options: options)
            #expect(try file.bytes() == shelf.bytes)
            #expect(result.status == .ok && result.length == count && result.resumedFrom == 0)
            #expect(result.url.path == "/file" && result.isReused)
            #expect(shelf.lastRequest == "- - identity")
            let all = steps.withLock { $0 }
            #expect(all.first == HTTPDownloadProgress(length: 0, total: count, resumedFrom: 0))
            #expect(all.last?.length == count)
            #expect(all.map(\.length) == all.map(\.length).sorted())
        }
    }

    @Test func aBrokenDownloadIsResumed() async throws {
        try await with(3_000_000) { client, base, shelf, file in
            shelf.change { $0.cutsAfter = 1_234_567 }
            let broken = await clientError { _ = try await get(client, "\(base)/file", file) }
            #expect(broken?.isTruncated == true)
            let part = try file.bytes()
            #expect(part == Array(shelf.bytes.prefix(part.count)) && part.count > 0)
            shelf.change { $0.cutsAfter = nil }
            let result = try await get(client, "\(base)/file", file, resumes: true)
            #expect(result.status == .partialContent && result.resumedFrom == part.count)
            #expect(result.length == 3_000_000)
            #expect(try file.bytes() == shelf.bytes)
            #expect(shelf.lastRequest.hasPrefix("bytes=\(part.count)- "))
            // Once more: all of it is there.
            let again = try await get(client, "\(base)/file", file, resumes: true)
            #expect(again.status == .rangeNotSatisfiable && again.length == 3_000_000)
            #expect(try file.bytes() == shelf.bytes)
        }
    }

    @Test func aPartFromElsewhereIsResumed() async throws {
        try await with(10_000) { client, base, shelf, file in
            try file.replace(Array(shelf.bytes.prefix(4321)))
            let result = try await get(client, "\(base)/file", file, resumes: true)
            #expect(result.resumedFrom == 4321)
            #expect(shelf.lastRequest == "bytes=4321- - identity")
            #expect(try file.bytes() == shelf.bytes)
        }
    }

    @Test func aServerWithoutRangesSendsAllOfIt() async throws {
        try await with(10_000) { client, base, shelf, file in
            shelf.change { $0.ignoresRanges = true }
            try file.replace(Array(repeating: 0x78, count: 20_000))
            let result = try await get(client, "\(base)/file", file, resumes: true)
            #expect(result.status == .ok && result.resumedFrom == 0)
            #expect(try file.bytes() == shelf.bytes)
        }
    }

    @Test func withoutAFileResumingBeginsAtTheStart() async throws {
        try await with(10_000) { client, base, shelf, file in
            file.remove()
            let result = try await get(client, "\(base)/file", file, resumes: true)
            #expect(result.status == .ok)
            #expect(shelf.lastRequest == "- - identity")
            #expect(try file.bytes() == shelf.bytes)
        }
    }

    @Test func anotherVersionReplacesTheFile() async throws {
        try await with(300_000) { client, base, shelf, file in
            shelf.change { $0.cutsAfter = 100_000 }
            _ = await clientError { _ = try await get(client, "\(base)/file", file) }
            shelf.change { item in
                item.cutsAfter = nil
                item.tag = "\"two\""
                item.bytes = item.bytes.reversed()
            }
            let result = try await get(client, "\(base)/file", file, resumes: true)
            // File systems without attributes forget the version's name; nothing can be told there.
            if shelf.lastRequest.contains("\"one\"") {
                #expect(result.status == .ok)
                #expect(try file.bytes() == shelf.bytes)
            }
        }
    }

    @Test func errorsLeaveTheFileAlone() async throws {
        try await with(10_000) { client, base, shelf, file in
            try file.replace([1, 2, 3])
            let missing = await #expect(throws: HTTPDownloadError.self) { try await get(client, "\(base)/none", file) }
            #expect(missing?.status == .notFound)
            #expect(missing?.description == "the server answered 404 Not Found")
            shelf.change { $0.wrongRange = true }
            let wrong = await #expect(throws: HTTPDownloadError.self) {
                try await get(client, "\(base)/file", file, resumes: true)
            }
            #expect(wrong?.isUnexpectedRange == true)
            // Longer than what the server has.
            try file.replace(Array(repeating: 1, count: 10_001))
            let longer = await #expect(throws: HTTPDownloadError.self) {
                try await get(client, "\(base)/file", file, resumes: true)
            }
            #expect(longer?.status == .rangeNotSatisfiable)
            #expect(try file.bytes().count == 10_001)
            var options = HTTPDownloadOptions()
            options.limit = 9999
            let limited = options
            let long = await clientError {
                _ = try await client.download(HTTPClientRequest(.get, "\(base)/file"), to: file.path, options: limited)
            }
            #expect(long?.isBodyTooLarge == true)
            #expect(try file.bytes().count == 10_001)
            let folder = await #expect(throws: IOError.self) {
                _ = try await client.download(HTTPClientRequest(.get, "\(base)/file"), to: "/tmp")
            }
            #expect(folder?.subject == "/tmp")
        }
    }
}
