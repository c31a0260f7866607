/* Operations on what differs: who differs in a setting, its history, one result beside its
 * standard, and taking over what a device has as the standard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drift.h"
#include "names.h"
#include "operation.h"

/* Rows of an answer; one that a person asks for. */
typedef struct answering {
    platen_call *call;
    const cJSON *arguments;
    cJSON *items;
} answering;

static void add_id(cJSON *row, const char *name, int64_t id)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%lld", (long long)id);
    (void)cJSON_AddStringToObject(row, name, text);
}

static void add_time(cJSON *row, const char *name, int64_t ms)
{
    char text[40];
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    size_t length = gmtime_r(&seconds, &parts) != NULL
                        ? strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts)
                        : 0;
    (void)snprintf(text + length, sizeof(text) - length, ".%03dZ", (int)(ms % 1000));
    (void)cJSON_AddStringToObject(row, name, text);
}

/* A value as it is kept: JSON text. */
static void add_value(cJSON *row, const char *name, const char *text, bool missing)
{
    cJSON *value = missing ? NULL : cJSON_Parse(text);
    (void)cJSON_AddItemToObject(row, name, value != NULL ? value : cJSON_CreateNull());
}

static platen_code answer_items(platen_call *call, const cJSON *arguments, platen_tx_fn fn,
                                platen_error *err)
{
    answering a = {call, arguments, cJSON_CreateArray()};
    platen_code rc = the_feature.store->read(the_feature.ctx, fn, &a, err);
    if (rc != PLATEN_OK) {
        cJSON_Delete(a.items);
        return rc;
    }
    cJSON *answer = cJSON_CreateObject();
    (void)cJSON_AddItemToObject(answer, "items", a.items);
    return operation_answer(call, answer, err);
}

/* ---- who differs in a setting ---- */

