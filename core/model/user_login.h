/*
 * Coming in: name, password and second factor of local users, lockout (ACC-38, ACC-39), and the
 * accounts of people whom a directory vouches for. Any thread but the writer's.
 */
#ifndef PLATEN_MODEL_USER_LOGIN_H
#define PLATEN_MODEL_USER_LOGIN_H

#include "core/model/user.h"
#include "core/secret/secret.h"

/* The one text for whoever is not let in, whatever the reason. */
#define USER_REFUSED "user name or password is wrong, or the account is locked for a while"

typedef struct user_attempt {
    const char *name;
    const char *password;
    const char *code;      /* of the second factor; NULL: none given */
    const secret_key *key; /* opens the second factor's secret */
} user_attempt;

typedef struct user_outcome {
    user_record user; /* known when `id` is not 0, also after a failure */
    bool locked;      /* this very failure has locked the account */
    int64_t locked_until;
} user_outcome;

/* A local user. Whatever is wrong (nobody of that name, wrong password or code, locked) is
 * PLATEN_E_UNAUTHENTICATED with one text for all, after the same work. When the password is right
 * and a code is needed, PLATEN_E_SECOND_FACTOR_REQUIRED: no failure, no success. However many
 * attempts run at once, no more than the threshold get an answer before the account is locked. */
platen_code user_login(store *s, arena *a, const user_attempt *attempt, user_outcome *out,
                       platen_error *err);

/* The password of a user that is logged in, asked for once more: a wrong one counts like that of
 * a login. */
platen_code user_confirm_password(store *s, arena *a, int64_t id, const char *password,
                                  user_outcome *out, platen_error *err);

/* A write that changes nothing, so that what is refused takes as long as what is not. */
platen_code user_pass_time(store *s, platen_error *err);

/* ---- people of a directory ---- */

typedef struct user_directory_entry {
    const char *domain; /* as the directory writes both */
    const char *user;
    const char *email;
    const char *external_id; /* objectGUID or entryUUID; "" when there is none */
    user_role role;          /* of the groups */
    const char *functions; /* JSON array: what somebody who becomes a device manager starts with */
    bool regions_by_group; /* else a system manager gives them: none at first */
    region_set regions;
} user_directory_entry;

/* Makes or refreshes the account "DOMAIN\user" and counts the login. Found by the directory's own
 * id, then by name; never a local user. A role that a system manager has chosen stays (ACC-45). */
platen_code user_enter_directory(store *s, arena *a, const user_directory_entry *entry,
                                 user_record *out, platen_error *err);

/* Whether the account of a directory's user is locked now, found by the name without its domain as
 * it was typed; false for nobody. */
platen_code user_login_locked(store *s, const char *user, bool *locked, platen_error *err);

/* Counts a failed login of a directory's user, when Platen knows one of that name. */
platen_code user_login_failed(store *s, arena *a, const char *user, user_outcome *out,
                              platen_error *err);

/* The directory knows the user no more, or without a role: sessions end, tokens sleep until the
 * next login. */
platen_code user_leave_directory(store *s, const char *domain, const char *user, platen_error *err);

#endif
