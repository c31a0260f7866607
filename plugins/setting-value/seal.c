#include "seal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "fault.h"
#include "gcm.h"
#include "pack.h"

#define LENGTH 4u
#define HEAD (LENGTH + GCM_NONCE)
#define EXTRA (LENGTH + SEAL_DIGEST)

platen_code seal_hmac(const uint8_t seed[SEAL_SEED], const char *label, const void *data,
                      size_t length, uint8_t out[SEAL_DIGEST], platen_error *err)
{
    uint8_t key[SEAL_DIGEST];
    unsigned n = 0;
    /* A key of its own for each label, so that labels and data cannot be taken for each other. */
    bool good = HMAC(EVP_sha256(), seed, (int)SEAL_SEED, (const unsigned char *)label,
                     strlen(label), key, &n) != NULL &&
                HMAC(EVP_sha256(), key, (int)sizeof(key), data, length, out, &n) != NULL;
    explicit_bzero(key, sizeof(key));
    return good ? PLATEN_OK : fault(err, PLATEN_E_INTERNAL, "HMAC-SHA-256 failed");
}

platen_code seal_digest(const uint8_t seed[SEAL_SEED], const void *plain, size_t length,
                        uint8_t digest[SEAL_DIGEST], platen_error *err)
{
    return seal_hmac(seed, "digest", plain, length, digest, err);
}

static platen_code cipher_key(const uint8_t seed[SEAL_SEED], uint8_t key[GCM_KEY],
                              platen_error *err)
{
    return seal_hmac(seed, "cipher", "", 0, key, err);
}

static void put_length(uint8_t *out, size_t length)
{
    for (size_t i = 0; i < LENGTH; i++) {
        out[i] = (uint8_t)(length >> (8 * (LENGTH - 1 - i)));
    }
}

static void extra_make(uint8_t extra[EXTRA], const uint8_t *length,
                       const uint8_t digest[SEAL_DIGEST])
{
    memcpy(extra, length, LENGTH);
    memcpy(extra + LENGTH, digest, SEAL_DIGEST);
}

/* `out` has room for head, data and tag. */
static platen_code encrypt(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                           const uint8_t *packed, size_t length, uint8_t *out, platen_error *err)
{
    uint8_t key[GCM_KEY];
    uint8_t nonce[SEAL_DIGEST];
    uint8_t extra[EXTRA];
    PLATEN_TRY(seal_hmac(seed, "nonce", packed, length, nonce, err));
    PLATEN_TRY(cipher_key(seed, key, err));
    memcpy(out + LENGTH, nonce, GCM_NONCE);
    extra_make(extra, out, digest);
    const gcm_input in = {out + LENGTH, extra, sizeof(extra), packed, length};
    bool good = gcm_encrypt(key, &in, out + HEAD, out + HEAD + length);
    explicit_bzero(key, sizeof(key));
    return good ? PLATEN_OK : fault(err, PLATEN_E_INTERNAL, "AES-256-GCM failed");
}

platen_code seal_close(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                       const void *plain, size_t length, uint8_t **sealed, size_t *sealed_length,
                       platen_error *err)
{
    uint8_t *packed = NULL;
    size_t packed_length = 0;
    PLATEN_TRY(pack(PACK_ZLIB, plain, length, &packed, &packed_length, err));
    *sealed_length = HEAD + packed_length + GCM_TAG;
    uint8_t *out = malloc(*sealed_length);
    platen_code rc = PLATEN_OK;
    if (out == NULL) {
        rc = fault_memory(err, "a sealed content");
    } else {
        put_length(out, length);
        rc = encrypt(seed, digest, packed, packed_length, out, err);
    }
    free(packed);
    if (rc != PLATEN_OK) {
        free(out);
        return rc;
    }
    *sealed = out;
    return PLATEN_OK;
}

/* The compressed bytes into `packed`. */
static platen_code decrypt(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                           const uint8_t *sealed, size_t length, uint8_t *packed, platen_error *err)
{
    uint8_t key[GCM_KEY];
    uint8_t extra[EXTRA];
    PLATEN_TRY(cipher_key(seed, key, err));
    extra_make(extra, sealed, digest);
    const gcm_input in = {sealed + LENGTH, extra, sizeof(extra), sealed + HEAD, length};
    bool good = gcm_decrypt(key, &in, sealed + HEAD + length, packed);
    explicit_bzero(key, sizeof(key));
    return good ? PLATEN_OK
                : fault(err, PLATEN_E_CORRUPT, "a stored content is not as it was written");
}

platen_code seal_open(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                      const uint8_t *sealed, size_t sealed_length, size_t most, char **plain,
                      size_t *length, platen_error *err)
{
    if (sealed_length <= HEAD + GCM_TAG) {
        return fault(err, PLATEN_E_CORRUPT, "a stored content has %zu bytes only", sealed_length);
    }
    const size_t packed_length = sealed_length - HEAD - GCM_TAG;
    *length =
        (size_t)sealed[0] << 24 | (size_t)sealed[1] << 16 | (size_t)sealed[2] << 8 | sealed[3];
    if (*length > most) {
        return fault(err, PLATEN_E_CORRUPT, "a stored content says that it has %zu bytes", *length);
    }
    uint8_t *packed = malloc(packed_length);
    if (packed == NULL) {
        return fault_memory(err, "a stored content");
    }
    platen_code rc = decrypt(seed, digest, sealed, packed_length, packed, err);
    if (rc == PLATEN_OK) {
        rc = unpack(PACK_ZLIB, packed, packed_length, *length, plain, err);
    }
    free(packed);
    return rc;
}
