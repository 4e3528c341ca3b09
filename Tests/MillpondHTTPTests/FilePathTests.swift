import Foundation
import MillpondIO
import Testing

@testable import MillpondHTTP

/// Which paths lead to which files, and that none leads out.
@Suite(.timeLimit(.minutes(2)))
struct FilePathTests {
    private static func fill(_ folder: TemporaryFolder) throws {
        try folder.write("root/index.html", "index")
        try folder.write("root/a b.txt", "blank")
        try folder.write("root/über.txt", "umlaut")
        try folder.write("root/100%.txt", "percent")
        try folder.write("root/sub/index.html", "sub index")
        try folder.write("root/sub/file.txt", "sub file")
        try folder.write("root/empty/deep/file.txt", "deep")
        try folder.write("root/.secret", "secret")
        try folder.write("root/.git/config", "secret")
        try folder.write("root/.well-known/security.txt", "contact")
        try folder.write("root/sub/.well-known/file", "secret")
        try folder.write("root/back\\slash", "secret")
        try folder.write("secret", "secret")
        try folder.link("root/inside", to: "sub/file.txt")
        try folder.link("root/outside", to: "../secret")
        try folder.link("root/absolute", to: folder.path + "/root/sub/file.txt")
        try folder.link("root/folder", to: "sub")
        try folder.link("root/away", to: "..")
        try folder.link("root/loop", to: "loop")
        try folder.link("root/nothing", to: "nowhere")
        mkfifo(folder.path + "/root/pipe", 0o644)
    }

