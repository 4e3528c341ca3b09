/// Why a token is not accepted.
public struct TokenError: Error, Equatable, Sendable, CustomStringConvertible {
    private enum Code: String {
        case malformed = "the token is not a JSON web token"
        case wrongAlgorithm = "the token's algorithm is not HS256"
        case wrongSignature = "the token's signature does not fit"
        case noExpiry = "the token does not say when it expires"
        case expired = "the token has expired"
        case noAccount = "the token names no account, or one that is too long or not in Unicode's normal form C"
    }

    private let code: Code

    private init(_ code: Code) { self.code = code }

    public static let malformed = TokenError(.malformed)
    public static let wrongAlgorithm = TokenError(.wrongAlgorithm)
    public static let wrongSignature = TokenError(.wrongSignature)
    public static let noExpiry = TokenError(.noExpiry)
    public static let expired = TokenError(.expired)
    public static let noAccount = TokenError(.noAccount)

    public var description: String { code.rawValue }
}
