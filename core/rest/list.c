/*
 * Answering a list: the plan, its SQL, the rows of a page or the stream of all. Reads hold a
 * connection only while rows are taken, never while bytes go to the client: a stream takes all keys
 * first (8 bytes a row) and then the rows in pieces.
 */
#include "core/rest/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/rest/list_plan.h"
#include "core/rest/request.h"

#define FIELDS_MAX 64u
#define KEYS_MAX ((size_t)5000000)

typedef struct list_work {
    rest_request *request;
    const list_source *source;
    const list_scope *scope;
    list_row_fn row;
    void *user;
    list_plan plan;
    strbuf sql;
    list_value values[LIST_BINDS];
    size_t value_count;
} list_work;

/* ---- ?fields= ---- */

static void read_fields(rest_request *r)
{
    const char *text = rest_query(r, "fields");
    const char **names = NULL;
    size_t count = 0;
    r->wanted_read = true;
    if (text == NULL || text[0] == '\0') {
        return;
    }
    char *copy = arena_dup(r->arena, text);
    names = arena_alloc_array(r->arena, FIELDS_MAX, sizeof(*names));
    while (copy != NULL && names != NULL && *copy != '\0' && count < FIELDS_MAX) {
        size_t length = strcspn(copy, ",");
        bool end = copy[length] == '\0';
        copy[length] = '\0';
        names[count++] = copy;
        copy += length + (end ? 0 : 1);
    }
    r->wanted = names;
    r->wanted_count = count;
}

