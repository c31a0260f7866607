/* The table of backups, and how settings become parts of one. */
#include "backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"

/* ---- rows ---- */

platen_code backup_find(platen_tx *tx, int64_t id, backup_info *out, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    *out = (backup_info){.id = id};
    PLATEN_TRY(store->prepare(tx, "backup_find", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return the_feature.host->fail(err, rc, "there is no backup %lld", (long long)id);
    }
    PLATEN_TRY(rc);
    out->device = store->i64(rows, 0);
    out->manifest = store->i64(rows, 1);
    out->run = store->i64(rows, 2);
    out->made = store->i64(rows, 3);
    (void)snprintf(out->is.type, sizeof(out->is.type), "%s", store->text(rows, 4));
    (void)snprintf(out->is.platform, sizeof(out->is.platform), "%s", store->text(rows, 5));
    out->is.level = (uint32_t)store->i64(rows, 6);
    (void)snprintf(out->model, sizeof(out->model), "%s", store->text(rows, 7));
    out->items = (uint32_t)store->i64(rows, 8);
    store->reset(rows);
    return PLATEN_OK;
}

platen_code backup_items(platen_tx *tx, int64_t id, item_list *out, platen_error *err)
{
    backup_info b;
    *out = (item_list){NULL, 0, NULL};
    PLATEN_TRY(backup_find(tx, id, &b, err));
    return manifest_items(tx, b.manifest, out, err);
}

platen_code backup_drop(platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    backup_info b;
    platen_rows *rows = NULL;
    PLATEN_TRY(backup_find(tx, id, &b, err));
    PLATEN_TRY(store->prepare(tx, "backup_delete", &rows, err));
    store->bind_i64(rows, "id", id);
    PLATEN_TRY(statement_run(rows, NULL, err));
    return manifest_drop(tx, b.manifest, err);
}

/* ---- parts ---- */

typedef struct part_text {
    const char *driver, *category;
    char *text;
} part_text;

typedef struct gathering {
    item_list lists[REPLY_DRIVERS];
    part_text texts[PARTS_MAX];
    size_t count;
    uint32_t items;
} gathering;

static bool is_chosen(const cJSON *categories, const char *category)
{
    const cJSON *one = NULL;
    if (cJSON_GetArraySize(categories) == 0) {
        return true;
    }
    cJSON_ArrayForEach(one, categories)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, category) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of(const item *i, const void *user)
{
    return strcmp(i->category, user) == 0;
}

/* Secrets are not kept, nor what was not chosen; the list is made shorter. */
static void leave_out(item_list *list, const cJSON *categories)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_chosen(categories, list->at[i].category) && !item_secret(list->at[i].path)) {
            list->at[kept++] = list->at[i];
        }
    }
    list->count = kept;
}

static platen_code take_category(gathering *g, const char *driver, const item_list *list,
                                 const char *category, platen_error *err)
{
    if (g->count == PARTS_MAX) {
        return the_feature.host->fail(err, PLATEN_E_TOO_LARGE,
                                      "the device has over %u categories of settings", PARTS_MAX);
    }
    part_text *p = &g->texts[g->count];
    *p = (part_text){driver, category, items_text_of(list, is_of, category)};
    if (p->text == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a backup");
    }
    g->count++;
    return PLATEN_OK;
}

/* Each category of the driver's settings once. */
static platen_code take_list(gathering *g, const char *driver, const item_list *list,
                             platen_error *err)
{
    size_t first = g->count;
    for (uint32_t i = 0; i < list->count; i++) {
        const char *category = list->at[i].category;
        bool there = false;
        for (size_t k = g->count; k > first && !there; k--) {
            there = strcmp(g->texts[k - 1].category, category) == 0;
        }
        if (!there) {
            PLATEN_TRY(take_category(g, driver, list, category, err));
        }
    }
    g->items += list->count;
    return PLATEN_OK;
}

/* A setting of two drivers is no setting: lists are in the order of paths. */
static platen_code refuse_twins(const gathering *g, uint32_t lists, platen_error *err)
{
    uint32_t all = 0;
    for (uint32_t l = 0; l < lists; l++) {
        all += g->lists[l].count;
        for (uint32_t i = 0; l > 0 && i < g->lists[l].count; i++) {
            for (uint32_t k = 0; k < l; k++) {
                if (items_find(&g->lists[k], g->lists[l].at[i].path) != NULL) {
                    return the_feature.host->fail(err, PLATEN_E_INVAL, "two drivers say '%.200s'",
                                                  g->lists[l].at[i].path);
                }
            }
        }
    }
    return all <= ITEMS_MAX
               ? PLATEN_OK
               : the_feature.host->fail(err, PLATEN_E_TOO_LARGE, "%u settings, at most %u",
                                        (unsigned)all, ITEMS_MAX);
}

