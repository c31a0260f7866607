/*
 * Rows of a plugin's table by the list builder. Table and columns stand in the SQL as the page
 * names them: page.c has held these names to a-z, 0-9 and '_', the table to the plugin's own.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/feature/page_rows.h"
#include "core/model/region_row.h"
#include "core/rest/list_work.h"

/* ---- one row ---- */

static void write_number(json_writer *w, const char *key, store_stmt *stmt, int place)
{
    int64_t whole = store_i64(stmt, place);
    double value = store_double(stmt, place);
    if (store_is_null(stmt, place)) {
        json_null(w, key);
    } else if (whole != 0 || value == 0) {
        json_i64(w, key, whole);
    } else {
        json_double(w, key, value);
    }
}

/* What is no JSON is a text: a list shows it rather than nothing. */
static void write_value(json_writer *w, const char *key, store_stmt *stmt, int place)
{
    const char *text = store_is_null(stmt, place) ? "" : store_text(stmt, place);
    cJSON *value = cJSON_ParseWithOpts(text, NULL, true);
    if (value != NULL && !cJSON_IsObject(value) && !cJSON_IsArray(value)) {
        json_tree(w, key, value);
    } else {
        json_text(w, key, text[0] != '\0' ? text : NULL);
    }
    cJSON_Delete(value);
}

/* A device that who asks may not see has no name here; rows that belong to such a one are not there
 * anyway. */
static void write_device(rest_request *r, json_writer *w, const page_column *c, store_stmt *stmt)
{
    sheet_format format = SHEET_CSV;
    int64_t id = store_i64(stmt, c->place);
    bool known = !store_is_null(stmt, c->place + 3) || store_text(stmt, c->place + 2)[0] != '\0';
    const char *name = store_text(stmt, c->place + 1);
    if (id == 0 || !rest_in_regions(r, store_i64(stmt, c->place + 3))) {
        json_null(w, c->id);
        return;
    }
    if (name[0] == '\0') {
        name = store_text(stmt, c->place + 2);
    }
    if (list_wants_sheet(r, &format)) {
        json_text(w, c->id, known ? name : "");
        return;
    }
    json_object(w, c->id);
    json_id(w, "id", id);
    json_text(w, "name", name);
    json_object_end(w);
}

/* A group of regions that who asks does not have keeps its name to itself. */
static void write_group(rest_request *r, json_writer *w, const page_column *c, store_stmt *stmt)
{
    sheet_format format = SHEET_CSV;
    int64_t id = store_i64(stmt, c->place);
    bool known =
        store_is_null(stmt, c->place + 2) || rest_in_regions(r, store_i64(stmt, c->place + 2));
    const char *name = known ? store_text(stmt, c->place + 1) : "";
    if (id == 0) {
        json_null(w, c->id);
    } else if (list_wants_sheet(r, &format)) {
        json_text(w, c->id, name);
    } else {
        json_object(w, c->id);
        json_id(w, "id", id);
        json_text(w, "name", name);
        json_object_end(w);
    }
}

static void write_cell(rest_request *r, json_writer *w, const page_column *c, store_stmt *stmt)
{
    switch (c->type) {
    case PAGE_NUMBER:
    case PAGE_PERCENT:
        write_number(w, c->id, stmt, c->place);
        break;
    case PAGE_TIME:
        json_time(w, c->id, store_i64(stmt, c->place));
        break;
    case PAGE_DEVICE:
        write_device(r, w, c, stmt);
        break;
    case PAGE_GROUP:
        write_group(r, w, c, stmt);
        break;
    case PAGE_VALUE:
        write_value(w, c->id, stmt, c->place);
        break;
    case PAGE_TEXT:
    case PAGE_CHOICE:
    case PAGE_WORDS:
        json_text(w, c->id, store_is_null(stmt, c->place) ? NULL : store_text(stmt, c->place));
        break;
    }
}

