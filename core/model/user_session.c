/* Sessions in the database. No state. */
#include "core/model/user_session.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/user_policy.h"
#include "core/model/user_private.h"
#include "core/secret/secret.h"
#include "user_session_sql.h"
#include "user_sql.h"

#define ENDED "the session has ended"
#define BROWSER_MAX 200

static const char *const entry_words[] = {"password", "directory", "kerberos"};

const char *user_entry_word(user_entry entry)
{
    return entry_words[entry];
}

static user_entry entry_from_word(const char *word)
{
    for (int i = USER_ENTRY_DIRECTORY; i <= USER_ENTRY_KERBEROS; i++) {
        if (strcmp(word, entry_words[i]) == 0) {
            return (user_entry)i;
        }
    }
    return USER_ENTRY_PASSWORD;
}

/* How long a session may go unused: ACC-42, ACC-43; ACC-28 exempts Kerberos. */
static int64_t idle_of(const user_policy *p, user_entry entry, bool remembered)
{
    bool exempt = entry == USER_ENTRY_KERBEROS || (remembered && !p->idle_remembered);
    return exempt ? 0 : p->idle_ms;
}

static bool has_ended(const user_session *s, int64_t now)
{
    return s->expires <= now || (s->idle_ms > 0 && s->last_used + s->idle_ms <= now);
}

/* ---- making ---- */

typedef struct session_change {
    const char *hash;
    const user_session *session;
    const user_session_start *start;
} session_change;

static platen_code sweep(store_conn *conn, int64_t now, platen_error *err)
{
    user_policy policy;
    store_stmt *stmt = NULL;
    PLATEN_TRY(user_policy_read(conn, &policy, err));
    PLATEN_TRY(store_prepare(conn, &sql_user_session_sweep, &stmt, err));
    store_bind_i64(stmt, "now", now);
    store_bind_i64(stmt, "idle", policy.idle_ms > 0 ? now - policy.idle_ms : 0);
    store_bind_i64(stmt, "remembered", policy.idle_remembered ? 1 : 0);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code insert(store_conn *conn, const session_change *c, platen_error *err)
{
    char browser[BROWSER_MAX + 1];
    store_stmt *stmt = NULL;
    (void)snprintf(browser, sizeof(browser), "%s", c->start->browser);
    PLATEN_TRY(store_prepare(conn, &sql_user_session_insert, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    store_bind_i64(stmt, "user_id", c->start->user);
    store_bind_text(stmt, "kind", user_entry_word(c->start->entry));
    store_bind_i64(stmt, "remembered", c->start->remember ? 1 : 0);
    store_bind_text(stmt, "address", c->start->address);
    store_bind_text(stmt, "browser", browser);
    store_bind_text(stmt, "csrf", c->session->csrf);
    store_bind_i64(stmt, "now", c->session->created);
    store_bind_i64(stmt, "expires", c->session->expires);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code write_session(store_conn *conn, void *user, platen_error *err)
{
    const session_change *c = user;
    const user_order bound = {
        .sql = &sql_user_session_bound, .number_name = "id", .number = c->start->user};
    PLATEN_TRY(sweep(conn, c->session->created, err));
    PLATEN_TRY(insert(conn, c, err));
    return user_do(conn, &bound, NULL, err);
}

platen_code user_session_new(store *s, const user_session_start *start, char cookie[64],
                             user_session *out, platen_error *err)
{
    char hash[65];
    bool lasts = start->remember || start->entry == USER_ENTRY_KERBEROS;
    PLATEN_TRY(user_random("", 32, cookie, 64, err));
    PLATEN_TRY(user_random("", 24, out->csrf, sizeof(out->csrf), err));
    secret_token_hash(cookie, hash);
    out->created = clock_now();
    out->last_used = out->created;
    out->expires = out->created + (lasts ? USER_SESSION_REMEMBERED_MS : USER_SESSION_MS);
    session_change change = {hash, out, start};
    return store_write(s, write_session, &change, err);
}

/* ---- reading ---- */

static void take_part(store_stmt *stmt, int column, arena *a, user_session *out)
{
    out->id = store_i64(stmt, column);
    out->entry = entry_from_word(store_text(stmt, column + 1));
    out->remembered = store_i64(stmt, column + 2) != 0;
    out->address = arena_dup(a, store_text(stmt, column + 3));
    out->browser = arena_dup(a, store_text(stmt, column + 4));
    (void)snprintf(out->csrf, sizeof(out->csrf), "%s", store_text(stmt, column + 5));
    out->created = store_i64(stmt, column + 6);
    out->last_used = store_i64(stmt, column + 7);
    out->expires = store_i64(stmt, column + 8);
}

static void take_session(store_stmt *stmt, arena *a, void *user)
{
    user_session *out = user;
    user_take(stmt, a, &out->user);
    take_part(stmt, USER_COLUMNS, a, out);
}

static platen_code read_session(store_conn *conn, arena *a, const char *hash, user_session *out,
                                platen_error *err)
{
    user_policy policy;
    user_record *who = &out->user;
    const user_query q = {.sql = &sql_user_session_by_hash,
                          .name = "hash",
                          .text = hash,
                          .take = take_session,
                          .arena = a,
                          .out = out};
    PLATEN_TRY(user_ask(conn, &q, err));
    PLATEN_TRY(user_whole(who, err));
    PLATEN_TRY(user_policy_read(conn, &policy, err));
    out->idle_ms = idle_of(&policy, out->entry, out->remembered);
    return user_regions_read(conn, &sql_user_region_ids, who->id, who->regions.all, a,
                             &who->regions, err);
}

platen_code user_session_get(store *s, arena *a, const char *hash, int64_t now, int64_t used,
                             user_session *out, platen_error *err)
{
    user_session found = {0};
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = read_session(conn, a, hash, &found, err);
    store_read_end(conn);
    if (code == PLATEN_E_NOT_FOUND) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, ENDED);
    }
    PLATEN_TRY(code);
    found.last_used = used > found.last_used ? used : found.last_used;
    if (has_ended(&found, now)) { /* also when the limit is raised or taken away later */
        PLATEN_TRY(user_session_end(s, hash, err));
        return error_set(err, PLATEN_E_UNAUTHENTICATED, ENDED);
    }
    if (found.user.role == USER_ROLE_NONE) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, ENDED);
    }
    *out = found;
    return PLATEN_OK;
}

