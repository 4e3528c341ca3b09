/// What an account signs in with. Made ahead of the load where it can be, so that the load does not spend the server's
/// time on it.
struct ChatSignIn {
    let account: String
    let request: KIMTemplate
}
