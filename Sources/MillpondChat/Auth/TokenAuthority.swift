internal import Glibc

/// Issues and checks login tokens: JSON web tokens (RFC 7519) signed by HMAC with SHA-256.
///
/// The algorithm is pinned: a token that names another one, or none, is refused before its signature is looked at. The
/// expiry is mandatory.
public struct TokenAuthority: Sendable {
    /// The secret that KIM's clients use by default. It is public: whoever knows it can log in as anyone.
    public static let publicDefaultSecret = "jwt-1sNzdiSgnNuxyq2g7xml2JvLArU"

    /// What a token says.
    public struct Claims: Equatable, Sendable {
        public var account: String
        public var app: String
        /// Seconds since 1970.
        public var expiry: Int64

        public init(account: String, app: String = "kim", expiry: Int64) {
            self.account = account
            self.app = app
            self.expiry = expiry
        }
    }

    /// The characters (Unicode scalars) that an account may have.
    public static let maximumAccount = ChatLimits.account
    /// The bytes that a token may have.
    static let maximumToken = 4096
    /// The first part of the tokens that common libraries write, to be recognised without being read.
    private static let usualHeaders: [[UInt8]] = [
        Array("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9".utf8), Array("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9".utf8),
    ]

    private let key: SigningKey
    /// Whether the secret is the public default.
    public let isPublicDefault: Bool

    public init(secret: String) {
        key = SigningKey(secret: secret)
        isPublicDefault = secret == Self.publicDefaultSecret
    }

    /// A signed token.
    public func issue(_ claims: Claims) -> String {
        var payload = "{\"acc\":"
        payload.appendJSON(claims.account)
        payload += ",\"app\":"
        payload.appendJSON(claims.app)
        payload += ",\"exp\":\(claims.expiry)}"
        var token = Self.usualHeaders[0]
        token.append(UInt8(ascii: "."))
        token += Base64URL.encode(payload.utf8)
        let signature = key.signature(of: token[...])
        token.append(UInt8(ascii: "."))
        token += Base64URL.encode(signature)
        return String(decoding: token, as: UTF8.self)
    }

    /// A signed token for an account, valid for so long from now.
    public func issue(account: String, validFor lifetime: Duration = .seconds(24 * 3600)) -> String {
        issue(Claims(account: account, expiry: Self.now + lifetime.components.seconds))
    }

    /// What a token says, if it can be trusted.
    ///
    /// - Parameters:
    ///   - token: as the client sent it.
    ///   - now: seconds since 1970.
    public func verify(_ token: String, now: Int64? = nil) throws(TokenError) -> Claims {
        try verify(Array(token.utf8), now: now ?? Self.now)
    }

    func verify(_ token: [UInt8], now: Int64) throws(TokenError) -> Claims {
        guard token.count <= Self.maximumToken else { throw .malformed }
        let dot = UInt8(ascii: ".")
        guard let first = token.firstIndex(of: dot), let last = token.lastIndex(of: dot), first < last else {
            throw .malformed
        }
        let header = token[..<first]
        if !Self.usualHeaders.contains(where: { $0[...] == header }) { try checkHeader(header) }
        guard let signature = Base64URL.decode(token[(last + 1)...]) else { throw .malformed }
        guard key.isSignature(signature, of: token[..<last]) else { throw .wrongSignature }
        // A third dot, which would be among these letters, is none of them.
        guard let payload = Base64URL.decode(token[(first + 1)..<last]), let members = ClaimsReader.read(payload) else {
            throw .malformed
        }
        guard case .number(let expiry) = members["exp"], expiry.isFinite, abs(expiry) < 1e15 else { throw .noExpiry }
        guard expiry > Double(now) else { throw .expired }
        guard case .text(let account) = members["acc"], !account.isEmpty,
            account.unicodeScalars.count <= ChatLimits.account, account.isInNormalForm, !account.utf8.contains(0)
        else { throw .noAccount }
        var app = ""
        if case .text(let name) = members["app"] { app = name }
        return Claims(account: account, app: app, expiry: Int64(expiry))
    }

    private func checkHeader(_ part: ArraySlice<UInt8>) throws(TokenError) {
        guard let json = Base64URL.decode(part), let members = ClaimsReader.read(json) else { throw .malformed }
        guard members["alg"] == .text("HS256") else { throw .wrongAlgorithm }
        // An extension that must be understood, and is not.
        if members["crit"] != nil { throw .wrongAlgorithm }
    }

    static var now: Int64 { Int64(time(nil)) }
}

extension String {
    /// Appends text as a JSON string.
    mutating func appendJSON(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
