import Foundation
import TestSupport
import Testing

/// How `millpond serve` ends while a connection doesn't.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SignalTests {
    /// What it prints says that it is ready: also to be stopped.
    @Test(arguments: [SIGTERM, SIGINT]) func endsInOrderFromTheStart(signal: Int32) throws {
        for _ in 0..<5 {
            let folder = try TemporaryFolder()
            let server = try ServerProcess(data: folder.path + "/data")
            server.signal(signal)
            let ending = try #require(server.ending(within: 30))
            #expect(!ending.isSignal && ending.code == 0, "\(ending)")
        }
    }

    @Test(arguments: [(SIGTERM, SIGTERM), (SIGINT, SIGINT), (SIGTERM, SIGINT)])
    func aSecondSignalEndsItAtOnce(first: Int32, second: Int32) throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data", arguments: ["--stop-timeout", "300"])
        let holder = try Self.heldConnection(server)
        server.signal(first)
        // It accepts nothing more: the orderly end has begun.
        #expect(polls(within: 20) { (try? PlainSocket(port: server.webPort)) == nil })
        #expect(polls(within: 20) { (try? PlainSocket(port: server.streamPort)) == nil })
        #expect(server.isRunning)
        server.signal(second)
        let ending = try #require(server.ending(within: 15))
        #expect(ending.isSignal && ending.code == second, "\(ending)")
        withExtendedLifetime(holder) {}
    }

    @Test func afterOneSignalTheConnectionMayFinish() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data", arguments: ["--stop-timeout", "300"])
        let holder = try Self.heldConnection(server)
        server.signal(SIGTERM)
        #expect(polls(within: 20) { (try? PlainSocket(port: server.webPort)) == nil })
        #expect(server.isRunning)
        holder.send("\"name\":\"anna\"}")
        #expect(try holder.answer().status < 300)
        let ending = try #require(server.ending(within: 60))
        #expect(!ending.isSignal && ending.code == 0, "\(ending)")
    }

    @Test func theTimeoutIsForBothPortsTogether() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(data: folder.path + "/data", arguments: ["--stop-timeout", "2"])
        let holders = [try Self.heldConnection(server), try PlainSocket(port: server.streamPort)]
        server.signal(SIGTERM)
        // In order, by itself: not cut off by the lifecycle's own limit, which comes five seconds later.
        let ending = try #require(server.ending(within: 30))
        #expect(!ending.isSignal && ending.code == 0, "\(ending)")
        withExtendedLifetime(holders) {}
    }

    /// A connection in the middle of a request, which the server has begun to answer.
    private static func heldConnection(_ server: ServerProcess) throws -> PlainSocket {
        let holder = try PlainSocket(port: server.webPort)
        holder.send("POST /api/guest HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\nExpect: 100-continue\r\n\r\n")
        let answer = holder.receive() ?? []
        try #require(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 100 "))
        holder.send("{")
        return holder
    }
}
