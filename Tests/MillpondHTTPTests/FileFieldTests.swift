import CMillpond
import Foundation
import MillpondPools
import Testing

@testable import MillpondHTTP

/// Files with fields that a handler or a layer has set, and files that can't be had.
@Suite(.timeLimit(.minutes(2)))
struct FileFieldTests {
    /// What the handler said stays, once; what is missing is added.
    @Test func theHandlersFieldsStay() async throws {
        let folder = try TemporaryFolder()
        for name in ["a.css", "a.css.gz"] { try folder.write(name, String(repeating: name, count: 100)) }
        var options = FileServerOptions()
        options.cacheControl = "max-age=1"
        let files = try FileServer(folder.path, options: options)
        try await withHandler { request, response in
            response.set(.contentType, "text/x-own")
            response.set(.eTag, "\"own\"")
            response.set(.cacheControl, "private")
            response.set(.vary, "Origin")
            response.set(.contentRange, "nonsense")
            response.set("Accept-Ranges", "bytes")
            try await files.serve(&request, &response)
        } _: { server in
            let part = try server.ask("/a.css", ["Range: bytes=0-4"])
            #expect(part.status == 206 && part.text == "a.css")
            for (name, values) in [
                ("Content-Type", ["text/x-own"]), ("ETag", ["\"own\""]), ("Cache-Control", ["private"]),
                ("Vary", ["Origin", "Accept-Encoding"]), ("Content-Range", ["bytes 0-4/500"]),
                ("Accept-Ranges", ["bytes"]),
            ] {
                #expect(part.values(name) == values, "\(name)")
            }
            #expect(part.values("Last-Modified").count == 1)
            let several = try server.ask("/a.css", ["Range: bytes=0-0,400-401"])
            #expect(several.status == 206 && several.values("Content-Type").count == 1)
            #expect(several["Content-Type"]?.hasPrefix("multipart/byteranges") == true)
            #expect(several.text.components(separatedBy: "Content-Type: text/x-own\r\n").count == 3)
            // Conditions are on what the client was told.
            let unchanged = try server.ask("/a.css", ["If-None-Match: \"own\""])
            #expect(unchanged.status == 304 && unchanged.values("ETag") == ["\"own\""])
            try #expect(server.ask("/a.css", ["If-Match: \"other\""]).status == 412)
            try #expect(server.ask("/a.css", ["Range: bytes=999-"]).values("Content-Range") == ["bytes */500"])
        }
    }

