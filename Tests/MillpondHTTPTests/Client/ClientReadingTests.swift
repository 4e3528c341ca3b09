import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// Reading content: limits at their ends, and other tasks beside it.
@Suite("Client: reading content", .timeLimit(.minutes(2)))
struct ClientReadingTests {
    @Test(
        "limits of 0 and without end",
        arguments: [
            "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "Connection: close\r\n\r\nhello",
        ])
    func limits(_ rest: String) async throws {
        var options = TransportOptions()
        options.drainLimit = .max
        options.head.bytes = .max
        try await withScript(
            options,
            script: { connection in
                guard try await connection.readRequest() != nil else { return }
                try await connection.send("HTTP/1.1 200 OK\r\n\(rest)")
            }
        ) { transport, origin in
            let request = HTTPClientRequest(origin: origin)
            let whole = try await transport.withResponse(request) { try await $0.readText(limit: .max) }
            #expect(whole == "hello")
            let copied = try await transport.withResponse(request) { response in
                var writer = BufferedWriter(MemorySink())
                return try await response.copyBody(to: &writer, limit: .max)
            }
            #expect(copied == 5)
            for limit in [0, 4] {
                let error = await clientError {
                    _ = try await transport.withResponse(request) { try await $0.readText(limit: limit) }
                }
                #expect(error?.isBodyTooLarge == true)
                let other = await clientError {
                    try await transport.withResponse(request) { response in
                        var writer = BufferedWriter(MemorySink())
                        try await response.copyBody(to: &writer, limit: limit)
                    }
                }
                #expect(other?.isBodyTooLarge == true, "copied up to \(limit)")
            }
            // Skipped, whatever its length.
            try await transport.withResponse(request) { _ in }
        }
    }

    /// A response that expands for long, whose compressed form came at once, lets others on the reactor run, and hears
    /// of being cancelled.
    @Test(arguments: [false, true]) func decompressingLetsOthersRun(cancels: Bool) async throws {
        var options = HTTPClientOptions()
        options.acceptsCompression = true
        var transportOptions = TransportOptions()
        transportOptions.inflateLimits = .none
        try await withFollowing(options, transport: transportOptions) { client, base in
            let request = try HTTPClientRequest(.get, "\(base)/bomb")
            let turns = Counter()
            let read = Counter()
            let reactor = client.transport.reactors[0]
            let outcome = await Task {
                try await reactor.run {
                    try await client.withResponse(request) { response in
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask(executorPreference: reactor) {
                                while read.value < 32 << 20, !Task.isCancelled {
                                    turns.add(1)
                                    await Task.yield()
                                }
                            }
                            if cancels { withUnsafeCurrentTask { $0?.cancel() } }
                            while let count = try await response.readChunk({ $0.byteCount }) { read.add(count) }
                        }
                    }
                }
            }.result
            if cancels {
                #expect(throws: CancellationError.self) { try outcome.get() }
                #expect(read.value < 8 << 20)
            } else {
                try outcome.get()
                #expect(read.value == 32 << 20 && turns.value >= 16)
            }
        }
    }
}
