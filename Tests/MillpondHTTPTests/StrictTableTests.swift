import Glibc
import MillpondHTTP
import MillpondIO
import MillpondNet
import TestSupport
import Testing

/// Every row of the table against a server, over a socket.
@Suite("Strictness", .timeLimit(.minutes(5)))
struct StrictTableTests {
    private static let probe = "GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"
    private static let probeAnswer = "200 GET /probe host=probe len=0 body="

    @Test("has its rows") func size() {
        #expect(strictTable.count >= 300)
        #expect(Set(strictTable.map(\.name)).count == strictTable.count)
    }

    @Test("sent whole") func whole() async throws {
        try await run { [$0] }
    }

    @Test("sent byte by byte") func byteByByte() async throws {
        try await run { $0.map { [$0] } }
    }

    @Test("sent in pieces", arguments: [1, 2, 3] as [UInt64]) func pieces(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        try await run { bytes in
            var pieces: [[UInt8]] = []
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
                pieces.append(Array(bytes[start..<end]))
                start = end
            }
            return pieces
        }
    }

    private func run(_ cut: ([UInt8]) -> [[UInt8]]) async throws {
        let group = try ReactorGroup(count: 1)
        let server = HTTPServer(group: group, handler: EchoHandler.handle)
        let port = try server.start(on: SocketAddress(host: "127.0.0.1", port: 0)!).port ?? 0
        for row in strictTable {
            let answers = try Self.exchange(cut(row.bytes + Array(Self.probe.utf8)), port: port, isHead: row.isHead)
            let expected = row.answers + (row.isKept ? [Self.probeAnswer] : [])
            #expect(answers == expected, "\(row)")
        }
        await server.drain(within: .seconds(3))
        await group.shutdown()
    }

    /// Sends the pieces, each in a packet of its own, and returns the answers until the server closes.
    private static func exchange(_ pieces: [[UInt8]], port: UInt16, isHead: Bool) throws -> [String] {
        let socket = try PlainSocket(port: port)
        var yes: Int32 = 1
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        for piece in pieces {
            // A server that has refused what came may close before the rest.
            if !socket.send(piece) { break }
            if pieces.count > 1 { sched_yield() }
        }
        let received = socket.receiveAll()
        #expect(socket.isEnded, "nothing in ten seconds")
        return try answers(in: received[...], isHead: isHead)
    }

    /// Status and content of each answer; of a refusal, which says in words what was wrong, the status alone.
    private static func answers(in bytes: ArraySlice<UInt8>, isHead: Bool) throws -> [String] {
        var rest = bytes
        var answers: [String] = []
        while !rest.isEmpty {
            let end = try #require(rest.firstRange(of: Array("\r\n\r\n".utf8)))
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            rest = rest[end.upperBound...]
            let words = try #require(lines.first).split(separator: " ")
            #expect(words[0] == "HTTP/1.1")
            let status = try #require(Int(words[1]))
            let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
            let count = isHead && answers.isEmpty ? 0 : length
            try #require(rest.count >= count)
            let content = String(decoding: rest.prefix(count), as: UTF8.self)
            rest = rest.dropFirst(count)
            answers.append(status < 400 ? "\(status) \(content)" : "\(status)")
        }
        return answers
    }
}
