import Glibc
import MillpondChat

/// Where the secret comes from that signs tokens.
enum Secret {
    /// The option's, or else the environment's, or else the public default.
    static func chosen(_ option: String?) -> String {
        let environment = getenv("MILLPOND_SECRET").map { String(cString: $0) }
        guard let secret = option ?? environment, !secret.isEmpty else { return TokenAuthority.publicDefaultSecret }
        return secret
    }
}
