/* The life of the chain: its beginning, retention, the mark in the data folder. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/model/audit_private.h"
#include "audit_sql.h"

#define LOG_SOURCE "audit"
#define MARK "audit-mark"
#define DAY_MS INT64_C(86400000)
#define STEP 2000 /* entries that go in one transaction */

/* ---- the mark ---- */

static bool read_mark(const char *path, audit_end *mark)
{
    char *text = NULL;
    size_t length = 0;
    if (file_read(path, 256, &text, &length, NULL) != PLATEN_OK) {
        return false;
    }
    bool good = sscanf(text, "%" SCNd64 " %64[0-9a-f]", &mark->number, mark->hash) == 2 &&
                strlen(mark->hash) == AUDIT_HASH - 1;
    free(text);
    return good;
}

bool audit_mark_read(const audit *a, audit_end *mark)
{
    return read_mark(a->mark, mark);
}

bool audit_mark_get(const char *folder, audit_end *mark)
{
    char path[FILE_PATH];
    return file_join(path, folder, MARK, NULL) == PLATEN_OK && read_mark(path, mark);
}

platen_code audit_mark_write(const audit *a, const audit_end *mark, platen_error *err)
{
    char text[AUDIT_HASH + 32];
    int length = snprintf(text, sizeof(text), "%" PRId64 " %s\n", mark->number, mark->hash);
    return file_write(a->mark, text, (size_t)length, 0600, err);
}

platen_code audit_mark_fits(store_conn *conn, const audit_ends *ends, const audit_end *mark,
                            bool *fits, platen_error *err)
{
    store_stmt *st = NULL;
    *fits = mark->number < ends->base.number ||
            (mark->number == ends->base.number && strcmp(mark->hash, ends->base.hash) == 0);
    if (mark->number <= ends->base.number || mark->number > ends->head.number) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_audit_hash_of, &st, err));
    store_bind_i64(st, "seq", mark->number);
    platen_code code = store_step(st, err);
    *fits = code == PLATEN_OK && strcmp(store_text(st, 0), mark->hash) == 0;
    store_reset(st);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

typedef struct look {
    const audit *a;
    bool marked;
    bool lost;
    audit_end mark;
    audit_end head;
} look;

static platen_code look_at(store_conn *conn, bool lock, look *l, platen_error *err)
{
    audit_ends ends;
    bool fits = true;
    PLATEN_TRY(audit_ends_need(l->a, conn, lock, &ends, err));
    if (l->marked) {
        PLATEN_TRY(audit_mark_fits(conn, &ends, &l->mark, &fits, err));
    }
    l->lost = !fits;
    l->head = ends.head;
    return PLATEN_OK;
}

/* The loss is told in the log itself, once: the mark moves behind the entry. */
static platen_code tell_loss(store_conn *conn, void *user, platen_error *err)
{
    look *l = user;
    char before[64];
    char after[64];
    PLATEN_TRY(look_at(conn, true, l, err));
    if (!l->lost) {
        return PLATEN_OK;
    }
    (void)snprintf(before, sizeof(before), "{\"last\":\"%" PRId64 "\"}", l->mark.number);
    (void)snprintf(after, sizeof(after), "{\"last\":\"%" PRId64 "\"}", l->head.number);
    const audit_entry entry = {.way = "system",
                               .category = "audit-log",
                               .action = "audit-log.lost",
                               .result = error_word(PLATEN_E_CORRUPT),
                               .before = before,
                               .after = after};
    PLATEN_TRY(audit_append_in(conn, &entry, err));
    bool lost = l->lost;
    PLATEN_TRY(look_at(conn, true, l, err));
    l->lost = lost;
    return PLATEN_OK;
}

platen_code audit_look(audit *a, platen_error *err)
{
    store_conn *conn = NULL;
    look l = {.a = a};
    if (a == NULL) {
        return PLATEN_OK;
    }
    l.marked = audit_mark_read(a, &l.mark);
    PLATEN_TRY(store_read(a->store, &conn, err));
    platen_code code = look_at(conn, false, &l, err);
    store_read_end(conn);
    PLATEN_TRY(code);
    if (l.lost) {
        PLATEN_TRY(store_write(a->store, tell_loss, &l, err));
        log_error("the audit log reached entry %" PRId64 " once and does not now: an older copy of "
                  "the database was put back, or entries were removed",
                  l.mark.number);
    }
    if (l.marked && !l.lost && l.mark.number == l.head.number) {
        return PLATEN_OK;
    }
    return audit_mark_write(a, &l.head, err);
}

/* ---- beginning ---- */

