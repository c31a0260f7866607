/* Operations on backups: deleting them (SET-65 to SET-67), looking at one, making data of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup.h"
#include "data.h"
#include "dictionary.h"
#include "operation.h"

#define BATCH 500
#define DAY_MS INT64_C(86400000)

/* ---- deleting ---- */

/* Of what a statement lists; those of other regions are not there for who asks. */
typedef struct deleting {
    platen_call *call;
    const char *statement, *param;
    int64_t value;
    int64_t after;
    size_t listed;
    int64_t deleted;
} deleting;

static platen_code delete_batch(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    deleting *d = user;
    int64_t ids[BATCH];
    int64_t devices[BATCH];
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    int64_t from = d->after;
    d->listed = 0;
    PLATEN_TRY(store->prepare(tx, d->statement, &rows, err));
    store->bind_i64(rows, d->param, d->value);
    store->bind_i64(rows, "after", from);
    while (d->listed < BATCH && (rc = store->step(rows, err)) == PLATEN_OK) {
        ids[d->listed] = store->i64(rows, 0);
        devices[d->listed++] = store->i64(rows, 1);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < d->listed; i++) {
        d->after = ids[i];
        if (the_feature.op->in_regions(d->call, devices[i])) {
            PLATEN_TRY(backup_drop(tx, ids[i], err));
            PLATEN_TRY(device_refresh(tx, devices[i], err));
            d->deleted++;
        }
    }
    return PLATEN_OK;
}

static platen_code answer_count(platen_call *call, int64_t count, platen_error *err)
{
    cJSON *answer = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(answer, "deleted", (double)count);
    return operation_answer(call, answer, err);
}

static platen_code delete_listed(deleting *d, platen_error *err)
{
    do {
        PLATEN_TRY(the_feature.store->write(the_feature.ctx, delete_batch, d, err));
    } while (d->listed == BATCH);
    return answer_count(d->call, d->deleted, err);
}

static int64_t number_of(const cJSON *arguments, const char *name)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(arguments, name);
    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

static platen_code delete_older(platen_call *call, const cJSON *arguments, platen_error *err)
{
    deleting d = {.call = call, .statement = "backup_older", .param = "before"};
    d.value = (int64_t)time(NULL) * 1000 - number_of(arguments, "days") * DAY_MS;
    return delete_listed(&d, err);
}

/* What is deleted changes the places of the rest of a device: older ones only move up. */
static platen_code delete_beyond(platen_call *call, const cJSON *arguments, platen_error *err)
{
    deleting d = {.call = call, .statement = "backup_beyond", .param = "keep"};
    d.value = number_of(arguments, "entries");
    return delete_listed(&d, err);
}

typedef struct chosen {
    platen_call *call;
    const cJSON *ids;
    int64_t deleted;
} chosen;

static platen_code delete_one(const chosen *c, platen_tx *tx, int64_t id, bool *deleted,
                              platen_error *err)
{
    backup_info b;
    PLATEN_TRY(backup_find(tx, id, &b, err));
    *deleted = the_feature.op->in_regions(c->call, b.device);
    if (!*deleted) {
        return PLATEN_OK;
    }
    PLATEN_TRY(backup_drop(tx, id, err));
    return device_refresh(tx, b.device, err);
}

static platen_code delete_chosen(platen_tx *tx, void *user, platen_error *err)
{
    chosen *c = user;
    const cJSON *one = NULL;
    c->deleted = 0;
    cJSON_ArrayForEach(one, c->ids)
    {
        const char *text = cJSON_GetStringValue(one);
        bool deleted = false;
        platen_code rc =
            delete_one(c, tx, text != NULL ? operation_number(text) : 0, &deleted, err);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
        c->deleted += deleted ? 1 : 0;
    }
    return PLATEN_OK;
}

static platen_code delete_ids(platen_call *call, const cJSON *arguments, platen_error *err)
{
    chosen c = {call, cJSON_GetObjectItemCaseSensitive(arguments, "ids"), 0};
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, delete_chosen, &c, err));
    return answer_count(call, c.deleted, err);
}

/* ---- one backup ---- */

typedef struct viewing {
    platen_call *call;
    int64_t id;
    item_list items;
    dictionary *words;
    char model[KNOWN_MODEL];
} viewing;

static platen_code gone(const viewing *v, const char *pointer, platen_error *err)
{
    the_feature.op->invalid(v->call, pointer, "not-found", "there is no such backup");
    return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no backup %lld", (long long)v->id);
}

/* The backup, when it is there for who asks. */
static platen_code find_for(const viewing *v, const char *pointer, platen_tx *tx, backup_info *b,
                            platen_error *err)
{
    platen_code rc = backup_find(tx, v->id, b, err);
    if (rc == PLATEN_E_NOT_FOUND ||
        (rc == PLATEN_OK && !the_feature.op->in_regions(v->call, b->device))) {
        return gone(v, pointer, err);
    }
    return rc;
}

static platen_code read_items(platen_tx *tx, void *user, platen_error *err)
{
    viewing *v = user;
    backup_info b;
    PLATEN_TRY(find_for(v, "/backup", tx, &b, err));
    (void)snprintf(v->model, sizeof(v->model), "%s", b.model);
    PLATEN_TRY(dictionary_take(tx, &v->words, err));
    return backup_items(tx, v->id, &v->items, err);
}

