import ArgumentParser
import Glibc
import MillpondIO
import MillpondNet
import MillpondPools

/// Pings a Redis server through a pool of connections, and survives its restart.
@main
struct RedisPing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "redis-ping")

    @Option(help: "The server's numeric address.") var host = "127.0.0.1"
    @Option(help: "The server's port.") var port: UInt16 = 6379
    @Option(help: "Connections that may be open.") var connections = 8
    @Option(help: "Pings in each round.") var requests = 100_000
    @Option(help: "Pings in flight.") var concurrency = 32
    @Option(help: "Rounds.") var rounds = 1
    @Option(help: "Seconds between rounds.") var pause = 2
    @Option(help: "Seconds that a ping goes on trying while the server can't be reached.") var patience = 10

    typealias Pool = ConnectionPool<SocketAddress, RedisConnection>
    struct Wrong: Error { let reply: String }

    func validate() throws {
        guard connections > 0, requests > 0, concurrency > 0, rounds > 0, pause >= 0, patience >= 0 else {
            throw ValidationError("counts are to be positive")
        }
    }

    func run() async throws {
        guard let address = SocketAddress(host: host, port: port) else {
            throw ValidationError("--host: not a numeric address: \(host)")
        }
        let group = try ReactorGroup(count: 1)
        let options = ConnectionPoolOptions(maximumOpen: connections, maximumOpenPerKey: connections)
        // The connections live on the reactor: so do their dials, their checks and all who use them.
        let pool = Pool(
            options, executor: group.reactors[0], hooks: ConnectionPoolHooks(isUsable: { $0.isUsable })
        ) { address, _ in try await RedisConnection.connect(to: address, timeout: .seconds(5)) }
        try await group.reactors[0].run {
            for round in 1...rounds {
                if round > 1 { try await group.reactors[0].sleep(for: .seconds(pause)) }
                print("round \(round) begins")
                // At once, also into a file: a script waits for it.
                fflush(nil)
                try await ping(pool, address, round)
                fflush(nil)
            }
            try await pool.close(deadline: .after(.seconds(5)))
        }
        report(pool.statistics())
        await group.shutdown()
    }

    private func ping(_ pool: Pool, _ address: SocketAddress, _ round: Int) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let repeated = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for worker in 0..<concurrency {
                tasks.addTask {
                    var repeated = 0
                    for number in stride(from: worker, to: requests, by: concurrency) {
                        repeated += try await ping(pool, address, text: "\(round).\(number)")
                    }
                    return repeated
                }
            }
            return try await tasks.reduce(0, +)
        }
        let seconds = (clock.now - start) / .seconds(1)
        print("round \(round): \(requests) pings, \(Int(Double(requests) / seconds))/s, \(repeated) repeated")
    }

    /// One ping, answered rightly or thrown for; how often it had to be repeated.
    ///
    /// A ping may be sent twice without harm. So one that fails with its connection is repeated: once if the connection
    /// was new, and as long as the connections were used before, which only means that they had died meanwhile. Where
    /// there was no connection nothing was sent, and it is tried again until patience ends.
    private func ping(_ pool: Pool, _ address: SocketAddress, text: String) async throws -> Int {
        var (repeated, failedOnNew) = (0, false)
        let end = ContinuousClock().now + .seconds(patience)
        while true {
            var isNew = true
            do {
                let reply = try await pool.withConnection(for: address, deadline: .after(.seconds(patience))) {
                    isNew = $0.requests == 0
                    return try await $0.send(["PING", text])
                }
                guard reply == .bulk(text) else { throw Wrong(reply: "\(reply)") }
                return repeated
            } catch let error as ConnectionPoolError where error.isDialFailed && ContinuousClock().now < end {
                try await Reactor.current?.sleep(for: .milliseconds(50))
            } catch let error as IOError {
                if isNew, failedOnNew { throw error }
                failedOnNew = failedOnNew || isNew
                repeated += 1
            }
        }
    }

    private func report(_ statistics: ConnectionPoolStatistics) {
        print("dials \(statistics.dials), failed \(statistics.dialFailures), borrows \(statistics.borrows)")
        print("waits \(statistics.waits), longest \(statistics.longestWait), in all \(statistics.waitTime)")
        let closed = statistics.closed.map { "\($0.key) \($0.value)" }.sorted()
        print("closed: \(closed.joined(separator: ", ")); left open \(statistics.open)")
    }
}
