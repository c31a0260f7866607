/*
 * Secrets at rest: the key file, sealing with AES-256-GCM, password hashes with Argon2id, random
 * tokens. A sealed text is bound to a *place* ("device_credential/7/password"), so that a copy
 * into another row does not open.
 */
#ifndef PLATEN_SECRET_H
#define PLATEN_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

typedef struct secret_key secret_key; /* no formatter, wiped when freed */

/* Reads <folder>/platen.key or makes it (32 random bytes, 0600) when `create`. A file of another
 * size, owner or wider mode is refused: PLATEN_E_CORRUPT or PLATEN_E_STATE with what to do. */
platen_code secret_key_load(const char *folder, bool create, secret_key **out, platen_error *err);
void secret_key_free(secret_key *key);

/* While the key is being changed the new one lies in <folder>/platen.key.pending.
 * _make replaces one that was left there; _load says PLATEN_E_NOT_FOUND when there is none;
 * _promote puts it in the place of platen.key; _drop removes it (none is fine). */
platen_code secret_key_pending_make(const char *folder, secret_key **out, platen_error *err);
platen_code secret_key_pending_load(const char *folder, secret_key **out, platen_error *err);
platen_code secret_key_pending_promote(const char *folder, platen_error *err);
platen_code secret_key_pending_drop(const char *folder, platen_error *err);

/* "v1:" + base64url(nonce, ciphertext, tag); the caller frees with secret_text_free(). */
platen_code secret_seal(const secret_key *key, const char *place, const char *plain, char **sealed,
                        platen_error *err);
/* PLATEN_E_CORRUPT when it was not sealed with this key for this place. */
platen_code secret_open(const secret_key *key, const char *place, const char *sealed, char **plain,
                        platen_error *err);
void secret_text_free(char *text); /* wipes first; NULL is fine */

/* Argon2id in the PHC text form. Verification is constant-time; false for any malformed hash. */
platen_code secret_hash_password(const char *password, char **hash, platen_error *err);
bool secret_verify_password(const char *hash, const char *password);

/* `bytes` (16..64) random bytes as base64url without padding, appended to `out`. */
platen_code secret_token(size_t bytes, strbuf *out, platen_error *err);
/* SHA-256 of a token in hex: how tokens and sessions are stored. */
void secret_token_hash(const char *token, char hex[65]);
bool secret_equal(const char *a, const char *b); /* constant time for equal lengths */

/* ---- one-time codes of a second factor (RFC 6238: SHA-1, six digits, 30 s) ---- */

#define SECRET_TOTP_TEXT 40
#define SECRET_TOTP_DIGITS 6
#define SECRET_TOTP_STEP_S 30

/* A new shared secret of 160 bits in base32 (RFC 4648). */
platen_code secret_totp_new(char secret[SECRET_TOTP_TEXT], platen_error *err);

/* Whether `code` is that of the time step of `now_ms` or of one of its neighbours; `step` gets the
 * step, so that the caller can refuse a code that was used before. Constant time over the steps. */
bool secret_totp_check(const char *secret, const char *code, int64_t now_ms, int64_t *step);

#endif
