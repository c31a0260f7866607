/*
 * The rules that hold for accounts (ACC-36 to ACC-43, PRF-15 to PRF-18), from the preference groups
 * `account_policy` and `logout`, and what they say of a password. Any thread.
 */
#ifndef PLATEN_MODEL_USER_POLICY_H
#define PLATEN_MODEL_USER_POLICY_H

#include "core/model/preference.h"
#include "core/model/user.h"

#define USER_PASSWORD_MAX 128 /* characters */

extern const preference_group preference_account_policy;
extern const preference_group preference_logout;

typedef struct user_policy {
    int64_t min_length;        /* characters, 8 to 128 */
    bool classes;              /* three of upper case, lower case, digits, symbols */
    int64_t history;           /* the last N passwords are refused, 0 to 24 */
    bool common;               /* what everybody guesses first is refused */
    int64_t lockout_threshold; /* failed logins, 1 to 100 */
    int64_t lockout_ms;
    int64_t idle_ms;      /* automatic logout after it; 0: never */
    bool idle_remembered; /* of remembered logins too */
} user_policy;

platen_code user_policy_read(store_conn *conn, user_policy *out, platen_error *err);
platen_code user_policy_load(store *s, user_policy *out, platen_error *err);

/* What nobody has changed (ACC-03). */
user_policy user_policy_preset(void);

/* Whether somebody called `name` may have this password: PLATEN_E_INVAL with what is missing. */
platen_code user_password_check(const user_policy *p, const char *name, const char *password,
                                platen_error *err);

/* Whether it is among those that are guessed first, with the usual disguises ("P@ssw0rd2024!"). */
bool user_password_common(const char *password);

/* Whether it is none of the user's last ones, for as many as the policy says: PLATEN_E_INVAL when
 * it is. Takes the time of a password for each of them. */
platen_code user_password_fresh(store *s, const user_policy *p, int64_t id, const char *password,
                                platen_error *err);

/* The rules above for a user that there is, hashing, writing. Sessions end but for `keep` (its
 * hash, or NULL); a lockout and a reset key end too. */
platen_code user_set_password(store *s, int64_t id, const char *password, const char *keep,
                              platen_error *err);

#endif
