// A connection that is not Sendable cannot leave the scope it was lent to.
// expect: 'inout sending' parameter
import MillpondPools

final class Session {
    var requests = 0
}

func misuse(_ pool: ConnectionPool<String, Session>) async throws -> Session {
    var kept = Session()
    try await pool.withConnection(for: "a") { session in
        kept = session
    }
    return kept
}
