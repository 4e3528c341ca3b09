import ArgumentParser
import MillpondNet

/// `millpond bench http`.
struct BenchHTTP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "GET requests on connections that are kept open; pipelined with --in-flight.")

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await LoadRun.perform(
            options, at: "http://localhost:8080/", kind: "http", schemes: [.http]
        ) { run, target in
            let connections = try await run.open(options.threads) { _, recorder in
                let channel = try await target.connect()
                let connection = HTTPLoad(channel: channel, run: run, recorder: recorder, url: target.address.url)
                channel.start(connection)
                return connection
            }
            let seconds = await run.load(connections)
            await run.close(connections)
            try await run.finish("HTTP", on: target, connections: options.threads, seconds: seconds)
        }
    }
}
