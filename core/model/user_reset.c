/* Keys for forgotten passwords in the database. No state. */
#include "core/model/user_reset.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "core/base/clock.h"
#include "core/model/user_policy.h"
#include "core/model/user_private.h"
#include "core/secret/secret.h"
#include "user_reset_sql.h"

#define WRONG "the reset key is wrong, used or too old"

typedef struct reset_row {
    user_record user;
    char hash[65]; /* "": no key */
    int64_t created;
    int64_t expires;
    int64_t failures;
} reset_row;

static void take_row(store_stmt *stmt, arena *a, void *user)
{
    reset_row *row = user;
    user_take(stmt, a, &row->user);
    (void)snprintf(row->hash, sizeof(row->hash), "%s", store_text(stmt, USER_COLUMNS));
    row->created = store_i64(stmt, USER_COLUMNS + 1);
    row->expires = store_i64(stmt, USER_COLUMNS + 2);
    row->failures = store_i64(stmt, USER_COLUMNS + 3);
}

/* A local user with or without a key. */
static platen_code read_row(store_conn *conn, arena *a, const char *name, reset_row *row,
                            platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    const user_query q = {.sql = &sql_user_reset_get,
                          .name = "name_key",
                          .text = key,
                          .take = take_row,
                          .arena = a,
                          .out = row};
    memset(row, 0, sizeof(*row));
    if (!user_name_key(name, key)) {
        return PLATEN_E_NOT_FOUND;
    }
    PLATEN_TRY(user_ask(conn, &q, err));
    return user_whole(&row->user, err);
}

/* ---- asking for one ---- */

typedef struct reset_begin {
    arena *arena;
    const char *name;
    user_reset *out;
    bool found;
} reset_begin;

static platen_code put_key(store_conn *conn, user_reset *out, int64_t now, platen_error *err)
{
    char hash[65];
    store_stmt *stmt = NULL;
    out->expires = now + USER_RESET_MS;
    PLATEN_TRY(user_make_code(5, out->key, err));
    user_bare_code(out->key, hash);
    PLATEN_TRY(store_prepare(conn, &sql_user_reset_put, &stmt, err));
    store_bind_i64(stmt, "id", out->user.id);
    store_bind_text(stmt, "hash", hash);
    store_bind_i64(stmt, "now", now);
    store_bind_i64(stmt, "expires", out->expires);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code write_begin(store_conn *conn, void *user, platen_error *err)
{
    reset_begin *b = user;
    reset_row row;
    int64_t now = clock_now();
    platen_code code = read_row(conn, b->arena, b->name, &row, err);
    if (code != PLATEN_OK && code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    bool lately = row.created != 0 && now - row.created < USER_RESET_EVERY_MS;
    b->found = code == PLATEN_OK && row.user.email[0] != '\0' && !lately;
    if (!b->found) {
        return user_touch_decoy(conn, err);
    }
    b->out->user = row.user;
    return put_key(conn, b->out, now, err);
}

platen_code user_reset_begin(store *s, arena *a, const char *name, user_reset *out,
                             platen_error *err)
{
    reset_begin b = {.arena = a, .name = name, .out = out};
    PLATEN_TRY(store_write(s, write_begin, &b, err));
    return b.found ? PLATEN_OK : error_set(err, PLATEN_E_NOT_FOUND, "no key is sent");
}

/* ---- using it ---- */

typedef struct reset_use {
    arena *arena;
    const char *name;
    const char *hash;     /* of the key that was given */
    const char *password; /* hash; NULL: only look whether the key is good */
    int64_t id;           /* answer; 0: the key is not good */
    const char *shown;
} reset_use;

static platen_code write_use(store_conn *conn, void *user, platen_error *err)
{
    reset_use *u = user;
    reset_row row;
    u->id = 0;
    platen_code code = read_row(conn, u->arena, u->name, &row, err);
    if (code == PLATEN_E_NOT_FOUND) {
        return user_touch_decoy(conn, err);
    }
    PLATEN_TRY(code);
    if (row.hash[0] == '\0' || row.expires <= clock_now() || row.failures >= USER_RESET_FAILURES) {
        return user_touch_decoy(conn, err);
    }
    if (!secret_equal(row.hash, u->hash)) {
        const user_order wrong = {
            .sql = &sql_user_reset_wrong, .number_name = "id", .number = row.user.id};
        return user_do(conn, &wrong, NULL, err);
    }
    u->id = row.user.id;
    u->shown = row.user.name;
    return u->password != NULL ? user_write_password(conn, u->id, u->password, NULL, err)
                               : PLATEN_OK;
}

static platen_code use(store *s, reset_use *u, platen_error *err)
{
    PLATEN_TRY(store_write(s, write_use, u, err));
    return u->id != 0 ? PLATEN_OK : error_set(err, PLATEN_E_UNAUTHENTICATED, WRONG);
}

platen_code user_reset_confirm(store *s, arena *a, const char *name, const char *key,
                               const char *password, int64_t *id, platen_error *err)
{
    char hash[65];
    char *fresh = NULL;
    user_policy policy;
    reset_use u = {.arena = a, .name = name, .hash = hash};
    user_bare_code(key, hash);
    PLATEN_TRY(use(s, &u, err));
    PLATEN_TRY(user_policy_load(s, &policy, err));
    PLATEN_TRY(user_password_check(&policy, u.shown, password, err));
    PLATEN_TRY(user_password_fresh(s, &policy, u.id, password, err));
    PLATEN_TRY(secret_hash_password(password, &fresh, err));
    u.password = fresh;
    platen_code code = use(s, &u, err);
    *id = u.id;
    secret_text_free(fresh);
    return code;
}
