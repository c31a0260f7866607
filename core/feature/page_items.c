/* Rows of a page that an operation answers: items in memory, of the regions of who asks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/page.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/feature/page_rows.h"
#include "core/feature/visible.h"
#include "core/model/region_row.h"
#include "core/rest/list_items.h"
#include "core/rest/list_work.h"
#include "page_sql.h"

/* The name of a device that stands in an item. */
typedef struct device_name {
    int64_t id;
    const char *name; /* of the arena */
} device_name;

typedef struct items {
    const page *page;
    visible devices;
    device_name *names; /* in the order of ids; of the arena */
    size_t name_count;
} items;

/* ---- devices ---- */

static int64_t id_of(const cJSON *value)
{
    return cJSON_IsNumber(value)   ? (int64_t)value->valuedouble
           : cJSON_IsString(value) ? strtoll(value->valuestring, NULL, 10)
                                   : 0;
}

static int64_t device_of(const cJSON *item, const char *column)
{
    return id_of(cJSON_GetObjectItemCaseSensitive(item, column));
}

/* Items of no device are everybody's. */
static bool shows(rest_request *r, const cJSON *item, void *user)
{
    const items *it = user;
    (void)r;
    if (it->page->device == NULL) {
        return true;
    }
    int64_t device = device_of(item, it->page->device);
    return device == 0 || visible_has(&it->devices, device);
}

static int compare_names(const void *left, const void *right)
{
    const device_name *a = left;
    const device_name *b = right;
    return a->id < b->id ? -1 : a->id > b->id ? 1 : 0;
}

static void add_ids(items *it, const cJSON *item)
{
    for (size_t i = 0; i < it->page->column_count; i++) {
        const page_column *c = &it->page->columns[i];
        int64_t id = c->type == PAGE_DEVICE ? device_of(item, c->id) : 0;
        if (id != 0 && visible_has(&it->devices, id)) {
            it->names[it->name_count++] = (device_name){id, NULL};
        }
    }
}

