/*
 * A forgotten password (ACC-15 to ACC-19): a key that goes to the user's mail address, works once
 * and for half an hour, and is kept as SHA-256. Any thread but the writer's.
 */
#ifndef PLATEN_MODEL_USER_RESET_H
#define PLATEN_MODEL_USER_RESET_H

#include "core/model/user.h"

#define USER_RESET_MS (30 * 60 * 1000LL)
#define USER_RESET_EVERY_MS (60 * 1000LL) /* another key for the same user */
#define USER_RESET_FAILURES 5             /* wrong keys before the right one is worthless */
#define USER_RESET_TEXT 32

/* Who is to be told which key. */
typedef struct user_reset {
    user_record user;
    char key[USER_RESET_TEXT]; /* "abcd-efgh-..." */
    int64_t expires;
} user_reset;

/* A new key for a local user with a mail address; the one before is worthless then. When there is
 * nobody to send one to, or one was sent a moment ago, PLATEN_E_NOT_FOUND after the same work. */
platen_code user_reset_begin(store *s, arena *a, const char *name, user_reset *out,
                             platen_error *err);

/* Sets the password and ends lockout and sessions of `id` (answer). PLATEN_E_UNAUTHENTICATED for
 * whatever is wrong with name and key, with one text; PLATEN_E_INVAL when the policy refuses the
 * password: the key stays good then (ACC-18). */
platen_code user_reset_confirm(store *s, arena *a, const char *name, const char *key,
                               const char *password, int64_t *id, platen_error *err);

#endif
