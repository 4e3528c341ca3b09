import Glibc
import Logging
import MillpondChat
import MillpondIO
import MillpondNet
import MillpondPools

/// The chat server and its load in one process, over KIM's TCP framing: what the gateway and the store cost.
///
///     chat-benchmark [messages] [connections] [data folder]
@main
struct ChatBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        let messages = arguments.first.flatMap { Int($0) } ?? 50_000
        let connections = arguments.dropFirst().first.flatMap { Int($0) } ?? 100
        let folder = arguments.dropFirst(2).first ?? "./millpond-benchmark-data"
        let servers = try ReactorGroup(count: 1)
        let clients = try ReactorGroup(count: 1)
        let chat = try ChatServer(options: ChatOptions(), dataFolder: folder, group: servers)
        guard let local = SocketAddress(host: "127.0.0.1", port: 0) else { return }
        let address = try chat.listen(on: local)
        let tokens = chat.tokens
        let clock = ContinuousClock()

        let loginStart = clock.now
        let loads = try await clients.reactors[0].run {
            var loads: [Load] = []
            for index in 0..<connections {
                let load = try await Load(address: address)
                try await load.signIn(tokens.issue(account: "test\(index)"))
                loads.append(load)
            }
            return Loads(loads)
        }
        print("\(connections) logins, one after the other: \(clock.now - loginStart)")

        let before = cpu()
        let start = clock.now
        try await clients.reactors[0].run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, load) in loads.all.enumerated() {
                    group.addTask { try await load.talk(messages / connections, to: "absent\(index)") }
                }
                try await group.waitForAll()
            }
        }
        let elapsed = clock.now - start
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let total = messages / connections * connections
        let store = chat.storeStatistics
        print("\(total) messages, \(connections) connections: \(Int(Double(total) / seconds))/s durable")
        print(
            "CPU of both sides \(Int((cpu() - before) * 1e6 / Double(total))) µs a message;",
            "\(store.commands / max(1, store.commits)) commands a commit,",
            "\(store.commitNanoseconds / max(1, store.commits) / 1000) µs a commit,",
            "\(store.commitNanoseconds / max(1, store.commands)) ns of it a command")
        await chat.stop()
        await clients.shutdown()
        await servers.shutdown()
    }

    /// Seconds of processor time of this process.
    static func cpu() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Clients on their way between calls. They stay on one reactor.
struct Loads: @unchecked Sendable {
    let all: [Load]
    init(_ all: [Load]) { self.all = all }
}

/// One client that sends a packet and waits for the answer, over and over.
// Sound: used on its reactor only, between its making and its end.
final class Load: @unchecked Sendable {
    private let channel: Channel
    private var reader: BufferedReader<SocketSource>

    init(address: SocketAddress) async throws {
        channel = try await Channel.connect(to: address)
        reader = BufferedReader(SocketSource(channel))
    }

    func signIn(_ token: String) async throws {
        try await exchange(Self.packet("login.signin", "", field(1, Array(token.utf8))))
    }

    func talk(_ count: Int, to account: String) async throws {
        let body = [0x08, 0x01] + field(2, Array("Hello, this is a message of usual length.".utf8))
        let packet = Self.packet("chat.user.talk", account, body)
        for _ in 0..<count { try await exchange(packet) }
    }

    private func exchange(_ packet: [UInt8]) async throws {
        try packet.withUnsafeBytes { try channel.write(RawSpan(_unsafeBytes: $0)) }
        _ = try await reader.readInteger(as: UInt8.self)
        let count = try await reader.readInteger(as: UInt32.self)
        try await reader.skip(Int(count))
    }

    private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        var head = [number << 3 | 2]
        var rest = bytes.count
        while rest >= 128 {
            head.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return head + [UInt8(rest)] + bytes
    }

    private static func packet(_ command: String, _ destination: String, _ body: [UInt8]) -> [UInt8] {
        var header = [0x0A, UInt8(command.utf8.count)] + Array(command.utf8) + [0x18, 2]
        if !destination.isEmpty { header += [0x32, UInt8(destination.utf8.count)] + Array(destination.utf8) }
        let packet = [0xC3, 0x11, 0xA3, 0x65] + word(header.count) + header + word(body.count) + body
        return [2] + word(packet.count) + packet
    }

    private static func word(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 255), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
