// A connection that is not Sendable is lent for a scope only.
// expect: type 'Session' does not conform to the 'Sendable' protocol
import MillpondPools

final class Session {
    var requests = 0
}

func misuse(_ pool: ConnectionPool<String, Session>) async throws {
    _ = try await pool.acquire(for: "a")
}
