/// The accounts of a chat's load.
extension LoadRun {
    /// Signs accounts in, each on a connection of its own.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - target: where.
    ///   - tokens: makes what they sign in with.
    ///   - name: of each, by its number from 0.
    ///   - prepare: is given each once it is signed in.
    func signIn(
        _ count: Int, to target: LoadTarget, _ tokens: ChatTokens,
        named name: @escaping @Sendable (Int) -> String,
        prepare: @escaping @Sendable (ChatLoad) -> Void = { _ in }
    ) async throws -> [[ChatLoad]] {
        try await open(count) { number, recorder in
            let account = ChatLoad(run: self, recorder: recorder)
            try await account.signIn(to: target, tokens.signIn(name(number)))
            prepare(account)
            return account
        }
    }
}