static platen_code read_list(store_conn *conn, arena *a, int64_t user, int64_t now,
                             user_session *out, size_t *count, platen_error *err)
{
    user_policy policy;
    store_stmt *stmt = NULL;
    PLATEN_TRY(user_policy_read(conn, &policy, err));
    PLATEN_TRY(store_prepare(conn, &sql_user_session_of, &stmt, err));
    store_bind_i64(stmt, "id", user);
    platen_code code = PLATEN_OK;
    while (*count < USER_SESSIONS_MAX && (code = store_step(stmt, err)) == PLATEN_OK) {
        user_session *each = &out[*count];
        take_part(stmt, 0, a, each);
        each->idle_ms = idle_of(&policy, each->entry, each->remembered);
        *count += has_ended(each, now) ? 0 : 1;
    }
    store_reset(stmt);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code user_session_list(store *s, arena *a, int64_t user, int64_t now, user_session **out,
                              size_t *count, platen_error *err)
{
    store_conn *conn = NULL;
    *count = 0;
    *out = arena_alloc_array(a, USER_SESSIONS_MAX, sizeof(**out));
    if (*out == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for sessions");
    }
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = read_list(conn, a, user, now, *out, count, err);
    store_read_end(conn);
    return code;
}

static void take_number(store_stmt *stmt, arena *a, void *out)
{
    (void)a;
    *(int64_t *)out = store_i64(stmt, 0);
}

platen_code user_session_id(store *s, const char *hash, int64_t *id, platen_error *err)
{
    const user_query q = {
        .sql = &sql_user_session_id, .name = "hash", .text = hash, .take = take_number, .out = id};
    return user_ask_once(s, &q, err);
}

/* ---- using, ending ---- */

static platen_code write_order(store_conn *conn, void *user, platen_error *err)
{
    return user_do(conn, user, NULL, err);
}

platen_code user_session_touch(store *s, const char *hash, int64_t now, platen_error *err)
{
    user_order o = {&sql_user_session_use, "now", now, "hash", hash};
    return store_write(s, write_order, &o, err);
}

platen_code user_session_end(store *s, const char *hash, platen_error *err)
{
    user_order o = {.sql = &sql_user_session_delete, .text_name = "hash", .text = hash};
    return store_write(s, write_order, &o, err);
}

typedef struct session_pick {
    int64_t user;
    int64_t id;
} session_pick;

static platen_code write_pick(store_conn *conn, void *user, platen_error *err)
{
    const session_pick *p = user;
    store_stmt *stmt = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_user_session_delete_id, &stmt, err));
    store_bind_i64(stmt, "id", p->id);
    store_bind_i64(stmt, "user_id", p->user);
    platen_code code = store_run(stmt, &changes, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    return changes > 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no session %lld", (long long)p->id);
}

platen_code user_session_end_id(store *s, int64_t user, int64_t id, platen_error *err)
{
    session_pick pick = {user, id};
    return store_write(s, write_pick, &pick, err);
}

platen_code user_session_end_all(store *s, int64_t user, const char *keep, platen_error *err)
{
    user_order o = {&sql_user_session_end_others, "id", user, "keep", keep != NULL ? keep : ""};
    return store_write(s, write_order, &o, err);
}
