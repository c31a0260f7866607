/* Reading, changing and removing regions, and assigning devices. Runs on the store's writer. */
#include "core/model/region_row.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/base/zone.h"
#include "region_sql.h"

#define KEY_TEXT 33 /* 16 bytes in hex */

/* ---- reading ---- */

static platen_code load_ranges(store_conn *conn, int64_t except, region_book *b, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_region_ranges, &st, err));
    store_bind_i64(st, "except", except);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        net_range range = {.first = {.scope = 0}};
        size_t first = 0;
        size_t last = 0;
        if (!text_unhex(store_text(st, 0), range.first.bytes, sizeof(range.first.bytes), &first) ||
            !text_unhex(store_text(st, 1), range.last.bytes, sizeof(range.last.bytes), &last) ||
            first != sizeof(range.first.bytes) || last != sizeof(range.last.bytes)) {
            rc = error_set(err, PLATEN_E_CORRUPT, "range '%s' of region %" PRId64 " is damaged",
                           store_text(st, 0), store_i64(st, 2));
            break;
        }
        if (!region_book_add_range(b, store_i64(st, 2), &range)) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the regions");
            break;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code load_suffixes(store_conn *conn, int64_t except, region_book *b,
                                 platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_region_suffixes, &st, err));
    store_bind_i64(st, "except", except);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (!region_book_add_suffix(b, store_i64(st, 1), store_text(st, 0))) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the regions");
            break;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code region_book_load(store_conn *conn, int64_t except, region_book **out, platen_error *err)
{
    region_book *b = region_book_new();
    platen_code rc = b != NULL ? load_ranges(conn, except, b, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for the regions");
    if (rc == PLATEN_OK) {
        rc = load_suffixes(conn, except, b, err);
    }
    if (rc != PLATEN_OK) {
        region_book_free(b);
        return rc;
    }
    region_book_seal(b);
    *out = b;
    return PLATEN_OK;
}

struct region_map {
    region_book *book; /* NULL: not read yet */
    int64_t stamp;
};

region_map *region_map_new(void)
{
    return calloc(1, sizeof(region_map));
}

void region_map_free(region_map *m)
{
    if (m != NULL) {
        region_book_free(m->book);
        free(m);
    }
}

static platen_code read_stamp(store_conn *conn, int64_t *stamp, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_region_stamp, &st, err));
    platen_code rc = store_step(st, err);
    *stamp = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

platen_code region_map_book(region_map *m, store_conn *conn, const region_book **book,
                            platen_error *err)
{
    int64_t stamp = 0;
    PLATEN_TRY(read_stamp(conn, &stamp, err));
    if (m->book == NULL || stamp != m->stamp) {
        region_book *fresh = NULL;
        PLATEN_TRY(region_book_load(conn, 0, &fresh, err));
        region_book_free(m->book);
        m->book = fresh;
        m->stamp = stamp;
    }
    *book = m->book;
    return PLATEN_OK;
}

void region_set_write(const region_set *s, store_dialect dialect, strbuf *out)
{
    bool pgsql = dialect == STORE_PGSQL;
    strbuf_append_char(out, pgsql ? '{' : '[');
    for (size_t i = 0; i < s->count; i++) {
        strbuf_append(out, i > 0 ? "," : "");
        strbuf_append_i64(out, s->ids[i]);
    }
    strbuf_append_char(out, pgsql ? '}' : ']');
}

void region_set_bind(store_conn *conn, store_stmt *st, const char *name, const region_set *s)
{
    strbuf ids;
    strbuf_init(&ids);
    region_set_write(s, store_conn_dialect(conn), &ids);
    store_bind_text(st, name, ids.data);
    strbuf_fini(&ids);
}

platen_code region_of_device(store_conn *conn, int64_t device, int64_t *region, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_region_of_device, &st, err));
    store_bind_i64(st, "id", device);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *region = store_i64(st, 0);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no device %" PRId64, device);
    }
    store_reset(st);
    return rc;
}

/* ---- checking ---- */

