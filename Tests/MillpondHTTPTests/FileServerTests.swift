import Foundation
import MillpondNet
import TestSupport
import Testing

@testable import MillpondHTTP

/// What files are sent with, and what happens when they change.
@Suite(.timeLimit(.minutes(2)))
struct FileServerTests {
    @Test func typesByName() async throws {
        let types = [
            "a.html": "text/html; charset=utf-8", "a.CSS": "text/css; charset=utf-8",
            "a.js": "text/javascript; charset=utf-8", "a.json": "application/json", "a.PnG": "image/png",
            "a.tar.gz": "application/gzip", "a": "application/octet-stream", "a.unknown": "application/octet-stream",
            "a.": "application/octet-stream", "a.svg": "image/svg+xml", "a.wasm": "application/wasm",
            "a.own": "application/x-own", "a.txt": "text/x-other",
        ]
        var options = FileServerOptions()
        options.mediaTypes = ["own": "application/x-own", "txt": "text/x-other"]
        try await withFiles(options, { folder in for name in types.keys { try folder.write(name, "x") } }) {
            server, _ in
            for (name, type) in types { try #expect(server.ask("/\(name)").value("Content-Type") == type, "\(name)") }
        }
    }

    static let encodings: [(String?, String?)] = [
        (nil, nil), ("", nil), ("identity", nil), ("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"),
        ("br, gzip", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"), ("gzip;q=0.5, br;q=0.5", "br"), ("*", "br"), ("*;q=0", nil),
        ("br;q=0, *", "gzip"), ("gzip;q=0", nil), ("gzip;q=0.001", "gzip"), ("GZIP", "gzip"), ("x-gzip", "gzip"),
        ("deflate", nil), ("gzip;q=0.5, identity", nil), ("gzip;q=0.5, identity;q=0.2", "gzip"), ("gzip;q=2", nil),
        ("gzip;q=x", nil), ("gzip ; q=0.8", "gzip"), ("gzip;q=0.8000", nil), ("identity;q=0", nil), ("gzip,,", "gzip"),
        ("gzipx", nil),
    ]

    @Test func compressedForms() async throws {
        try await withFiles(.init(), Self.fillCompressed) { server, _ in
            for (accepted, coding) in Self.encodings {
                let answer = try server.ask("/a.css", accepted.map { ["Accept-Encoding: \($0)"] } ?? [])
                #expect(answer.status == 200 && answer["Content-Encoding"] == coding, "\(accepted ?? "none")")
                #expect(answer.text == ["br": "brotli", "gzip": "gz"][coding, default: "plain text"])
                #expect(answer["Vary"] == "Accept-Encoding")
                #expect(answer["Content-Type"] == "text/css; charset=utf-8")
            }
            // Each form has a tag of its own, and ranges of it are of it.
            let plain = try server.ask("/a.css")
            let zipped = try server.ask("/a.css", ["Accept-Encoding: gzip"])
            #expect(plain["ETag"] != zipped["ETag"])
            let tag = try #require(zipped["ETag"])
            try #expect(server.ask("/a.css", ["Accept-Encoding: gzip", "If-None-Match: \(tag)"]).status == 304)
            try #expect(server.ask("/a.css", ["If-None-Match: \(tag)"]).status == 200)
            let part = try server.ask("/a.css", ["Accept-Encoding: gzip", "Range: bytes=1-"])
            #expect(part.status == 206 && part.text == "z" && part["Content-Encoding"] == "gzip")
            // Older than the file, and for a type that is compressed already.
            for target in ["/old.css", "/a.png", "/alone.css"] {
                let answer = try server.ask(target, ["Accept-Encoding: gzip, br"])
                #expect(answer["Content-Encoding"] == nil && answer["Vary"] == nil && answer.text == "plain text")
            }
        }
        var options = FileServerOptions()
        options.sendsPrecompressed = false
        try await withFiles(options, Self.fillCompressed) { server, _ in
            try #expect(server.ask("/a.css", ["Accept-Encoding: gzip"]).text == "plain text")
        }
    }

    private static func fillCompressed(_ folder: TemporaryFolder) throws {
        for name in ["a.css", "old.css", "a.png", "alone.css"] { try folder.write(name, "plain text") }
        for name in ["a.css", "old.css", "a.png"] {
            try folder.write(name + ".gz", "gz")
            try folder.write(name + ".br", "brotli")
        }
        for ending in [".gz", ".br"] { try folder.touch("old.css" + ending, 1_000_000) }
    }

    @Test func changesAreSeen() async throws {
        var options = FileServerOptions()
        options.openFileLifetime = .seconds(3600)
        try await withFiles(options, { try $0.write("f.txt", "first") }) { server, folder in
            let first = try server.ask("/f.txt")
            #expect(first.text == "first")
            // The same file, written in place.
            let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/f.txt"))
            try handle.write(contentsOf: Array("second, longer".utf8))
            try #expect(server.ask("/f.txt").text == "second, longer")
            try handle.truncate(atOffset: 3)
            try #expect(server.ask("/f.txt").text == "sec")
            try handle.close()
        }
        options.openFileLifetime = .zero
        try await withFiles(options, { try $0.write("f.txt", "first") }) { server, folder in
            let first = try server.ask("/f.txt")
            // Another file in its place, with the same size and time.
            try folder.write("new", "other")
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/f.txt")
            try FileManager.default.setAttributes(
                [.modificationDate: attributes[.modificationDate]!], ofItemAtPath: folder.path + "/new")
            rename(folder.path + "/new", folder.path + "/f.txt")
            let second = try server.ask("/f.txt", ["If-None-Match: \(first["ETag"]!)"])
            #expect(second.status == 200 && second.text == "other")
            unlink(folder.path + "/f.txt")
            try #expect(server.ask("/f.txt").status == 404)
        }
    }

    @Test func listings() async throws {
        var options = FileServerOptions()
        options.listsFolders = true
        options.listingLimit = 5
        try await withFiles(options) { folder in
            try folder.write("with/index.html", "index")
            try folder.write("list/<b>&\"'.txt", "x")
            try folder.write("list/javascript:x", "x")
            try folder.write("list/.hidden", "x")
            try folder.write("list/folder/x", "x")
            try folder.write("list/ü.txt", "xyz")
            try folder.link("list/out", to: "/etc/passwd")
            for number in 0..<9 { try folder.write("many/\(number)", "") }
        } _: { server, _ in
            try #expect(server.ask("/with/").text == "index")
            let answer = try server.ask("/list/")
            #expect(answer.status == 200 && answer["Content-Type"] == "text/html; charset=utf-8")
            let page = answer.text
            #expect(page.contains("href=\"./%3Cb%3E%26%22%27.txt\">&lt;b&gt;&amp;&quot;&#39;.txt<"))
            #expect(page.contains("href=\"./javascript%3Ax\""))
            #expect(page.contains("href=\"./folder/\">folder/<") && page.contains("href=\"../\""))
            #expect(page.contains("href=\"./%C3%BC.txt\">ü.txt</a></td><td>3</td>"))
            #expect(!page.contains("hidden") && !page.contains("out<") && !page.contains("<b>"))
            #expect(page.firstRange(of: "folder/<")!.lowerBound < page.firstRange(of: "javascript")!.lowerBound)
            try #expect(server.ask("/many/").text.contains("Only the first 5 names"))
            try #expect(!server.ask("/").text.contains("href=\"../\""))
        }
    }

    @Test func aHandlerSendsFiles() async throws {
        let folder = try TemporaryFolder()
        try folder.write("r.pdf", "report")
        let path = folder.path
        let server = try HandlerServer { request, response in
            switch request.pathString {
            case "/whole":
                let file = try await HTTPFile.open(path + "/r.pdf")
                try await response.send(file, request.query == nil ? nil : 1..<3)
            case "/missing": try await response.sendFile(path + "/missing", for: request)
            case "/folder": try await response.sendFile(path, for: request)
            default:
                response.set(.contentType, "application/x-own")
                try await response.sendFile(path + "/r.pdf", for: request)
            }
        }
        try #expect(server.ask("/whole").text == "report")
        try #expect(server.ask("/whole?part").text == "ep")
        try #expect(server.ask("/whole", method: "HEAD").value("Content-Length") == "6")
        let own = try server.ask("/own", ["Range: bytes=0-0"])
        #expect(own.status == 206 && own.text == "r" && own["Content-Type"] == "application/x-own")
        // Its own path, so its own mistake.
        try #expect(server.ask("/missing").status >= 400)
        try #expect(server.ask("/folder").status >= 400)
        await server.stop()
    }

    @Test func openFilesAreBounded() async throws {
        let folder = try TemporaryFolder()
        for number in 0..<50 { try folder.write("\(number).png", "\(number)") }
        var options = FileServerOptions()
        options.openFileLimit = 8
        let files = try FileServer(folder.path, options: options)
        let server = try HandlerServer(files.handler)
        for _ in 0..<2 {
            for number in 0..<50 { try #expect(server.ask("/\(number).png").text == "\(number)") }
            #expect(files.cache.count == 8)
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?
                .hasPrefix(folder.path + "/") ?? false
        }
        #expect(open <= 8, "\(open) files of the folder are open")
        await server.stop()
    }
}
