/*
 * Answering a list: what the request asks for, and the stream of all rows. It takes all keys first
 * (8 bytes a row) and then the rows in pieces: no connection is held while bytes go to the client.
 */
#include "core/rest/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rest/list_work.h"

#define FIELDS_MAX 64u

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

/* ---- what is wrong ---- */

static void complain(const char *parameter, const char *code, const char *text, void *user)
{
    char pointer[32];
    (void)snprintf(pointer, sizeof(pointer), "?%s", parameter);
    rest_invalid(user, pointer, code, text);
}

platen_code list_plan_of(rest_request *r, const list_source *source, list_plan *plan,
                         platen_error *err)
{
    return list_plan_read(r->arena, &r->query, source, complain, r, plan, err);
}

/* ---- everything, as ndjson ---- */

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

static platen_code write_piece(list_work *w, const int64_t *keys, size_t number, strbuf *out,
                               platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(rest_services(w->request)->store, &conn, err));
    platen_code code = list_rows(w, conn, keys, number, &stmt, err);
    if (code == PLATEN_OK) {
        code = write_rows(w, stmt, out, err);
    }
    store_reset(stmt);
    store_read_end(conn);
    return code == PLATEN_OK && out->failed
               ? error_set(err, PLATEN_E_NOMEM, "no memory for a piece of the list")
               : code;
}

platen_code list_take_all_keys(list_work *w, key_list *list, platen_error *err)
{
    static const list_shape by_region = {.filter_then_sort = true, .plain_filters = true};
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(w->request)->store, &conn, err));
    bool lite = store_conn_dialect(conn) == STORE_SQLITE;
    platen_code code = list_complete(w, conn, err);
    bool column = w->plan.regions != NULL && w->source->region_kind == LIST_REGION_COLUMN;
    if (code == PLATEN_OK) {
        code = list_take_keys(w, conn, LIST_SQL_KEYS, lite && column ? &by_region : NULL, 0, list,
                              err);
    }
    store_read_end(conn);
    return code;
}

static platen_code answer_all(list_work *w, platen_error *err)
{
    key_list list = {0};
    strbuf out;
    platen_code code = list_take_all_keys(w, &list, err);
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

/* The handler's group, as one more filter of a field of its own. */
static platen_code add_group(list_work *w, int64_t group, platen_error *err)
{
    list_value *value = arena_alloc(w->request->arena, sizeof(*value));
    if (value == NULL || w->plan.filter_count == LIST_FILTERS) {
        return error_set(err, PLATEN_E_TOO_LARGE, "too many filters");
    }
    *value = (list_value){.integer = group};
    w->plan.filters[w->plan.filter_count++] =
        (list_filter){.field = &list_group_field, .op = LIST_EQ, .values = value, .count = 1};
    return PLATEN_OK;
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
    PLATEN_TRY(list_plan_of(r, source, &w->plan, err));
    if (source->region != NULL && !rest_regions_of(r)->all) {
        w->plan.regions = rest_regions_of(r);
    }
    if (scope != NULL && scope->group != 0) {
        PLATEN_TRY(add_group(w, scope->group, err));
    }
    strbuf_init(&w->sql);
    sheet_format format = SHEET_CSV;
    platen_code code = list_wants_sheet(r, &format) ? list_answer_sheet(w, format, err)
                       : rest_wants_ndjson(r)       ? answer_all(w, err)
                                                    : list_answer_page(w, err);
    strbuf_fini(&w->sql);
    return code;
}