static platen_code gather(gathering *g, const reply *r, const cJSON *categories, platen_error *err)
{
    for (uint32_t i = 0; i < r->count; i++) {
        /* The list takes its array over: out of the tree with it. */
        cJSON *items = cJSON_DetachItemFromObjectCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(r->tree, r->parts[i]->string), "items");
        PLATEN_TRY(items_take(items, &g->lists[i], err));
        leave_out(&g->lists[i], categories);
        PLATEN_TRY(take_list(g, r->parts[i]->string, &g->lists[i], err));
    }
    return refuse_twins(g, r->count, err);
}

static void gathering_free(gathering *g)
{
    for (size_t i = 0; g != NULL && i < g->count; i++) {
        cJSON_free(g->texts[i].text);
    }
    for (size_t i = 0; g != NULL && i < REPLY_DRIVERS; i++) {
        items_fini(&g->lists[i]);
    }
    free(g);
}

static platen_code insert(platen_tx *tx, const platen_outcome *o, const reply *r, int64_t manifest,
                          uint32_t items, platen_error *err)
{
    const platen_store *store = the_feature.store;
    device_named named;
    platen_rows *rows = NULL;
    PLATEN_TRY(known_name(tx, o->device, &named, err));
    PLATEN_TRY(store->prepare(tx, "backup_add", &rows, err));
    store->bind_i64(rows, "device", o->device);
    store->bind_i64(rows, "manifest", manifest);
    store->bind_i64(rows, "run", o->run);
    store->bind_i64(rows, "made", o->ended);
    store->bind_text(rows, "type", r->is.type);
    store->bind_text(rows, "platform", r->is.platform);
    store->bind_i64(rows, "level", r->is.level);
    store->bind_text(rows, "model", named.model);
    store->bind_i64(rows, "items", items);
    return statement_run(rows, NULL, err);
}

platen_code backup_put(platen_tx *tx, const platen_outcome *outcome, const reply *r, int64_t key,
                       const cJSON *categories, platen_error *err)
{
    content_part parts[PARTS_MAX];
    int64_t manifest = 0;
    gathering *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for a backup");
    }
    platen_code rc = gather(g, r, categories, err);
    if (rc == PLATEN_OK && g->items == 0) {
        rc = the_feature.host->fail(err, PLATEN_E_NOT_FOUND,
                                    "the device has no settings of these categories");
    }
    if (rc == PLATEN_OK) {
        for (size_t i = 0; i < g->count; i++) {
            parts[i] = (content_part){g->texts[i].driver, g->texts[i].category, g->texts[i].text,
                                      strlen(g->texts[i].text)};
        }
        rc = manifest_put(tx, key, parts, g->count, g->items, &manifest, err);
    }
    if (rc == PLATEN_OK) {
        rc = insert(tx, outcome, r, manifest, g->items, err);
    }
    if (rc == PLATEN_OK) {
        rc = device_refresh(tx, outcome->device, err);
    }
    gathering_free(g);
    return rc;
}

platen_code backup_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"backup_find", "SELECT device_id, manifest_id, run, made, type, platform, level, model,\n"
                        "  items FROM setting_value_backup WHERE id = :id"},
        {"backup_add",
         "INSERT INTO setting_value_backup\n"
         "  (device_id, manifest_id, run, made, type, platform, level, model, items)\n"
         "VALUES (:device, :manifest, :run, :made, :type, :platform, :level, :model, :items)"},
        {"backup_delete", "DELETE FROM setting_value_backup WHERE id = :id"},
        {"backup_older", "SELECT id, device_id FROM setting_value_backup\n"
                         "WHERE made < :before AND id > :after ORDER BY id LIMIT 500"},
        {"backup_beyond", "SELECT id, device_id FROM (SELECT id, device_id, row_number() OVER\n"
                          "  (PARTITION BY device_id ORDER BY made DESC, id DESC) AS place\n"
                          "  FROM setting_value_backup) AS b\n"
                          "WHERE place > :keep AND id > :after ORDER BY id LIMIT 500"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
