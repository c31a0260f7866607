/*
 * Logins of local users, and failures of all. No state but the hash that unknown users are checked
 * against, made once.
 */
#include "core/model/user_login.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/user_factor.h"
#include "core/model/user_policy.h"
#include "core/model/user_private.h"
#include "user_login_sql.h"
#include "user_sql.h"

typedef struct login_row {
    user_record user;
    const char *password;
} login_row;

static void take_login(store_stmt *stmt, arena *a, void *out)
{
    login_row *row = out;
    user_take(stmt, a, &row->user);
    row->password = arena_dup(a, store_text(stmt, USER_COLUMNS));
}

static char *decoy; /* never freed: the process has one */
static pthread_once_t decoy_once = PTHREAD_ONCE_INIT;

static void make_decoy(void)
{
    (void)secret_hash_password("nobody's password", &decoy, NULL);
}

/* ---- the verdict, on the writer ---- */

typedef struct verdict {
    int64_t id;
    const char *name; /* of the account */
    bool good;        /* the password */
    bool login;       /* a whole one: ends the counting */
    const char *code; /* to be checked; NULL: no second factor */
    const secret_key *key;
    bool entered; /* answer: let in */
    bool locked;  /* answer: by this failure */
    int64_t locked_until;
} verdict;

typedef struct lock_state {
    int64_t failures;
    int64_t until;
} lock_state;

static void take_lock(store_stmt *stmt, arena *a, void *out)
{
    lock_state *state = out;
    (void)a;
    state->failures = store_i64(stmt, 0);
    state->until = store_i64(stmt, 1);
}

static platen_code set_lock(store_conn *conn, int64_t id, const lock_state *state,
                            platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_lock_set, &stmt, err));
    store_bind_i64(stmt, "id", id);
    store_bind_i64(stmt, "failures", state->failures);
    store_bind_i64(stmt, "until", state->until);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

/* Nobody's request: what the manager does by itself. */
static platen_code tell_lock(store_conn *conn, const verdict *v, platen_error *err)
{
    char until[CLOCK_TEXT];
    char after[64];
    (void)snprintf(after, sizeof(after), "{\"locked_until\":\"%s\"}",
                   clock_format(v->locked_until, until));
    return user_tell(conn, "users.lock", v->id, v->name, NULL, after, err);
}

static platen_code count_failure(store_conn *conn, verdict *v, lock_state *state, platen_error *err)
{
    user_policy policy;
    PLATEN_TRY(user_policy_read(conn, &policy, err));
    state->failures++;
    if (state->failures >= policy.lockout_threshold) {
        state->failures = 0;
        state->until = clock_now() + policy.lockout_ms;
        v->locked = true;
        v->locked_until = state->until;
        PLATEN_TRY(tell_lock(conn, v, err));
    }
    return set_lock(conn, v->id, state, err);
}

static platen_code note_login(store_conn *conn, int64_t id, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_login_good, &stmt, err));
    store_bind_i64(stmt, "id", id);
    store_bind_i64(stmt, "now", clock_now());
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

