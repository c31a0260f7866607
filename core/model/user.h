/*
 * Accounts: who there is, with which role, functions and regions. Rows and rules, nothing of HTTP.
 * Sessions, tokens, logins, passwords, second factors have headers of their own (user_*.h). Every
 * function that takes a store may be called on any thread but the writer's; changes have been
 * committed when it returns PLATEN_OK. What is read lives in the caller's arena.
 */
#ifndef PLATEN_MODEL_USER_H
#define PLATEN_MODEL_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/model/region.h"
#include "core/store/store.h"

#define USER_NAME_MAX 64   /* characters of a local name */
#define USER_SHOWN_MAX 320 /* bytes of any name, "DOMAIN\name" of a directory's included */
#define USER_EMAIL_MAX 254
#define USER_REGIONS_MAX 256
#define USER_FUNCTIONS_MAX 64
#define USER_ADMINISTRATOR "Administrator"

typedef enum user_role {
    USER_ROLE_NONE,
    USER_ROLE_USER,
    USER_ROLE_DEVICE,
    USER_ROLE_SYSTEM
} user_role;

const char *user_role_word(user_role role);      /* "system-manager", "device-manager", "user" */
user_role user_role_from_word(const char *word); /* USER_ROLE_NONE when it is none */

typedef struct user_record {
    int64_t id;
    const char *name; /* unique; of a directory's user "DOMAIN\name" */
    const char *email;
    user_role role;
    const char *functions;   /* JSON array of words */
    bool all_functions;      /* of a system manager, and of a token of one that lists none */
    const char *preferences; /* JSON object */
    bool directory;          /* the password is a directory's (ACC-60) */
    const char *domain;      /* of a directory's user, else "" */
    region_set regions;      /* ascending, USER_REGIONS_MAX at most */
    bool second_factor;
    int64_t created;
    int64_t last_login;   /* 0: never */
    int64_t locked_until; /* 0: never was */
} user_record;

/* Whether anybody can log in at all. */
platen_code user_any(store *s, bool *any, platen_error *err);

platen_code user_by_id(store *s, arena *a, int64_t id, user_record *out, platen_error *err);
platen_code user_by_name(store *s, arena *a, const char *name, user_record *out, platen_error *err);

/* The first account (ACC-06): nobody deletes, renames or demotes it. */
bool user_is_administrator(const user_record *u);

/* ---- changing (ACC-61 to ACC-66) ---- */

/* What is NULL, USER_ROLE_NONE or not `set_...` stays as it is. */
typedef struct user_draft {
    const char *name; /* local users only: no '\', '@' or control characters in it */
    const char *email;
    user_role role;
    const char *functions; /* JSON array; kept for device managers alone */
    bool set_regions;
    region_set regions;   /* of a system manager always all (ACC-88) */
    const char *password; /* local users only; must pass user_password_check() before */
} user_draft;

/* A local user. PLATEN_E_EXISTS for a name that somebody has, in whatever case. */
platen_code user_create(store *s, const user_draft *draft, int64_t *id, platen_error *err);

/* A new role, functions or regions hold from the next request on, if the caller forgets what it
 * remembers. A new password ends the user's sessions. PLATEN_E_STATE for what cannot be changed:
 * name and role of Administrator, name, e-mail address and password of a directory's user. */
platen_code user_update(store *s, int64_t id, const user_draft *draft, platen_error *err);

/* With sessions, tokens and everything. PLATEN_E_STATE for Administrator. */
platen_code user_delete(store *s, int64_t id, platen_error *err);

/* Ends a lockout (ACC-41). */
platen_code user_unlock(store *s, int64_t id, platen_error *err);

/* RFC 7396 over the user's preferences; the result is in `merged` (of the arena). */
platen_code user_merge_preferences(store *s, arena *a, int64_t id, const char *patch,
                                   const char **merged, platen_error *err);

/* ---- before there is anybody, and from the console ---- */

/* The first account, "Administrator" (ACC-06). PLATEN_E_STATE when there are users already. */
platen_code user_create_admin(store *s, const char *email, const char *password, platen_error *err);

/* Sets a new password after the policy, ends a lockout, the second factor and all sessions of the
 * user. `name` NULL: Administrator. */
platen_code user_reset_password(store *s, const char *name, const char *password,
                                platen_error *err);

#endif
