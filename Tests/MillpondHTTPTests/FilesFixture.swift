import Foundation
import MillpondHTTP

/// A folder of its own for each test, gone with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "millpond-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, making its folders.
    func write(_ name: String, _ content: some Sequence<UInt8>) throws {
        let full = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        guard FileManager.default.createFile(atPath: full, contents: Data(content)) else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }

    /// Sets the time of last change, in seconds since 1970.
    func touch(_ name: String, _ seconds: Int) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: TimeInterval(seconds))], ofItemAtPath: path + "/" + name)
    }
}

/// Runs a test against a file server over a folder.
func withFiles(
    _ options: FileServerOptions = .init(), _ fill: (TemporaryFolder) throws -> Void,
    _ body: (HandlerServer, TemporaryFolder) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    try fill(folder)
    try await withHandler(FileServer(folder.path, options: options).handler) { server in
        try await body(server, folder)
    }
}
