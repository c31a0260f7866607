/* Filters, order and pages over JSON objects. What a filter means is what list_filter_sql.c makes
 * of it: text without regard to case, nothing sorts first. */
#include "core/rest/list_items.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/sheet_rows.h"
#include "core/rest/list_work.h"

typedef struct items_work {
    rest_request *request;
    const list_items *list;
    list_plan plan;
    const cJSON **rows; /* of the arena: what matches, in order */
    size_t count;
    sheet_format format;
    bool begun, gone; /* of files: bytes have gone out; the client has gone */
} items_work;

/* ---- values ---- */

/* What an item has for a field. */
typedef struct item_value {
    bool empty;
    const char *text;
    double number;
} item_value;

static item_value value_of(const cJSON *item, const list_field *field)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(item, field->column);
    item_value v = {.empty = true, .text = ""};
    int64_t ms = 0;
    if (cJSON_IsNumber(member)) {
        v.number = member->valuedouble;
        v.empty = field->type == LIST_TIME && v.number == 0;
    } else if (cJSON_IsString(member) && field->type == LIST_TIME) {
        v.empty = !clock_parse(member->valuestring, &ms);
        v.number = (double)ms;
    } else if (cJSON_IsString(member) && field->type == LIST_ID) {
        v.number = (double)strtoll(member->valuestring, NULL, 10);
        v.empty = member->valuestring[0] == '\0';
    } else if (cJSON_IsString(member)) {
        v.text = member->valuestring;
        v.empty = v.text[0] == '\0';
    }
    return v;
}

static double number_of(const list_value *value)
{
    return value->is_double ? value->number : (double)value->integer;
}

/* ---- one filter ---- */

static int compare_with(const item_value *v, const list_value *with)
{
    if (with->is_text && v->text[0] != '\0') {
        return strcasecmp(v->text, with->text);
    }
    double other = with->is_text ? strtod(with->text, NULL) : number_of(with);
    return v->number < other ? -1 : v->number > other ? 1 : 0;
}

static bool text_fits(const char *in, list_op op, const char *what)
{
    size_t length = strlen(what);
    size_t whole = strlen(in);
    if (op == LIST_BEGINS) {
        return strncmp(in, what, length) == 0;
    }
    if (op == LIST_ENDS) {
        return whole >= length && strcmp(in + whole - length, what) == 0;
    }
    return strstr(in, what) != NULL;
}

static bool has_text(const item_value *v, list_op op, const char *text)
{
    strbuf in;
    strbuf what;
    strbuf_init(&in);
    strbuf_init(&what);
    text_fold(&in, v->text);
    text_fold(&what, text);
    bool has = !in.failed && !what.failed && text_fits(in.data, op, what.data);
    strbuf_fini(&in);
    strbuf_fini(&what);
    return has;
}

