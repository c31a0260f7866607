/*
 * What differs in the fleet, by setting: on how many devices, and since when. Who sees all devices
 * has it from the database; for the others the devices are asked for first, then the differences
 * are counted here.
 */
#include "names.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>

#define MOST 10000 /* items of an answer: PLATEN_PAGE_ROWS */

static const char *const statements[][2] = {
    {"drift_items", "SELECT path, min(category), count(DISTINCT device_id), min(since)\n"
                    "FROM setting_value_difference WHERE until IS NULL AND internal = 0\n"
                    "GROUP BY path ORDER BY 3 DESC, path LIMIT 10000"},
    {"drift_devices", "SELECT device_id FROM setting_value_device WHERE differences > 0\n"
                      "ORDER BY device_id"},
    {"drift_each", "SELECT path, category, device_id, since FROM setting_value_difference\n"
                   "WHERE until IS NULL AND internal = 0 ORDER BY path, device_id"},
};

/* ---- devices of who asks ---- */

typedef struct device_set {
    int64_t *ids; /* in order */
    size_t count, room;
} device_set;

static platen_code read_devices(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    device_set *set = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    set->count = 0; /* a transaction may be tried again */
    PLATEN_TRY(store->prepare(tx, "drift_devices", &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        if (set->count == set->room) {
            size_t room = set->room > 0 ? set->room * 2 : 256;
            int64_t *more = realloc(set->ids, room * sizeof(*more));
            if (more == NULL) {
                return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for devices");
            }
            set->ids = more;
            set->room = room;
        }
        set->ids[set->count++] = store->i64(rows, 0);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static void keep_seen(device_set *set, platen_call *call)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (the_feature.op->in_regions(call, set->ids[i])) {
            set->ids[kept++] = set->ids[i];
        }
    }
    set->count = kept;
}

static int compare_ids(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return *a < *b ? -1 : *a > *b ? 1 : 0;
}

static bool has(const device_set *set, int64_t device)
{
    return set->count > 0 &&
           bsearch(&device, set->ids, set->count, sizeof(device), compare_ids) != NULL;
}

/* ---- items ---- */

typedef struct drift {
    const device_set *only; /* NULL: all */
    cJSON *items;
} drift;

static bool add_item(cJSON *items, const char *path, const char *category, int64_t devices,
                     int64_t since)
{
    cJSON *item = cJSON_CreateObject();
    bool good = cJSON_AddStringToObject(item, "path", path) != NULL &&
                cJSON_AddStringToObject(item, "category", category) != NULL &&
                cJSON_AddNumberToObject(item, "devices", (double)devices) != NULL &&
                cJSON_AddNumberToObject(item, "since", (double)since) != NULL &&
                cJSON_AddItemToArray(items, item);
    if (!good) {
        cJSON_Delete(item);
    }
    return good;
}

static platen_code no_memory(platen_error *err)
{
    return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for differences");
}

static platen_code read_items(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const drift *d = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "drift_items", &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        if (!add_item(d->items, store->text(rows, 0), store->text(rows, 1), store->i64(rows, 2),
                      store->i64(rows, 3))) {
            return no_memory(err);
        }
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* A row of the item that the last one was of: rows come by path and device. */
static void count_in(cJSON *item, int64_t device, int64_t *last, int64_t since)
{
    cJSON *devices = cJSON_GetObjectItemCaseSensitive(item, "devices");
    cJSON *first = cJSON_GetObjectItemCaseSensitive(item, "since");
    if (device != *last) {
        cJSON_SetNumberValue(devices, devices->valuedouble + 1);
    }
    if ((double)since < first->valuedouble) {
        cJSON_SetNumberValue(first, (double)since);
    }
    *last = device;
}

static platen_code count_items(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const drift *d = user;
    cJSON *item = NULL;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    int64_t last = 0;
    int count = 0;
    PLATEN_TRY(store->prepare(tx, "drift_each", &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        const char *path = store->text(rows, 0);
        int64_t device = store->i64(rows, 2);
        if (!has(d->only, device)) {
            continue;
        }
        const char *before = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "path"));
        if (before != NULL && strcmp(before, path) == 0) {
            count_in(item, device, &last, store->i64(rows, 3));
            continue;
        }
        if (count++ == MOST) {
            return PLATEN_OK;
        }
        if (!add_item(d->items, path, store->text(rows, 1), 1, store->i64(rows, 3))) {
            return no_memory(err);
        }
        last = device;
        item = d->items->child->prev; /* the last one */
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code gather(platen_call *call, cJSON *items, platen_error *err)
{
    const setting_value *f = &the_feature;
    drift d = {.items = items};
    device_set set = {NULL, 0, 0};
    if (f->op->in_regions(call, 0)) {
        return f->store->read(f->ctx, read_items, &d, err);
    }
    d.only = &set;
    platen_code rc = f->store->read(f->ctx, read_devices, &set, err);
    if (rc == PLATEN_OK) {
        keep_seen(&set, call);
        rc = f->store->read(f->ctx, count_items, &d, err);
    }
    free(set.ids);
    return rc;
}

static platen_code drift_items(platen_call *call, const cJSON *arguments, platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *items = cJSON_AddArrayToObject(tree, "items");
    platen_code rc = items != NULL ? gather(call, items, err) : no_memory(err);
    rc = rc == PLATEN_OK ? names_put(items, operation_text(arguments, "language"), err) : rc;
    if (rc != PLATEN_OK) {
        cJSON_Delete(tree);
        return rc;
    }
    return operation_answer(call, tree, err);
}

platen_code drift_list_load(platen_error *err)
{
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    return operation_add("drift-items", PLATEN_OPERATION_READ,
                         "{\"type\":\"object\",\"properties\":{\"language\":{\"type\":\"string\","
                         "\"maxLength\":16}}}",
                         drift_items, err);
}
