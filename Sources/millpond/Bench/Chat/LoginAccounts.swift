import Synchronization

/// The accounts of a run. Each login is of one of its own: a shared one would kick the other out.
final class LoginAccounts: Sendable {
    private let tokens: ChatTokens
    /// Those of the first logins, made ahead.
    private let made: [ChatSignIn]
    private let used = Atomic(0)

    init(secret: String, count: Int) {
        let tokens = ChatTokens(secret: secret)
        self.tokens = tokens
        made = (0..<count).map { tokens.signIn("test\($0 + 1)") }
    }

    func next() -> ChatSignIn {
        let number = used.wrappingAdd(1, ordering: .relaxed).oldValue
        return number < made.count ? made[number] : tokens.signIn("test\(number + 1)")
    }
}
