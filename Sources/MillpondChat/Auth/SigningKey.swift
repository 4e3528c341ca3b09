internal import CMillpondCrypto

/// A key that signs bytes and checks their signature: HMAC with SHA-256 (RFC 2104), by OpenSSL.
// Sound: OpenSSL's keyed context is not changed after it was made; every signature starts from a copy of it.
@safe
final class SigningKey: @unchecked Sendable {
    static let signatureCount = Int(MP_HMAC_SHA256_COUNT)

    private let key: OpaquePointer

    init(secret: String) {
        var secret = secret
        let made = secret.withUTF8 { unsafe mp_hmac_key_make($0.baseAddress, $0.count) }
        // An OpenSSL without the algorithm can't run this program, and there is nothing to fall back on.
        guard let made = unsafe made else { fatalError("OpenSSL has no HMAC with SHA-256, or no memory") }
        unsafe key = made
    }

    deinit { unsafe mp_hmac_key_free(key) }

    func signature(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.signatureCount) { buffer, count in
            let isDone = unsafe bytes.withUnsafeBytes {
                unsafe mp_hmac_sha256(key, $0.baseAddress, $0.count, buffer.baseAddress!)
            }
            if !isDone { fatalError("no memory for a signature") }
            count = Self.signatureCount
        }
    }

    /// Takes the same time wherever a wrong signature differs.
    func isSignature(_ signature: [UInt8], of bytes: ArraySlice<UInt8>) -> Bool {
        let own = self.signature(of: bytes)
        if signature.count != own.count { return false }
        return unsafe mp_is_same_secret(own, signature, own.count)
    }
}
