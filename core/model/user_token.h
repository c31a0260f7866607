/*
 * Tokens of programs: made by a user, shown once, kept as SHA-256. What a token may is never more
 * than what its owner may at the moment (role, functions, regions). Any thread but the writer's.
 */
#ifndef PLATEN_MODEL_USER_TOKEN_H
#define PLATEN_MODEL_USER_TOKEN_H

#include "core/model/user.h"

#define USER_TOKEN_PREFIX "plt_"
#define USER_TOKENS_MAX 200 /* a user */

typedef struct user_token {
    int64_t id;
    user_record user; /* who made it, with the rights that the token has now */
    const char *name;
    int64_t expires; /* 0: never */
} user_token;

typedef struct user_token_draft {
    int64_t user;
    const char *name;
    user_role role;
    const char *functions; /* JSON array; NULL: those of who makes it */
    region_set regions;    /* all: those of who makes it */
    int64_t expires;       /* 0: never */
} user_token_draft;

/* `token` gets "plt_...", which is nowhere kept. PLATEN_E_TOO_LARGE when the user has too many. */
platen_code user_token_new(store *s, const user_token_draft *draft, char token[80], int64_t *id,
                           platen_error *err);
platen_code user_token_get(store *s, arena *a, const char *hash, int64_t now, user_token *out,
                           platen_error *err);
platen_code user_token_touch(store *s, const char *hash, int64_t now, platen_error *err);
/* Of `user` only, unless 0. */
platen_code user_token_delete(store *s, int64_t id, int64_t user, platen_error *err);

/* The functions that are in both JSON arrays; of the arena. */
platen_code user_functions_common(arena *a, const char *one, const char *other, const char **out,
                                  platen_error *err);

#endif
