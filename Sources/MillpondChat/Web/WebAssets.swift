internal import CMillpondWeb
public import MillpondPools

/// The web page's files, carried in the binary and served from where they lie there.
///
/// The page is plain HTML, CSS and JavaScript modules, without a build step; see `Documentation/web.md`.
public enum WebAssets {
    /// One file.
    public struct Asset: Sendable {
        /// The path of the request it answers, from the slash on.
        public let path: String
        /// The value of `Content-Type`.
        public let contentType: String
        /// The value of `ETag`, quotes included: changes with the content.
        public let etag: String
        /// The file's bytes in static memory.
        let bytes: StaticBytes

        /// How many bytes the file has.
        public var count: Int { bytes.count }

        /// The file's bytes, not copied.
        public var body: SharedBytes { bytes.shared }

        /// Whether the value of a request's `If-None-Match` names this very content: then 304 is the answer.
        public func isKnown(to ifNoneMatch: String) -> Bool {
            ifNoneMatch.split(separator: ",").contains { candidate in
                let tag = candidate.drop { $0 == " " || $0 == "\t" }
                let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
                return tag == "*" || opaque.prefix { $0 != " " && $0 != "\t" } == etag
            }
        }
    }

    /// The values of the fields that go with every file, by lower-case name.
    ///
    /// The page needs nothing but its own origin, so that is all its policy allows: text that somebody smuggles into it
    /// is never run. Files are kept by browsers and asked for again by ETag, so that a new version shows at once.
    public static let fields: [(name: String, value: String)] = [
        ("cache-control", "no-cache"),
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ]

    /// All files, the page itself first.
    public static let all: [Asset] = (0..<millpond_web_asset_count()).map { index in
        // The index is in range, so the entry is there; its strings and bytes are constants of the program.
        let entry = unsafe millpond_web_asset_at(index)!.pointee
        let bytes = unsafe StaticBytes(UnsafeRawBufferPointer(start: entry.bytes, count: entry.count))
        return unsafe Asset(
            path: String(cString: entry.path), contentType: String(cString: entry.content_type),
            etag: "\"" + String(bytes.hash, radix: 16) + "\"", bytes: bytes)
    }

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    /// The file at a path (`/`, `/assets/app.js`), without its query; nil when there is none.
    public static func lookup(_ path: String) -> Asset? {
        byPath[path]
    }
}

/// Bytes that live as long as the process.
// Unchecked because it points to memory; sound because those bytes are constants.
@safe
struct StaticBytes: @unchecked Sendable {
    private let buffer: UnsafeRawBufferPointer

    /// The caller vouches that the bytes are there as long as the process, and never change.
    @unsafe
    init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.buffer = buffer
    }

    var count: Int { unsafe buffer.count }

    /// A view of the bytes that counts no references, because nothing is ever freed.
    var shared: SharedBytes {
        guard let start = unsafe buffer.baseAddress else { return SharedBytes() }
        return unsafe SharedBytes(_header: nil, _start: UnsafeMutableRawPointer(mutating: start), _count: buffer.count)
    }

    /// FNV-1a, 64 bits.
    var hash: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in 0..<count {
            hash = (hash ^ UInt64(unsafe buffer[index])) &* 0x0000_0100_0000_01b3
        }
        return hash
    }
}
