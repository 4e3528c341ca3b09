import MillpondChat

/// Signs the tokens of the load's accounts.
struct ChatTokens {
    private let authority: TokenAuthority

    init(secret: String) {
        authority = TokenAuthority(secret: secret)
    }

    /// The account that talks on the connection of this number, from 0.
    static func sender(_ number: Int) -> String { "test\(number + 1)" }

    func signIn(_ account: String) -> ChatSignIn {
        let token = authority.issue(account: account)
        return ChatSignIn(account: account, request: KIMTemplate("login.signin", body: Protobuf.text(1, token)))
    }
}
