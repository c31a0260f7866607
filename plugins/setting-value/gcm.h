/* AES-256-GCM in one go. Pure functions; any thread. */
#ifndef SETTING_VALUE_GCM_H
#define SETTING_VALUE_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GCM_KEY 32u
#define GCM_NONCE 12u
#define GCM_TAG 16u

/* What goes in besides the key. */
typedef struct gcm_input {
    const uint8_t *nonce; /* GCM_NONCE bytes */
    const uint8_t *extra; /* authenticated, not encrypted */
    size_t extra_length;
    const uint8_t *data;
    size_t length; /* `out` gets as many; at most 2^31 - 1 */
} gcm_input;

/* False: the library failed. */
bool gcm_encrypt(const uint8_t key[GCM_KEY], const gcm_input *in, uint8_t *out,
                 uint8_t tag[GCM_TAG]);
/* False: the tag is not right; then what is in `out` is worth nothing. */
bool gcm_decrypt(const uint8_t key[GCM_KEY], const gcm_input *in, const uint8_t tag[GCM_TAG],
                 uint8_t *out);

#endif
