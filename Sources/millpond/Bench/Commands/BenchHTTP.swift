import ArgumentParser
import MillpondNet

/// `millpond bench http`.
struct BenchHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "GET requests on connections that are kept open; pipelined with --in-flight.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        let text = options.address ?? "http://localhost:8080/"
        try await LoadRun.reporting(text, kind: "http", schemes: [.http]) { address in
            let run = try LoadRun(options)
            let target = try await LoadTarget.find(address, for: run)
            let connections = try await run.open(options.threads) { _, recorder in
                let channel = try await target.connect()
                let connection = HTTPLoad(channel: channel, run: run, recorder: recorder, url: address.url)
                channel.start(connection)
                return connection
            }
            let seconds = await run.load(connections)
            await run.close(connections)
            try await run.finish("HTTP", address: address, connections: options.threads, seconds: seconds)
        }
    }
}
