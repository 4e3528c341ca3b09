import MillpondIO
import MillpondNet

/// `net.md`: a server with a task for each connection.
enum TaskServerSample {
    static func run(_ group: ReactorGroup) async throws {
        let server = TCPServer(group: group) { connection in
            while try await connection.reader.fill() {
                try connection.channel.write(try await connection.reader.take(connection.reader.bufferedCount))
                try await connection.channel.flush()
            }
        }
        let address = try server.start(on: .loopback(port: 0))
        print(address)
    }
}

/// `net.md`: a connection that parks.
enum DriverSample {
    final class Echo: ConnectionDriver {
        var reader: BufferedReader<SocketSource>
        override init(channel: Channel) {
            reader = BufferedReader(SocketSource(channel))
            super.init(channel: channel)
        }
        override func run() async -> Next {
            do {
                while true {
                    if reader.bufferedCount == 0 {
                        switch try reader.tryFill() {
                        case .wouldBlock: return .park
                        case .endOfStream: return .close
                        case .bytes: break
                        }
                    }
                    try channel.write(try await reader.take(reader.bufferedCount))
                }
            } catch { return .close }
        }
    }

    static func run(_ group: ReactorGroup) { _ = TCPServer(group: group) { Echo(channel: $0) } }
}