static platen_code read_devices(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const answering *a = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    uint32_t count = 0;
    PLATEN_TRY(store->prepare(tx, "difference_of_path", &rows, err));
    store->bind_text(rows, "path", operation_text(a->arguments, "path"));
    while (count < PLATEN_PAGE_ROWS && (rc = store->step(rows, err)) == PLATEN_OK) {
        int64_t device = store->i64(rows, 1);
        if (!the_feature.op->in_regions(a->call, device)) {
            continue;
        }
        cJSON *row = cJSON_CreateObject();
        add_id(row, "id", store->i64(rows, 0));
        add_id(row, "device", device);
        add_id(row, "data", store->i64(rows, 2));
        add_value(row, "wanted", store->text(rows, 3), false);
        add_value(row, "found", store->text(rows, 4), store->is_null(rows, 4));
        add_time(row, "since", store->i64(rows, 5));
        (void)cJSON_AddItemToArray(a->items, row);
        count++;
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code difference_devices(platen_call *call, const cJSON *arguments, platen_error *err)
{
    return answer_items(call, arguments, read_devices, err);
}

/* ---- its history on a device ---- */

static platen_code read_history(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const answering *a = user;
    int64_t device = operation_id(a->arguments, "device");
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    if (device == 0 || !the_feature.op->in_regions(a->call, device)) {
        the_feature.op->invalid(a->call, "/device", "not-found", "there is no such device");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no such device");
    }
    PLATEN_TRY(store->prepare(tx, "difference_history", &rows, err));
    store->bind_i64(rows, "device", device);
    store->bind_text(rows, "path", operation_text(a->arguments, "path"));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        cJSON *row = cJSON_CreateObject();
        add_id(row, "id", store->i64(rows, 0));
        add_id(row, "data", store->i64(rows, 1));
        add_value(row, "wanted", store->text(rows, 2), false);
        add_value(row, "found", store->text(rows, 3), store->is_null(rows, 3));
        add_time(row, "since", store->i64(rows, 4));
        if (store->is_null(rows, 5)) {
            (void)cJSON_AddNullToObject(row, "until");
        } else {
            add_time(row, "until", store->i64(rows, 5));
        }
        (void)cJSON_AddItemToArray(a->items, row);
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code item_history(platen_call *call, const cJSON *arguments, platen_error *err)
{
    return answer_items(call, arguments, read_history, err);
}

/* ---- one result ---- */

typedef struct log_row {
    int64_t id, device, data, made, internal;
} log_row;

/* PLATEN_E_INVAL with the place told: it is not there for who asks. */
static platen_code find_log(platen_tx *tx, platen_call *call, int64_t id, const char *pointer,
                            log_row *out, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    *out = (log_row){.id = id};
    PLATEN_TRY(store->prepare(tx, "log_find", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_OK) {
        out->device = store->i64(rows, 0);
        out->data = store->i64(rows, 1);
        out->made = store->i64(rows, 2);
        out->internal = store->i64(rows, 3);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    if (rc == PLATEN_E_NOT_FOUND || !the_feature.op->in_regions(call, out->device)) {
        the_feature.op->invalid(call, pointer, "not-found", "there is no such result");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no result %lld",
                                      (long long)id);
    }
    return PLATEN_OK;
}

typedef struct viewing {
    platen_call *call;
    int64_t id;
    bool internal;
    log_row log;
    cJSON *items;
} viewing;

static void add_row(cJSON *list, const char *path, const char *category, cJSON *wanted,
                    cJSON *found, const char *state)
{
    cJSON *row = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(row, "path", path);
    (void)cJSON_AddStringToObject(row, "category", category);
    (void)cJSON_AddItemToObject(row, "wanted", wanted != NULL ? wanted : cJSON_CreateNull());
    (void)cJSON_AddItemToObject(row, "found", found != NULL ? found : cJSON_CreateNull());
    (void)cJSON_AddStringToObject(row, "state", state);
    (void)cJSON_AddItemToArray(list, row);
}

/* Those that differed then, first; or those of them that nobody can set (SET-112). */
static platen_code read_different(platen_tx *tx, const viewing *v, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "difference_at", &rows, err));
    store->bind_i64(rows, "device", v->log.device);
    store->bind_i64(rows, "data", v->log.data);
    store->bind_i64(rows, "at", v->log.made);
    store->bind_i64(rows, "internal", v->internal ? 1 : 0);
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        bool missing = store->is_null(rows, 3);
        add_row(
            v->items, store->text(rows, 0), store->text(rows, 1), cJSON_Parse(store->text(rows, 2)),
            missing ? NULL : cJSON_Parse(store->text(rows, 3)), missing ? "missing" : "different");
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static bool is_listed(const cJSON *items, int different, const char *path)
{
    const cJSON *row = items->child;
    for (int i = 0; i < different && row != NULL; i++, row = row->next) {
        const char *there = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "path"));
        int order = there != NULL ? strcmp(there, path) : -1;
        if (order >= 0) { /* in the order of paths */
            return order == 0;
        }
    }
    return false;
}

/* SET-111: beside them the rest of the standard, which the device had too. */
static platen_code read_same(platen_tx *tx, const viewing *v, platen_error *err)
{
    device_named named;
    item_list items = {NULL, 0, NULL};
    data_info info;
    int different = cJSON_GetArraySize(v->items);
    platen_code rc = v->log.data != 0 ? data_find(tx, v->log.data, &info, err) : PLATEN_E_NOT_FOUND;
    if (rc == PLATEN_E_NOT_FOUND) {
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(known_name(tx, v->log.device, &named, err));
    uint32_t relation = aim_relation(&info, &named);
    rc = data_items(tx, v->log.data, &items, err);
    for (uint32_t i = 0; rc == PLATEN_OK && i < items.count; i++) {
        const item *one = &items.at[i];
        if (aim_counts(one, relation) && !is_listed(v->items, different, one->path)) {
            add_row(v->items, one->path, one->category, cJSON_Duplicate(one->value, false),
                    cJSON_Duplicate(one->value, false), "same");
        }
    }
    items_fini(&items);
    return rc;
}

static platen_code read_log(platen_tx *tx, void *user, platen_error *err)
{
    viewing *v = user;
    PLATEN_TRY(find_log(tx, v->call, v->id, "/log", &v->log, err));
    PLATEN_TRY(read_different(tx, v, err));
    return v->internal ? PLATEN_OK : read_same(tx, v, err);
}

static platen_code view(platen_call *call, const cJSON *arguments, bool internal, platen_error *err)
{
    viewing v = {.call = call,
                 .id = operation_id(arguments, "log"),
                 .internal = internal,
                 .items = cJSON_CreateArray()};
    platen_code rc = the_feature.store->read(the_feature.ctx, read_log, &v, err);
    rc = rc == PLATEN_OK ? names_put(v.items, operation_text(arguments, "language"), err) : rc;
    if (rc != PLATEN_OK) {
        cJSON_Delete(v.items);
        return rc;
    }
    cJSON *answer = cJSON_CreateObject();
    (void)cJSON_AddItemToObject(answer, "items", v.items);
    (void)cJSON_AddNumberToObject(answer, "internal", (double)v.log.internal); /* SET-112 */
    return operation_answer(call, answer, err);
}

static platen_code log_items(platen_call *call, const cJSON *arguments, platen_error *err)
{
    return view(call, arguments, false, err);
}

static platen_code log_internal(platen_call *call, const cJSON *arguments, platen_error *err)
{
    return view(call, arguments, true, err);
}

/* ---- accept ---- */

typedef struct accepting {
    platen_call *call;
    const cJSON *ids;
    int64_t changed;
} accepting;

/* Rows of other devices that have what is the standard now. */
static platen_code close_same(platen_tx *tx, const log_row *log, const char *path,
                              const char *found, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "difference_accept", &rows, err));
    store->bind_i64(rows, "data", log->data);
    store->bind_text(rows, "path", path);
    store->bind_text(rows, "found", found);
    store->bind_i64(rows, "until", (int64_t)time(NULL) * 1000);
    return statement_run(rows, NULL, err);
}