/* The lock is looked at here once more: attempts that ran side by side come one after the other. */
static platen_code write_verdict(store_conn *conn, void *user, platen_error *err)
{
    verdict *v = user;
    lock_state state = {0, 0};
    bool good = v->good;
    const user_query q = {
        .sql = &sql_user_lock_get, .name = "id", .number = v->id, .take = take_lock, .out = &state};
    v->entered = false;
    platen_code code = user_ask(conn, &q, err);
    if (code != PLATEN_OK && code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    if (code == PLATEN_E_NOT_FOUND || state.until > clock_now()) {
        return user_touch_decoy(conn, err);
    }
    if (good && v->code != NULL) {
        PLATEN_TRY(user_factor_use(conn, v->key, v->id, v->code, &good, err));
    }
    if (!good) {
        return count_failure(conn, v, &state, err);
    }
    v->entered = true;
    return v->login ? note_login(conn, v->id, err) : PLATEN_OK;
}

static platen_code judge(store *s, verdict *v, user_outcome *out, platen_error *err)
{
    PLATEN_TRY(store_write(s, write_verdict, v, err));
    out->locked = v->locked;
    out->locked_until = v->locked_until;
    return v->entered ? PLATEN_OK : error_set(err, PLATEN_E_UNAUTHENTICATED, USER_REFUSED);
}

/* ---- local users ---- */

static platen_code read_row(store *s, arena *a, const store_sql *sql, const char *name,
                            login_row *row, platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    store_conn *conn = NULL;
    const user_query q = {
        .sql = sql, .name = "name_key", .text = key, .take = take_login, .arena = a, .out = row};
    if (!user_name_key(name, key)) {
        return PLATEN_E_NOT_FOUND;
    }
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = user_ask(conn, &q, err);
    if (code == PLATEN_OK) {
        code = row->password != NULL ? user_whole(&row->user, err)
                                     : error_set(err, PLATEN_E_NOMEM, "no memory for a user");
    }
    if (code == PLATEN_OK) {
        user_record *u = &row->user;
        code = user_regions_read(conn, &sql_user_region_ids, u->id, u->regions.all, a, &u->regions,
                                 err);
    }
    store_read_end(conn);
    return code;
}

/* The same work for somebody, nobody and the locked: time tells nothing. */
static bool verify(const login_row *row, bool found, const char *password)
{
    const char *hash = found && row->password[0] != '\0' ? row->password : decoy;
    (void)pthread_once(&decoy_once, make_decoy);
    hash = hash != NULL ? hash : decoy;
    return hash != NULL && strlen(password) <= (size_t)USER_PASSWORD_MAX * 4 &&
           secret_verify_password(hash, password) && found && hash == row->password;
}

platen_code user_login(store *s, arena *a, const user_attempt *attempt, user_outcome *out,
                       platen_error *err)
{
    login_row row = {0};
    memset(out, 0, sizeof(*out));
    platen_code code = read_row(s, a, &sql_user_for_login, attempt->name, &row, err);
    if (code != PLATEN_OK && code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    bool found = code == PLATEN_OK && !row.user.directory;
    bool good = verify(&row, found, attempt->password);
    if (found) {
        out->user = row.user;
    }
    bool locked = found && row.user.locked_until > clock_now();
    bool factor = found && row.user.second_factor;
    if (good && !locked && factor && attempt->code == NULL) {
        return error_set(err, PLATEN_E_SECOND_FACTOR_REQUIRED,
                         "a code of the second factor is needed");
    }
    verdict v = {.id = out->user.id,
                 .name = out->user.name,
                 .good = good,
                 .login = true,
                 .code = factor ? attempt->code : NULL,
                 .key = attempt->key};
    return judge(s, &v, out, err);
}

platen_code user_confirm_password(store *s, arena *a, int64_t id, const char *password,
                                  user_outcome *out, platen_error *err)
{
    login_row row = {0};
    user_record who;
    memset(out, 0, sizeof(*out));
    PLATEN_TRY(user_by_id(s, a, id, &who, err));
    PLATEN_TRY(read_row(s, a, &sql_user_for_login, who.name, &row, err));
    verdict v = {.id = id, .name = who.name, .good = verify(&row, !who.directory, password)};
    out->user = row.user;
    return judge(s, &v, out, err);
}

static platen_code write_nothing(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    return user_touch_decoy(conn, err);
}

platen_code user_pass_time(store *s, platen_error *err)
{
    return store_write(s, write_nothing, NULL, err);
}

/* ---- people of a directory ---- */

platen_code user_login_locked(store *s, const char *user, bool *locked, platen_error *err)
{
    login_row row = {0};
    arena *a = arena_new();
    platen_code code = a == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for a login")
                                 : read_row(s, a, &sql_user_directory_part, user, &row, err);
    *locked = code == PLATEN_OK && row.user.locked_until > clock_now();
    arena_free(a);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code user_login_failed(store *s, arena *a, const char *user, user_outcome *out,
                              platen_error *err)
{
    login_row row = {0};
    memset(out, 0, sizeof(*out));
    platen_code code = read_row(s, a, &sql_user_directory_part, user, &row, err);
    if (code == PLATEN_E_NOT_FOUND) {
        return PLATEN_OK;
    }
    PLATEN_TRY(code);
    verdict v = {.id = row.user.id, .name = row.user.name};
    out->user = row.user;
    code = judge(s, &v, out, err);
    return code == PLATEN_E_UNAUTHENTICATED ? PLATEN_OK : code;
}
