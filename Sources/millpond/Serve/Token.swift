import ArgumentParser
import MillpondChat

/// `millpond token`: a login token for an account.
struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints a login token for an account, signed with the server's secret.",
        discussion: """
            Whoever has it logs in as that account until it expires. The secret is that of `millpond serve`: --secret, \
            or the environment's MILLPOND_SECRET, or else KIM's public one.
            """)

    @Argument(help: "The account, of at most \(TokenAuthority.maximumAccount) characters.")
    var account: String
    @Option(help: "Signs the token (or the environment's MILLPOND_SECRET). KIM's public one by default.")
    var secret: String?
    @Option(help: "Days until it expires.")
    var days = 7

    func validate() throws {
        if account.isEmpty || account.unicodeScalars.count > TokenAuthority.maximumAccount {
            throw ValidationError("ACCOUNT must have 1 to \(TokenAuthority.maximumAccount) characters")
        }
        if secret?.isEmpty == true { throw ValidationError("--secret must not be empty") }
        if !(1...36_500).contains(days) { throw ValidationError("--days must be between 1 and 36500") }
    }

    func run() throws {
        let authority: TokenAuthority
        do {
            authority = TokenAuthority(secret: try Secret.chosen(secret))
        } catch {
            throw error.report()
        }
        print(authority.issue(account: account, validFor: .seconds(days * 24 * 3600)))
    }
}
