/* Rows of JSON. */
#include "core/report/sheet_rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"

#define ROW_COLUMNS 200
#define TIME_MIN 20 /* 2026-11-21T08:00:00Z */
#define TIME_MAX 30

typedef struct row_column {
    char *name;  /* "counts.total" */
    size_t head; /* length of the member's name: 6 */
} row_column;

struct sheet_rows {
    sheet_rows_options options;
    sheet *sheet; /* NULL: no row yet */
    row_column columns[ROW_COLUMNS];
    size_t count;
};

platen_code sheet_rows_new(const sheet_rows_options *options, sheet_rows **out, platen_error *err)
{
    sheet_rows *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a table");
    }
    r->options = *options;
    *out = r;
    return PLATEN_OK;
}

void sheet_rows_free(sheet_rows *r)
{
    if (r != NULL) {
        for (size_t i = 0; i < r->count; i++) {
            free(r->columns[i].name);
        }
        sheet_free(r->sheet);
        free(r);
    }
}

/* ---- columns ---- */

static void add_column(sheet_rows *r, const char *member, const char *below)
{
    strbuf name;
    if (r->count == ROW_COLUMNS) {
        return;
    }
    strbuf_init(&name);
    strbuf_append(&name, member);
    if (below != NULL) {
        strbuf_append_char(&name, '.');
        strbuf_append(&name, below);
    }
    char *text = strbuf_take(&name);
    if (text != NULL) {
        r->columns[r->count++] = (row_column){.name = text, .head = strlen(member)};
    }
}

static bool is_of_numbers(const cJSON *value)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, value)
    {
        if (!cJSON_IsNumber(each)) {
            return false;
        }
    }
    return cJSON_IsObject(value) && value->child != NULL && strcmp(value->string, "params") != 0;
}

static void take_columns(sheet_rows *r, const cJSON *row)
{
    const cJSON *member = NULL;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(member, row)
    {
        if (r->options.wants != NULL && !r->options.wants(member->string, r->options.user)) {
            continue;
        }
        if (!is_of_numbers(member)) {
            add_column(r, member->string, NULL);
            continue;
        }
        cJSON_ArrayForEach(each, member)
        {
            add_column(r, member->string, each->string);
        }
    }
}

static platen_code open_sheet(sheet_rows *r, platen_error *err)
{
    const char *names[ROW_COLUMNS];
    for (size_t i = 0; i < r->count; i++) {
        names[i] = r->columns[i].name;
    }
    return sheet_new(&r->options.sheet, names, r->count, &r->sheet, err);
}

/* ---- cells ---- */

static void put_text(sheet *s, const char *text)
{
    size_t length = strlen(text);
    int64_t ms = 0;
    if (length >= TIME_MIN && length <= TIME_MAX && text[length - 1] == 'Z' && text[10] == 'T' &&
        clock_parse(text, &ms)) {
        sheet_time(s, ms);
    } else {
        sheet_text(s, text);
    }
}

static void put_json(sheet *s, const cJSON *value)
{
    char *text = cJSON_PrintUnformatted(value);
    sheet_text(s, text);
    cJSON_free(text);
}

static bool is_of_values(const cJSON *array)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, array)
    {
        if (!cJSON_IsString(each) && !cJSON_IsNumber(each)) {
            return false;
        }
    }
    return true;
}

static void put_array(sheet *s, const cJSON *array)
{
    const cJSON *each = NULL;
    strbuf text;
    if (!is_of_values(array)) {
        put_json(s, array);
        return;
    }
    strbuf_init(&text);
    cJSON_ArrayForEach(each, array)
    {
        strbuf_append(&text, text.length > 0 ? "; " : "");
        if (cJSON_IsString(each)) {
            strbuf_append(&text, each->valuestring);
        } else {
            strbuf_appendf(&text, "%.15g", each->valuedouble);
        }
    }
    sheet_text(s, text.failed ? NULL : text.data);
    strbuf_fini(&text);
}

static void put_value(sheet *s, const cJSON *value)
{
    bool hollow = cJSON_IsObject(value) && value->child == NULL;
    if (value == NULL || cJSON_IsNull(value) || hollow) {
        sheet_empty(s);
    } else if (cJSON_IsString(value)) {
        put_text(s, value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        sheet_number(s, value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        sheet_text(s, cJSON_IsTrue(value) ? "true" : "false");
    } else if (cJSON_IsArray(value)) {
        put_array(s, value);
    } else {
        put_json(s, value);
    }
}

static const cJSON *member_of(const cJSON *row, const row_column *c)
{
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, row)
    {
        if (strncmp(member->string, c->name, c->head) == 0 && member->string[c->head] == '\0') {
            return c->name[c->head] == '.'
                       ? cJSON_GetObjectItemCaseSensitive(member, c->name + c->head + 1)
                       : member;
        }
    }
    return NULL;
}

/* ---- rows ---- */

platen_code sheet_rows_put(sheet_rows *r, const cJSON *row, platen_error *err)
{
    if (r->sheet == NULL) {
        take_columns(r, row);
        PLATEN_TRY(open_sheet(r, err));
    }
    for (size_t i = 0; i < r->count; i++) {
        put_value(r->sheet, member_of(row, &r->columns[i]));
    }
    return sheet_row_end(r->sheet, err);
}

platen_code sheet_rows_end(sheet_rows *r, platen_error *err)
{
    if (r->sheet == NULL) {
        for (size_t i = 0; i < r->options.spare_count; i++) {
            const char *name = r->options.spare[i];
            if (r->options.wants == NULL || r->options.wants(name, r->options.user)) {
                add_column(r, name, NULL);
            }
        }
        PLATEN_TRY(open_sheet(r, err));
    }
    return sheet_end(r->sheet, err);
}
