// OpenSSL 3 recommends its generic interface instead of the functions of SHA-256 itself, but that takes memory for each
// code, and fails where a configuration leaves the algorithm out.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "CMillpondCrypto.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof((mp_hmac_key){0}.inner), "a hash under way fits");

// A hash that starts with the secret, of which every byte is mixed with `pad`.
static void begin(uint64_t *state, const uint8_t secret[SHA256_CBLOCK], uint8_t pad) {
    uint8_t block[SHA256_CBLOCK];
    for (int index = 0; index < SHA256_CBLOCK; index++) block[index] = secret[index] ^ pad;
    SHA256_CTX hash;
    SHA256_Init(&hash);
    SHA256_Update(&hash, block, sizeof block);
    memcpy(state, &hash, sizeof hash);
    OPENSSL_cleanse(block, sizeof block);
}

mp_hmac_key mp_hmac_key_make(const void *secret, size_t count) {
    // Longer secrets are hashed first.
    uint8_t block[SHA256_CBLOCK] = {0};
    if (count > sizeof block) {
        SHA256(secret, count, block);
    } else if (count > 0) {
        memcpy(block, secret, count);
    }
    mp_hmac_key key = {0};
    begin(key.inner, block, 0x36);
    begin(key.outer, block, 0x5C);
    OPENSSL_cleanse(block, sizeof block);
    return key;
}

void mp_hmac_sha256(const mp_hmac_key *key, const void *message, size_t count, uint8_t code[MP_HMAC_SHA256_COUNT]) {
    SHA256_CTX hash;
    memcpy(&hash, key->inner, sizeof hash);
    SHA256_Update(&hash, message, count);
    SHA256_Final(code, &hash);
    memcpy(&hash, key->outer, sizeof hash);
    SHA256_Update(&hash, code, MP_HMAC_SHA256_COUNT);
    SHA256_Final(code, &hash);
}

bool mp_is_same_secret(const void *one, const void *other, size_t count) {
    return CRYPTO_memcmp(one, other, count) == 0;
}
