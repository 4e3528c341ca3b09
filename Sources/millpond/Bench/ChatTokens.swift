import MillpondChat

/// Signs the tokens of the load's accounts.
struct ChatTokens {
    private let authority: TokenAuthority

    init(secret: String) {
        authority = TokenAuthority(secret: secret)
    }

    func token(for account: String) -> String { authority.issue(account: account) }
}
