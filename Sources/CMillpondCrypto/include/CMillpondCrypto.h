#ifndef CMILLPOND_CRYPTO_H
#define CMILLPOND_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What is needed of OpenSSL 3, behind a few functions, so that its headers stay out of Swift. None of them can fail.

/// Bytes of a code by HMAC with SHA-256.
#define MP_HMAC_SHA256_COUNT 32

/// A key for HMAC with SHA-256 (RFC 2104): the two hashes with the padded secret taken in.
typedef struct {
    uint64_t inner[14];
    uint64_t outer[14];
} mp_hmac_key;

/// Takes a secret in.
mp_hmac_key mp_hmac_key_make(const void *secret, size_t count);

/// Writes the code of a message.
void mp_hmac_sha256(const mp_hmac_key *key, const void *message, size_t count, uint8_t code[MP_HMAC_SHA256_COUNT]);

/// Whether two runs of bytes are the same; takes the same time wherever they differ.
bool mp_is_same_secret(const void *one, const void *other, size_t count);

#endif