    private func withRoot(
        _ options: FileServerOptions = .init(), mayUseOpenat2: Bool = true,
        _ body: (HandlerServer, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try Self.fill(folder)
        let root = try FolderRoot(folder.path + "/root", options.symbolicLinks, mayUseOpenat2: mayUseOpenat2)
        try await withHandler(FileServer(root, options).handler) { try await body($0, folder) }
    }

    /// By either way of opening, with links within the root.
    static let table: [(String, Int, String)] = [
        ("/", 200, "index"), ("/index.html", 200, "index"), ("/sub/", 200, "sub index"), ("/sub", 301, ""),
        ("/sub/file.txt", 200, "sub file"), ("/sub/file.txt?x=/../..", 200, "sub file"), ("/sub?a=b", 301, ""),
        ("/a%20b.txt", 200, "blank"), ("/%C3%BCber.txt", 200, "umlaut"), ("/100%25.txt", 200, "percent"),
        ("/%73ub/%66ile.txt", 200, "sub file"), ("/empty/", 404, ""), ("/empty", 301, ""), ("/nothere", 404, ""),
        ("/sub/file.txt/", 404, ""), ("/sub/file.txt/x", 404, ""), ("/pipe", 404, ""), ("/pipe/", 404, ""),
        // Ways out.
        ("/../secret", 404, ""), ("/..", 404, ""), ("/sub/../../secret", 404, ""), ("/sub/../index.html", 404, ""),
        ("/%2e%2e/secret", 404, ""), ("/%2E%2e/secret", 404, ""), ("/.%2e/secret", 404, ""), ("/..%2fsecret", 404, ""),
        ("/%2e%2e%2fsecret", 404, ""), ("/sub%2ffile.txt", 404, ""), ("/sub%2Ffile.txt", 404, ""),
        ("/%2fetc/passwd", 404, ""),
        ("//etc/passwd", 404, ""), ("///", 404, ""), ("/sub//file.txt", 404, ""), ("/./index.html", 404, ""),
        ("/sub/.", 404, ""), ("/sub/..", 404, ""), ("/..%5csecret", 404, ""), ("/back%5Cslash", 404, ""),
        ("/back\\slash", 404, ""), ("/..\\secret", 404, ""), ("/%252e%252e/secret", 404, ""), ("/.../secret", 404, ""),
        ("/%c0%ae%c0%ae/secret", 404, ""), ("/outside", 404, ""), ("/away/secret", 404, ""), ("/absolute", 404, ""),
        ("/loop", 404, ""), ("/nothing", 404, ""),
        // Broken ones.
        ("/index.html%00", 400, ""), ("/%00", 400, ""), ("/sub%00/file.txt", 400, ""), ("/%", 400, ""),
        ("/%2", 400, ""),
        ("/%zz", 400, ""), ("/a%2", 400, ""),
        // Dot files.
        ("/.secret", 404, ""), ("/.git/config", 404, ""), ("/%2esecret", 404, ""),
        ("/.well-known/security.txt", 200, "contact"),
        ("/sub/.well-known/file", 404, ""), ("/.well-known", 301, ""),
        ("/" + String(repeating: "a", count: 300), 404, ""), ("/" + String(repeating: "a/", count: 2500), 404, ""),
    ]

    @Test(arguments: [true, false])
    func theTable(byKernel: Bool) async throws {
        try await withRoot(mayUseOpenat2: byKernel) { server, _ in
            for (target, status, text) in Self.table {
                let answer = try server.ask(target)
                #expect(answer.status == status && answer.text == text, "\(target): \(answer.status) \(answer.text)")
                #expect(!answer.text.contains("secret"))
            }
            // Again, from what is kept open.
            for (target, status, text) in Self.table {
                let answer = try server.ask(target)
                #expect(answer.status == status && answer.text == text, "\(target) again")
            }
        }
    }

    @Test func redirectsKeepTheQueryAndTheHost() async throws {
        try await withRoot { server, _ in
            try #expect(server.ask("/sub?a=b&c=%2F").value("Location") == "/sub/?a=b&c=%2F")
            try #expect(server.ask("/%73ub").value("Location") == "/%73ub/")
            try #expect(server.ask("http://a/sub").value("Location") == "/sub/")
            // No `//host/` that a browser would take for another site.
            try #expect(server.ask("//sub").value("Location") == nil)
        }
    }

    @Test func linksByChoice() async throws {
        var options = FileServerOptions()
        for byKernel in [true, false] {
            options.symbolicLinks = .withinRoot
            try await withRoot(options, mayUseOpenat2: byKernel) { server, _ in
                // Without the kernel's help none is followed.
                try #expect(server.ask("/inside").status == (byKernel ? 200 : 404))
                try #expect(server.ask("/folder/file.txt").status == (byKernel ? 200 : 404))
            }
            options.symbolicLinks = .refuse
            try await withRoot(options, mayUseOpenat2: byKernel) { server, _ in
                for target in ["/inside", "/folder/file.txt", "/folder/", "/outside", "/absolute"] {
                    try #expect(server.ask(target).status == 404, "\(target)")
                }
                try #expect(server.ask("/sub/file.txt").text == "sub file")
            }
            options.symbolicLinks = .anywhere
            try await withRoot(options, mayUseOpenat2: byKernel) { server, _ in
                try #expect(server.ask("/inside").text == "sub file")
                try #expect(server.ask("/outside").text == "secret")
                try #expect(server.ask("/absolute").text == "sub file")
                try #expect(server.ask("/../secret").status == 404)
            }
        }
    }

    @Test func dotFilesByChoice() async throws {
        var options = FileServerOptions()
        options.showsDotFiles = true
        try await withRoot(options) { server, _ in
            try #expect(server.ask("/.secret").text == "secret")
            try #expect(server.ask("/../secret").status == 404)
        }
    }

    @Test func aMountedFolder() async throws {
        var options = FileServerOptions()
        options.mount = "static/files"
        try await withRoot(options) { server, _ in
            try #expect(server.ask("/static/files/sub/file.txt").text == "sub file")
            try #expect(server.ask("/static/files/").text == "index")
            try #expect(server.ask("/static/files").value("Location") == "/static/files/")
            try #expect(server.ask("/static/files/sub").value("Location") == "/static/files/sub/")
            for target in ["/", "/static", "/static/", "/static/filesX", "/sub/file.txt", "/static/files/../secret"] {
                try #expect(server.ask(target).status == 404, "\(target)")
            }
        }
    }

    @Test func otherMethods() async throws {
        try await withRoot { server, _ in
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"] {
                let answer = try server.ask("/index.html", method: method)
                #expect(answer.status == 405 && answer["Allow"] == "GET, HEAD", "\(method)")
            }
            try #expect(server.ask("/nothere", method: "POST").status == 404)
        }
    }

    // Root may read everything.
    @Test(.enabled(if: geteuid() != 0)) func unreadableFilesAreForbidden() async throws {
        try await withRoot { server, folder in
            chmod(folder.path + "/root/index.html", 0)
            try #expect(server.ask("/index.html").status == 403)
        }
    }

    @Test func rootsAndOptionsThatMakeNoSense() throws {
        #expect(throws: IOError.self) { try FileServer("/nowhere/at/all") }
        let folder = try TemporaryFolder()
        try folder.write("f", "")
        #expect(throws: IOError.self) { try FileServer(folder.path + "/f") }
        var options = FileServerOptions()
        options.cacheControl = "a\r\nSet-Cookie: b"
        #expect(throws: HTTPFileError.self) { try FileServer(folder.path, options: options) }
        options = FileServerOptions()
        options.index = "../secret"
        #expect(throws: HTTPFileError.self) { try FileServer(folder.path, options: options) }
    }
}
