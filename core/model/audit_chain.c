/* Reading the chain: is every entry as it was written? Any thread with a connection. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/model/audit_private.h"
#include "audit_sql.h"

#define PIECE 1000 /* rows of one statement: PostgreSQL holds its answer in memory */

void audit_row_read(store_stmt *st, audit_row *row)
{
    row->number = store_i64(st, 0);
    row->at = store_i64(st, 1);
    row->user = store_i64(st, 2);
    for (int i = 0; i < 8; i++) {
        row->texts[i] = store_text(st, 3 + i);
    }
    row->before = store_is_null(st, 11) ? NULL : store_text(st, 11);
    row->after = store_is_null(st, 12) ? NULL : store_text(st, 12);
}

void audit_write(store_stmt *st, json_writer *w)
{
    static const char *const names[] = {"user_name", "way",    "address",     "category",
                                        "action",    "object", "object_name", "result"};
    audit_row row;
    audit_row_read(st, &row);
    json_object(w, NULL);
    json_id(w, "id", row.number);
    json_time(w, "at", row.at);
    if (row.user != 0) {
        json_id(w, "user", row.user);
    } else {
        json_null(w, "user");
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_text(w, names[i], row.texts[i]);
    }
    json_raw(w, "before", row.before != NULL ? row.before : "null");
    json_raw(w, "after", row.after != NULL ? row.after : "null");
    json_object_end(w);
}

static void broken_at(audit_state *state, int64_t number, const char *what)
{
    state->whole = false;
    state->broken = number;
    (void)snprintf(state->text, sizeof(state->text), "entry %" PRId64 " %s", number, what);
}

/* False: it is not the entry that belongs behind `end`. */
static bool take_row(store_stmt *st, audit_state *state, audit_end *end)
{
    audit_row row;
    char hash[AUDIT_HASH];
    audit_row_read(st, &row);
    if (row.number > end->number + 1) {
        broken_at(state, end->number + 1, "is missing");
    } else if (row.number <= end->number) {
        broken_at(state, row.number, "stands before the beginning of the log");
    } else if (!audit_hash(end->hash, &row, hash) || strcmp(hash, store_text(st, 13)) != 0) {
        broken_at(state, row.number, "is not as it was written");
    } else {
        end->number = row.number;
        memcpy(end->hash, hash, sizeof(hash));
        state->first = state->entries == 0 ? row.number : state->first;
        state->last = row.number;
        state->entries++;
        return true;
    }
    return false;
}

/* One statement's rows; `count` is how many there were. */
static platen_code walk_piece(store_conn *conn, int64_t after, int64_t to, audit_state *state,
                              audit_end *end, int *count, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_audit_walk, &st, err));
    store_bind_i64(st, "after", after);
    store_bind_i64(st, "most", PIECE);
    platen_code code = PLATEN_OK;
    *count = 0;
    while (state->whole && (to == 0 || end->number < to) &&
           (code = store_step(st, err)) == PLATEN_OK) {
        ++*count;
        (void)take_row(st, state, end);
    }
    store_reset(st);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code audit_walk(store_conn *conn, const audit_end *base, int64_t to, audit_state *state,
                       audit_end *end, platen_error *err)
{
    int64_t after = INT64_MIN; /* what stands before the base is seen too */
    int count = PIECE;
    *end = *base;
    *state = (audit_state){.whole = true};
    while (count == PIECE && state->whole && (to == 0 || end->number < to)) {
        PLATEN_TRY(walk_piece(conn, after, to, state, end, &count, err));
        after = end->number;
    }
    return PLATEN_OK;
}

static void compare_head(const audit_ends *ends, const audit_end *end, audit_state *state)
{
    if (!state->whole) {
        /* Behind the head nothing is missing: what stands there is one too many. */
        if (state->broken > ends->head.number) {
            broken_at(state, state->broken, "stands behind the end of the log");
        }
    } else if (end->number < ends->head.number) {
        broken_at(state, end->number + 1, "is missing");
    } else if (end->number > ends->head.number) {
        broken_at(state, ends->head.number + 1, "stands behind the end of the log");
    } else if (strcmp(end->hash, ends->head.hash) != 0) {
        broken_at(state, end->number,
                  "does not lead to the sealed end: entries were written anew before it");
    }
}

static platen_code compare_mark(store_conn *conn, const audit_end *mark, const audit_ends *ends,
                                audit_state *state, platen_error *err)
{
    bool fits = true;
    if (!state->whole || mark == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(audit_mark_fits(conn, ends, mark, &fits, err));
    if (!fits) {
        broken_at(state, mark->number <= ends->head.number ? mark->number : ends->head.number + 1,
                  "is missing: an older copy of the database was put back");
    }
    return PLATEN_OK;
}

static platen_code verify(const audit *a, store_conn *conn, const audit_end *mark,
                          audit_state *state, platen_error *err)
{
    audit_ends ends;
    audit_end end;
    platen_error trouble = PLATEN_ERROR_INIT;
    platen_code code = audit_ends_get(a, conn, false, &ends, &trouble);
    if (code == PLATEN_E_NOT_FOUND || code == PLATEN_E_CORRUPT) {
        *state = (audit_state){.whole = false, .broken = 1};
        (void)snprintf(state->text, sizeof(state->text), "%s",
                       code == PLATEN_E_CORRUPT
                           ? "the seal at the end of the log was not made with this key file"
                           : "the end of the log is missing");
        return PLATEN_OK;
    }
    if (code != PLATEN_OK) {
        return error_set(err, code, "%s", trouble.text);
    }
    PLATEN_TRY(audit_walk(conn, &ends.base, 0, state, &end, err));
    compare_head(&ends, &end, state);
    return compare_mark(conn, mark, &ends, state, err);
}

/* The mark is read before the snapshot begins: it never runs ahead of that. */
platen_code audit_verify(audit *a, audit_state *state, platen_error *err)
{
    store_conn *conn = NULL;
    audit_end mark;
    bool marked = audit_mark_read(a, &mark);
    PLATEN_TRY(store_read(a->store, &conn, err));
    platen_code code = verify(a, conn, marked ? &mark : NULL, state, err);
    store_read_end(conn);
    return code;
}

platen_code audit_check(store *s, const secret_key *key, const audit_end *mark, audit_state *state,
                        platen_error *err)
{
    const audit closed = {.store = s, .key = key};
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = verify(&closed, conn, mark, state, err);
    store_read_end(conn);
    return code;
}
