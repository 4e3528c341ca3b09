import MillpondIO
import MillpondPools
import TestSupport
import Testing

@testable import MillpondNet

@Suite("Connections of one address", .timeLimit(.minutes(1)))
struct AddressLimitTests {
    private func key(_ host: String, byNetwork: Bool = true) -> AddressCount.Key? {
        AddressCount.Key(SocketAddress(host: host, port: 1)!, byNetwork: byNetwork)
    }

    @Test("addresses and networks") func keys() {
        #expect(key("1.2.3.4") == key("1.2.3.4") && key("1.2.3.4") != key("1.2.3.5"))
        #expect(key("2001:db8::1") == key("2001:db8::ffff:2"))
        #expect(key("2001:db8::1", byNetwork: false) != key("2001:db8::2", byNetwork: false))
        #expect(key("2001:db8::1") != key("2001:db8:0:1::1"))
        #expect(key("::1") != key("0.0.0.1") && key("::1") != key("0.0.0.0"))
        #expect(AddressCount.Key(.unix(path: "/a"), byNetwork: true) == nil)
    }

    @Test("those above the limit are closed and counted, and the end of one makes room") func limit() async throws {
        let group = try ReactorGroup(count: 2)
        var options = TCPServerOptions()
        options.maximumConnectionsPerAddress = 3
        let server = TCPServer(group: group, options: options) { connection in
            while try await connection.reader.fill() {
                try connection.channel.write(try await connection.reader.take(connection.reader.bufferedCount))
            }
        }
        let port = try server.start(on: .loopback(port: 0)).port ?? 0
        var kept: [PlainSocket] = []
        for _ in 0..<3 {
            let socket = try PlainSocket(port: port)
            socket.send("a")
            #expect(socket.receive() == Array("a".utf8))
            kept.append(socket)
        }
        for _ in 0..<5 { #expect(try PlainSocket(port: port).receive() == []) }
        #expect(server.crowdedOutCount == 5 && server.connectionCount == 3 && server.acceptedCount == 3)
        #expect(server.addresses.withLock { $0.count } == 1)

        kept.removeLast()
        var isAdmitted = false
        // The server learns of the end in its own time.
        for _ in 0..<1000 where !isAdmitted {
            let socket = try PlainSocket(port: port)
            socket.send("b")
            isAdmitted = socket.receive() == Array("b".utf8)
        }
        #expect(isAdmitted)
        kept = []
        await server.drain()
        #expect(server.addresses.withLock { $0.isEmpty })
        await group.shutdown()
    }
}
