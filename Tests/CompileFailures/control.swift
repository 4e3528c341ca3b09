// What the others misuse, used well. This must compile.
import MillpondPools

func use(_ pool: BlockPool, _ objects: ObjectPool<[Int]>) throws -> Int {
    var block = try pool.take(minimumCapacity: 1024)
    let count = block.fill { output in output.append(1, as: UInt8.self) }
    let shared = block.freeze(count: count)
    let other = shared.clone()
    var object = objects.take()
    object.value.append(other.bytes.byteCount)
    return shared.bytes.byteCount + object.value.count
}

final class Session {
    var requests = 0
}

func use(_ pool: ConnectionPool<String, Int>, _ sessions: ConnectionPool<String, Session>) async throws -> Int {
    var lease = try await pool.acquire(for: "a", deadline: .after(.seconds(1)))
    lease.connection += 1
    let number = lease.connection
    lease.giveBack()
    return try await sessions.withConnection(for: "a") { session in
        session.requests += 1
        return session.requests
    } + number
}
