/// What an account signs in with. Made ahead of the load where it can be, so that the load does not spend the server's
/// time on it.
struct ChatSignIn {
    let account: String
    let request: KIMTemplate

    /// What a status means for it; nil for success.
    func refusal(_ status: Int) -> LoadError? {
        status == 0 ? nil : LoadError("login of \(account) was answered with status \(status)")
    }
}
