internal import Glibc
internal import MillpondIO
internal import MillpondPools

/// Serves the files beneath a folder: a handler.
///
///     let files = try FileServer("/srv/www")
///     let server = HTTPServer(group: group) { request, response in
///         try await files.serve(&request, &response)
///     }
///
/// GET and HEAD with conditions and ranges (RFC 9110), a folder's `index.html`, a redirect for a folder that was named
/// without its slash, compressed forms beside the files, lists of folders if wanted. Nothing outside of the folder is
/// served, whatever the path of a request says; see ``FileServerOptions`` for links, dot files and the rest.
///
/// Files are opened without waiting for a disk where the kernel can, otherwise on `WorkerPool.shared`, and kept open
/// for a while. What is read for a response is in memory already or brought there by a worker. Thread-safe.
///
/// The folder is opened once: another that takes its place later is not noticed.
public final class FileServer: Sendable {
    let options: FileServerOptions
    let root: FolderRoot
    let cache: FileCache
    /// Begins and ends with a slash; nil for what a mux leaves of the path.
    private let mount: [UInt8]?

    /// Opens the folder to be served.
    ///
    /// - Throws: `IOError.system` when it can't be opened, with the path as its subject; `HTTPFileError` for an option
    ///   that makes no sense: a `cacheControl` that is no field value, an `index` that is no plain name.
    public convenience init(_ root: String, options: FileServerOptions = .init()) throws {
        try self.init(FolderRoot(root, options.symbolicLinks), options)
    }

    init(_ root: FolderRoot, _ options: FileServerOptions) throws(HTTPFileError) {
        let isPrintable = options.cacheControl?.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ?? true
        guard isPrintable else { throw .invalidOption("cacheControl") }
        if let index = options.index, index.isEmpty || index.utf8.contains(UInt8(ascii: "/")) || index.hasPrefix("..") {
            throw .invalidOption("index")
        }
        self.root = root
        self.options = options
        mount = options.mount.map { path in
            let names = path.utf8.split(separator: UInt8(ascii: "/"))
            return names.reduce(into: [UInt8(ascii: "/")]) { $0 += Array($1) + [UInt8(ascii: "/")] }
        }
        cache = FileCache(
            limit: max(0, options.openFileLimit), lifetime: Self.nanoseconds(options.openFileLifetime),
            idleTime: Self.nanoseconds(options.openFileIdleTime))
    }