bool list_wants(rest_request *r, const char *field)
{
    if (!r->wanted_read) {
        read_fields(r);
    }
    if (r->wanted == NULL || strcmp(field, "id") == 0) {
        return true;
    }
    for (size_t i = 0; i < r->wanted_count; i++) {
        if (strcmp(r->wanted[i], field) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- statements ---- */

static void complain(const char *parameter, const char *code, const char *text, void *user)
{
    char pointer[32];
    (void)snprintf(pointer, sizeof(pointer), "?%s", parameter);
    rest_invalid(user, pointer, code, text);
}

static void bind_values(const list_work *w, store_stmt *stmt)
{
    char name[32];
    for (size_t i = 0; i < w->value_count; i++) {
        const list_value *v = &w->values[i];
        (void)snprintf(name, sizeof(name), "f%zu", i);
        if (v->is_text) {
            store_bind_text(stmt, name, v->text);
        } else if (v->is_double) {
            store_bind_double(stmt, name, v->number);
        } else {
            store_bind_i64(stmt, name, v->integer);
        }
    }
}

static platen_code prepare(list_work *w, store_conn *conn, list_kind kind, store_stmt **stmt,
                           platen_error *err)
{
    const char *where = w->scope != NULL ? w->scope->where : NULL;
    strbuf_clear(&w->sql);
    PLATEN_TRY(list_plan_sql(&w->plan, w->source, where, store_conn_dialect(conn), kind, &w->sql,
                             w->request->arena, w->values, &w->value_count, err));
    PLATEN_TRY(store_prepare_text(conn, w->sql.data, stmt, err));
    bind_values(w, *stmt);
    if (kind != LIST_SQL_ROWS && w->scope != NULL && w->scope->bind != NULL) {
        w->scope->bind(*stmt, w->scope->user);
    }
    return PLATEN_OK;
}

/* Rows until there are none; each is separated by `between` when it is no array. */
static platen_code take_rows(list_work *w, store_stmt *stmt, json_writer *json, int64_t *count,
                             platen_error *err)
{
    platen_code code = PLATEN_OK;
    *count = 0;
    while ((code = store_step(stmt, err)) == PLATEN_OK) {
        PLATEN_TRY(w->row(w->request, stmt, json, w->user, err));
        ++*count;
    }
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

/* ---- a page ---- */

static uint64_t count_key(const list_work *w)
{
    strbuf all;
    strbuf_init(&all);
    strbuf_append(&all, w->sql.data);
    strbuf_append_char(&all, '\n');
    /* What the scope binds comes from the path or from who asks. */
    strbuf_append(&all, w->request->exchange->path);
    strbuf_appendf(&all, "\n%lld", (long long)w->request->who.user);
    for (size_t i = 0; i < w->value_count; i++) {
        const list_value *v = &w->values[i];
        strbuf_append_char(&all, '\n');
        if (v->is_text) {
            strbuf_append(&all, v->text);
        } else if (v->is_double) {
            strbuf_append_n(&all, &v->number, sizeof(v->number));
        } else {
            strbuf_append_i64(&all, v->integer);
        }
    }
    strbuf_appendf(&all, "\n%zu", w->value_count);
    uint64_t key = all.failed ? 0 : hash_bytes(all.data, all.length);
    strbuf_fini(&all);
    return key;
}

static platen_code take_total(list_work *w, store_conn *conn, uint64_t version, int64_t *total,
                              platen_error *err)
{
    store_stmt *stmt = NULL;
    platen_code code = prepare(w, conn, LIST_SQL_COUNT, &stmt, err);
    uint64_t key = code == PLATEN_OK ? count_key(w) : 0;
    if (code == PLATEN_OK && !count_cache_get(w->request->rest->counts, key, version, total)) {
        code = store_step(stmt, err);
        if (code == PLATEN_OK) {
            *total = store_i64(stmt, 0);
            count_cache_set(w->request->rest->counts, key, version, *total);
        }
    }
    store_reset(stmt);
    return code;
}

static platen_code take_page(list_work *w, store_conn *conn, json_writer *json, int64_t *count,
                             platen_error *err)
{
    store_stmt *stmt = NULL;
    platen_code code = prepare(w, conn, LIST_SQL_PAGE, &stmt, err);
    if (code == PLATEN_OK) {
        store_bind_i64(stmt, "size", w->plan.size);
        store_bind_i64(stmt, "offset", (w->plan.page - 1) * w->plan.size);
        code = take_rows(w, stmt, json, count, err);
    }
    store_reset(stmt);
    return code;
}

static platen_code answer_page(list_work *w, platen_error *err)
{
    store_conn *conn = NULL;
    struct store *db = rest_services(w->request)->store;
    int64_t count = 0;
    int64_t total = 0;
    /* Before the snapshot: a commit in between makes the total newer than its version says, and
     * nobody will ask for that version again. */
    uint64_t version = store_version(db);
    PLATEN_TRY(store_read(db, &conn, err));
    json_writer *json = rest_json(w->request, 200);
    json_object(json, NULL);
    json_array(json, "items");
    platen_code code = take_page(w, conn, json, &count, err);
    if (code == PLATEN_OK) {
        json_array_end(json);
        if (count < w->plan.size && (count > 0 || w->plan.page == 1)) {
            total = (w->plan.page - 1) * w->plan.size + count; /* the end is in sight */
        } else {
            code = take_total(w, conn, version, &total, err);
        }
    }
    store_read_end(conn);
    PLATEN_TRY(code);
    json_i64(json, "total", total);
    json_i64(json, "page", w->plan.page);
    json_i64(json, "size", w->plan.size);
    json_object_end(json);
    return PLATEN_OK;
}

/* ---- everything, as ndjson ---- */

typedef struct key_list {
    int64_t *keys;
    size_t count;
    size_t capacity;
} key_list;

static platen_code add_key(key_list *list, int64_t key, platen_error *err)
{
    if (list->count == list->capacity) {
        size_t more = list->capacity == 0 ? 4096 : list->capacity * 2;
        int64_t *bigger = more <= KEYS_MAX * 2 ? realloc(list->keys, more * sizeof(*bigger)) : NULL;
        if (bigger == NULL) {
            return error_set(err, PLATEN_E_TOO_LARGE, "a list of more than %zu rows", list->count);
        }
        list->keys = bigger;
        list->capacity = more;
    }
    list->keys[list->count++] = key;
    return PLATEN_OK;
}

static platen_code take_keys(list_work *w, key_list *list, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(rest_services(w->request)->store, &conn, err));
    platen_code code = prepare(w, conn, LIST_SQL_KEYS, &stmt, err);
    while (code == PLATEN_OK && (code = store_step(stmt, err)) == PLATEN_OK) {
        code = add_key(list, store_i64(stmt, 0), err);
    }
    store_reset(stmt);
    store_read_end(conn);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

static platen_code write_rows(list_work *w, store_stmt *stmt, strbuf *out, platen_error *err)
{
    platen_code code = PLATEN_OK;
    while ((code = store_step(stmt, err)) == PLATEN_OK) {
        json_writer json;
        json_init(&json, out);
        PLATEN_TRY(w->row(w->request, stmt, &json, w->user, err));
        strbuf_append_char(out, '\n');
    }
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

static platen_code write_piece(list_work *w, const int64_t *keys, size_t count, strbuf *out,
                               platen_error *err)
{
    char name[32];
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(rest_services(w->request)->store, &conn, err));
    platen_code code = prepare(w, conn, LIST_SQL_ROWS, &stmt, err);
    if (code == PLATEN_OK) {
        for (size_t i = 0; i < LIST_SIZE_MAX; i++) { /* a short last piece repeats its last key */
            (void)snprintf(name, sizeof(name), "k%zu", i);
            store_bind_i64(stmt, name, keys[i < count ? i : count - 1]);
        }
        code = write_rows(w, stmt, out, err);
    }
    store_reset(stmt);
    store_read_end(conn);
    return code == PLATEN_OK && out->failed
               ? error_set(err, PLATEN_E_NOMEM, "no memory for a piece of the list")
               : code;
}

static platen_code answer_all(list_work *w, platen_error *err)
{
    key_list list = {0};
    strbuf out;
    platen_code code = take_keys(w, &list, err);
    if (code != PLATEN_OK || !rest_stream_begin(w->request, "application/x-ndjson")) {
        free(list.keys);
        return code;
    }
    strbuf_init(&out);
    for (size_t at = 0; code == PLATEN_OK && at < list.count; at += LIST_SIZE_MAX) {
        size_t count = list.count - at < LIST_SIZE_MAX ? list.count - at : LIST_SIZE_MAX;
        strbuf_clear(&out);
        code = write_piece(w, list.keys + at, count, &out, err);
        if (code == PLATEN_OK && !rest_stream_write(w->request, out.data, out.length)) {
            code = error_set(err, PLATEN_E_CANCELLED, "the client has gone");
        }
    }
    strbuf_fini(&out);
    free(list.keys);
    return code;
}

platen_code list_answer(rest_request *r, const list_source *source, const list_scope *scope,
                        list_row_fn row, void *user, platen_error *err)
{
    list_work *w = arena_alloc(r->arena, sizeof(*w));
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a list");
    }
    w->request = r;
    w->source = source;
    w->scope = scope;
    w->row = row;
    w->user = user;
    PLATEN_TRY(list_plan_read(r->arena, &r->query, source, complain, r, &w->plan, err));
    strbuf_init(&w->sql);
    platen_code code = rest_wants_ndjson(r) ? answer_all(w, err) : answer_page(w, err);
    strbuf_fini(&w->sql);
    return code;
}
