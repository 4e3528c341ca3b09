#include "CMillpondCrypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

// The name is never defined: a key is OpenSSL's context with the secret taken in, which costs as much as a short
// message, and each message starts from a copy.
static EVP_MAC_CTX *context(const mp_hmac_key *key) { return (EVP_MAC_CTX *)key; }

mp_hmac_key *mp_hmac_key_make(const void *secret, size_t count) {
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *made = algorithm ? EVP_MAC_CTX_new(algorithm) : NULL;
    EVP_MAC_free(algorithm); // The context keeps it.
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    // A null pointer would mean no key, where the empty secret is one.
    if (made && EVP_MAC_init(made, secret ? secret : (const void *)"", count, parameters)) return (mp_hmac_key *)made;
    EVP_MAC_CTX_free(made);
    return NULL;
}

void mp_hmac_key_free(mp_hmac_key *key) { EVP_MAC_CTX_free(context(key)); }

bool mp_hmac_sha256(const mp_hmac_key *key, const void *message, size_t count, uint8_t code[MP_HMAC_SHA256_COUNT]) {
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context(key));
    size_t written = 0;
    bool done = copy && EVP_MAC_update(copy, message, count) &&
                EVP_MAC_final(copy, code, &written, MP_HMAC_SHA256_COUNT) && written == MP_HMAC_SHA256_COUNT;
    EVP_MAC_CTX_free(copy);
    return done;
}

bool mp_is_same_secret(const void *one, const void *other, size_t count) {
    return CRYPTO_memcmp(one, other, count) == 0;
}
