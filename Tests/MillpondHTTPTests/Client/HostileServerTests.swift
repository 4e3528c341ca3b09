import MillpondHTTP
import MillpondIO
import MillpondNet
import MillpondPools
import TestSupport
import Testing

/// A server that sends what it likes: right results or typed errors, never a hang, and no connection used again that
/// can't be trusted.
@Suite("Client: hostile servers", .timeLimit(.minutes(5)))
struct HostileServerTests {
    @Test("the table has its rows") func size() {
        #expect(responseTable.count >= 90)
        #expect(Set(responseTable.map(\.name)).count == responseTable.count)
    }

    @Test("whole", arguments: responseTable) func whole(_ row: ResponseRow) async throws {
        try await Self.check(row, cuts: [])
    }

    @Test("in pieces", arguments: responseTable) func pieces(_ row: ResponseRow) async throws {
        var cuts = Cuts(seed: UInt8(truncatingIfNeeded: row.name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }))
        var offsets: [Int] = []
        var offset = 0
        // A turn of the reactor for each piece: of long rows the end matters as little as the middle.
        while offset < row.bytes.count, offsets.count < 100 {
            offset += cuts.next() ?? 1
            offsets.append(offset)
        }
        try await Self.check(row, cuts: offsets)
    }

    /// Sends the row, cut at these offsets, to a client, and judges what it makes of it.
    private static func check(_ row: ResponseRow, cuts: [Int]) async throws {
        try await withScript(script: { connection in
            guard try await connection.readRequest() != nil else { return }
            var start = 0
            for cut in cuts + [row.bytes.count] where cut > start {
                let end = min(cut, row.bytes.count)
                try await connection.send(Array(row.bytes[start..<end]))
                // The client, on the same reactor, reads what has come so far.
                await Task.yield()
                start = end
            }
            if !row.closes { _ = try await connection.reader.fill() }
        }) { transport, origin in
            let outcome = await Self.outcome(of: row, transport, origin)
            #expect(outcome == row.outcome)
        }
    }

    private static func outcome(
        of row: ResponseRow, _ transport: Transport, _ origin: HTTPOrigin
    ) async -> ResponseRow.Outcome? {
        do {
            var request = HTTPClientRequest(row.isHead ? .head : .get, origin: origin)
            request.timeouts = HTTPClientTimeouts()
            request.timeouts?.total = .seconds(20)
            let answer = try await collect(transport, request)
            if case .response(_, _, reusable: false) = row.outcome {
                // What makes it so may be on its way still.
                _ = await eventually { transport.statistics().idle == 0 }
            }
            return .response(answer.status, answer.text, reusable: transport.statistics().idle == 1)
        } catch let error as HTTPClientError {
            if error.isMalformed { return .malformed }
            if error.isTruncated { return .truncated }
            Issue.record("\(error)")
        } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    /// Closed after any number of bytes, a response is right or an error.
    @Test("closed at every byte", arguments: responseTable.filter { $0.bytes.count < 200 })
    func closedAtEveryByte(_ row: ResponseRow) async throws {
        let bytes = row.bytes
        try await withScript(script: { connection in
            let head = try await connection.readRequest() ?? ""
            let count = head.split(separator: " ").dropFirst().first.flatMap { Int($0.dropFirst()) } ?? 0
            try await connection.send(Array(bytes[..<count]))
        }) { transport, origin in
            for count in 0...bytes.count {
                let request = HTTPClientRequest(row.isHead ? .head : .get, origin: origin, target: "/\(count)")
                do {
                    let answer = try await collect(transport, request)
                    guard case .response(let status, let text, _) = row.outcome else {
                        // What makes it malformed may lie behind the cut, but then it must not look whole.
                        Issue.record("accepted \(count) bytes: \(answer)")
                        continue
                    }
                    // Content that ends with the connection can't be told from content that was cut off.
                    let isOpenEnded = row.closes && !row.text.contains("Content-Length")
                    let isRight = isOpenEnded ? text.hasPrefix(answer.text) : text == answer.text
                    #expect(answer.status == status && isRight, "\(count) bytes: \(answer)")
                } catch let error as HTTPClientError {
                    #expect(error.isMalformed || error.isTruncated, "\(count) bytes: \(error)")
                    if case .response = row.outcome { #expect(count < bytes.count || row.text.isEmpty) }
                }
            }
        }
    }

    /// What a server says without having been asked ends the connection, and is nobody's response.
    @Test func whatNobodyAskedFor() async throws {
        try await withScript(script: { connection in
            while try await connection.readRequest() != nil {
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
                try await connection.channel.reactor.sleep(for: .milliseconds(20))
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            }
        }) { transport, origin in
            for _ in 0..<3 {
                let answer = try await collect(transport, HTTPClientRequest(origin: origin))
                #expect(answer.text == "good")
                // Without a request: the reactor notices by itself.
                #expect(await eventually { transport.statistics().open == 0 })
            }
            #expect(transport.statistics().closed[.died] == 3)
        }
    }
}