static platen_code write_row(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                             platen_error *err)
{
    const page *p = user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(stmt, 0));
    for (size_t i = 0; i < p->column_count; i++) {
        const page_column *c = &p->columns[i];
        if (strcmp(c->id, "id") != 0 && list_wants(r, c->id)) {
            write_cell(r, w, c, stmt);
        }
    }
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- requests ---- */

platen_code page_table_list(const page *p, rest_request *r, platen_error *err)
{
    return list_answer(r, &p->source, NULL, write_row, (void *)(uintptr_t)p, err);
}

/* Of a row that belongs to a device: as if there were none when that is of other regions. */
static platen_code check_region(rest_request *r, store_conn *conn, int64_t device,
                                platen_error *err)
{
    int64_t region = 0;
    if (rest_regions_of(r)->all || device == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(region_of_device(conn, device, &region, err));
    return rest_in_regions(r, region)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no '%.64s'", rest_param(r, "key"));
}

static const char *condition(const page *p)
{
    return p->source.where != NULL ? p->source.where : "1 = 1";
}

static platen_code read_row(const page *p, rest_request *r, store_conn *conn, int64_t key,
                            platen_error *err)
{
    strbuf sql;
    store_stmt *stmt = NULL;
    int64_t device = 0;
    strbuf_init(&sql);
    strbuf_appendf(&sql, "SELECT %s, %s FROM %s WHERE %s = :key AND %s", p->source.columns,
                   p->device != NULL ? p->source.region : "0", p->source.from, p->source.key,
                   condition(p));
    platen_code rc = sql.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a row")
                                : store_prepare_text(conn, sql.data, &stmt, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(stmt, "key", key);
        rc = store_step(stmt, err);
    }
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no '%.64s'", rest_param(r, "key"));
    }
    if (rc == PLATEN_OK) {
        device = store_i64(stmt, p->width);
        rc = write_row(r, stmt, rest_json(r, 200), (void *)(uintptr_t)p, err);
    }
    store_reset(stmt);
    strbuf_fini(&sql);
    return rc == PLATEN_OK ? check_region(r, conn, device, err) : rc;
}

platen_code page_table_row(const page *p, rest_request *r, platen_error *err)
{
    store_conn *conn = NULL;
    int64_t key = 0;
    PLATEN_TRY(rest_param_id(r, "key", &key, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = read_row(p, r, conn, key, err);
    store_read_end(conn);
    return rc;
}

/* ---- is the table as the page says? ---- */

/* Functions that take only columns of the right kind, on databases that mind. */
static void put_trials(const page *p, strbuf *sql)
{
    for (size_t i = 0; i < p->column_count; i++) {
        const page_column *c = &p->columns[i];
        bool text = c->type == PAGE_TEXT || c->type == PAGE_CHOICE || c->type == PAGE_WORDS ||
                    c->type == PAGE_VALUE;
        strbuf_appendf(sql, text ? " OR lower(r.%s) = ''" : " OR r.%s + 0 = 0", c->id);
    }
    if (p->device != NULL) {
        strbuf_appendf(sql, " OR r.%s + 0 = 0", p->device);
    }
}

platen_code page_table_try(const page *p, store *s, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    strbuf sql;
    strbuf_init(&sql);
    strbuf_appendf(&sql, "SELECT %s FROM %s WHERE %s = 0 AND (1 = 0", p->source.columns,
                   p->source.from, p->source.key);
    put_trials(p, &sql);
    strbuf_appendf(&sql, ") AND %s", condition(p));
    platen_code rc = sql.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for page '%s'", p->id)
                                : store_read(s, &conn, err);
    if (rc == PLATEN_OK) {
        rc = store_prepare_text(conn, sql.data, &stmt, err);
        rc = rc == PLATEN_OK ? store_step(stmt, err) : rc;
        store_reset(stmt);
        store_read_end(conn);
    }
    strbuf_fini(&sql);
    return rc == PLATEN_OK || rc == PLATEN_E_NOT_FOUND
               ? PLATEN_OK
               : error_note(err, rc, "page '%s': the table '%s' is not as the page says", p->id,
                            p->table);
}
