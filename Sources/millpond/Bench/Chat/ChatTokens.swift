import MillpondChat

/// Signs the tokens of the load's accounts.
struct ChatTokens {
    private let authority: TokenAuthority

    init(secret: String) {
        authority = TokenAuthority(secret: secret)
    }

    func signIn(_ account: String) -> ChatSignIn {
        let token = authority.issue(account: account)
        return ChatSignIn(account: account, request: KIMTemplate("login.signin", body: Protobuf.text(1, token)))
    }
}
