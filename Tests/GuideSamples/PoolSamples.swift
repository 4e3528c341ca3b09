import MillpondNet
import MillpondPools

/// `pools.md`: blocks.
func greet(_ pool: BlockPool) throws {
    var block = try pool.take(minimumCapacity: 4096)  // a few nanoseconds, no allocation
    let count = block.fill { output in  // write it, checked
        for byte in "hello".utf8 { output.append(byte, as: UInt8.self) }
    }
    let greeting = block.freeze(count: count)  // immutable from here on; nothing is copied
    let other = greeting.clone()  // another reference, to send wherever you like
    print(other.bytes.byteCount, greeting.count)
}  // the last reference returns the block to the pool

/// `MillpondPools.md`: a block.
enum BlockSample {
    static func run(_ pool: BlockPool) throws {
        var block = try pool.take(minimumCapacity: 4096)
        let count = block.fill { output in output.append(42, as: UInt8.self) }
        let bytes = block.freeze(count: count)
        let other = bytes.clone()
        print(bytes.count, other.count)
    }
}

/// `pools.md`: objects.
enum ObjectPoolSample {
    static func run() {
        func sum(_ numbers: [Int], _ pool: ObjectPool<[Int]>) -> Int {
            pool.withObject { scratch in
                scratch.append(contentsOf: numbers)
                return scratch.reduce(0, +)
            }
        }

        let scratchPool = ObjectPool<[Int]>(
            make: { [] },
            reset: { scratch in
                scratch.removeAll(keepingCapacity: true)
                return scratch.capacity < 10_000  // one that grew too large is not kept
            })
        print(sum([1, 2], scratchPool))
    }
}

/// `pools.md`: connections.
enum ConnectionPoolSample {
    struct RedisConnection: ~Copyable {
        let isUsable: Bool

        static func connect(to address: SocketAddress, timeout: Duration) async throws -> sending RedisConnection {
            RedisConnection(isUsable: true)
        }

        mutating func send(_ command: [String]) async throws -> String { command.joined() }
    }

    static func run(reactor: Reactor, address: SocketAddress) async throws {
        let pool = ConnectionPool<SocketAddress, RedisConnection>(
            ConnectionPoolOptions(maximumOpen: 10),
            executor: reactor,  // where dials and closings run; nil: the default executor
            hooks: ConnectionPoolHooks(isUsable: { $0.isUsable })  // asked before one is lent out again
        ) { address, _ in try await RedisConnection.connect(to: address, timeout: .seconds(5)) }

        let reply = try await pool.withConnection(for: address, deadline: .after(.seconds(1))) { connection in
            try await connection.send(["GET", "answer"])  // lent by reference; goes back when the scope ends
        }
        try await pool.close(deadline: .after(.seconds(5)))
        print(reply)
    }
}

/// `pools.md`: workers.
enum WorkerPoolSample {
    struct Cache: Sendable {}

    static func run(_ cache: Cache) async throws {
        @Sendable func prune(_ cache: Cache) throws {}
        @Sendable func checksum(_ path: String) throws -> Int { path.utf8.count }

        let pool = WorkerPool(
            .init(name: "thumbnails", maximumWorkers: 8, queueLimit: 256, atLimit: .wait(timeout: .seconds(5))))

        func digest(_ paths: [String]) async throws -> [Int] {
            try pool.submit { try prune(cache) }  // leave it to a worker; never waits
            let first = try await pool.run { try checksum(paths[0]) }  // wait for the result; errors come back
            let others = try await pool.withGroup(of: Int.self) { group in
                for path in paths.dropFirst() { try await group.submitOrWait { try checksum(path) } }
                return try await group.results()  // in the order submitted; `next()` as completed
            }
            return [first] + others
        }
        print(try await digest(["a", "b"]))
    }
}
