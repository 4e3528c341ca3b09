internal import MillpondNet

/// One request on one connection.
extension TransportLane {
    /// What makes a request impossible to send.
    static func check(_ request: borrowing HTTPClientRequest) throws(HTTPClientError) {
        if let problem = request.fields.problem { throw .invalidRequest("field \(problem)") }
        if request.fields.known.contains(.framing) { throw .invalidRequest("field that is the client's own") }
        if request.method == .other || request.methodName != nil {
            let name = request.methodName ?? ""
            // A name of its own: framing and retries go by the method.
            guard request.method == .other, unsafe HTTPFieldSyntax.isToken(name.utf8.span.bytes),
                !HTTPMethod.isNamed(name)
            else { throw .invalidRequest("method") }
        }
        guard isTarget(request.target, of: request.method) else { throw .invalidRequest("target") }
        if let upgrade = request.upgrade, unsafe !HTTPFieldSyntax.isValue(upgrade.utf8.span.bytes) {
            throw .invalidRequest("upgrade")
        }
        if let text = request.proxy?.authorization, unsafe !HTTPFieldSyntax.isValue(text.utf8.span.bytes) {
            throw .invalidRequest("proxy authorization")
        }
    }

    /// Whether it has the form that the method wants (RFC 9112, section 3.2). Without its slash a target would become
    /// a part of the host where a proxy is sent the whole URL.
    private static func isTarget(_ target: String, of method: HTTPMethod) -> Bool {
        guard target.utf8.allSatisfy(ASCII.isTarget) else { return false }
        if method == .connect {
            guard let authority = try? URLAuthority(Array(target.utf8)[...]) else { return false }
            return authority.userInfo == nil && authority.port != nil
        }
        return target.utf8.first == UInt8(ascii: "/") || (method == .options && target == "*")
    }

    /// Sends the request and lends its response.
    func exchange<Result: Sendable>(
        _ connection: ClientConnection, _ request: HTTPClientRequest, _ upload: ClientConnection.Upload,
        _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Attempt<Result> {
        if case .later(let length) = upload {
            return try await exchange(connection, request, uploading: length, body)
        }
        do {
            try connection.start(request, upload)
            connection.channel.setReadDeadline(connection.timeouts.firstByte)
            try await connection.awaitHead()
        } catch {
            if connection.isUnanswered(error) { return .unanswered(error) }
            connection.state.insert(.broken)
            throw connection.failure(error, .awaiting)
        }
        return .done(try await lend(connection, request, body))
    }

    /// Lends the response, and skips what was left of it.
    private func lend<Result: Sendable>(
        _ connection: ClientConnection, _ request: borrowing HTTPClientRequest,
        _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        if connection.head.status == .switchingProtocols, request.upgrade == nil || !connection.head.isUpgrade {
            connection.state.insert(.broken)
            throw HTTPClientError(.unexpectedUpgrade, .awaiting)
        }
        var response = HTTPClientResponse(connection)
        if request.offersCompression { try response.beginDecoding(limits: context.options.inflateLimits) }
        let result = try await body(&response)
        await connection.finish()
        return result
    }

    // MARK: Content that comes later

    /// The same with content that a task beside this one writes, so that an early response is heard.
    private func exchange<Result: Sendable>(
        _ connection: ClientConnection, _ request: HTTPClientRequest, uploading length: Int?,
        _ body: @Sendable (inout HTTPClientResponse) async throws -> Result
    ) async throws -> Attempt<Result> {
        do {
            try connection.start(request, .later(length))
            if request.expectsContinue, try await connection.isRefused() {
                // Without the content the server can't tell where the next request begins.
                connection.state.insert(.closing)
                return .done(try await lend(connection, request, body))
            }
        } catch {
            if connection.isUnanswered(error) { return .unanswered(error) }
            connection.state.insert(.broken)
            throw connection.failure(error, .awaiting)
        }
        connection.state.insert(.uploading)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: reactor) { await connection.upload(request.body, length: length) }
            do {
                // The upload sets the deadline when it is through; until then its own time-outs hold.
                connection.channel.setReadDeadline(.seconds(1 << 30))
                try await connection.awaitHead()
            } catch {
                group.cancelAll()
                try await group.waitForAll()
                if connection.isUnanswered(error) { return .unanswered(error) }
                connection.state.insert(.broken)
                throw connection.failure(error, .awaiting)
            }
            let isRefusal = connection.head.status.code >= 400
            if isRefusal, connection.state.contains(.uploading) { group.cancelAll() }
            let result = try await lend(connection, request, body)
            if connection.state.contains(.uploading) {
                // The response is over, and the server has not asked for the rest.
                group.cancelAll()
                connection.state.insert(.broken)
            }
            try await group.waitForAll()
            return .done(result)
        }
    }

    // MARK: Sending again

    /// Whether a request that got no answer may be sent again.
    func mayRetry(_ request: borrowing HTTPClientRequest, _ connection: ClientConnection) -> Bool {
        guard request.retry != .never, connection.mayHaveDied, request.body.isReplayable else { return false }
        return request.retry == .always || request.isIdempotent || connection.isUnsent
    }
}
