// A connection that is not Sendable cannot leave the scope it was lent to.
import MillpondPools

final class Session {
    var requests = 0
}

func use(_ pool: ConnectionPool<String, Session>) async throws -> Int {
    var kept = Session()
    try await pool.withConnection(for: "a") { session in
        session.requests += 1
        kept = session  // expect: 'inout sending' parameter
    }
    kept.requests += 1
    return kept.requests
}
