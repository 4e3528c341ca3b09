internal import CMillpond

/// A file with the fields it is sent with, composed once.
final class ServedFile: Sendable {
    let file: HTTPFile
    /// The strong entity tag, with its quotation marks.
    let eTag: [UInt8]
    let mediaType: [UInt8]
    /// The lines of `Content-Encoding`, where it has one, and of what is said of it also when it is not sent:
    /// `ETag`, `Last-Modified`, `Cache-Control`, `Vary`.
    let encodingLine: [UInt8]
    let validatorLines: [UInt8]
    /// The same but `Vary`, each by itself, for responses that have some of them.
    let lines: [(name: HTTPFieldName, bytes: [UInt8])]
    let varies: Bool
    /// The same content in another coding.
    let brotli: ServedFile?
    let gzip: ServedFile?

    /// - Parameters:
    ///   - cacheControl: a valid field value.
    ///   - varies: whether clients that take other codings get something else.
    init(
        _ file: HTTPFile, mediaType: String, coding: String? = nil, cacheControl: String? = nil, varies: Bool = false,
        brotli: ServedFile? = nil, gzip: ServedFile? = nil
    ) {
        self.file = file
        self.brotli = brotli
        self.gzip = gzip
        self.mediaType = Array(mediaType.utf8)
        eTag = file.eTag
        encodingLine = coding.map { Array("Content-Encoding: \($0)\r\n".utf8) } ?? []
        func line(_ name: HTTPFieldName, _ value: [UInt8]) -> (name: HTTPFieldName, bytes: [UInt8]) {
            (name, Array("\(name): ".utf8) + value + Array("\r\n".utf8))
        }
        var lines = [line(.eTag, eTag), line(.lastModified, HTTPDate.text(file.modified))]
        if let cacheControl { lines.append(line(.cacheControl, Array(cacheControl.utf8))) }
        self.lines = lines
        self.varies = varies
        validatorLines = lines.flatMap(\.bytes) + (varies ? Array("Vary: Accept-Encoding\r\n".utf8) : [])
    }

    /// The form of it that the client likes best: Brotli before gzip before the file itself where it likes them as
    /// much. The file itself, too, where the client takes none of them.
    func form(for codings: ContentCodings) -> ServedFile {
        var best = self
        var weight = codings.identity
        if let gzip, codings.gzip > 0, codings.gzip >= weight { (best, weight) = (gzip, codings.gzip) }
        if let brotli, codings.brotli > 0, codings.brotli >= weight { best = brotli }
        return best
    }
}
