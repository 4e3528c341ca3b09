internal import Glibc
internal import MillpondIO
internal import MillpondNet
internal import MillpondPools

/// Sending a request.
extension ClientConnection {
    /// How a request's content is sent.
    enum Upload: Equatable {
        case none
        /// With the head.
        case atHand(Int)
        /// By a task of its own: so many bytes, or chunks.
        case later(Int?)
    }

    /// Content up to this size is queued with the head.
    private static var atHandLimit: Int { 64 << 10 }

    /// How the content of a request is to be sent.
    ///
    /// - Throws: ``HTTPClientError`` for a file that can't be had.
    static func plan(_ request: borrowing HTTPClientRequest) throws -> Upload {
        switch request.body.content {
        case .none:
            // A server may wait for content where the method speaks of some (RFC 9110, section 8.6).
            return [.post, .put, .patch].contains(request.method) ? .atHand(0) : .none
        case .bytes(let bytes): return known(bytes.count, request)
        case .shared(let content): return known(content.bytes.count, request)
        case .file(let path, let offset, let count):
            guard offset >= 0, count ?? 0 >= 0, !offset.addingReportingOverflow(count ?? 0).overflow else {
                throw HTTPClientError.invalidRequest("part of a file")
            }
            return .later(try count ?? size(of: path, after: offset))
        case .writer(let length, _, _):
            guard length ?? 0 >= 0 else { throw HTTPClientError.invalidRequest("length") }
            return .later(length)
        }
    }

    private static func known(_ count: Int, _ request: borrowing HTTPClientRequest) -> Upload {
        count <= atHandLimit && !(request.expectsContinue && count > 0) ? .atHand(count) : .later(count)
    }

    private static func size(of path: String, after offset: Int) throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let cause = IOError.system(errno: errno, operation: "stat", subject: path)
            throw HTTPClientError(.bodyFailed, .preparing, cause: cause)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let cause = IOError.system(errno: EINVAL, operation: "open", subject: path)
            throw HTTPClientError(.bodyFailed, .preparing, cause: cause)
        }
        guard offset <= Int(status.st_size) else {
            throw HTTPClientError.invalidRequest("offset beyond the file")
        }
        return Int(status.st_size) - offset
    }

    /// A regular file: opening or reading a pipe would hold the reactor until its other end is there.
    private static func open(_ path: String) throws(IOError) -> FileDescriptorSource {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno: errno, operation: "open", subject: path) }
        let file = FileDescriptorSource(descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .system(errno: EINVAL, operation: "open", subject: path)
        }
        return file
    }

    /// Queues the head, and content that is at hand, and hands both to the kernel.
    func start(_ request: borrowing HTTPClientRequest, _ upload: Upload) throws {
        method = request.method
        state.insert(.unsent)
        if request.closesConnection || !context.options.keepsConnections { state.insert(.closing) }
        try writeHead(request, upload)
        if case .atHand(let count) = upload, count > 0 {
            switch request.body.content {
            case .bytes(let bytes): try channel.write(unsafe bytes.span.bytes)
            case .shared(let content): try channel.write(content.bytes.clone())
            default: break
            }
        }
        channel.sendNow()
        // The first call of the kernel's takes all or a part, or fails: then nothing has left.
        if channel.isOpen, !channel.isSendingFailed { state.remove(.unsent) }
    }

    private func writeHead(_ request: borrowing HTTPClientRequest, _ upload: Upload) throws {
        let fields = request.fields
        let asksFirst = request.expectsContinue && upload != .none && upload != .atHand(0)
        var size = 320 + fields.bytes.count + request.target.utf8.count + 2 * request.origin.authority.utf8.count
        size += context.options.userAgent?.utf8.count ?? 0
        size += (request.upgrade?.utf8.count ?? 0) + (request.methodName?.utf8.count ?? 0)
        size += request.proxy?.authorization?.utf8.count ?? 0
        try unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
            var head = unsafe HeadWriter(buffer)
            writeRequestLine(request, &head)
            if !fields.known.contains(.host) {
                head.append("Host: ")
                head.append(text: request.origin.authority)
                head.append("\r\n")
            }
            if let agent = context.options.userAgent, !fields.known.contains(.userAgent) {
                head.append("User-Agent: ")
                head.append(text: agent)
                head.append("\r\n")
            }
            if request.offersCompression { head.append("Accept-Encoding: gzip, deflate\r\n") }
            switch upload {
            case .none: break
            case .atHand(let count), .later(let count?):
                head.append("Content-Length: ")
                head.append(decimal: count)
                head.append("\r\n")
            case .later(nil): head.append("Transfer-Encoding: chunked\r\n")
            }
            if asksFirst { head.append("Expect: 100-continue\r\n") }
            if let upgrade = request.upgrade {
                head.append("Connection: Upgrade\r\nUpgrade: ")
                head.append(text: upgrade)
                head.append("\r\n")
            } else if state.contains(.closing) {
                head.append("Connection: close\r\n")
            }
            if let proxy = request.proxy, let authorization = proxy.authorization, request.origin.scheme == .http {
                head.append("Proxy-Authorization: ")
                head.append(text: authorization)
                head.append("\r\n")
            }
            if !fields.isEmpty { head.append(unsafe fields.bytes.span.bytes) }
            head.append("\r\n")
            try channel.write(head.bytes)
        }
    }

    private func writeRequestLine(_ request: borrowing HTTPClientRequest, _ head: inout HeadWriter) {
        if request.method == .get {
            head.append("GET ")
        } else {
            head.append(text: request.methodName ?? request.method.description)
            head.append(" ")
        }
        if request.proxy != nil, request.origin.scheme == .http, request.method != .connect {
            head.append("http://")
            head.append(text: request.origin.authority)
            // To the proxy a target that is the whole server is a URL without a path (RFC 9112, section 3.2.4).
            if request.target != "*" { head.append(text: request.target) }
        } else {
            head.append(text: request.target)
        }
        head.append(" HTTP/1.1\r\n")
    }

    // MARK: Content that comes later

    /// Writes the content, in a task beside the one that awaits the response. What goes wrong is the other's to tell.
    func upload(_ body: HTTPClientBody, length: Int?) async {
        do {
            var writer = HTTPBodyWriter(channel, length: length)
            switch body.content {
            case .none: break
            case .bytes(let bytes): try await writer.write(bytes)
            case .shared(let content): try await writer.write(content.bytes.clone())
            case .file(let path, let offset, _):
                let file = try Self.open(path)
                try await writer.write(contentsOf: file, offset: offset, count: length ?? 0)
            case .writer(_, _, let write): try await write(&writer)
            }
            try writer.finish()
            channel.sendNow()
            state.remove(.uploading)
        } catch {
            uploadFailed(error)
        }
        if !state.contains(.begun) { channel.resetReadDeadline(timeouts.firstByte) }
    }

    /// The connection is of no use for another request. Who awaits the response goes on if the server is at fault,
    /// which may have answered before it closed, and is woken if this side is.
    private func uploadFailed(_ error: any Error) {
        state.insert(.broken)
        if Task.isCancelled || channel.isSendingFailed || !channel.isOpen { return }
        uploadError = error
        channel.close(.protocolError)
    }
}

extension HeadWriter {
    mutating func append(text: String) {
        append(unsafe text.utf8.span.bytes)
    }
}
