/*
 * The second factor of local users: one-time codes (RFC 6238) with recovery codes for a lost
 * device. The shared secret is sealed with the key file; a code works once. Any thread but the
 * writer's.
 */
#ifndef PLATEN_MODEL_USER_FACTOR_H
#define PLATEN_MODEL_USER_FACTOR_H

#include "core/model/user.h"
#include "core/secret/secret.h"

#define USER_RECOVERY_CODES 10
#define USER_RECOVERY_TEXT 24 /* "abcd-efgh-ijkl-mnop" */

/* A new secret, base32, which waits until a code of it is shown to work. PLATEN_E_STATE when there
 * is a second factor already, or the user is a directory's. */
platen_code user_factor_begin(store *s, const secret_key *key, int64_t id,
                              char secret[SECRET_TOTP_TEXT], platen_error *err);

/* `code` is of the secret that waits: from now on a login needs one. The recovery codes are shown
 * this once. PLATEN_E_STATE when none waits, PLATEN_E_INVAL for a wrong code. */
platen_code user_factor_confirm(store *s, const secret_key *key, int64_t id, const char *code,
                                char codes[USER_RECOVERY_CODES][USER_RECOVERY_TEXT],
                                platen_error *err);

/* Ends it with its recovery codes; no failure when there is none. */
platen_code user_factor_remove(store *s, int64_t id, platen_error *err);

/* In a write function: whether `code` is the next one-time code or a recovery code; it is then used
 * up. A code that cannot be checked (the secret does not open) is an error. */
platen_code user_factor_use(store_conn *conn, const secret_key *key, int64_t id, const char *code,
                            bool *good, platen_error *err);

#endif