static cJSON *write_item(const viewing *v, const item *i, const char *language)
{
    char text[DICTIONARY_TEXT];
    cJSON *row = cJSON_CreateObject();
    dictionary_path(v->words, language, v->model, i->path, text, sizeof(text));
    (void)cJSON_AddStringToObject(row, "name", text);
    dictionary_value(v->words, language, v->model, i->path, i->value, text, sizeof(text));
    (void)cJSON_AddStringToObject(row, "shown", text);
    (void)cJSON_AddStringToObject(row, "path", i->path);
    (void)cJSON_AddStringToObject(row, "category", i->category);
    (void)cJSON_AddStringToObject(row, "kind", item_kind_word(i->kind));
    (void)cJSON_AddItemToObject(row, "value", cJSON_Duplicate(i->value, true));
    const char scope[] = {i->scope, '\0'};
    (void)cJSON_AddStringToObject(row, "case", scope);
    (void)cJSON_AddBoolToObject(row, "writable", i->writable);
    return row;
}

static platen_code show_items(platen_call *call, const cJSON *arguments, platen_error *err)
{
    viewing v = {.call = call, .id = operation_id(arguments, "backup")};
    const char *given = operation_text(arguments, "language");
    const char *language = given[0] != '\0' ? given : "en";
    platen_code rc = the_feature.store->read(the_feature.ctx, read_items, &v, err);
    if (rc == PLATEN_OK) {
        cJSON *answer = cJSON_CreateObject();
        cJSON *list = cJSON_AddArrayToObject(answer, "items");
        for (uint32_t i = 0; i < v.items.count && i < PLATEN_PAGE_ROWS; i++) {
            (void)cJSON_AddItemToArray(list, write_item(&v, &v.items.at[i], language));
        }
        rc = operation_answer(call, answer, err);
    }
    dictionary_release(v.words);
    items_fini(&v.items);
    return rc;
}

/* ---- data of a backup ---- */

typedef struct making {
    viewing of;
    const char *name, *purpose;
    int64_t made;
} making;

static platen_code make_data(platen_tx *tx, void *user, platen_error *err)
{
    making *m = user;
    backup_info b;
    device_named named;
    data_info info = {.origin = DATA_BACKUP};
    item_list items = {NULL, 0, NULL};
    PLATEN_TRY(find_for(&m->of, "/id", tx, &b, err));
    PLATEN_TRY(known_name(tx, b.device, &named, err));
    (void)snprintf(info.name, sizeof(info.name), "%s", m->name);
    (void)snprintf(info.purpose, sizeof(info.purpose), "%s", m->purpose);
    (void)snprintf(info.serial, sizeof(info.serial), "%s", named.serial);
    (void)snprintf(info.model, sizeof(info.model), "%s", b.model);
    (void)snprintf(info.type, sizeof(info.type), "%s", b.is.type);
    (void)snprintf(info.platform, sizeof(info.platform), "%s", b.is.platform);
    info.level = b.is.level;
    platen_code rc = backup_items(tx, b.id, &items, err);
    if (rc == PLATEN_OK && strcmp(m->purpose, DATA_MONITORING) == 0) {
        /* Of a standard the marks count; of a backup as it is, everything does (SET-70). */
        (void)snprintf(info.origin, sizeof(info.origin), "%s", DATA_DEVICE);
        data_make_standard(&items);
    }
    rc = rc == PLATEN_OK ? data_add(tx, &info, &items, &m->made, err) : rc;
    items_fini(&items);
    return rc;
}

static platen_code to_data(platen_call *call, const cJSON *arguments, platen_error *err)
{
    making m = {.of = {.call = call, .id = operation_id(arguments, "id")},
                .name = operation_text(arguments, "name"),
                .purpose = operation_text(arguments, "purpose")};
    if (m.purpose[0] == '\0') {
        m.purpose = DATA_DISTRIBUTION;
    }
    if (!operation_name(call, m.name, DATA_NAME_MAX)) {
        return the_feature.host->fail(err, PLATEN_E_INVAL, "data needs a name");
    }
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, make_data, &m, err));
    return operation_answer_id(call, m.made, err);
}

platen_code backup_operation_load(platen_error *err)
{
    const uint32_t read = PLATEN_OPERATION_READ;
    const uint32_t write = PLATEN_OPERATION_WRITE;
    PLATEN_TRY(operation_add("backup-delete", write, OPERATION_IDS, delete_ids, err));
    PLATEN_TRY(operation_add(
        "backup-delete-older", write,
        "{\"type\":\"object\",\"required\":[\"days\"],\"properties\":{\"days\":{"
        "\"type\":\"integer\",\"title\":\"setting-value.days\",\"minimum\":1,\"maximum\":36500}}}",
        delete_older, err));
    PLATEN_TRY(
        operation_add("backup-delete-beyond", write,
                      "{\"type\":\"object\",\"required\":[\"entries\"],\"properties\":{"
                      "\"entries\":{\"type\":\"integer\",\"title\":\"setting-value.entries\","
                      "\"minimum\":1,\"maximum\":100000}}}",
                      delete_beyond, err));
    PLATEN_TRY(operation_add(
        "backup-items", read,
        "{\"type\":\"object\",\"required\":[\"backup\"],\"properties\":{"
        "\"backup\":{\"type\":\"string\",\"title\":\"setting-value.backup\",\"maxLength\":19},"
        "\"language\":{\"type\":\"string\",\"maxLength\":16}}}",
        show_items, err));
    return operation_add(
        "backup-to-data", write,
        "{\"type\":\"object\",\"required\":[\"id\",\"name\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"title\":\"setting-value.backup\",\"maxLength\":19},"
        "\"name\":{\"type\":\"string\",\"title\":\"setting-value.data-name\",\"minLength\":1,"
        "\"maxLength\":100},"
        "\"purpose\":{\"type\":\"string\",\"title\":\"setting-value.purpose\","
        "\"enum\":[\"distribution\",\"monitoring\"]}}}",
        to_data, err);
}
