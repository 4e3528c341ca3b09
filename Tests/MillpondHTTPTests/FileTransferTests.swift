import Foundation
import MillpondNet
import MillpondPools
import TestSupport
import Testing

@testable import MillpondHTTP

/// Long files: slow clients, files that change while they are being sent.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct FileTransferTests {
    private static let pattern = (0..<1 << 16).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    private static func fill(_ folder: TemporaryFolder, blocks: Int) throws {
        try folder.write("long.bin", [])
        let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/long.bin"))
        for _ in 0..<blocks { try handle.write(contentsOf: pattern) }
        try handle.close()
    }

    /// Reads the head of an answer, byte by byte.
    private static func head(of socket: PlainSocket) throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) { head += try socket.receive(exactly: 1) }
        return String(decoding: head, as: UTF8.self)
    }

    /// Asks twice for the file of 400 blocks, and reads the head of the first answer: the length it names.
    private static func askTwice(_ server: HandlerServer) throws -> (PlainSocket, length: Int) {
        let socket = try PlainSocket(port: server.port)
        socket.request("/long.bin")
        socket.request("/long.bin")
        let length = 400 * pattern.count
        try #expect(head(of: socket).contains("Content-Length: \(length)\r\n"))
        return (socket, length)
    }

    private static var blockBytes: Int {
        BlockPool.shared.statistics().sizeClasses.reduce(0) { $0 + $1.outstandingBytes }
    }

    @Test func memoryStaysFlatForASlowReader() async throws {
        let folder = try TemporaryFolder()
        try Self.fill(folder, blocks: 1600)
        let server = try HandlerServer(FileServer(folder.path).handler)
        let socket = try PlainSocket(port: server.port)
        socket.request("/long.bin", closes: true)
        try #expect(Self.head(of: socket).contains("Content-Length: 104857600\r\n"))
        let before = Self.blockBytes
        var most = 0
        for number in 0..<1600 {
            let block = try socket.receive(exactly: Self.pattern.count)
            if block != Self.pattern { Issue.record("block \(number) is not as it was written") }
            most = max(most, Self.blockBytes - before)
        }
        #expect(socket.receive() == [])
        #expect(most < 1 << 20, "\(most) bytes of blocks while a client takes 100 MiB")
        await server.stop()
    }

    @Test func connectionsAreKeptAndPipelined() async throws {
        try await withFiles(
            .init(),
            { folder in
                try Self.fill(folder, blocks: 5)
                try folder.write("small.txt", "small")
            }
        ) { server, _ in
            let socket = try PlainSocket(port: server.port)
            let targets = ["/small.txt", "/long.bin", "/small.txt", "/small.txt", "/long.bin"]
            for target in targets { socket.request(target) }
            for target in targets {
                let head = try Self.head(of: socket)
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
                if target == "/small.txt" {
                    try #expect(socket.receive(exactly: 5) == Array("small".utf8))
                } else {
                    for _ in 0..<5 { try #expect(socket.receive(exactly: Self.pattern.count) == Self.pattern) }
                }
            }
        }
    }

    @Test func aFileThatShrinksEndsTheConnection() async throws {
        try await withFiles(.init(), { try Self.fill($0, blocks: 400) }) { server, folder in
            let (socket, length) = try Self.askTwice(server)
            truncate(folder.path + "/long.bin", 200 * Self.pattern.count)
            let received = socket.receiveAll().count
            // What came is of the file, and the end of the connection says that there should be more.
            #expect(socket.isEnded && received < length)
            #expect(received <= 200 * Self.pattern.count)
        }
    }

    @Test func whatAFileGainsIsNotSent() async throws {
        try await withFiles(.init(), { try Self.fill($0, blocks: 400) }) { server, folder in
            let (socket, length) = try Self.askTwice(server)
            let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/long.bin"))
            try handle.seekToEnd()
            try handle.write(contentsOf: Self.pattern)
            for _ in 0..<400 { try #expect(socket.receive(exactly: Self.pattern.count) == Self.pattern) }
            // The next answer begins right behind it, and has the new length.
            try #expect(Self.head(of: socket).contains("Content-Length: \(length + Self.pattern.count)\r\n"))
        }
    }

    @Test func aClientThatGoesAwayLeavesNothingOpen() async throws {
        var options = FileServerOptions()
        options.openFileLimit = 0
        try await withFiles(options, { try Self.fill($0, blocks: 400) }) { server, folder in
            for _ in 0..<8 {
                let socket = try PlainSocket(port: server.port)
                socket.request("/long.bin")
                _ = try Self.head(of: socket)
            }
            let closed = await eventually {
                server.server.listener.connectionCount == 0 && Self.openFiles(in: folder) == 0
            }
            #expect(closed)
        }
    }

    /// A call that has sent something before the peer was found gone raises a signal, and says nothing of it.
    @Test func clientsThatLeaveInTheMiddleOfFilesEndNobodyElse() async throws {
        try await withFiles(.init(), { try Self.fill($0, blocks: 2) }) { server, _ in
            for number in 0..<300 {
                let socket = try PlainSocket(port: server.port)
                for _ in 0..<20 { socket.request("/long.bin") }
                for _ in 0..<number % 7 { _ = socket.receive() }
            }
            let closed = await eventually { server.server.listener.connectionCount == 0 }
            #expect(closed)
            try #expect(server.ask("/long.bin").body.count == 2 * Self.pattern.count)
        }
    }

    private static func openFiles(in folder: TemporaryFolder) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?
                .hasPrefix(folder.path + "/") ?? false
        }
    }
}
