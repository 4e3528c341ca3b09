internal import MillpondIO

extension HTTPClient {
    /// Where the content of a response belongs.
    private enum Place {
        /// In the file, from here on, so many bytes; the whole will have so many. Nil for what is not known.
        case from(Int, count: Int?, total: Int?)
        /// Nowhere: all of it is there.
        case complete(Int)
    }

    /// Downloads content into a file, as it is sent: from socket to file without passing through this process where
    /// the kernel can, and neither compressed nor decompressed.
    ///
    /// Only a response of the status 200 or, when resuming, 206 touches the file: 200 replaces it, 206 goes on at its
    /// end. When the download fails half-way, what has come stays, and can be resumed. The file is written on the
    /// reactor, whose other connections wait for the disk meanwhile.
    ///
    /// - Throws: ``HTTPDownloadError``; `IOError` for what happens to the file; as ``withResponse(_:_:)``.
    public func download(
        _ request: HTTPClientRequest, to path: String, options: HTTPDownloadOptions = .init()
    ) async throws -> HTTPDownload {
        var request = request
        request.fields.set(.acceptEncoding, "identity")
        let partial = options.resumes ? PartialFile(path) : nil
        if let partial, partial.length > 0 {
            request.fields.set(.range, "bytes=\(partial.length)-")
            if let validator = partial.validator { request.fields.set(.ifRange, validator) }
        }
        let known = partial?.length ?? 0
        return try await follow(request) { response, sent in
            var (length, offset) = (known, known)
            switch try Self.place(response, known: known, validator: partial?.validator) {
            case .complete: break
            case .from(let start, let count, let total):
                offset = start
                length = try await Self.write(
                    &response, to: path, from: start, count: count, total: total, options)
            }
            return HTTPDownload(
                status: response.status, url: HTTPURL(sent), length: length, resumedFrom: offset,
                timings: response.timings, isReused: response.isReused)
        }
    }

    /// What a response is of the file.
    private static func place(
        _ response: borrowing HTTPClientResponse, known: Int, validator: String?
    ) throws -> Place {
        let range = response.string(.contentRange).flatMap(ContentRange.init)
        switch response.status.code {
        case 200: return .from(0, count: nil, total: response.contentLength)
        case 206, 416:
            // A server that does not know If-Range answers for the version that it has now.
            if let validator, PartialFile.isOther(response, than: validator) {
                throw HTTPDownloadError(code: .unexpectedRange)
            }
        default: break
        }
        switch response.status.code {
        case 206 where known > 0:
            guard let part = range?.range, part.lowerBound == known,
                response.contentLength.map({ $0 == part.count }) ?? true
            else { throw HTTPDownloadError(code: .unexpectedRange) }
            return .from(known, count: part.count, total: range?.total ?? part.upperBound + 1)
        case 416 where known > 0 && range?.total == known: return .complete(known)
        default: throw HTTPDownloadError(code: .status(response.status))
        }
    }

    /// Writes the content; how long the file is then.
    private static func write(
        _ response: inout HTTPClientResponse, to path: String, from start: Int, count announced: Int?, total: Int?,
        _ options: HTTPDownloadOptions
    ) async throws -> Int {
        if let total, total > options.limit { throw HTTPClientError.bodyTooLarge }
        let sink = try PartialFile.open(path, from: start)
        let descriptor = sink.descriptor
        if let validator = PartialFile.validator(of: response) {
            PartialFile.note(validator, on: descriptor)
        } else if start == 0 {
            // What an earlier download has noted is not of this content.
            PartialFile.note(nil, on: descriptor)
        }
        var writer = BufferedWriter(sink)
        let report = { (count: Int) in
            options.progress?(HTTPDownloadProgress(length: start + count, total: total, resumedFrom: start))
        }
        report(0)
        let count: Int
        do {
            count = try await response.copyBody(to: &writer, limit: announced ?? options.limit - start) { report($0) }
        } catch {
            // What has come is worth keeping; the first error is the one to tell.
            try? await writer.flush()
            if announced != nil, (error as? HTTPClientError)?.isBodyTooLarge == true {
                throw HTTPDownloadError(code: .unexpectedRange)
            }
            throw error
        }
        try await writer.flush()
        let length = start + count
        if let total, length < total { throw HTTPDownloadError(code: .incomplete(got: length, total: total)) }
        return length
    }
}
