import Glibc
import MillpondHTTP
import MillpondNet
import TestSupport
import Testing

/// A request of which nothing left is sent again whatever its method is.
@Suite("Client: requests that never left", .timeLimit(.minutes(1)))
struct UnsentRequestTests {
    /// Nobody wants its response any more: it is not sent, though there is a connection at once.
    @Test func aCancelledTasksRequest() async throws {
        let requests = Counter()
        try await withTransport(handler: { request, response in
            requests.add()
            try await response.send("ok")
        }) { transport, origin in
            let request = HTTPClientRequest(.post, origin: origin)
            _ = try await collect(transport, request)
            #expect(transport.statistics().idle == 1)
            await #expect(throws: CancellationError.self) {
                try await transport.reactors[0].run {
                    withUnsafeCurrentTask { $0?.cancel() }
                    _ = try await collect(transport, request)
                }
            }
            _ = try await collect(transport, request)
        }
        #expect(requests.value == 2)
    }

    @Test func aConnectionThatWasResetUnseen() async throws {
        let peer = try BlockingPeer()
        let group = try ReactorGroup(count: 1)
        let transport = Transport(group: group)
        let origin = try HTTPOrigin(host: "127.0.0.1", port: peer.port)
        var request = HTTPClientRequest(.post, origin: origin)
        request.body = .text("content")
        let sent = request
        let server = Task.detached {
            // The first connection is reset once its answer has been read: the content is left unread.
            peer.serve(reading: 16, resets: true)
            peer.serve(reading: 4096, resets: false)
        }
        let texts = try await group.reactors[0].run {
            let first = try await collect(transport, sent).text
            peer.answersRead.add(1)
            // The reactor's thread is kept busy meanwhile, so that it can't see the reset.
            while peer.resets == 0 { sched_yield() }
            return [first, try await collect(transport, sent).text]
        }
        #expect(texts == ["ok", "ok"])
        let statistics = transport.statistics()
        #expect(statistics.retries == 1 && statistics.dials == 2 && statistics.failures == 0)
        await transport.close()
        await server.value
        await group.shutdown()
    }
}

/// A peer that is served by blocking calls.
final class BlockingPeer: Sendable {
    private let listener: PlainListener
    private let resetCount = Counter()
    /// Answers that the client has read.
    let answersRead = Counter()

    var port: UInt16 { listener.port }
    /// Connections that have been reset.
    var resets: Int { resetCount.value }

    init() throws { listener = try PlainListener() }

    /// Accepts a connection, reads once, at most so much, answers, and closes or waits for the client to.
    func serve(reading count: Int, resets: Bool) {
        let connection = accept(listener.descriptor, nil, nil)
        var buffer = [UInt8](repeating: 0, count: count)
        // All of the request is there: head and content leave in one call.
        _ = recv(connection, &buffer, buffer.count, 0)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
        while resets, answersRead.value == 0 { sched_yield() }
        if !resets { while recv(connection, &buffer, buffer.count, 0) > 0 {} }
        close(connection)
        if resets { resetCount.add(1) }
    }
}
