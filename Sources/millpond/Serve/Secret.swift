import Glibc
import MillpondChat

/// Where the secret comes from that signs tokens.
enum Secret {
    /// The option's, or else the environment's, or else the public default.
    ///
    /// - Throws: when the environment's is empty, as one is that a service's settings were to fill in and did not.
    static func chosen(_ option: String?) throws(CommandFailure) -> String {
        if let option { return option }
        guard let environment = getenv("MILLPOND_SECRET").map({ String(cString: $0) }) else {
            return TokenAuthority.publicDefaultSecret
        }
        if environment.isEmpty { throw CommandFailure("MILLPOND_SECRET is empty: give it a secret, or unset it") }
        return environment
    }
}