static bool is_one_of(const item_value *v, const list_filter *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (compare_with(v, &f->values[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool filter_fits(const cJSON *item, const list_filter *f)
{
    item_value v = value_of(item, f->field);
    if (f->op == LIST_EMPTY) {
        return v.empty == (f->values[0].integer != 0);
    }
    if (v.empty) {
        return f->op == LIST_NE;
    }
    switch (f->op) {
    case LIST_EQ:
        return compare_with(&v, f->values) == 0;
    case LIST_NE:
        return compare_with(&v, f->values) != 0;
    case LIST_LT:
        return compare_with(&v, f->values) < 0;
    case LIST_LE:
        return compare_with(&v, f->values) <= 0;
    case LIST_GT:
        return compare_with(&v, f->values) > 0;
    case LIST_GE:
        return compare_with(&v, f->values) >= 0;
    case LIST_IN:
        return is_one_of(&v, f);
    case LIST_BEGINS:
    case LIST_ENDS:
    case LIST_CONTAINS:
        return has_text(&v, f->op, f->values[0].text);
    case LIST_EMPTY:
        break;
    }
    return false;
}

/* ---- all filters ---- */

/* The filters of one field are alternatives (DEV-96), but for those that belong together. */
static bool field_fits(const items_work *w, const cJSON *item, size_t first, bool *done)
{
    const list_plan *plan = &w->plan;
    bool any = false;
    for (size_t i = first; i < plan->filter_count; i++) {
        if (plan->filters[i].field != plan->filters[first].field || done[i]) {
            continue;
        }
        bool fits = filter_fits(item, &plan->filters[i]);
        done[i] = true;
        for (size_t j = i + 1; j < plan->filter_count; j++) {
            if (!done[j] && plan->filters[j].field == plan->filters[i].field &&
                list_filters_join(&plan->filters[i], &plan->filters[j])) {
                fits = filter_fits(item, &plan->filters[j]) && fits;
                done[j] = true;
            }
        }
        any = any || fits;
    }
    return any;
}

static bool has_term(const items_work *w, const cJSON *item, const char *term)
{
    for (size_t i = 0; i < w->list->search_count; i++) {
        const list_field as_text = {.column = w->list->search[i], .type = LIST_TEXT};
        item_value v = value_of(item, &as_text);
        if (has_text(&v, LIST_CONTAINS, term)) {
            return true;
        }
    }
    return false;
}

static bool fits(const items_work *w, const cJSON *item)
{
    bool done[LIST_FILTERS] = {false};
    if (!cJSON_IsObject(item) ||
        (w->list->shows != NULL && !w->list->shows(w->request, item, w->list->user))) {
        return false;
    }
    for (size_t i = 0; i < w->plan.filter_count; i++) {
        if (!done[i] && !field_fits(w, item, i, done)) {
            return false;
        }
    }
    for (size_t i = 0; i < w->plan.term_count; i++) {
        if (!has_term(w, item, w->plan.terms[i])) {
            return false;
        }
    }
    return true;
}

/* ---- order ---- */

static int compare_values(const item_value *a, const item_value *b, bool text)
{
    if (a->empty || b->empty) {
        return (a->empty ? 0 : 1) - (b->empty ? 0 : 1);
    }
    bool texts = text && (a->text[0] != '\0' || b->text[0] != '\0');
    return texts                   ? strcasecmp(a->text, b->text)
           : a->number < b->number ? -1
           : a->number > b->number ? 1
                                   : 0;
}

/* The place keeps items in order that are equal: pages do not overlap. */
typedef struct item_row {
    const cJSON *item;
    size_t place;
} item_row;

static int compare_rows(const void *left, const void *right, void *user)
{
    const item_row *a = left;
    const item_row *b = right;
    const items_work *w = user;
    for (size_t i = 0; i < w->plan.sort_count; i++) {
        const list_field *field = w->plan.sorts[i].field;
        item_value x = value_of(a->item, field);
        item_value y = value_of(b->item, field);
        int order = compare_values(&x, &y, field->type == LIST_TEXT || field->type == LIST_CHOICE);
        if (order != 0) {
            return w->plan.sorts[i].descending ? -order : order;
        }
    }
    return a->place < b->place ? -1 : 1;
}

static platen_code take_rows(items_work *w, const cJSON *items, platen_error *err)
{
    const cJSON *each = NULL;
    size_t total = (size_t)cJSON_GetArraySize(items);
    w->rows = arena_alloc_array(w->request->arena, total + 1, sizeof(*w->rows));
    item_row *rows = arena_alloc_array(w->request->arena, total + 1, sizeof(*rows));
    if (w->rows == NULL || rows == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a list");
    }
    cJSON_ArrayForEach(each, items)
    {
        if (fits(w, each)) {
            rows[w->count] = (item_row){each, w->count};
            w->count++;
        }
    }
    qsort_r(rows, w->count, sizeof(*rows), compare_rows, w);
    for (size_t i = 0; i < w->count; i++) {
        w->rows[i] = rows[i].item;
    }
    return PLATEN_OK;
}

/* ---- answers ---- */

static platen_code tell_before(items_work *w, size_t from, size_t count, platen_error *err)
{
    const list_items *l = w->list;
    return l->before != NULL && count > 0
               ? l->before(w->request, w->rows + from, count, l->user, err)
               : PLATEN_OK;
}

static platen_code answer_page(items_work *w, platen_error *err)
{
    size_t from = (size_t)((w->plan.page - 1) * w->plan.size);
    size_t size = (size_t)w->plan.size;
    size_t count = from >= w->count ? 0 : w->count - from < size ? w->count - from : size;
    PLATEN_TRY(tell_before(w, from, count, err));
    json_writer *json = rest_json(w->request, 200);
    json_object(json, NULL);
    json_array(json, "items");
    for (size_t i = 0; i < count; i++) {
        w->list->row(w->request, w->rows[from + i], json, w->list->user);
    }
    json_array_end(json);
    json_i64(json, "total", (int64_t)w->count);
    json_i64(json, "page", w->plan.page);
    json_i64(json, "size", w->plan.size);
    json_object_end(json);
    return PLATEN_OK;
}

static platen_code write_row(items_work *w, const cJSON *item, strbuf *out, platen_error *err)
{
    json_writer json;
    json_init(&json, out);
    w->list->row(w->request, item, &json, w->list->user);
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a row of the list")
                       : PLATEN_OK;
}

static platen_code answer_lines(items_work *w, platen_error *err)
{
    strbuf out;
    PLATEN_TRY(tell_before(w, 0, w->count, err));
    if (!rest_stream_begin(w->request, "application/x-ndjson")) {
        return PLATEN_OK;
    }
    strbuf_init(&out);
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < w->count; i++) {
        rc = write_row(w, w->rows[i], &out, err);
        strbuf_append_char(&out, '\n');
        bool full = out.length > 65536 || i + 1 == w->count;
        if (rc == PLATEN_OK && full && !rest_stream_write(w->request, out.data, out.length)) {
            rc = error_set(err, PLATEN_E_CANCELLED, "the client has gone");
        }
        if (full) {
            strbuf_clear(&out);
        }
    }
    strbuf_fini(&out);
    return rc;
}

static platen_code write_bytes(const void *data, size_t length, void *user, platen_error *err)
{
    items_work *w = user;
    if (!w->begun) {
        w->begun = true;
        w->gone = !list_begin_sheet(w->request, w->format);
    }
    if (w->gone || !rest_stream_write(w->request, data, length)) {
        w->gone = true;
        return error_set(err, PLATEN_E_CANCELLED, "the client has gone");
    }
    return PLATEN_OK;
}

static platen_code put_sheet_row(items_work *w, sheet_rows *rows, const cJSON *item,
                                 platen_error *err)
{
    strbuf text;
    cJSON *row = NULL;
    strbuf_init(&text);
    platen_code rc = write_row(w, item, &text, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(text.data, text.length, &row, err);
    }
    if (rc == PLATEN_OK) {
        rc = sheet_rows_put(rows, row, err);
    }
    cJSON_Delete(row);
    strbuf_fini(&text);
    return rc;
}

static platen_code answer_sheet(items_work *w, platen_error *err)
{
    sheet_rows *rows = NULL;
    const char *names[64];
    sheet_rows_options options = {.sheet = {.format = w->format, .sink = write_bytes, .user = w},
                                  .spare = names};
    list_sheet_columns(w->request, w->list->source, names, 64, &options);
    PLATEN_TRY(tell_before(w, 0, w->count, err));
    platen_code rc = sheet_rows_new(&options, &rows, err);
    for (size_t i = 0; rc == PLATEN_OK && i < w->count; i++) {
        rc = put_sheet_row(w, rows, w->rows[i], err);
    }
    if (rc == PLATEN_OK) {
        rc = sheet_rows_end(rows, err);
    }
    sheet_rows_free(rows);
    return w->gone ? PLATEN_OK : rc;
}

platen_code list_answer_items(rest_request *r, const list_items *l, const cJSON *items,
                              platen_error *err)
{
    items_work *w = arena_alloc(r->arena, sizeof(*w));
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a list");
    }
    w->request = r;
    w->list = l;
    PLATEN_TRY(list_plan_of(r, l->source, &w->plan, err));
    PLATEN_TRY(take_rows(w, items, err));
    if (list_wants_sheet(r, &w->format)) {
        return answer_sheet(w, err);
    }
    return rest_wants_ndjson(r) ? answer_lines(w, err) : answer_page(w, err);
}
