import MillpondIO
import MillpondNet
import Testing

/// Runs a body with a group of reactors and ends them afterwards.
func withGroup<Result: Sendable>(
    _ count: Int = 2, _ body: @Sendable (ReactorGroup) async throws -> Result
) async throws -> Result {
    let group = try ReactorGroup(count: count)
    do {
        let result = try await body(group)
        await group.shutdown()
        return result
    } catch {
        await group.shutdown()
        throw error
    }
}

/// Sends back whatever arrives, by a task of its own.
@Sendable func echo(_ connection: inout TCPConnection) async throws {
    while try await connection.reader.fill() {
        let chain = try await connection.reader.take(connection.reader.bufferedCount)
        try connection.channel.write(chain)
        try await connection.channel.flush()
    }
}

@Suite(.timeLimit(.minutes(5))) struct EchoTests {
    static let addresses: [SocketAddress] = [
        .loopback(port: 0), .ipv6(high: 0, low: 1, port: 0),
        .unix(path: "/tmp/millpond-echo-\(UInt32.random(in: 0 ... .max)).sock"),
    ]

    @Test(arguments: addresses)
    func everyByteComesBack(address: SocketAddress) async throws {
        try await withGroup { group in
            let server = TCPServer(group: group, handler: echo)
            let bound = try server.start(on: address)
            try await group.nextReactor().run {
                for size in [1, 100, 5000, 3_000_000] {
                    var connection = try await TCPConnection.connect(to: bound)
                    let sent = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
                    try await connection.concurrently { reader in
                        var received: [UInt8] = []
                        while received.count < size, try await reader.fill() {
                            let count = reader.bufferedCount
                            try await reader.forEachChunk(count) { span in
                                span.withUnsafeBytes { unsafe received.append(contentsOf: $0) }
                            }
                        }
                        #expect(received == sent)
                    } writing: { channel in
                        var rest = sent[...]
                        while !rest.isEmpty {
                            let piece = rest.prefix(40_000)
                            try channel.write(Array(piece).span.bytes)
                            rest = rest.dropFirst(piece.count)
                            try await channel.flush()
                        }
                    }
                }
            }
            let left = await server.drain(within: .seconds(5))
            #expect(left == 0)
            #expect(server.connectionCount == 0)
            #expect(server.acceptedCount == 4)
        }
    }

    @Test func halfClosingSaysTheEndAndStillReads() async throws {
        try await withGroup(1) { group in
            let server = TCPServer(group: group, handler: echo)
            let address = try server.start(on: .loopback(port: 0))
            try await group.reactors[0].run {
                var connection = try await TCPConnection.connect(to: address)
                try connection.channel.write("last words")
                try await connection.channel.shutdownWrite()
                #expect(throws: IOError.closed) { try connection.channel.write("too late") }
                let echoed = try await connection.reader.withBytes(10) { span in
                    span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                }
                #expect(echoed == "last words")
                #expect(try await connection.reader.fill() == false)
            }
            #expect(await server.drain() == 0)
        }
    }

    @Test func manyConnectionsAtOnce() async throws {
        try await withGroup { group in
            let server = TCPServer(group: group, handler: echo)
            let address = try server.start(on: .loopback(port: 0))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for index in 0..<200 {
                    let reactor = group.nextReactor()
                    tasks.addTask(executorPreference: reactor) {
                        var connection = try await TCPConnection.connect(to: address)
                        for round in 0..<20 {
                            let text = Array("connection \(index) round \(round)\n".utf8)
                            try connection.channel.write(text.span.bytes)
                            let line = try await connection.reader.withBytes(text.count) { span in
                                span.withUnsafeBytes { unsafe Array($0) }
                            }
                            #expect(line == text)
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(await server.drain() == 0)
            #expect(server.acceptedCount == 200)
        }
    }
}
