import MillpondHTTP
import MillpondIO
import MillpondNet
import Testing

/// Compressed responses.
@Suite("Client: compressed content", .timeLimit(.minutes(2)))
struct DecodingTests {
    @Test(arguments: ["gzip", "deflate", "raw"])
    func contentIsDecompressedInEveryWayOfReading(_ page: String) async throws {
        try await withFollowing { client, base in
            #expect(try await client.get("\(base)/\(page)").text == compressedText)
            try await client.withResponse(.get, "\(base)/\(page)") { response in
                #expect(response.isDecompressed == true)
                #expect(response.remainingBodyCount == nil)
                var text = ""
                while true {
                    let isMore: Void? = try await response.readChunk(upTo: 1000) { piece in
                        #expect(piece.byteCount <= 1000)
                        text += piece.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                    }
                    if isMore == nil { break }
                }
                #expect(text == compressedText)
                #expect(response.hasUnreadBody == false)
            }
            let path = try ScratchFile([])
            try await client.withResponse(.get, "\(base)/\(page)") { response in
                var writer = BufferedWriter(try FileDescriptorSink(creating: path.path))
                var last = 0
                let count = try await response.copyBody(to: &writer) { last = $0 }
                try await writer.flush()
                #expect(count == compressedText.utf8.count && last == count)
            }
            #expect(try path.bytes() == Array(compressedText.utf8))
            #expect(client.transport.statistics().dials == 1)
        }
    }

    @Test func itIsAskedForUnlessTheUserDoes() async throws {
        try await withFollowing { client, base in
            #expect(try await client.get("\(base)/echo").text.contains("Accept-Encoding: gzip, deflate\n"))
            var request = try HTTPClientRequest(.get, "\(base)/echo")
            request.fields.set(.acceptEncoding, "br")
            #expect(try await client.send(request).text.contains("Accept-Encoding: br\n"))
            request.fields.remove("accept-encoding")
            request.fields.set(.range, "bytes=0-")
            #expect(!(try await client.send(request).text.contains("Accept-Encoding")))
            var options = HTTPClientOptions()
            options.acceptsCompression = false
            let plain = HTTPClient(client.transport, options: options)
            #expect(!(try await plain.get("\(base)/echo").text.contains("Accept-Encoding")))
            // What was not asked for is handed on as it comes.
            #expect(try await plain.get("\(base)/gzip").body.starts(with: [0x1F, 0x8B]))
            #expect(try await client.get("\(base)/twice").body.starts(with: [0x1F, 0x8B]))
        }
    }

    @Test func whatCannotBeDecompressedIsAnError() async throws {
        try await withFollowing { client, base in
            for (page, code) in [("broken", CompressionError.Code.checksumMismatch), ("cut", .truncated)] {
                let error = await clientError { _ = try await client.get("\(base)/\(page)") }
                #expect(error?.isMalformed == true)
                #expect((error?.cause as? CompressionError)?.code == code)
            }
            // No bytes are no content.
            let empty = try await client.get("\(base)/empty")
            #expect(empty.body.isEmpty)
            let head = try await client.send(HTTPClientRequest(.head, "\(base)/gzip"))
            #expect(head.body.isEmpty)
        }
    }

    @Test func expansionIsBounded() async throws {
        var options = TransportOptions()
        options.inflateLimits.ratioFrom = 1 << 20
        try await withFollowing(transport: options) { client, base in
            let bomb = await clientError { _ = try await client.get("\(base)/bomb", limit: .max) }
            #expect(bomb?.isBodyTooLarge == true)
            #expect((bomb?.cause as? CompressionError)?.code == .ratioLimit)
            let long = await clientError { _ = try await client.get("\(base)/gzip", limit: 1000) }
            #expect(long?.isBodyTooLarge == true)
            // The connection that was given up left no trace.
            let next = try await client.get("\(base)/gzip")
            #expect(next.text == compressedText)
        }
    }
}
