/*
 * Sessions of people (ACC-11 to ACC-14, ACC-42, ACC-43): the browser keeps a secret, the database
 * its SHA-256. Any thread but the writer's.
 */
#ifndef PLATEN_MODEL_USER_SESSION_H
#define PLATEN_MODEL_USER_SESSION_H

#include "core/model/user.h"

#define USER_SESSION_REMEMBERED_MS (5 * 24 * 3600 * 1000LL) /* ACC-11, and Kerberos (ACC-28) */
#define USER_SESSION_MS (24 * 3600 * 1000LL)                /* of others, in use or not */
#define USER_SESSIONS_MAX 100                               /* a user; the least used ends */

/* How the user came in. */
typedef enum user_entry {
    USER_ENTRY_PASSWORD,
    USER_ENTRY_DIRECTORY,
    USER_ENTRY_KERBEROS
} user_entry;

const char *user_entry_word(user_entry entry); /* "password", "directory", "kerberos" */

typedef struct user_session {
    int64_t id;
    user_record user;
    user_entry entry;
    bool remembered;
    const char *address;
    const char *browser; /* the User-Agent header, cut */
    char csrf[64];
    int64_t created;
    int64_t last_used;
    int64_t expires;
    int64_t idle_ms; /* ends when unused for so long (ACC-42); 0: does not */
} user_session;

typedef struct user_session_start {
    int64_t user;
    user_entry entry;
    bool remember;
    const char *address;
    const char *browser;
} user_session_start;

/* `cookie` gets the secret that only the browser keeps. Sessions that have ended are removed. Of
 * `out` csrf and the times are set. */
platen_code user_session_new(store *s, const user_session_start *start, char cookie[64],
                             user_session *out, platen_error *err);

/* PLATEN_E_UNAUTHENTICATED when there is none or it has ended; then it is gone for good. `hash` is
 * of the cookie. `used` (0: not known) is a use that the database has not heard of yet. */
platen_code user_session_get(store *s, arena *a, const char *hash, int64_t now, int64_t used,
                             user_session *out, platen_error *err);
platen_code user_session_touch(store *s, const char *hash, int64_t now, platen_error *err);

/* Those of a user that have not ended, the newest use first; `user` is not filled in. */
platen_code user_session_list(store *s, arena *a, int64_t user, int64_t now, user_session **out,
                              size_t *count, platen_error *err);

platen_code user_session_end(store *s, const char *hash, platen_error *err);
/* PLATEN_E_NOT_FOUND when the user has no session of that id. */
platen_code user_session_end_id(store *s, int64_t user, int64_t id, platen_error *err);
/* All of a user but the one with the hash `keep` (NULL: all). */
platen_code user_session_end_all(store *s, int64_t user, const char *keep, platen_error *err);

/* The hash by which a session of that id is remembered, for telling which one is asking. */
platen_code user_session_id(store *s, const char *hash, int64_t *id, platen_error *err);

#endif
