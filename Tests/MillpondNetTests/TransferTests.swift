import Glibc
import MillpondIO
import MillpondPools
import TestSupport
import Testing

@testable import MillpondNet

/// The halves of a connection as ends of a copy, where the kernel moves the bytes.
@Suite(.timeLimit(.minutes(5))) struct TransferTests {
    static let data: [UInt8] = {
        var random = SeededGenerator(seed: 1)
        return (0..<3_000_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }()

    static func withFile<R>(_ body: (String) async throws -> R) async throws -> R {
        let path = "/tmp/millpond-transfer-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        var writer = BufferedWriter(try FileDescriptorSink(creating: path))
        try await writer.write(data.span.bytes)
        _ = try await writer.finish()
        return try await body(path)
    }

    /// All that a peer sends until it ends.
    static func everything(_ reader: inout BufferedReader<SocketSource>) async throws -> [UInt8] {
        var received: [UInt8] = []
        while try await reader.fill() {
            try await reader.forEachChunk(reader.bufferedCount) { span in
                span.withUnsafeBytes { unsafe received.append(contentsOf: $0) }
            }
        }
        return received
    }

    /// A file, behind what was queued and before what follows, to a peer slower than the kernel's buffers.
    @Test(arguments: [false, true])
    func aFileIsSentInOrder(byOffset: Bool) async throws {
        try await Self.withFile { path in
            try await withGroup { group in
                let server = TCPServer(group: group) { connection in
                    try connection.channel.write("queued ")
                    var writer = BufferedWriter(SocketSink(connection.channel))
                    try await writer.write(utf8: "buffered " as StaticString)
                    let file = try FileDescriptorSource(path: path)
                    if byOffset {
                        try await writer.write(contentsOf: file, offset: 0, count: Self.data.count)
                    } else {
                        var reader = BufferedReader(file)
                        #expect(try await copy(from: &reader, to: &writer) == Self.data.count)
                    }
                    try await writer.write(utf8: " end" as StaticString)
                    try await writer.flush()
                }
                let address = try server.start(on: .loopback(port: 0))
                try await group.nextReactor().run {
                    var connection = try await TCPConnection.connect(to: address)
                    let received = try await Self.everything(&connection.reader)
                    #expect(received == Array("queued buffered ".utf8) + Self.data + Array(" end".utf8))
                }
            }
        }
    }

    /// A proxy: one connection's bytes to another, both ways through one reactor.
    @Test func aConnectionIsSplicedToAnother() async throws {
        try await withGroup { group in
            let backend = TCPServer(group: group, handler: echo)
            let backendAddress = try backend.start(on: .loopback(port: 0))
            let proxy = TCPServer(group: group) { connection in
                var upstream = try await TCPConnection.connect(to: backendAddress)
                var toUpstream = BufferedWriter(SocketSink(upstream.channel))
                let first = try await copy(from: &connection.reader, to: &toUpstream, limit: 1_000_000)
                #expect(first == 1_000_000)
                var toClient = BufferedWriter(SocketSink(connection.channel))
                #expect(try await copy(from: &upstream.reader, to: &toClient, limit: first) == first)
                try await toClient.flush()
                try await connection.channel.drain()
            }
            let address = try proxy.start(on: .loopback(port: 0))
            try await group.nextReactor().run {
                var connection = try await TCPConnection.connect(to: address)
                try await connection.concurrently { reader in
                    let received = try await Self.everything(&reader)
                    #expect(received == Array(Self.data[..<1_000_000]))
                } writing: { channel in
                    var writer = BufferedWriter(SocketSink(channel))
                    // Bytes that a block can't hold, through the outbox.
                    try await unsafe writer.write(Self.data.span.bytes.extracting(first: 1_000_000))
                    try await writer.flush()
                    try await channel.drain()
                }
            }
        }
    }

    @Test func aConnectionIsSplicedToAFileUntilItsEnd() async throws {
        let path = "/tmp/millpond-transfer-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let journal = Journal()
        try await withGroup { group in
            let server = TCPServer(group: group) { connection in
                var writer = BufferedWriter(try FileDescriptorSink(creating: path))
                journal.note("copied \(try await copy(from: &connection.reader, to: &writer))")
                _ = try await writer.finish()
                journal.note("done")
            }
            let address = try server.start(on: .loopback(port: 0))
            let peer = try BlockingPeer(address)
            var rest = Self.data[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { send(peer.descriptor, $0.baseAddress, min($0.count, 70_000), 0) }
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
            peer.finish()
            #expect(await journal.waits(for: "done"))
            #expect(journal.all.first == "copied \(Self.data.count)")
        }
        var reader = BufferedReader(try FileDescriptorSource(path: path))
        let count = Self.data.count
        let isSame = try await reader.withBytes(1_000_000) { span in
            span.withUnsafeBytes { unsafe $0.elementsEqual(Self.data[..<1_000_000]) }
        }
        #expect(isSame)
        try await reader.skip(count - 1_000_000)
        #expect(try await !reader.fill())
    }

    @Test func aPeerThatTakesNothingIsTimedOut() async throws {
        try await Self.withFile { path in
            let journal = Journal()
            try await withGroup { group in
                var options = TCPServerOptions()
                options.channel.writeTimeout = .milliseconds(50)
                let server = TCPServer(group: group, options: options) { connection in
                    var reader = BufferedReader(try FileDescriptorSource(path: path))
                    var writer = BufferedWriter(SocketSink(connection.channel))
                    do {
                        // More than any socket buffers: again and again.
                        while true {
                            _ = try await copy(from: &reader, to: &writer)
                            reader = BufferedReader(try FileDescriptorSource(path: path))
                        }
                    } catch let error as IOError {
                        journal.note(error.code.description)
                    }
                }
                let peer = try BlockingPeer(try server.start(on: .loopback(port: 0)))
                #expect(await journal.waits(for: "timed out"))
                _ = peer.receive(1)
            }
        }
    }

    @Test func aPeerThatLeavesIsAnError() async throws {
        try await Self.withFile { path in
            let journal = Journal()
            try await withGroup { group in
                let server = TCPServer(group: group) { connection in
                    var writer = BufferedWriter(SocketSink(connection.channel))
                    do {
                        while true {
                            var reader = BufferedReader(try FileDescriptorSource(path: path))
                            _ = try await copy(from: &reader, to: &writer)
                        }
                    } catch is IOError {
                        journal.note("failed")
                    }
                }
                do {
                    let peer = try BlockingPeer(try server.start(on: .loopback(port: 0)))
                    _ = peer.receive(1)
                    peer.reset()
                }
                #expect(await journal.waits(for: "failed"))
            }
        }
    }

    @Test func aTaskThatIsCancelledStopsAndTheConnectionLives() async throws {
        try await Self.withFile { path in
            let journal = Journal()
            try await withGroup { group in
                let server = TCPServer(group: group) { connection in
                    do {
                        // The peer asks once the kernel's buffers have begun to fill.
                        try await connection.concurrently { reader in
                            _ = try await reader.readByte()
                            throw CancellationError()
                        } writing: { channel in
                            var total = 0
                            defer { journal.note("sent \(total + 3)") }
                            var writer = BufferedWriter(SocketSink(channel))
                            while true {
                                var reader = BufferedReader(try FileDescriptorSource(path: path))
                                try await copy(from: &reader, to: &writer, counting: &total)
                            }
                        }
                    } catch is CancellationError {}
                    try connection.channel.write("end")
                    try await connection.channel.drain()
                }
                let peer = try BlockingPeer(try server.start(on: .loopback(port: 0)))
                var buffer = [UInt8](repeating: 0, count: 1)
                recv(peer.descriptor, &buffer, 1, Int32(MSG_PEEK))
                peer.send("x")
                var received = 0
                while let text = Self.receive(peer.descriptor), text > 0 { received += text }
                #expect(await journal.waits(for: "sent \(received)"))
            }
        }
    }

    private static func receive(_ descriptor: Int32) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : count
    }
}