static platen_code read_names(rest_request *r, items *it, store_conn *conn, const char *ids,
                              platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = store_prepare(conn, &sql_page_device_names, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "ids", ids);
    }
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        device_name key = {store_i64(st, 0), NULL};
        const char *name = store_text(st, 1);
        device_name *at = bsearch(&key, it->names, it->name_count, sizeof(key), compare_names);
        if (at != NULL) {
            at->name = arena_dup(rest_arena(r), name[0] != '\0' ? name : store_text(st, 2));
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code find_names(rest_request *r, items *it, platen_error *err)
{
    store_conn *conn = NULL;
    strbuf text;
    int64_t *ids = arena_alloc_array(rest_arena(r), it->name_count, sizeof(*ids));
    if (ids == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the names of devices");
    }
    size_t count = 0;
    qsort(it->names, it->name_count, sizeof(*it->names), compare_names);
    for (size_t i = 0; i < it->name_count; i++) { /* each once */
        if (count == 0 || it->names[count - 1].id != it->names[i].id) {
            ids[count] = it->names[i].id;
            it->names[count++] = it->names[i];
        }
    }
    it->name_count = count;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    const region_set set = {.ids = ids, .count = count};
    strbuf_init(&text);
    region_set_write(&set, store_conn_dialect(conn), &text);
    platen_code rc = read_names(r, it, conn, text.data, err);
    strbuf_fini(&text);
    store_read_end(conn);
    return rc;
}

static platen_code before(rest_request *r, const cJSON *const *rows, size_t count, void *user,
                          platen_error *err)
{
    items *it = user;
    size_t columns = 0;
    for (size_t i = 0; i < it->page->column_count; i++) {
        columns += it->page->columns[i].type == PAGE_DEVICE ? 1 : 0;
    }
    it->name_count = 0;
    if (columns == 0 || count == 0) {
        return PLATEN_OK;
    }
    it->names = arena_alloc_array(rest_arena(r), count * columns, sizeof(*it->names));
    if (it->names == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the names of devices");
    }
    for (size_t i = 0; i < count; i++) {
        add_ids(it, rows[i]);
    }
    return it->name_count > 0 ? find_names(r, it, err) : PLATEN_OK;
}

/* ---- one row ---- */

static void write_device(rest_request *r, const items *it, json_writer *w, const char *key,
                         int64_t id)
{
    sheet_format format = SHEET_CSV;
    device_name wanted = {id, NULL};
    const device_name *at = it->name_count > 0 ? bsearch(&wanted, it->names, it->name_count,
                                                         sizeof(wanted), compare_names)
                                               : NULL;
    const char *name = at != NULL && at->name != NULL ? at->name : "";
    if (at == NULL) {
        json_null(w, key);
    } else if (list_wants_sheet(r, &format)) {
        json_text(w, key, name);
    } else {
        json_object(w, key);
        json_id(w, "id", id);
        json_text(w, "name", name);
        json_object_end(w);
    }
}

static void write_cell(rest_request *r, const items *it, json_writer *w, const page_column *c,
                       const cJSON *value)
{
    int64_t ms = 0;
    bool text = cJSON_IsString(value) && value->valuestring[0] != '\0';
    switch (c->type) {
    case PAGE_NUMBER:
    case PAGE_PERCENT:
        json_tree(w, c->id, cJSON_IsNumber(value) ? value : NULL);
        break;
    case PAGE_TIME:
        json_time(w, c->id,
                  text && clock_parse(value->valuestring, &ms) ? ms
                  : cJSON_IsNumber(value)                      ? (int64_t)value->valuedouble
                                                               : 0);
        break;
    case PAGE_DEVICE:
        write_device(r, it, w, c->id, id_of(value));
        break;
    case PAGE_GROUP: /* of tables only */
        break;
    case PAGE_VALUE:
        json_tree(w, c->id, cJSON_IsObject(value) || cJSON_IsArray(value) ? NULL : value);
        break;
    case PAGE_TEXT:
    case PAGE_CHOICE:
    case PAGE_WORDS:
        json_text(w, c->id, text ? value->valuestring : NULL);
        break;
    }
}

/* The key as text, whatever the operation says. */
static const char *key_of(const page *p, const cJSON *item, char buffer[32])
{
    const cJSON *key = cJSON_GetObjectItemCaseSensitive(item, p->key);
    if (cJSON_IsNumber(key)) {
        (void)snprintf(buffer, 32, "%.0f", key->valuedouble);
        return buffer;
    }
    return cJSON_IsString(key) ? key->valuestring : "";
}

static void write_row(rest_request *r, const cJSON *item, json_writer *w, void *user)
{
    const items *it = user;
    char buffer[32];
    json_object(w, NULL);
    json_text(w, "id", key_of(it->page, item, buffer));
    for (size_t i = 0; i < it->page->column_count; i++) {
        const page_column *c = &it->page->columns[i];
        if (strcmp(c->id, "id") != 0 && list_wants(r, c->id)) {
            write_cell(r, it, w, c, cJSON_GetObjectItemCaseSensitive(item, c->id));
        }
    }
    json_object_end(w);
}

/* ---- requests ---- */

/* The filter of the list then holds for rows whose operation knows them by its argument. */
static bool add_arguments(const page *p, const cJSON *arguments, const cJSON *list)
{
    const cJSON *argument = NULL;
    cJSON *item = NULL;
    cJSON_ArrayForEach(argument, arguments)
    {
        if (page_column_find(p, argument->string) == NULL) {
            continue;
        }
        cJSON_ArrayForEach(item, list)
        {
            if (cJSON_IsObject(item) &&
                cJSON_GetObjectItemCaseSensitive(item, argument->string) == NULL &&
                cJSON_AddStringToObject(item, argument->string, argument->valuestring) == NULL) {
                return false;
            }
        }
    }
    return true;
}

static platen_code read_answer(const page *p, const page_answer *answer, cJSON **tree,
                               platen_error *err)
{
    PLATEN_TRY(json_parse(answer->text, strlen(answer->text), tree, err));
    const cJSON *list = json_get_array(*tree, "items");
    int count = cJSON_GetArraySize(list);
    if (list != NULL && count <= (int)PLATEN_PAGE_ROWS) {
        return add_arguments(p, answer->arguments, list)
                   ? PLATEN_OK
                   : error_set(err, PLATEN_E_NOMEM, "no memory for rows");
    }
    cJSON_Delete(*tree);
    *tree = NULL;
    return list == NULL
               ? error_set(err, PLATEN_E_INTERNAL, "operation '%s' answers no items", p->operation)
               : error_set(err, PLATEN_E_INTERNAL,
                           "operation '%s' answers %d items, %u can be shown", p->operation, count,
                           PLATEN_PAGE_ROWS);
}

static platen_code begin(const page *p, rest_request *r, const page_answer *answer, items *it,
                         cJSON **tree, platen_error *err)
{
    *it = (items){.page = p};
    PLATEN_TRY(visible_load(rest_services(r)->store, rest_regions_of(r), &it->devices, err));
    return read_answer(p, answer, tree, err);
}

platen_code page_items_list(const page *p, rest_request *r, const page_answer *answer,
                            platen_error *err)
{
    items it;
    cJSON *tree = NULL;
    const list_items list = {.source = &p->source,
                             .search = p->search,
                             .search_count = p->search_count,
                             .shows = shows,
                             .before = before,
                             .row = write_row,
                             .user = &it};
    platen_code rc = begin(p, r, answer, &it, &tree, err);
    if (rc == PLATEN_OK) {
        rc = list_answer_items(r, &list, json_get_array(tree, "items"), err);
    }
    cJSON_Delete(tree);
    visible_fini(&it.devices);
    return rc;
}

static const cJSON *find(rest_request *r, items *it, const cJSON *list)
{
    const cJSON *each = NULL;
    char buffer[32];
    cJSON_ArrayForEach(each, list)
    {
        if (cJSON_IsObject(each) &&
            strcmp(key_of(it->page, each, buffer), rest_param(r, "key")) == 0) {
            return shows(r, each, it) ? each : NULL;
        }
    }
    return NULL;
}

platen_code page_items_row(const page *p, rest_request *r, const page_answer *answer,
                           platen_error *err)
{
    items it;
    cJSON *tree = NULL;
    platen_code rc = begin(p, r, answer, &it, &tree, err);
    const cJSON *item = rc == PLATEN_OK ? find(r, &it, json_get_array(tree, "items")) : NULL;
    if (rc == PLATEN_OK && item == NULL) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no '%.64s'", rest_param(r, "key"));
    }
    if (rc == PLATEN_OK) {
        rc = before(r, &item, 1, &it, err);
    }
    if (rc == PLATEN_OK) {
        write_row(r, item, rest_json(r, 200), &it);
    }
    cJSON_Delete(tree);
    visible_fini(&it.devices);
    return rc;
}
