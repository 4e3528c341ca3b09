internal import CMillpondCrypto

/// A key that signs bytes and checks their signature: HMAC with SHA-256 (RFC 2104), by OpenSSL.
struct SigningKey: Sendable {
    static let signatureCount = Int(MP_HMAC_SHA256_COUNT)

    /// With the secret taken in, which costs as much as a short message: each signature starts from a copy.
    private let key: mp_hmac_key

    init(secret: String) {
        var secret = secret
        key = secret.withUTF8 { unsafe mp_hmac_key_make($0.baseAddress, $0.count) }
    }

    func signature(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var key = key
        var code = [UInt8](repeating: 0, count: Self.signatureCount)
        unsafe bytes.withUnsafeBytes { message in
            unsafe code.withUnsafeMutableBufferPointer { code in
                unsafe mp_hmac_sha256(&key, message.baseAddress, message.count, code.baseAddress!)
            }
        }
        return code
    }

    /// Takes the same time wherever a wrong signature differs.
    func isSignature(_ signature: [UInt8], of bytes: ArraySlice<UInt8>) -> Bool {
        let own = self.signature(of: bytes)
        if signature.count != own.count { return false }
        return unsafe mp_is_same_secret(own, signature, own.count)
    }
}
