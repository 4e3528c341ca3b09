/// What files contain, by the ends of their names.
///
/// A table of what the web is made of; ``FileServerOptions/mediaTypes`` adds to it. Text is taken to be UTF-8.
enum MediaTypes {
    /// For what is not known: a browser then offers to save it, and does not guess.
    static let unknown = "application/octet-stream"

    /// The type of a file by its name; those in `own` come first.
    static func type(of name: String, and own: [String: String]) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return unknown }
        let ending = String(name[name.utf8.index(after: dot)...]).lowercased()
        return own[ending] ?? table[ending] ?? unknown
    }

    /// Whether it is worth compressing: text, and what is text underneath.
    static func isCompressible(_ type: some StringProtocol) -> Bool {
        let type = type.prefix { $0 != ";" && $0 != " " }
        if type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") { return true }
        return compressible.contains(String(type))
    }

    private static let compressible: Set = [
        "application/javascript", "application/json", "application/manifest+json", "application/rtf",
        "application/vnd.ms-fontobject", "application/wasm", "application/x-ndjson", "application/xml", "font/otf",
        "font/ttf", "image/bmp", "image/svg+xml", "image/x-icon",
    ]

    private static let table: [String: String] = {
        var table: [String: String] = [:]
        for (type, extensions) in text {
            for name in extensions.split(separator: " ") { table[String(name)] = "\(type); charset=utf-8" }
        }
        for (type, extensions) in binary {
            for name in extensions.split(separator: " ") { table[String(name)] = type }
        }
        return table
    }()

    private static let text = [
        ("text/html", "html htm"), ("text/css", "css"), ("text/javascript", "js mjs cjs"),
        ("text/plain", "txt text log"),
        ("text/markdown", "md markdown"), ("text/csv", "csv"), ("text/tab-separated-values", "tsv"),
        ("text/calendar", "ics"), ("text/vcard", "vcf"), ("text/vtt", "vtt"), ("text/xml", "xml"),
    ]

    private static let binary = [
        ("application/json", "json map"), ("application/ld+json", "jsonld"),
        ("application/manifest+json", "webmanifest"),
        ("application/x-ndjson", "ndjson jsonl"), ("application/geo+json", "geojson"), ("application/wasm", "wasm"),
        ("application/xhtml+xml", "xhtml"), ("application/atom+xml", "atom"), ("application/rss+xml", "rss"),
        ("application/yaml", "yaml yml"), ("application/pdf", "pdf"), ("application/rtf", "rtf"),
        ("application/epub+zip", "epub"), ("application/zip", "zip"), ("application/gzip", "gz tgz"),
        ("application/zstd", "zst"), ("application/x-bzip2", "bz2"), ("application/x-xz", "xz"),
        ("application/x-7z-compressed", "7z"), ("application/x-tar", "tar"), ("application/java-archive", "jar"),
        ("application/vnd.apple.mpegurl", "m3u8"), ("application/dash+xml", "mpd"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
        ("application/vnd.oasis.opendocument.text", "odt"), ("application/msword", "doc"),
        ("application/vnd.ms-excel", "xls"), ("application/vnd.ms-powerpoint", "ppt"),
        ("application/vnd.ms-fontobject", "eot"), ("font/otf", "otf"), ("font/ttf", "ttf"), ("font/woff", "woff"),
        ("font/woff2", "woff2"), ("image/apng", "apng"), ("image/avif", "avif"), ("image/bmp", "bmp"),
        ("image/gif", "gif"), ("image/heic", "heic"), ("image/jpeg", "jpg jpeg"), ("image/jxl", "jxl"),
        ("image/png", "png"), ("image/svg+xml", "svg"), ("image/tiff", "tif tiff"), ("image/webp", "webp"),
        ("image/x-icon", "ico"), ("audio/aac", "aac"), ("audio/flac", "flac"), ("audio/midi", "mid midi"),
        ("audio/mp4", "m4a"), ("audio/mpeg", "mp3"), ("audio/ogg", "ogg oga opus"), ("audio/wav", "wav"),
        ("audio/webm", "weba"), ("video/mp2t", "ts"), ("video/mp4", "mp4 m4v m4s"), ("video/mpeg", "mpg mpeg"),
        ("video/ogg", "ogv"), ("video/quicktime", "mov"), ("video/webm", "webm"), ("video/x-matroska", "mkv"),
        ("video/x-msvideo", "avi"),
    ]
}