typedef struct put_work {
    store_conn *conn;
    const region_fields *fields;
    region_change *change;
    net_range *ranges; /* of fields->addresses */
    size_t range_count;
    char (*suffixes)[REGION_SUFFIX_MAX + 1];
    size_t suffix_count;
    bool wrong;
} put_work;

static void complain(put_work *w, const char *member, size_t index, const char *code,
                     const char *text)
{
    char pointer[48];
    (void)snprintf(pointer, sizeof(pointer), "/%s/%zu", member, index);
    w->wrong = true;
    w->change->complain(pointer, code, text, w->change->user);
}

static void complain_overlap(put_work *w, const char *member, size_t index, const char *value,
                             int64_t region)
{
    char text[320];
    char name[128] = "another region";
    store_stmt *st = NULL;
    if (store_prepare(w->conn, &sql_region_name, &st, NULL) == PLATEN_OK) {
        store_bind_i64(st, "id", region);
        if (store_step(st, NULL) == PLATEN_OK) {
            (void)snprintf(name, sizeof(name), "region '%.100s'", store_text(st, 0));
        }
    }
    store_reset(st);
    (void)snprintf(text, sizeof(text), "%s has '%.80s' or a part of it already", name, value);
    complain(w, member, index, "overlap", text);
}

/* Whether an earlier entry of the region itself meets this one. */
static bool meets_own(const put_work *w, const net_range *range)
{
    for (size_t i = 0; i < w->range_count; i++) {
        if (memcmp(w->ranges[i].first.bytes, range->last.bytes, sizeof(range->last.bytes)) <= 0 &&
            memcmp(range->first.bytes, w->ranges[i].last.bytes, sizeof(range->last.bytes)) <= 0) {
            return true;
        }
    }
    return false;
}

static void take_range(put_work *w, const region_book *others, size_t index, const char *text)
{
    platen_error why = PLATEN_ERROR_INIT;
    net_range range;
    if (net_block_parse(text, &range, &why) != PLATEN_OK) {
        complain(w, "addresses", index, "range", why.text);
        return;
    }
    int64_t owner = region_book_overlap(others, &range);
    if (owner != 0) { /* ACC-78 */
        complain_overlap(w, "addresses", index, text, owner);
    } else if (meets_own(w, &range)) {
        complain(w, "addresses", index, "overlap", "an entry before it has a part of this already");
    } else {
        w->ranges[w->range_count++] = range;
    }
}

static void take_suffix(put_work *w, const region_book *others, size_t index, const char *text)
{
    platen_error why = PLATEN_ERROR_INIT;
    char *suffix = w->suffixes[w->suffix_count];
    if (region_suffix_read(text, suffix, &why) != PLATEN_OK) {
        complain(w, "suffixes", index, "format", why.text);
        return;
    }
    int64_t owner = region_book_suffix(others, suffix);
    for (size_t i = 0; i < w->suffix_count && owner == 0; i++) {
        if (strcmp(w->suffixes[i], suffix) == 0) {
            complain(w, "suffixes", index, "overlap", "an entry before it says the same");
            return;
        }
    }
    if (owner != 0) {
        complain_overlap(w, "suffixes", index, text, owner);
    } else {
        w->suffix_count++;
    }
}

static size_t entries_of(const cJSON *array)
{
    int size = array != NULL ? cJSON_GetArraySize(array) : 0;
    return size > 0 ? (size_t)size : 0;
}

static platen_code check_entries(put_work *w, int64_t id, platen_error *err)
{
    region_book *others = NULL;
    const cJSON *item = NULL;
    size_t index = 0;
    size_t ranges = entries_of(w->fields->addresses);
    size_t suffixes = entries_of(w->fields->suffixes);
    if (ranges > REGION_RANGES || suffixes > REGION_SUFFIXES) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "a region has at most %d ranges and %d suffixes, not %zu and %zu",
                         REGION_RANGES, REGION_SUFFIXES, ranges, suffixes);
    }
    w->ranges = calloc(ranges + 1, sizeof(*w->ranges));
    w->suffixes = calloc(suffixes + 1, sizeof(*w->suffixes));
    if (w->ranges == NULL || w->suffixes == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a region");
    }
    PLATEN_TRY(region_book_load(w->conn, id, &others, err));
    cJSON_ArrayForEach(item, w->fields->addresses)
    {
        take_range(w, others, index++, cJSON_IsString(item) ? item->valuestring : "");
    }
    index = 0;
    cJSON_ArrayForEach(item, w->fields->suffixes)
    {
        take_suffix(w, others, index++, cJSON_IsString(item) ? item->valuestring : "");
    }
    region_book_free(others);
    return PLATEN_OK;
}

