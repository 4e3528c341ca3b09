// A borrowed connection goes back once.
// expect: 'lease' consumed more than once
import MillpondPools

func misuse(_ pool: ConnectionPool<String, Int>) async throws {
    let lease = try await pool.acquire(for: "a")
    lease.giveBack()
    lease.giveBack()
}
