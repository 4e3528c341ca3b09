// A connection that went back has another user.
import MillpondPools

func use(_ pool: ConnectionPool<String, Int>) async throws {
    let lease = try await pool.acquire(for: "a")
    lease.giveBack()
    _ = lease.connection  // expect: 'lease' used after consume
}