/* Names differ in more than case. */
static void name_key(const char *name, char *key, size_t size)
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < size; i++) {
        key[i] = (char)tolower((unsigned char)name[i]);
    }
    key[i] = '\0';
}

static platen_code check_name(put_work *w, int64_t id, platen_error *err)
{
    char key[512];
    store_stmt *st = NULL;
    if (w->fields->name == NULL) {
        return PLATEN_OK;
    }
    name_key(w->fields->name, key, sizeof(key));
    PLATEN_TRY(store_prepare(w->conn, &sql_region_named, &st, err));
    store_bind_text(st, "name_key", key);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK && store_i64(st, 0) != id) {
        w->wrong = true;
        w->change->complain("/name", "exists", "there is a region of this name", w->change->user);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code check_zone(put_work *w, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    if (w->fields->timezone == NULL) {
        return PLATEN_OK;
    }
    platen_code rc = zone_check(w->fields->timezone, &why);
    if (rc == PLATEN_E_INVAL) { /* ACC-76 */
        w->wrong = true;
        w->change->complain("/timezone", "timezone", why.text, w->change->user);
        return PLATEN_OK;
    }
    return rc == PLATEN_OK ? rc : error_set(err, rc, "%s", why.text);
}

/* ---- assigning ---- */

static platen_code note_move(region_change *c, int64_t device, int64_t from, int64_t to,
                             platen_error *err)
{
    if (c->move_count == c->move_room) {
        size_t room = c->move_room == 0 ? 256 : c->move_room * 2;
        region_move *more = realloc(c->moves, room * sizeof(*more));
        if (more == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for %zu devices", room);
        }
        c->moves = more;
        c->move_room = room;
    }
    c->moves[c->move_count++] = (region_move){device, from, to};
    return PLATEN_OK;
}

static int by_region(const void *a, const void *b)
{
    const region_move *x = a;
    const region_move *y = b;
    if (x->to != y->to) {
        return x->to < y->to ? -1 : 1;
    }
    return x->device < y->device ? -1 : x->device > y->device;
}

static platen_code assign(store_conn *conn, const store_sql *sql, const region_move *moves,
                          size_t count, platen_error *err)
{
    strbuf ids;
    store_stmt *st = NULL;
    strbuf_init(&ids);
    for (size_t i = 0; i < count; i++) {
        strbuf_append_char(&ids, i == 0 ? '[' : ',');
        strbuf_append_i64(&ids, moves[i].device);
    }
    strbuf_append_char(&ids, ']');
    platen_code rc = ids.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for %zu devices", count)
                                : store_prepare(conn, sql, &st, err);
    if (rc == PLATEN_OK) {
        if (moves[0].to != 0) {
            store_bind_i64(st, "region", moves[0].to);
        } else {
            store_bind_null(st, "region");
        }
        store_bind_text(st, "ids", ids.data);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&ids);
    return rc;
}

/* A statement for all devices that come to a region. */
static platen_code assign_all(store_conn *conn, const store_sql *sql, region_move *moves,
                              size_t count, platen_error *err)
{
    if (count > 1) {
        qsort(moves, count, sizeof(*moves), by_region);
    }
    for (size_t at = 0; at < count;) {
        size_t end = at + 1;
        while (end < count && moves[end].to == moves[at].to) {
            end++;
        }
        PLATEN_TRY(assign(conn, sql, moves + at, end - at, err));
        at = end;
    }
    return PLATEN_OK;
}

/* What a row of region_places or region_verdict_places says; `six` -1: there is none. */
static platen_code compare_places(store_conn *conn, const store_sql *sql, int six,
                                  const region_book *book, region_change *c, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    platen_code rc = PLATEN_OK;
    int rest = six < 0 ? 2 : 3;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        int64_t to = region_book_find(book, store_text(st, 1), six < 0 ? "" : store_text(st, six),
                                      store_text(st, rest));
        int64_t from = store_i64(st, rest + 1);
        if (to != from) {
            rc = note_move(c, store_i64(st, 0), from, to, err);
            if (rc != PLATEN_OK) {
                break;
            }
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* Every device and every verdict anew, those that change in a statement a region. */
static platen_code assign_anew(store_conn *conn, region_change *change, platen_error *err)
{
    region_book *book = NULL;
    region_change verdicts = {.moves = NULL};
    PLATEN_TRY(region_book_load(conn, 0, &book, err));
    platen_code rc = compare_places(conn, &sql_region_places, 2, book, change, err);
    if (rc == PLATEN_OK) {
        rc = assign_all(conn, &sql_region_assign, change->moves, change->move_count, err);
    }
    if (rc == PLATEN_OK) {
        rc = compare_places(conn, &sql_region_verdict_places, -1, book, &verdicts, err);
    }
    if (rc == PLATEN_OK) {
        rc =
            assign_all(conn, &sql_region_assign_verdicts, verdicts.moves, verdicts.move_count, err);
    }
    region_change_fini(&verdicts);
    region_book_free(book);
    return rc;
}

/* ---- writing ---- */

/* The first statement of every change: on PostgreSQL other managers wait here, so that nobody
 * checks against what is about to change. A random number, since a counter that was rolled back
 * would come to the same value again with other regions. */
static platen_code restamp(store_conn *conn, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t stamp = 0;
    if (getrandom(&stamp, sizeof(stamp), 0) != (ssize_t)sizeof(stamp)) {
        return error_sys(err, PLATEN_E_IO, errno, "no random numbers");
    }
    PLATEN_TRY(store_prepare(conn, &sql_region_restamp, &st, err));
    store_bind_i64(st, "stamp", stamp);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code run_on(store_conn *conn, const store_sql *sql, const char *name, int64_t id,
                          int64_t *changes, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_i64(st, name, id);
    platen_code rc = store_run(st, changes, err);
    store_reset(st);
    return rc;
}

static platen_code write_ranges(const put_work *w, int64_t id, platen_error *err)
{
    char first[KEY_TEXT];
    char last[KEY_TEXT];
    store_stmt *st = NULL;
    PLATEN_TRY(run_on(w->conn, &sql_region_ranges_delete, "region", id, NULL, err));
    PLATEN_TRY(store_prepare(w->conn, &sql_region_range_insert, &st, err));
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; i < w->range_count && rc == PLATEN_OK; i++) {
        text_hex(first, w->ranges[i].first.bytes, sizeof(w->ranges[i].first.bytes));
        text_hex(last, w->ranges[i].last.bytes, sizeof(w->ranges[i].last.bytes));
        store_bind_text(st, "first", first);
        store_bind_text(st, "last", last);
        store_bind_i64(st, "region", id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    return rc;
}

static platen_code write_suffixes(const put_work *w, int64_t id, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(run_on(w->conn, &sql_region_suffixes_delete, "region", id, NULL, err));
    PLATEN_TRY(store_prepare(w->conn, &sql_region_suffix_insert, &st, err));
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; i < w->suffix_count && rc == PLATEN_OK; i++) {
        store_bind_text(st, "suffix", w->suffixes[i]);
        store_bind_i64(st, "region", id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    return rc;
}

/* Binds the members that are there, NULL for the others. */
static void bind_fields(store_stmt *st, const region_fields *f, const char *key,
                        const char *addresses, const char *suffixes)
{
    store_bind_text(st, "name", f->name);
    store_bind_text(st, "name_key", f->name != NULL ? key : NULL);
    store_bind_text(st, "timezone", f->timezone);
    store_bind_text(st, "addresses", addresses);
    store_bind_text(st, "suffixes", suffixes);
}

static platen_code write_row(const put_work *w, int64_t *id, int64_t now, platen_error *err)
{
    char key[512] = "";
    char *addresses =
        w->fields->addresses != NULL ? cJSON_PrintUnformatted(w->fields->addresses) : NULL;
    char *suffixes =
        w->fields->suffixes != NULL ? cJSON_PrintUnformatted(w->fields->suffixes) : NULL;
    bool fresh = *id == 0;
    int64_t changes = 0;
    store_stmt *st = NULL;
    if (w->fields->name != NULL) {
        name_key(w->fields->name, key, sizeof(key));
    }
    platen_code rc =
        store_prepare(w->conn, fresh ? &sql_region_insert : &sql_region_update, &st, err);
    if (rc == PLATEN_OK) {
        bind_fields(st, w->fields, key, addresses, suffixes);
        if (fresh) {
            store_bind_i64(st, "now", now);
            rc = store_step(st, err);
            *id = rc == PLATEN_OK ? store_i64(st, 0) : 0;
        } else {
            store_bind_i64(st, "id", *id);
            rc = store_run(st, &changes, err);
        }
    }
    store_reset(st);
    cJSON_free(addresses);
    cJSON_free(suffixes);
    if (rc == PLATEN_OK && !fresh && changes == 0) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no region %" PRId64, *id);
    }
    return rc;
}

static platen_code put(put_work *w, int64_t *id, int64_t now, platen_error *err)
{
    PLATEN_TRY(restamp(w->conn, err));
    PLATEN_TRY(check_name(w, *id, err));
    PLATEN_TRY(check_zone(w, err));
    PLATEN_TRY(check_entries(w, *id, err));
    if (w->wrong) {
        return error_set(err, PLATEN_E_INVAL, "the region cannot be as it is described");
    }
    PLATEN_TRY(write_row(w, id, now, err));
    if (w->fields->addresses != NULL) {
        PLATEN_TRY(write_ranges(w, *id, err));
    }
    if (w->fields->suffixes != NULL) {
        PLATEN_TRY(write_suffixes(w, *id, err));
    }
    if (w->fields->addresses == NULL && w->fields->suffixes == NULL) {
        return PLATEN_OK;
    }
    return assign_anew(w->conn, w->change, err);
}

platen_code region_put(store_conn *conn, int64_t *id, const region_fields *fields, int64_t now,
                       region_change *change, platen_error *err)
{
    put_work w = {.conn = conn, .fields = fields, .change = change};
    platen_code rc = put(&w, id, now, err);
    free(w.ranges);
    free(w.suffixes);
    return rc;
}

/* Appends "user 'a', user 'b'" of whoever has the region. */
static platen_code name_owners(store_conn *conn, const store_sql *sql, const char *kind, int64_t id,
                               strbuf *out, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_i64(st, "region", id);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        strbuf_appendf(out, "%s%s '%.40s'", out->length > 0 ? ", " : "", kind, store_text(st, 0));
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code check_unused(store_conn *conn, int64_t id, platen_error *err)
{
    static const struct {
        const store_sql *sql;
        const char *kind;
    } owners[] = {
        {&sql_region_users, "user"}, {&sql_region_groups, "group"}, {&sql_region_tasks, "task"}};
    strbuf names;
    platen_code rc = PLATEN_OK;
    strbuf_init(&names);
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]) && rc == PLATEN_OK; i++) {
        rc = name_owners(conn, owners[i].sql, owners[i].kind, id, &names, err);
    }
    if (rc == PLATEN_OK && names.length > 0) {
        rc = error_set(err, PLATEN_E_STATE, "the region is in use: %s", names.data);
    }
    strbuf_fini(&names);
    return rc;
}

platen_code region_remove(store_conn *conn, int64_t id, region_change *change, platen_error *err)
{
    int64_t changes = 0;
    PLATEN_TRY(restamp(conn, err));
    PLATEN_TRY(check_unused(conn, id, err));
    PLATEN_TRY(run_on(conn, &sql_region_delete, "id", id, &changes, err));
    if (changes == 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no region %" PRId64, id);
    }
    return assign_anew(conn, change, err);
}

void region_change_fini(region_change *change)
{
    free(change->moves);
    change->moves = NULL;
    change->move_count = 0;
    change->move_room = 0;
}
