internal import Glibc
internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Files as content.
extension HTTPResponse {
    /// Files of at most this size are read and leave in one write with the head; longer ones leave by `sendfile`.
    static var readFileLimit: Int { 32 << 10 }

    /// Sends the head and the bytes of an open file, or some of them, without showing them to the process where they
    /// are many. Waits while the client is slow; memory does not grow with what it has not taken.
    ///
    /// The range is what was in the file when it was opened, so `Content-Length` is known. If it turns out to be
    /// shorter by then, the answer is an error as long as nothing was sent, and otherwise the connection ends, so that
    /// the client does not take what it got for the whole. What the file gains meanwhile is not sent.
    ///
    /// Trailers are for content in chunks, and are not sent.
    ///
    /// - Parameters:
    ///   - file: what is sent.
    ///   - range: within `0..<file.count`; nil for all of it.
    /// - Throws: `HTTPFileError`, `HTTPResponseError`, `IOError` when the connection is gone, `CancellationError`.
    public mutating func send(_ file: HTTPFile, _ range: Range<Int>? = nil) async throws {
        let range = range ?? 0..<file.count
        precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "a range outside of the file")
        guard isOpen else { throw HTTPResponseError.alreadySent }
        try await send(file, range, Self.brief(file, range, sendsBody))
    }

    /// The bytes of a range that leaves in one write with the head; nil for one that is long, or not sent. To be had
    /// before anything of the response is changed, as it may fail.
    private static func brief(_ file: HTTPFile, _ range: Range<Int>, _ sendsBody: Bool) async throws -> Block? {
        guard sendsBody, !range.isEmpty, range.count <= readFileLimit else { return nil }
        return try await file.read(range)
    }

    private mutating func send(_ file: HTTPFile, _ range: Range<Int>, _ brief: consuming Block?) async throws {
        trailers = nil
        endCompression()
        try writeHead(framing: .length(range.count))
        switch consume brief {
        case .some(let block):
            try channel.write(block.freeze(count: range.count))
            contentCount += range.count
            try await relieve()
        case .none:
            if sendsBody, !range.isEmpty { try await transfer(file, range) }
        }
        phase = .finished
    }

    /// Answers a request with a file as RFC 9110 has it: conditions, ranges, validators, and the type that its name
    /// ends in unless the handler has set one. Opens it on a worker's thread.
    ///
    /// The path is the program's own; for paths that come from clients see ``FileServer``.
    ///
    /// - Throws: `IOError.system` when it can't be opened, with the path as its subject; nothing was sent then.
    ///   Otherwise as ``send(_:_:)``.
    public mutating func sendFile(_ path: String, for request: borrowing HTTPRequest) async throws {
        let file = try await HTTPFile.open(path)
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
        try await send(ServedFile(file, mediaType: MediaTypes.type(of: name, and: [:])), for: request)
    }

    /// Answers with a file, or with what the conditions and ranges of the request make of it.
    ///
    /// Fields that were set stay, and are the ones that conditions are compared with; those that are missing are added.
    /// If a file turns out to be unreadable or shorter, the response is as it was, unless it has begun.
    mutating func send(_ file: ServedFile, for request: borrowing HTTPRequest) async throws {
        guard isOpen else { throw HTTPResponseError.alreadySent }
        var now = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME_COARSE, &now)
        switch conditions(of: file).evaluate(request, now: now.tv_sec) {
        case .notModified:
            status = .notModified
            addValidators(file)
            return try sendNothing()
        case .failed:
            status = .preconditionFailed
            return try sendNothing()
        case .proceed(let rangeApplies):
            guard rangeApplies, let ranges = Self.ranges(of: request, size: file.file.count) else {
                let whole = 0..<file.file.count
                let brief = try await Self.brief(file.file, whole, sendsBody)
                addFileFields(file)
                return try await send(file.file, whole, brief)
            }
            try await send(file, ranges)
        }
    }

    private func conditions(of file: ServedFile) -> Preconditions {
        guard fieldBytes > 0 else { return Preconditions(eTag: file.eTag, modified: file.file.modified) }
        let eTag = string(.eTag).map { Array($0.utf8) }
        let modified = withField(.lastModified) { HTTPDate.seconds($0) }
        return Preconditions(eTag: eTag ?? file.eTag, modified: (modified ?? nil) ?? file.file.modified)
    }

    /// A head alone. What there would be is a file, which is not compressed on the way.
    private mutating func sendNothing() throws {
        endCompression()
        try sendWhole(RawSpan())
    }

    /// What the one `Range` field means; nil when it is not to be heeded.
    private static func ranges(of request: borrowing HTTPRequest, size: Int) -> ByteRanges.Outcome? {
        var found: ByteRanges.Outcome?
        for index in 0..<request.fieldCount where HTTPFieldName.range.matches(request.fieldName(at: index)) {
            // Not a list over several lines: two of them are malformed.
            if found != nil { return nil }
            found = ByteRanges.parse(request.fieldValue(at: index), size: size)
        }
        if case .ignore = found { return nil }
        return found
    }

    private mutating func send(_ file: ServedFile, _ outcome: ByteRanges.Outcome) async throws {
        guard case .parts(let ranges) = outcome else {
            status = .rangeNotSatisfiable
            set(.contentRange, "bytes */\(file.file.count)")
            return try sendNothing()
        }
        if ranges.count == 1 {
            let brief = try await Self.brief(file.file, ranges[0], sendsBody)
            status = .partialContent
            addFileFields(file)
            set(.contentRange, MultipartRanges.contentRange(ranges[0], of: file.file.count))
            return try await send(file.file, ranges[0], brief)
        }
        status = .partialContent
        let type = string(.contentType) ?? String(decoding: file.mediaType, as: UTF8.self)
        let parts = MultipartRanges(size: file.file.count, mediaType: type)
        set(.contentType, parts.contentType)
        addFileFields(file, withType: false)
        endCompression()
        trailers = nil
        try writeHead(framing: .length(parts.count(ranges)))
        for index in 0..<ranges.count {
            try unsafe channel.write(parts.head(of: ranges[index]).utf8.span.bytes)
            try await transfer(file.file, ranges[index])
        }
        try unsafe channel.write(parts.end.utf8.span.bytes)
        phase = .finished
    }

    /// Sends bytes of a file whose head was sent. Ends the connection when there are not so many.
    private mutating func transfer(_ file: HTTPFile, _ range: Range<Int>) async throws {
        let sent: Int
        do {
            // A client that has shut down its side, and was taken for gone, may be waiting for the rest.
            sent = try await channel.sendFile(
                file.descriptor, offset: range.lowerBound, count: range.count, ignoresCancellation: true)
        } catch {
            abandon()
            throw error
        }
        contentCount += sent
        guard sent == range.count else {
            abandon()
            throw HTTPFileError.truncated
        }
    }

    private mutating func addFileFields(_ file: ServedFile, withType: Bool = true) {
        if withType, !hasField(.contentType) {
            let type = file.mediaType
            unsafe add(.contentType, bytes: type.span.bytes)
        }
        addLines(file.encodingLine)
        addValidators(file)
        if !hasField("Accept-Ranges") { add("Accept-Ranges", "bytes") }
    }

    private mutating func addValidators(_ file: ServedFile) {
        if fieldBytes == 0 { return addLines(file.validatorLines) }
        for line in file.lines where !hasField(line.name) { addLines(line.bytes) }
        if file.varies { addVary(.acceptEncoding) }
    }

    /// Adds whole lines that are known to be valid.
    private mutating func addLines(_ lines: [UInt8]) {
        guard !lines.isEmpty, isOpen else { return }
        guard lines.count <= Self.maximumFields - fieldBytes, makeRoom(fieldBytes + lines.count) else {
            if fieldError == nil { fieldError = .headTooLarge }
            return
        }
        unsafe fields?.copy(lines.span.bytes, at: fieldBytes)
        fieldBytes += lines.count
    }
}
