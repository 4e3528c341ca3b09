// A connection that is not Sendable is lent for a scope only.
import MillpondPools

final class Session {
    var requests = 0
}

func use(_ pool: ConnectionPool<String, Session>) async throws {
    try await pool.withConnection(for: "a") { session in session.requests += 1 }
    _ = try await pool.acquire(for: "a")  // expect: type 'Session' does not conform to the 'Sendable' protocol
}
