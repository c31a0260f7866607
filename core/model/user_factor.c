/* The second factor in the database. No state. */
#include "core/model/user_factor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/user_private.h"
#include "user_factor_sql.h"
#include "user_sql.h"

#define PLACE_MAX 64
#define SEALED_MAX 256

typedef struct factor_row {
    bool directory;
    char totp[SEALED_MAX];
    char pending[SEALED_MAX];
    int64_t step;
} factor_row;

static void place_of(int64_t id, char place[PLACE_MAX])
{
    (void)snprintf(place, PLACE_MAX, "user_account/%" PRId64 "/totp", id);
}

static void take_row(store_stmt *stmt, arena *a, void *user)
{
    factor_row *row = user;
    (void)a;
    row->directory = strcmp(store_text(stmt, 0), "directory") == 0;
    (void)snprintf(row->totp, sizeof(row->totp), "%s", store_text(stmt, 1));
    (void)snprintf(row->pending, sizeof(row->pending), "%s", store_text(stmt, 2));
    row->step = store_i64(stmt, 3);
}

static platen_code read_row(store_conn *conn, int64_t id, factor_row *row, platen_error *err)
{
    const user_query q = {
        .sql = &sql_user_factor_get, .name = "id", .number = id, .take = take_row, .out = row};
    platen_code code = user_ask(conn, &q, err);
    return code == PLATEN_E_NOT_FOUND ? error_set(err, code, "there is no user %" PRId64, id)
                                      : code;
}

/* ---- setting up ---- */

typedef struct factor_change {
    const secret_key *key;
    int64_t id;
    const char *secret; /* sealed */
    const char *code;
    char (*codes)[USER_RECOVERY_TEXT];
} factor_change;

static platen_code write_begin(store_conn *conn, void *user, platen_error *err)
{
    const factor_change *c = user;
    factor_row row;
    const user_order put = {&sql_user_factor_put_pending, "id", c->id, "sealed", c->secret};
    PLATEN_TRY(read_row(conn, c->id, &row, err));
    if (row.directory) {
        return error_set(err, PLATEN_E_STATE, "the directory checks who its users are");
    }
    if (row.totp[0] != '\0') {
        return error_set(err, PLATEN_E_STATE, "there is a second factor already; end it first");
    }
    return user_do(conn, &put, NULL, err);
}

platen_code user_factor_begin(store *s, const secret_key *key, int64_t id,
                              char secret[SECRET_TOTP_TEXT], platen_error *err)
{
    char place[PLACE_MAX];
    char *sealed = NULL;
    place_of(id, place);
    PLATEN_TRY(secret_totp_new(secret, err));
    PLATEN_TRY(secret_seal(key, place, secret, &sealed, err));
    factor_change change = {.id = id, .secret = sealed};
    platen_code code = store_write(s, write_begin, &change, err);
    secret_text_free(sealed);
    return code;
}

/* ---- recovery codes ---- */

static platen_code write_codes(store_conn *conn, const factor_change *c, platen_error *err)
{
    const user_order clear = {
        .sql = &sql_user_recovery_clear, .number_name = "id", .number = c->id};
    PLATEN_TRY(user_do(conn, &clear, NULL, err));
    for (size_t i = 0; i < USER_RECOVERY_CODES; i++) {
        char hash[65];
        PLATEN_TRY(user_make_code(4, c->codes[i], err));
        user_bare_code(c->codes[i], hash);
        const user_order add = {&sql_user_recovery_add, "id", c->id, "hash", hash};
        PLATEN_TRY(user_do(conn, &add, NULL, err));
    }
    return PLATEN_OK;
}

/* ---- checking ---- */

static platen_code check_sealed(const factor_change *c, const char *sealed, int64_t *step,
                                bool *good, platen_error *err)
{
    char place[PLACE_MAX];
    char *secret = NULL;
    place_of(c->id, place);
    PLATEN_TRY(secret_open(c->key, place, sealed, &secret, err));
    *good = secret_totp_check(secret, c->code, clock_now(), step);
    secret_text_free(secret);
    return PLATEN_OK;
}

static platen_code note_step(store_conn *conn, int64_t id, int64_t step, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_factor_step, &stmt, err));
    store_bind_i64(stmt, "id", id);
    store_bind_i64(stmt, "step", step);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code write_confirm(store_conn *conn, void *user, platen_error *err)
{
    const factor_change *c = user;
    const user_order take = {
        .sql = &sql_user_factor_take_pending, .number_name = "id", .number = c->id};
    factor_row row;
    int64_t step = 0;
    bool good = false;
    PLATEN_TRY(read_row(conn, c->id, &row, err));
    if (row.pending[0] == '\0') {
        return error_set(err, PLATEN_E_STATE, "no second factor is being set up");
    }
    PLATEN_TRY(check_sealed(c, row.pending, &step, &good, err));
    if (!good) {
        return error_set(err, PLATEN_E_INVAL, "the code is not the one that is shown now");
    }
    PLATEN_TRY(user_do(conn, &take, NULL, err));
    PLATEN_TRY(note_step(conn, c->id, step, err));
    return write_codes(conn, c, err);
}

platen_code user_factor_confirm(store *s, const secret_key *key, int64_t id, const char *code,
                                char codes[USER_RECOVERY_CODES][USER_RECOVERY_TEXT],
                                platen_error *err)
{
    factor_change change = {.key = key, .id = id, .code = code, .codes = codes};
    return store_write(s, write_confirm, &change, err);
}

platen_code user_factor_use(store_conn *conn, const secret_key *key, int64_t id, const char *code,
                            bool *good, platen_error *err)
{
    const factor_change c = {.key = key, .id = id, .code = code};
    char hash[65];
    factor_row row;
    int64_t step = 0;
    int64_t changes = 0;
    *good = false;
    PLATEN_TRY(read_row(conn, id, &row, err));
    if (row.totp[0] == '\0') { /* taken away a moment ago */
        *good = true;
        return PLATEN_OK;
    }
    PLATEN_TRY(check_sealed(&c, row.totp, &step, good, err));
    if (*good) {
        *good = step > row.step; /* RFC 6238 section 5.2: a code is taken once */
        return *good ? note_step(conn, id, step, err) : PLATEN_OK;
    }
    user_bare_code(code, hash);
    const user_order use = {&sql_user_recovery_use, "id", id, "hash", hash};
    PLATEN_TRY(user_do(conn, &use, &changes, err));
    *good = changes > 0;
    return PLATEN_OK;
}

/* ---- ending ---- */

static platen_code write_remove(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    const user_order clear = {.sql = &sql_user_factor_clear, .number_name = "id", .number = *id};
    const user_order codes = {.sql = &sql_user_recovery_clear, .number_name = "id", .number = *id};
    int64_t changes = 0;
    PLATEN_TRY(user_do(conn, &clear, &changes, err));
    if (changes == 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no user %" PRId64, *id);
    }
    return user_do(conn, &codes, NULL, err);
}

platen_code user_factor_remove(store *s, int64_t id, platen_error *err)
{
    return store_write(s, write_remove, &id, err);
}
