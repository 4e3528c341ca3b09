internal import MillpondNet
internal import Synchronization

/// Who is online: each account's one session. Thread-safe, in parts with a lock each.
final class SessionDirectory: Sendable {
    private final class Part: Sendable {
        let sessions = Mutex<[String: ChatSession]>([:])
    }

    private let parts = (0..<16).map { _ in Part() }

    private func part(_ account: String) -> Part {
        var hash: UInt32 = 2_166_136_261
        for byte in account.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return parts[Int(hash & 15)]
    }

    subscript(account: String) -> ChatSession? {
        part(account).sessions.withLock { $0[account] }
    }

    /// Makes a session its account's. Returns the one that was until now.
    func replace(_ account: String, with session: ChatSession) -> ChatSession? {
        part(account).sessions.withLock { $0.updateValue(session, forKey: account) }
    }

    /// Takes a session out, unless another one has its place; true when it was there.
    func remove(_ account: String, _ session: ChatSession) -> Bool {
        part(account).sessions.withLock { sessions in
            guard sessions[account] === session else { return false }
            sessions[account] = nil
            return true
        }
    }

    /// The accounts online, at most so many.
    func accounts(limit: Int) -> [String] {
        var accounts: [String] = []
        for part in parts where accounts.count < limit {
            part.sessions.withLock { accounts.append(contentsOf: $0.keys.prefix(limit - accounts.count)) }
        }
        return accounts
    }

    var count: Int { parts.reduce(0) { $0 + $1.sessions.withLock { $0.count } } }
}
