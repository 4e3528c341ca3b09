// A connection that went back has another user.
// expect: 'lease' used after consume
import MillpondPools

func misuse(_ pool: ConnectionPool<String, Int>) async throws -> Int {
    let lease = try await pool.acquire(for: "a")
    lease.giveBack()
    return lease.connection
}