    /// Longer times than 584 years count as that.
    static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = max(duration, .zero).components
        let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isJustTooLong) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return isTooLong || isJustTooLong ? .max : sum
    }

    /// The server as the handler of a server or of a route.
    public var handler: HTTPServer.Handler {
        { request, response in try await self.serve(&request, &response) }
    }

    /// Answers a request: with a file, or with 301, 400, 403, 404, 405 or 503.
    ///
    /// With 503 goes `Retry-After`. For the last five it sets the status and leaves the answer open, so that whoever
    /// called may add content.
    ///
    /// - Throws: as `HTTPResponse.send(_:_:)`; what the connection throws.
    public func serve(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws {
        if try await !serveIfFound(&request, &response) { response.status = .notFound }
    }

    /// The same, but touches nothing and returns false when the path names nothing that is served here.
    public func serveIfFound(_ request: inout HTTPRequest, _ response: inout HTTPResponse) async throws -> Bool {
        var attempts = 0
        while true {
            let found = try await find(request)
            guard request.method == .get || request.method == .head else {
                if case .missing = found { return false }
                response.status = .methodNotAllowed
                response.set(.allow, "GET, HEAD")
                return true
            }
            switch found {
            case .missing, .wouldBlock: return false
            case .malformed: response.status = .badRequest
            case .forbidden: response.status = .forbidden
            case .exhausted, .busy: Self.refuseForNow(&response)
            case .folder: try redirect(request, &response)
            case .listing(let page):
                response.set(.contentType, "text/html; charset=utf-8")
                response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                try await response.send(page)
            case .file(let file):
                do {
                    try await response.send(form(of: file, for: request, response), for: request)
                } catch let error as HTTPFileError where error.isUnavailable && response.isOpen {
                    Self.refuseForNow(&response)
                } catch let error as HTTPFileError where error.isTruncated && response.isOpen && attempts == 0 {
                    // It was written anew between the look at it and the reading; the response is as it was.
                    attempts += 1
                    cache.remove(file)
                    continue
                }
            }
            return true
        }
    }

    private static func refuseForNow(_ response: inout HTTPResponse) {
        response.status = .serviceUnavailable
        if !response.hasField(.retryAfter) { response.set(.retryAfter, "1") }
    }

    /// The form that the client likes best. One that was written anew since it was opened is none; nor is any where the
    /// handler has said which coding the file itself is in.
    private func form(
        of file: ServedFile, for request: borrowing HTTPRequest, _ response: borrowing HTTPResponse
    ) -> ServedFile {
        if file.brotli == nil && file.gzip == nil || response.hasField(.contentEncoding) { return file }
        let form = file.form(for: ContentCodings(request))
        if form === file || form.file.isUnchanged { return form }
        cache.remove(file)
        return file
    }

    // MARK: Finding

    /// The file or folder that a request is for.
    private func find(_ request: borrowing HTTPRequest) async throws -> FileLookup {
        let now = FileCache.now()
        let (known, path, hash) = lookUp(request, now)
        guard let path else { return known ?? .missing }
        switch open(path, mayBlock: false) {
        case .wouldBlock: break
        case let found: return keep(found, path, hash, now)
        }
        do {
            return keep(try await WorkerPool.shared.run { self.open(path, mayBlock: true) }, path, hash, now)
        } catch is WorkerPoolError {
            return .busy
        }
    }

    /// What is known of the path without opening anything; otherwise the path, decoded, with its hash.
    private func lookUp(_ request: borrowing HTTPRequest, _ now: UInt64) -> (FileLookup?, path: [UInt8]?, hash: Int) {
        let whole = request.path
        if let mount, whole.byteCount == mount.count - 1, whole.equals(Array(mount.dropLast())) {
            return (.folder, nil, 0)
        }
        guard let start = start(of: request), whole.byteCount - start <= FilePath.limit else {
            return (.missing, nil, 0)
        }
        let path = whole.extracting(start..<whole.byteCount)
        return unsafe withUnsafeTemporaryAllocation(byteCount: max(1, path.byteCount), alignment: 1) { buffer in
            switch unsafe FilePath.decode(path, into: buffer, showsDotFiles: options.showsDotFiles) {
            case .missing: return (.missing, nil, 0)
            case .malformed: return (.malformed, nil, 0)
            case .path(let count):
                let name = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
                let hash = unsafe FileCache.hash(name)
                if let file = unsafe cache.file(name, hash: hash, now: now) {
                    if file.file.isUnchanged { return (.file(file), nil, hash) }
                    cache.remove(file, hash: hash)
                }
                return unsafe (nil, Array(name), hash)
            }
        }
    }

    /// Where the path beneath the root begins in a request's, behind a slash; nil where the root does not stand.
    private func start(of request: borrowing HTTPRequest) -> Int? {
        let path = request.path
        guard let mount else {
            if let rest = request.remainingPath { return path.byteCount - rest.byteCount }
            return path.byteCount > 0 && path.octet(0) == UInt8(ascii: "/") ? 1 : nil
        }
        guard path.byteCount >= mount.count, path.extracting(first: mount.count).equals(mount) else { return nil }
        return mount.count
    }

    private func keep(_ found: FileLookup, _ path: [UInt8], _ hash: Int, _ now: UInt64) -> FileLookup {
        if case .file(let file) = found { cache.keep(file, path: path, hash: hash, now: now) }
        return found
    }

    /// To the same path with a slash behind it, as it was written, and with the query.
    private func redirect(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse) throws {
        var location = String(bytes: request.path) + "/"
        if let query = request.query { location += "?" + String(bytes: query) }
        response.status = .movedPermanently
        response.set(.location, location)
        try response.sendWhole(RawSpan())
    }
}
