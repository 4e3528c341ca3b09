import ArgumentParser
import MillpondIO
import MillpondNet
import MillpondPools
import MillpondWebSocket

/// `millpond bench http`.
struct BenchHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "GET requests on connections that are kept open; pipelined with --in-flight.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        let address = options.address ?? "http://localhost:8080/"
        try await LoadRun.reporting(address) {
            guard address.hasPrefix("http://") else {
                throw CommandFailure("\(address): only http:// addresses can be measured")
            }
            // A ws URL has the same parts.
            let url = try WebSocketURL("ws://" + address.dropFirst("http://".count))
            let run = try LoadRun(options)
            let connections = try await run.open(options.threads) { _ in
                let addresses = try await Resolver.resolve(host: url.host, port: url.port)
                let channel = try await Channel.connect(
                    to: addresses[0], timeout: .seconds(options.timeout), options: HTTPLoad.channelOptions)
                let connection = HTTPLoad(channel: channel, run: run, url: url)
                channel.start(connection)
                return connection
            }
            let seconds = await run.load(connections)
            await run.close(connections)
            try await run.finish("HTTP", address: address, connections: options.threads, seconds: seconds)
        }
    }
}

/// An HTTP connection under load. It reads what a response's length says and no more: responses must have a
/// `Content-Length`.
// Sound: made, used and dropped on its reactor; Sendable so that the run can keep it between its phases.
final class HTTPLoad: ConnectionDriver, LoadConnection, @unchecked Sendable {
    private let run: LoadRun
    private let request: [UInt8]
    private var reader: BufferedReader<SocketSource>
    private var due: [UInt64] = []
    private var head = 0

    static var channelOptions: ChannelOptions {
        var options = ChannelOptions()
        options.readTimeout = .seconds(24 * 3600)
        return options
    }

    init(channel: Channel, run: LoadRun, url: WebSocketURL) {
        self.run = run
        request = Array("GET \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n\r\n".utf8)
        reader = BufferedReader(SocketSource(channel))
        super.init(channel: channel)
    }

    var pending: Int { due.count - head }
    var isOpen: Bool { channel.isOpen }

    func close() { channel.close() }

    func sendRequest(due time: UInt64) {
        due.append(time)
        do {
            try request.withUnsafeBytes { try channel.write(RawSpan(_unsafeBytes: $0)) }
        } catch {
            channel.close()
        }
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
                let answer = try await reader.readHeaderBlock()
                let (status, length) = answer.withUnsafeBytes { Self.read(String(decoding: $0, as: UTF8.self)) }
                guard let length else {
                    run.recorder.failed("a response without Content-Length")
                    return .close
                }
                try await reader.skip(length)
                guard head < due.count else { return .close }
                run.recorder.answered(status, nanoseconds: LoadPlan.now - due[head])
                head += 1
                if head == due.count {
                    due.removeAll(keepingCapacity: true)
                    head = 0
                }
                _ = run.sendNext(on: self)
            }
        } catch {
            return .close
        }
    }

    /// The status and the length of a response's head.
    private static func read(_ text: String) -> (status: Int, length: Int?) {
        var lines = text.split(whereSeparator: \.isNewline).makeIterator()
        let status = lines.next()?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        if status == 204 || status == 304 { return (status, 0) }
        while let line = lines.next() {
            guard line.prefix(15).lowercased() == "content-length:" else { continue }
            return (status, Int(line.dropFirst(15).trimmingPrefix(while: { $0 == " " })))
        }
        return (status, nil)
    }
}
