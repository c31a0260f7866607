/* What the files of the users' aggregate share; nothing else includes it. */
#ifndef PLATEN_MODEL_USER_PRIVATE_H
#define PLATEN_MODEL_USER_PRIVATE_H

#include "core/model/user.h"

#define USER_COLUMNS 13 /* that user_take() reads; what a statement reads more comes behind */

/* A name as it is looked up: lower case for ASCII. False for a name that cannot be. */
bool user_name_key(const char *name, char key[USER_SHOWN_MAX + 1]);

void user_take(store_stmt *stmt, arena *a, user_record *out);
platen_code user_whole(const user_record *u, platen_error *err); /* PLATEN_E_NOMEM when not */

/* One row of one statement: a parameter by name (NULL: none) with a text, or with `number` when
 * the text is NULL; `take` reads the row. PLATEN_E_NOT_FOUND when there is none. */
typedef struct user_query {
    const store_sql *sql;
    const char *name;
    const char *text;
    int64_t number;
    void (*take)(store_stmt *stmt, arena *a, void *out);
    arena *arena;
    void *out;
} user_query;
platen_code user_ask(store_conn *conn, const user_query *q, platen_error *err);
platen_code user_ask_once(store *s, const user_query *q, platen_error *err);

/* A statement with at most one number and one text; `changes` may be NULL. */
typedef struct user_order {
    const store_sql *sql;
    const char *number_name; /* NULL: none */
    int64_t number;
    const char *text_name; /* NULL: none */
    const char *text;
} user_order;
platen_code user_do(store_conn *conn, const user_order *o, int64_t *changes, platen_error *err);

/* A write that changes nothing of importance: what is refused without one takes as long as what is
 * refused with one. */
platen_code user_touch_decoy(store_conn *conn, platen_error *err);

/* The regions of a user or a token, by a statement with the parameter `id`. */
platen_code user_regions_read(store_conn *conn, const store_sql *sql, int64_t id, bool all,
                              arena *a, region_set *out, platen_error *err);
/* Rows (id, region) by a statement with those parameters; what is no region is left out. */
platen_code user_regions_write(store_conn *conn, const store_sql *sql, int64_t id,
                               const region_set *regions, platen_error *err);

/* In a write function: what Platen did to an account by itself, for the audit log: "users.lock".
 * `before` and `after` are JSON texts, or NULL. */
platen_code user_tell(store_conn *conn, const char *action, int64_t id, const char *name,
                      const char *before, const char *after, platen_error *err);

/* `prefix` and `bytes` random bytes as text. */
platen_code user_random(const char *prefix, size_t bytes, char *out, size_t size,
                        platen_error *err);

/* `groups` groups of four letters and digits that are not taken for each other, 4.95 bits each,
 * with hyphens: for people to type. `text` has 5 * groups bytes. */
platen_code user_make_code(size_t groups, char *text, platen_error *err);
/* The hash of such a code as people type it: case, spaces and hyphens do not count. */
void user_bare_code(const char *code, char hash[65]);

/* In a write function: a new password with what follows from it: the old one is remembered, a
 * lockout, a reset key and all sessions but `keep` (hash, NULL: none) end. */
platen_code user_write_password(store_conn *conn, int64_t id, const char *hash, const char *keep,
                                platen_error *err);

#endif
