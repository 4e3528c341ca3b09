internal import CMillpond
internal import Glibc

/// The names in a folder, for a page that lists them. Read on a worker's thread.
struct FolderListing {
    private struct Entry {
        let name: [UInt8]
        let isFolder: Bool
        let size: Int
        let modified: Int
    }

    private var entries: [Entry] = []
    /// Whether there were more than the limit.
    private var isShortened = false

    /// Reads a folder, and closes its descriptor. Nil when there is no memory for it.
    init?(adopting descriptor: Int32, _ path: [UInt8], in root: FolderRoot, _ options: FileServerOptions) {
        guard let folder = unsafe fdopendir(descriptor) else {
            Glibc.close(descriptor)
            return nil
        }
        defer { unsafe closedir(folder) }
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // Sound: the name ends with a NUL, within the field or behind it.
                unsafe pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
                    unsafe [UInt8](UnsafeBufferPointer(start: start, count: Self.length(start)))
                }
            }
            guard FilePath.isListed(name, showsDotFiles: options.showsDotFiles),
                let found = Self.entry(name, in: descriptor, path, root)
            else { continue }
            if entries.count >= max(0, options.listingLimit) {
                isShortened = true
                break
            }
            entries.append(found)
        }
        entries.sort { left, right in
            left.isFolder == right.isFolder ? left.name.lexicographicallyPrecedes(right.name) : left.isFolder
        }
    }

    private static func length(_ pointer: UnsafePointer<UInt8>) -> Int {
        var count = 0
        while unsafe pointer[count] != 0 { count += 1 }
        return count
    }

    /// Nil for what would not be served: links that are not followed, pipes, sockets.
    private static func entry(_ name: [UInt8], in folder: Int32, _ path: [UInt8], _ root: FolderRoot) -> Entry? {
        var status = millpond_file_status()
        let code = unsafe (name + [0]).withUnsafeBytes { bytes in
            unsafe millpond_status_at(
                folder, bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), &status)
        }
        if code == 0, status.kind == 3 {
            // A link is followed as a request would, or nothing shows of what it leads to.
            guard case .opened(let descriptor) = root.open(path + name, mayBlock: true) else { return nil }
            defer { Glibc.close(descriptor) }
            guard unsafe millpond_status(descriptor, &status) == 0 else { return nil }
        }
        guard code == 0, status.kind == 1 || status.kind == 2 else { return nil }
        return Entry(
            name: name, isFolder: status.kind == 2, size: Int(status.size), modified: Int(status.modified_seconds))
    }

    /// The page. Names are escaped for where they stand.
    ///
    /// - Parameter path: of the folder, decoded; ends with a slash unless it is empty.
    func page(_ path: [UInt8], _ options: FileServerOptions) -> [UInt8] {
        let title = Self.escape("/" + String(decoding: path, as: UTF8.self))
        var page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <style>body{font-family:system-ui,sans-serif;margin:2em}td{padding:.1em 1em .1em 0}\
            td+td{text-align:right;font-variant-numeric:tabular-nums}</style></head>
            <body><h1>\(title)</h1>
            <table>

            """
        if !path.isEmpty { page += "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n" }
        for entry in entries {
            let slash = entry.isFolder ? "/" : ""
            let name = Self.escape(String(decoding: entry.name, as: UTF8.self)) + slash
            let size = entry.isFolder ? "" : String(entry.size)
            let target = PercentCoding.encode(entry.name, keeping: PercentCoding.isUnreserved)
            let date = String(decoding: HTTPDate.text(entry.modified), as: UTF8.self)
            // With `./` in front, so that a colon in a name makes no scheme.
            page += "<tr><td><a href=\"./\(target)\(slash)\">\(name)</a></td>"
            page += "<td>\(size)</td><td>\(date)</td></tr>\n"
        }
        page += "</table>\n"
        if isShortened { page += "<p>Only the first \(entries.count) names are shown.</p>\n" }
        return Array((page + "</body></html>\n").utf8)
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
