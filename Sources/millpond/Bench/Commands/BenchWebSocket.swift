import ArgumentParser
import MillpondNet

/// `millpond bench ws`.
struct BenchWebSocket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ws", abstract: "Binary messages to a WebSocket server that echoes them, such as echo-ws.")

    @OptionGroup var options: BenchOptions
    @Option(help: "Bytes of a message.")
    var size = 100

    func validate() throws {
        if size < 0 || size > 1 << 20 { throw ValidationError("--size must be between 0 and 1048576") }
    }

    func run() async throws {
        try await LoadRun.perform(options, at: "ws://localhost:9001", kind: "ws", schemes: [.ws]) { run, target in
            let connections = try await run.open(options.threads) { _, recorder in
                let connection = EchoLoad(run: run, recorder: recorder, size: size)
                try await connection.connect(to: target)
                return connection
            }
            let seconds = await run.load(connections)
            await run.close(connections)
            try await run.finish("WebSocket echo", on: target, connections: options.threads, seconds: seconds)
        }
    }
}