    @Test func weakTagsAndDatesOfHandlers() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a.txt", "text")
        let files = try FileServer(folder.path)
        try await withHandler { request, response in
            response.set(.eTag, "W/\"own\"")
            response.set(.lastModified, "Sun, 06 Nov 1994 08:49:37 GMT")
            try await files.serve(&request, &response)
        } _: { server in
            let answer = try server.ask("/a.txt")
            #expect(answer.values("ETag") == ["W/\"own\""] && answer.values("Last-Modified").count == 1)
            for tag in ["\"own\"", "W/\"own\""] {
                try #expect(server.ask("/a.txt", ["If-None-Match: \(tag)"]).status == 304)
                try #expect(server.ask("/a.txt", ["If-Match: \(tag)"]).status == 412)
            }
            let date = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"
            try #expect(server.ask("/a.txt", [date]).status == 304)
        }
    }

    /// A form is not sent under a coding that the handler has named for the file.
    @Test func aCodingOfTheHandlers() async throws {
        let folder = try TemporaryFolder()
        for name in ["a.css", "a.css.gz", "a.css.br"] { try folder.write(name, name) }
        let files = try FileServer(folder.path)
        try await withHandler { request, response in
            response.set(.contentEncoding, "x-own")
            try await files.serve(&request, &response)
        } _: { server in
            let answer = try server.ask("/a.css", ["Accept-Encoding: gzip, br"])
            #expect(answer.text == "a.css" && answer.values("Content-Encoding") == ["x-own"])
        }
    }

    /// Files under a layer that compresses keep their strong tags, also in a 304.
    @Test func compressionLeavesFilesAlone() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a.css", String(repeating: "text ", count: 1000))
        let files = try FileServer(folder.path)
        try await withHandler(HTTPCompression().wrapping(files.handler)) { server in
            let answer = try server.ask("/a.css", ["Accept-Encoding: gzip"])
            let tag = try #require(answer["ETag"])
            #expect(answer["Content-Encoding"] == nil && !tag.hasPrefix("W/"))
            let unchanged = try server.ask("/a.css", ["Accept-Encoding: gzip", "If-None-Match: \(tag)"])
            #expect(unchanged.status == 304 && unchanged["ETag"] == tag && unchanged["Vary"] == nil)
        }
    }

    /// A file that is shorter than it was leaves the response as it was, so that another attempt can be made.
    @Test func aFailureChangesNothing() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a.txt", "short")
        let path = folder.path + "/a.txt"
        try await withHandler { request, response in
            response.set(.cacheControl, "private")
            response.set("X-Outer", "kept")
            let descriptor = open(path, O_RDONLY)
            var status = millpond_file_status()
            _ = millpond_status(descriptor, &status)
            status.size = 100
            let file = try #require(HTTPFile(adopting: descriptor, status))
            let error = await #expect(throws: HTTPFileError.self) {
                try await response.send(ServedFile(file, mediaType: "text/plain"), for: request)
            }
            let (isOpen, code) = (response.isOpen, response.status)
            #expect(error?.isTruncated == true && isOpen && code == .ok)
            let names: [HTTPFieldName] = [.eTag, .lastModified, .contentType, .contentRange]
            for name in names {
                let isThere = response.hasField(name)
                #expect(!isThere)
            }
            try await response.sendFile(path, for: request)
        } _: { server in
            for fields in [[], ["Range: bytes=1-50"]] {
                let answer = try server.ask("/", fields)
                #expect(answer.values("Cache-Control") == ["private"] && answer["X-Outer"] == "kept")
                #expect(answer.text == (fields.isEmpty ? "short" : "hort"))
            }
        }
    }

    @Test func errorsOfReading() {
        let unavailable = HTTPFileError(reading: WorkerPoolError.stopped)
        #expect(unavailable.isUnavailable && HTTPResponse.status(for: unavailable) == .serviceUnavailable)
        let unreadable = HTTPFileError(reading: CocoaError(.fileReadUnknown))
        #expect(unreadable.isUnreadable && HTTPResponse.status(for: unreadable) == .internalServerError)
    }

    @Test func longTimesAreNotShort() async throws {
        #expect(FileServer.nanoseconds(.seconds(2) + .nanoseconds(3)) == 2_000_000_003)
        #expect(FileServer.nanoseconds(.seconds(-1)) == 0)
        #expect(FileServer.nanoseconds(.seconds(Int64.max)) == .max)
        #expect(FileServer.nanoseconds(.seconds(18_446_744_073) + .milliseconds(709)) == 18_446_744_073_709_000_000)
        #expect(FileServer.nanoseconds(.seconds(18_446_744_073) + .milliseconds(710)) == .max)
        let folder = try TemporaryFolder()
        try folder.write("a", "text")
        var options = FileServerOptions()
        options.openFileLifetime = .seconds(Int64.max)
        options.openFileIdleTime = .seconds(Int64.max)
        let files = try FileServer(folder.path, options: options)
        try await withHandler(files.handler) { server in
            for _ in 0..<2 { try #expect(server.ask("/a").text == "text") }
            #expect(files.cache.count == 1)
            // Kept: gone from the folder, but not looked for.
            unlink(folder.path + "/a")
            try #expect(server.ask("/a").text == "text")
        }
    }

    // MARK: What the system says

    /// Devices that the kernel refuses with `EPERM` are there in most sandboxes.
    private static let refused = ["/dev/vda", "/dev/sda", "/dev/mem", "/dev/kmsg"].first { path in
        let descriptor = open(path, O_RDONLY | O_NONBLOCK)
        defer { if descriptor >= 0 { close(descriptor) } }
        return descriptor < 0 && errno == EPERM
    }

    /// One file's error says nothing of the others.
    @Test(.enabled(if: refused != nil)) func anErrorIsThatOfItsFile() throws {
        let folder = try TemporaryFolder()
        try folder.write("f", "text")
        try folder.link("link", to: "f")
        let root = try FolderRoot("/", .withinRoot)
        let refused = try #require(Self.refused)
        for mayBlock in [true, false] {
            let outcome = root.open(Array(refused.utf8.dropFirst()), mayBlock: mayBlock)
            #expect(outcome == .failed(errno: EPERM) || (outcome == .wouldBlock && !mayBlock))
        }
        // Links are followed with the kernel's help only.
        guard case .opened(let descriptor) = root.open(Array((folder.path + "/link").utf8.dropFirst()), mayBlock: true)
        else {
            Issue.record("not opened")
            return
        }
        close(descriptor)
    }

    @Test func onlyWantOfDescriptorsOrMemoryEmptiesTheCache() throws {
        for code in [EMFILE, ENFILE, ENOMEM] {
            guard case .exhausted = FileLookup(errno: code) else {
                Issue.record("errno \(code)")
                return
            }
        }
        for code in [EAGAIN, EIO, ESTALE] {
            guard case .busy = FileLookup(errno: code) else {
                Issue.record("errno \(code)")
                return
            }
        }
    }
}
