// A borrowed connection goes back once.
import MillpondPools

func use(_ pool: ConnectionPool<String, Int>) async throws {
    let lease = try await pool.acquire(for: "a")
    lease.giveBack()
    lease.giveBack()  // expect: 'lease' consumed more than once
}
