/*
 * Users, their sessions and tokens: rows and rules, nothing of HTTP. Every function may be called
 * on any thread but the writer's; changes have been committed when they return PLATEN_OK.
 */
#ifndef PLATEN_MODEL_USER_H
#define PLATEN_MODEL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/store/store.h"

#define USER_NAME_MAX 64
#define USER_ADMINISTRATOR "Administrator"
#define USER_LOCK_FAILURES 5
#define USER_LOCK_MS (15 * 60 * 1000LL)
#define USER_IDLE_MS (30 * 60 * 1000LL)
#define USER_SESSION_MS (5 * 24 * 3600 * 1000LL)
#define USER_TOKEN_PREFIX "plt_"

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
    const char *name;
    const char *email;
    user_role role;
    const char *functions;   /* JSON array of words */
    const char *preferences; /* JSON object */
} user_record;

/* Whether anybody can log in at all. */
platen_code user_any(store *s, bool *any, platen_error *err);

/* ACC-03: at least 8 characters, three of four kinds, not the name, none that everybody guesses
 * first. PLATEN_E_INVAL with what is missing. */
platen_code user_check_password(const char *name, const char *password, platen_error *err);

/* The first account, "Administrator" (ACC-06). PLATEN_E_STATE when there are users already. */
platen_code user_create_admin(store *s, const char *email, const char *password, platen_error *err);

/* Sets a new password, ends a lockout and all sessions of the user. `name` NULL: Administrator. */
platen_code user_reset_password(store *s, const char *name, const char *password,
                                platen_error *err);

platen_code user_by_id(store *s, arena *a, int64_t id, user_record *out, platen_error *err);

/* Name and password. Whatever is wrong (nobody of that name, wrong password, locked) is
 * PLATEN_E_UNAUTHENTICATED with one text for all, after the same work. */
platen_code user_login(store *s, arena *a, const char *name, const char *password, user_record *out,
                       platen_error *err);

/* RFC 7396 over the user's preferences; the result is in `merged` (of the arena). */
platen_code user_merge_preferences(store *s, arena *a, int64_t id, const char *patch,
                                   const char **merged, platen_error *err);

/* ---- sessions ---- */

typedef struct user_session {
    user_record user;
    char csrf[64];
    int64_t created;
    int64_t last_used;
    int64_t expires;
} user_session;

/* `cookie` gets the secret that only the browser keeps. Sessions that have ended are removed. */
platen_code user_session_new(store *s, int64_t user, char cookie[64], user_session *out,
                             platen_error *err);
/* PLATEN_E_UNAUTHENTICATED when there is none or it has ended. `hash` is of the cookie. */
platen_code user_session_get(store *s, arena *a, const char *hash, int64_t now, user_session *out,
                             platen_error *err);
platen_code user_session_touch(store *s, const char *hash, int64_t now, platen_error *err);
platen_code user_session_end(store *s, const char *hash, platen_error *err);

/* ---- tokens ---- */

typedef struct user_token {
    int64_t id;
    user_record user; /* who made it; role is the token's */
    const char *name;
    int64_t expires; /* 0: never */
} user_token;

/* `token` gets "plt_...", which is nowhere kept. */
platen_code user_token_new(store *s, int64_t user, const char *name, user_role role,
                           int64_t expires, char token[80], int64_t *id, platen_error *err);
platen_code user_token_get(store *s, arena *a, const char *hash, int64_t now, user_token *out,
                           platen_error *err);
platen_code user_token_touch(store *s, const char *hash, int64_t now, platen_error *err);
/* Of `user` only, unless 0. */
platen_code user_token_delete(store *s, int64_t id, int64_t user, platen_error *err);

#endif
