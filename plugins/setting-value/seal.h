/*
 * How contents lie in the database: compressed (zlib), then AES-256-GCM. Keys for the digest, the
 * nonce and the cipher come from the key's own bytes. The nonce is made of what is encrypted, so
 * that equal contents are equal rows; two different ones never share a nonce and a key, as far as
 * HMAC-SHA-256 cut to 96 bits goes. Pure functions; any thread.
 *
 *   4 bytes  length of the plain bytes, the most significant first
 *   12       nonce
 *   n        ciphertext
 *   16       tag; it holds for the length and the digest too
 */
#ifndef SETTING_VALUE_SEAL_H
#define SETTING_VALUE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include <platen/error.h>

#define SEAL_SEED 32u
#define SEAL_DIGEST 32u

/* HMAC-SHA-256 of `label` and `data` under `seed`. */
platen_code seal_hmac(const uint8_t seed[SEAL_SEED], const char *label, const void *data,
                      size_t length, uint8_t out[SEAL_DIGEST], platen_error *err);

/* What names the plain bytes. */
platen_code seal_digest(const uint8_t seed[SEAL_SEED], const void *plain, size_t length,
                        uint8_t digest[SEAL_DIGEST], platen_error *err);

/* The caller frees `*sealed`. `length` is at most 2^31. */
platen_code seal_close(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                       const void *plain, size_t length, uint8_t **sealed, size_t *sealed_length,
                       platen_error *err);

/* The plain bytes with a zero behind them; the caller frees them. PLATEN_E_CORRUPT: not what
 * seal_close() made with this seed and digest, or longer than `most`. */
platen_code seal_open(const uint8_t seed[SEAL_SEED], const uint8_t digest[SEAL_DIGEST],
                      const uint8_t *sealed, size_t sealed_length, size_t most, char **plain,
                      size_t *length, platen_error *err);

#endif
