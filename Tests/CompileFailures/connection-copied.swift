// A borrowed connection has one user.
import MillpondPools

func use(_ pool: ConnectionPool<String, Int>) async throws -> Int {
    let lease = try await pool.acquire(for: "a")
    let user = lease
    let other = lease  // expect: 'lease' consumed more than once
    return user.connection
}
