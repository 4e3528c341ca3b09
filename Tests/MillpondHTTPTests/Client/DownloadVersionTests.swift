import Glibc
import MillpondIO
import MillpondNet
import Testing

@testable import MillpondHTTP

/// Downloads that are resumed: what is appended is the rest of the same version, and no more than was announced.
@Suite("Client: versions of downloads", .timeLimit(.minutes(2)))
struct DownloadVersionTests {
    @Test(arguments: ["0-9223372036854775807/*", "3-9223372036854775807/*", "3-9223372036854775808/*"])
    func aRangeWithoutAnEnd(_ value: String) async throws {
        #expect(ContentRange("bytes \(value)") == nil)
        let outcome = try await resume("abc", "206 Partial\r\nContent-Range: bytes \(value)\r\n", "def")
        #expect(outcome.error?.isUnexpectedRange == true)
        #expect(outcome.text == "abc")
    }

    @Test func theLargestRange() {
        #expect(ContentRange("bytes 3-9223372036854775806/*")?.range == 3...(.max - 1))
    }

    @Test(arguments: [
        // The same version, or none named.
        ("206 Partial\r\nETag: \"one\"\r\nContent-Range: bytes 3-5/6\r\n", "abcdef", false),
        ("206 Partial\r\nContent-Range: bytes 3-5/6\r\n", "abcdef", false),
        // Another one, from a server that does not look at If-Range.
        ("206 Partial\r\nETag: \"two\"\r\nContent-Range: bytes 3-5/6\r\n", "abc", true),
        ("206 Partial\r\nETag: W/\"one\"\r\nContent-Range: bytes 3-5/6\r\n", "abc", true),
    ])
    func partsOfAnotherVersion(_ head: String, _ text: String, _ isRefused: Bool) async throws {
        let outcome = try await resume("abc", head, "def", noting: "\"one\"")
        guard outcome.hasAttributes else { return }
        #expect(outcome.asked.contains("If-Range: \"one\"\r\n"))
        #expect(outcome.text == text && (outcome.error?.isUnexpectedRange == true) == isRefused)
    }

    @Test func datesToo() async throws {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        for (changed, text) in [(date, "abcdef"), ("Mon, 07 Nov 1994 08:49:37 GMT", "abc")] {
            let head = "206 Partial\r\nLast-Modified: \(changed)\r\nContent-Range: bytes 3-5/6\r\n"
            let outcome = try await resume("abc", head, "def", noting: date)
            if outcome.hasAttributes { #expect(outcome.text == text) }
        }
    }

    /// More than the range announces is not written; less is not taken for the whole.
    @Test func chunksBesideTheRange() async throws {
        let head = "206 Partial\r\nTransfer-Encoding: chunked\r\nContent-Range: bytes 3-5/6\r\n"
        let more = try await resume("abc", head, "4\r\ndefg\r\n0\r\n\r\n")
        #expect(more.error?.isUnexpectedRange == true && more.text == "abcdef")
        let less = try await resume("abc", head, "2\r\nde\r\n0\r\n\r\n")
        #expect(less.error?.isIncomplete == true && less.text == "abcde")
    }

    /// A finished file keeps the name of its version, so that what a longer one has behind its end is not appended.
    @Test func aFinishedFileKeepsItsVersion() async throws {
        let file = try ScratchFile([])
        let first = try await get(file, resumes: false, "200 OK\r\nETag: \"one\"\r\nContent-Length: 3\r\n", "abc")
        #expect(first.error == nil && !first.asked.contains("If-Range"))
        guard first.hasAttributes else { return }
        let second = try await get(file, resumes: true, "200 OK\r\nETag: \"two\"\r\nContent-Length: 4\r\n", "wxyz")
        #expect(second.asked.contains("If-Range: \"one\"\r\n") && second.text == "wxyz")
        // Content without a name takes the name from the file.
        _ = try await get(file, resumes: false, "200 OK\r\nContent-Length: 2\r\n", "ab")
        let third = try await get(file, resumes: true, "206 Partial\r\nContent-Range: bytes 2-2/3\r\n", "c")
        #expect(!third.asked.contains("If-Range") && third.text == "abc")
    }

    /// A pipe whose other end nobody reads would hold the reactor for ever.
    @Test func aPipeIsNoFile() async throws {
        let file = try ScratchFile([])
        file.remove()
        #expect(mkfifo(file.path, 0o600) == 0)
        try await withScript(script: { connection in
            _ = try await connection.readRequest()
            try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try await connection.reader.fill()
        }) { transport, origin in
            let client = HTTPClient(transport)
            await #expect(throws: (any Error).self) {
                try await client.download(HTTPClientRequest(origin: origin), to: file.path)
            }
            var request = HTTPClientRequest(.put, origin: origin)
            for count in [nil, 5] {
                request.body = .file(path: file.path, count: count)
                let error = await clientError { _ = try await collect(transport, request) }
                #expect(error != nil)
            }
        }
    }

    // MARK: A server of one answer

    private struct Outcome {
        var asked = ""
        var text = ""
        var error: HTTPDownloadError?
        var hasAttributes = false
    }

    private func resume(
        _ there: String, _ head: String, _ content: String, noting validator: String? = nil
    ) async throws -> Outcome {
        let file = try ScratchFile(Array(there.utf8))
        if let validator {
            let descriptor = open(file.path, O_WRONLY)
            PartialFile.note(validator, on: descriptor)
            close(descriptor)
        }
        return try await get(file, resumes: true, head, content)
    }

    private func get(
        _ file: ScratchFile, resumes: Bool, _ head: String, _ content: String
    ) async throws -> Outcome {
        let asked = SharedText()
        var outcome = Outcome()
        outcome.error = try await withScript(script: { connection in
            guard let text = try await connection.readRequest() else { return }
            asked.set(text)
            try await connection.send("HTTP/1.1 \(head)\r\n\(content)")
        }) { transport, origin in
            var options = HTTPDownloadOptions()
            options.resumes = resumes
            do {
                _ = try await HTTPClient(transport).download(
                    HTTPClientRequest(origin: origin), to: file.path, options: options)
                return nil
            } catch let error as HTTPDownloadError {
                return error
            }
        }
        outcome.asked = asked.get()
        outcome.text = String(decoding: try file.bytes(), as: UTF8.self)
        outcome.hasAttributes = PartialFile(file.path).validator != nil
        return outcome
    }
}
