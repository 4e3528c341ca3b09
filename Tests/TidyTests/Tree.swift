import Foundation

/// The project's files, as the checks see them.
enum Tree {
    /// The folder that holds `Package.swift`.
    static let root: URL = {
        var folder = URL(filePath: #filePath)
        repeat {
            folder.deleteLastPathComponent()
        } while !FileManager.default.fileExists(
            atPath: folder.appending(path: "Package.swift").path)
        return folder.standardizedFileURL
    }()

    /// Every Swift source that people write, generated files left out.
    static func swiftSources() -> [SourceFile] {
        ["Sources", "Tests", "Examples", "Benchmarks", "Fuzz"].flatMap { files(under: $0, extension: "swift") }
            .filter { !$0.hasSuffix(".pb.swift") }
            .compactMap(SourceFile.init(path:))
    }

    /// The paths, relative to the root and sorted, of the files with an extension; hidden and build folders left out.
    static func files(under folder: String, extension wanted: String) -> [String] {
        let base = folder.isEmpty ? root : root.appending(path: folder)
        let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
        guard
            let enumerator = FileManager.default.enumerator(
                at: base, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        else { return [] }
        var paths: [String] = []
        for case let url as URL in enumerator {
            let path = url.standardizedFileURL.path
            if ["node_modules", "out", "millpond-data"].contains(url.lastPathComponent) {
                enumerator.skipDescendants()
            } else if url.pathExtension == wanted, path.hasPrefix(prefix) {
                paths.append(String(path.dropFirst(prefix.count)))
            }
        }
        return paths.sorted()
    }

    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }
}