static platen_code begin_chain(store_conn *conn, void *user, platen_error *err)
{
    audit_ends ends;
    store_stmt *st = NULL;
    platen_code code = audit_ends_get(user, conn, true, &ends, err);
    if (code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    PLATEN_TRY(store_prepare(conn, &sql_audit_any, &st, err));
    code = store_step(st, err);
    store_reset(st);
    if (code == PLATEN_OK) {
        return error_set(err, PLATEN_E_CORRUPT, "the audit log has entries and no end");
    }
    PLATEN_TRY(code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code);
    return audit_ends_new(user, conn, &ends, err);
}

static platen_code make(store *s, const secret_key *key, const char *folder, audit **out,
                        platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(file_join(path, folder, MARK, err));
    audit *a = calloc(1, sizeof(*a));
    if (a == NULL || (a->mark = strdup(path)) == NULL) {
        free(a);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the audit log");
    }
    a->store = s;
    a->key = key;
    *out = a;
    return PLATEN_OK;
}

platen_code audit_open(store *s, const secret_key *key, const char *folder, audit **out,
                       platen_error *err)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    audit *a = NULL;
    PLATEN_TRY(make(s, key, folder, &a, err));
    store_attach(s, a);
    platen_code code = store_write(s, begin_chain, a, &trouble);
    if (code == PLATEN_OK) {
        code = audit_look(a, &trouble);
    }
    if (code == PLATEN_E_CORRUPT) {
        log_error("%s; changes are refused until it is begun anew (platend admin restart-audit)",
                  trouble.text);
        code = PLATEN_OK;
    }
    if (code != PLATEN_OK) {
        store_attach(s, NULL);
        free(a->mark);
        free(a);
        return error_set(err, code, "%s", trouble.text);
    }
    *out = a;
    return PLATEN_OK;
}

void audit_close(audit *a)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (a == NULL) {
        return;
    }
    if (audit_look(a, &err) != PLATEN_OK) {
        log_error("the mark of the audit log stays behind: %s", err.text);
    }
    store_attach(a->store, NULL);
    free(a->mark);
    free(a);
}

platen_code audit_ready(audit *a, platen_error *err)
{
    store_conn *conn = NULL;
    audit_ends ends;
    PLATEN_TRY(store_read(a->store, &conn, err));
    platen_code code = audit_ends_need(a, conn, false, &ends, err);
    store_read_end(conn);
    return code;
}

audit *audit_of(const store *s)
{
    return store_attached(s);
}

/* ---- retention ---- */

typedef struct expiry {
    const audit *a;
    int64_t before;
    int64_t removed;
    bool more;
} expiry;

/* The number before which everything is old enough. Entries of a clock that ran ahead do not hold
 * up what stands behind them. */
static platen_code find_cut(store_conn *conn, const expiry *x, const audit_ends *ends, int64_t *cut,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_audit_first_since, &st, err));
    store_bind_i64(st, "since", x->before);
    store_bind_i64(st, "until", clock_now() + DAY_MS);
    platen_code code = store_step(st, err);
    if (code == PLATEN_OK) {
        *cut = store_is_null(st, 0) ? ends->head.number : store_i64(st, 0) - 1;
    }
    store_reset(st);
    return code;
}

static platen_code delete_to(store_conn *conn, int64_t number, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_audit_delete_to, &st, err));
    store_bind_i64(st, "seq", number);
    platen_code code = store_run(st, NULL, err);
    store_reset(st);
    return code;
}

static platen_code tell_expiry(store_conn *conn, int64_t removed, int64_t to, platen_error *err)
{
    char after[96];
    (void)snprintf(after, sizeof(after), "{\"removed\":%" PRId64 ",\"to\":\"%" PRId64 "\"}",
                   removed, to);
    const audit_entry entry = {
        .way = "system", .category = "audit-log", .action = "audit-log.expire", .after = after};
    return audit_append_in(conn, &entry, err);
}

/* What goes must be whole: retention must not wipe the traces of a change away. */
static platen_code expire_some(store_conn *conn, void *user, platen_error *err)
{
    expiry *x = user;
    audit_ends ends;
    audit_state state;
    audit_end end;
    int64_t cut = 0;
    PLATEN_TRY(audit_ends_need(x->a, conn, true, &ends, err));
    PLATEN_TRY(find_cut(conn, x, &ends, &cut, err));
    x->more = cut - ends.base.number > STEP;
    cut = x->more ? ends.base.number + STEP : cut;
    if (cut <= ends.base.number) {
        return PLATEN_OK;
    }
    PLATEN_TRY(audit_walk(conn, &ends.base, cut, &state, &end, err));
    if (!state.whole || end.number != cut) {
        return error_set(err, PLATEN_E_CORRUPT,
                         "the audit log is broken (%s): nothing of it is removed",
                         state.whole ? "it ends early" : state.text);
    }
    PLATEN_TRY(delete_to(conn, cut, err));
    int64_t count = cut - ends.base.number;
    ends.base = end;
    PLATEN_TRY(audit_ends_put(x->a, conn, &ends, err));
    x->removed += count;
    return tell_expiry(conn, count, cut, err);
}

platen_code audit_expire_before(audit *a, int64_t before, int64_t *removed, platen_error *err)
{
    expiry x = {.a = a, .before = before, .more = true};
    platen_code code = PLATEN_OK;
    while (code == PLATEN_OK && x.more) {
        code = store_write(a->store, expire_some, &x, err);
    }
    *removed = x.removed;
    return code;
}

/* Whole days, so that it is told once a day and not each hour. */
platen_code audit_expire(audit *a, int64_t days, int64_t *removed, platen_error *err)
{
    int64_t today = clock_now() / DAY_MS * DAY_MS;
    *removed = 0;
    if (a == NULL) {
        return PLATEN_OK;
    }
    if (days < AUDIT_DAYS_MIN) {
        return error_set(err, PLATEN_E_INVAL,
                         "the audit log would be kept for %" PRId64 " days, at least %d are needed",
                         days, AUDIT_DAYS_MIN);
    }
    return audit_expire_before(a, today - days * DAY_MS, removed, err);
}