/* What the device has now becomes the standard; what it has not stays as it is. */
static platen_code take_over(platen_tx *tx, const log_row *log, item_list *items, int64_t *changed,
                             platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    cJSON *taken = cJSON_CreateObject();
    PLATEN_TRY(store->prepare(tx, "difference_open", &rows, err));
    store->bind_i64(rows, "device", log->device);
    store->bind_i64(rows, "data", log->data);
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        if (!store->is_null(rows, 3)) {
            (void)cJSON_AddStringToObject(taken, store->text(rows, 1), store->text(rows, 3));
        }
    }
    store->reset(rows);
    rc = rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    for (const cJSON *one = taken->child; rc == PLATEN_OK && one != NULL; one = one->next) {
        const item *i = items_find(items, one->string);
        cJSON *value = cJSON_Parse(one->valuestring);
        if (i != NULL && value != NULL) {
            rc = item_set(&items->at[i - items->at], value, err);
            rc = rc == PLATEN_OK ? close_same(tx, log, one->string, one->valuestring, err) : rc;
            *changed += 1;
        }
        cJSON_Delete(value);
    }
    cJSON_Delete(taken);
    return rc;
}

static platen_code accept_one(accepting *a, platen_tx *tx, int64_t id, platen_error *err)
{
    log_row log;
    item_list items = {NULL, 0, NULL};
    int64_t changed = 0;
    PLATEN_TRY(find_log(tx, a->call, id, "/ids", &log, err));
    if (log.data == 0) {
        return the_feature.host->fail(err, PLATEN_E_STATE, "the standard was deleted");
    }
    PLATEN_TRY(data_items(tx, log.data, &items, err));
    platen_code rc = take_over(tx, &log, &items, &changed, err);
    if (rc == PLATEN_OK && changed > 0) {
        rc = data_change(tx, log.data, &items, err);
    }
    items_fini(&items);
    a->changed += changed;
    return rc;
}

static platen_code accept_all(platen_tx *tx, void *user, platen_error *err)
{
    accepting *a = user;
    const cJSON *one = NULL;
    a->changed = 0;
    cJSON_ArrayForEach(one, a->ids)
    {
        const char *text = cJSON_GetStringValue(one);
        PLATEN_TRY(accept_one(a, tx, text != NULL ? operation_number(text) : 0, err));
    }
    return devices_refresh(tx, err);
}

static platen_code accept_rows(platen_call *call, const cJSON *arguments, platen_error *err)
{
    accepting a = {call, cJSON_GetObjectItemCaseSensitive(arguments, "ids"), 0};
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, accept_all, &a, err));
    cJSON *answer = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(answer, "changed", (double)a.changed);
    return operation_answer(call, answer, err);
}

/* ---- load ---- */

#define PATH_MEMBER                                                                                \
    "\"path\":{\"type\":\"string\",\"title\":\"setting-value.path\",\"minLength\":1,"              \
    "\"maxLength\":255}"

#define LOG_MEMBERS                                                                                \
    "{\"type\":\"object\",\"required\":[\"log\"],\"properties\":{"                                 \
    "\"log\":{\"type\":\"string\",\"title\":\"setting-value.log\",\"maxLength\":19},"              \
    "\"language\":{\"type\":\"string\",\"maxLength\":16}}}"

static platen_code add_operations(platen_error *err)
{
    PLATEN_TRY(operation_add(
        "difference-devices", PLATEN_OPERATION_READ,
        "{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{" PATH_MEMBER "}}",
        difference_devices, err));
    PLATEN_TRY(operation_add(
        "item-history", PLATEN_OPERATION_READ,
        "{\"type\":\"object\",\"required\":[\"device\",\"path\"],\"properties\":{"
        "\"device\":{\"type\":\"string\",\"title\":\"setting-value.device\",\"minLength\":1,"
        "\"maxLength\":19}," PATH_MEMBER "}}",
        item_history, err));
    PLATEN_TRY(operation_add("log-items", PLATEN_OPERATION_READ, LOG_MEMBERS, log_items, err));
    PLATEN_TRY(
        operation_add("log-internal", PLATEN_OPERATION_READ, LOG_MEMBERS, log_internal, err));
    return operation_add("accept", PLATEN_OPERATION_WRITE, OPERATION_IDS, accept_rows, err);
}

platen_code drift_operation_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"difference_of_path",
         "SELECT id, device_id, data_id, wanted, found, since FROM setting_value_difference\n"
         "WHERE path = :path AND until IS NULL ORDER BY device_id"},
        {"difference_history",
         "SELECT id, data_id, wanted, found, since, until FROM setting_value_difference\n"
         "WHERE device_id = :device AND path = :path ORDER BY since DESC, id DESC LIMIT 1000"},
        {"difference_at",
         "SELECT path, category, wanted, found FROM setting_value_difference\n"
         "WHERE device_id = :device AND data_id = :data AND since <= :at\n"
         "  AND (until IS NULL OR until >= :at) AND internal = :internal ORDER BY path"},
        {"difference_accept",
         "UPDATE setting_value_difference SET until = :until\n"
         "WHERE path = :path AND until IS NULL AND data_id = :data AND found = :found"},
        {"log_find", "SELECT device_id, coalesce(data_id, 0), made, internal\n"
                     "FROM setting_value_log WHERE id = :id"},
    };
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    return add_operations(err);
}
