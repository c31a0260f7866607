/* data-upload, data-download, data-delete, data-from-device (SET-69 to SET-74, SET-82 to SET-85,
 * SET-91, SET-92). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "content.h"
#include "data.h"
#include "excluded.h"
#include "file_answer.h"
#include "import.h"
#include "operation.h"

#define FORM_RICOH "ricoh" /* of a file that cannot be told by how it begins */
#define EXCLUDED_SHOWN 50  /* of the settings that a refusal names */

/* ---- upload ---- */

/* What a file cannot be read for: its password, or its contents (SET-72). */
static platen_code unreadable(platen_call *call, platen_code code, const platen_error *why,
                              platen_error *err)
{
    if (code != PLATEN_E_FORBIDDEN) {
        return operation_incorrect(call, why->text, err);
    }
    the_feature.op->invalid(call, "/password", "wrong-password", why->text);
    return the_feature.host->fail(err, PLATEN_E_INVAL, "%s", why->text);
}

/* Each setting that a standard may not have is told (SET-84). */
static platen_code check_excluded(platen_call *call, const item_list *items, platen_error *err)
{
    char text[512];
    const char *first = NULL;
    unsigned count = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        const char *name = items->at[i].output ? excluded_name(items->at[i].path) : NULL;
        if (name == NULL) {
            continue;
        }
        first = first != NULL ? first : items->at[i].path;
        if (count++ < EXCLUDED_SHOWN) {
            (void)snprintf(text, sizeof(text), "%s: %s", items->at[i].path, name);
            the_feature.op->invalid(call, "/file", "excluded-item", text);
        }
    }
    return count == 0 ? PLATEN_OK
                      : the_feature.host->fail(err, PLATEN_E_INVAL,
                                               "a standard may not have %u of the settings, %s "
                                               "first",
                                               count, first);
}

/* What kind of data may be what (SET-83). */
static platen_code check_purpose(platen_call *call, const document *d, const char *purpose,
                                 platen_error *err)
{
    if (d->items.count == 0) {
        return operation_incorrect(call, "the file has no settings", err);
    }
    if (strcmp(purpose, DATA_MONITORING) != 0) {
        return PLATEN_OK;
    }
    if (strcmp(d->kind, "backup") == 0) {
        return operation_incorrect(
            call, "a backup is no standard: make one of it on the page, or save new data", err);
    }
    if (strcmp(d->kind, DATA_DEVICE) == 0) {
        return operation_incorrect(
            call, "what a device exported is no standard: make one of the device on the page", err);
    }
    return check_excluded(call, &d->items, err);
}

typedef struct adding {
    const data_info *info;
    const item_list *items;
    int64_t id;
} adding;

static platen_code insert(platen_tx *tx, void *user, platen_error *err)
{
    adding *a = user;
    return data_add(tx, a->info, a->items, &a->id, err);
}

static void fill_info(data_info *info, const document *d, const cJSON *arguments)
{
    const bool exported = strcmp(d->kind, DATA_BACKUP) == 0 || strcmp(d->kind, DATA_DEVICE) == 0;
    (void)snprintf(info->name, sizeof(info->name), "%s", operation_text(arguments, "name"));
    (void)snprintf(info->purpose, sizeof(info->purpose), "%s",
                   operation_text(arguments, "purpose"));
    (void)snprintf(info->file, sizeof(info->file), "%s", operation_text(arguments, "file_name"));
    (void)snprintf(info->origin, sizeof(info->origin), "%s", exported ? d->kind : DATA_NEW);
    (void)snprintf(info->serial, sizeof(info->serial), "%s", d->serial);
    (void)snprintf(info->model, sizeof(info->model), "%s", d->model);
    (void)snprintf(info->type, sizeof(info->type), "%s", d->type);
    (void)snprintf(info->platform, sizeof(info->platform), "%s", d->platform);
    info->level = d->level;
}

static platen_code take_document(platen_call *call, const cJSON *arguments, const document *d,
                                 platen_error *err)
{
    data_info info = {0};
    adding a = {&info, &d->items, 0};
    fill_info(&info, d, arguments);
    PLATEN_TRY(check_purpose(call, d, info.purpose, err));
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, insert, &a, err));
    return operation_answer_id(call, a.id, err);
}

static bool purpose_good(platen_call *call, const char *purpose)
{
    bool good = strcmp(purpose, DATA_DISTRIBUTION) == 0 || strcmp(purpose, DATA_MONITORING) == 0;
    if (!good) {
        the_feature.op->invalid(call, "/purpose", "enum", "distribution or monitoring");
    }
    return good;
}

static platen_code check_names(platen_call *call, const cJSON *arguments, platen_error *err)
{
    bool name = operation_name(call, operation_text(arguments, "name"), DATA_NAME_MAX);
    bool purpose = purpose_good(call, operation_text(arguments, "purpose"));
    return name && purpose
               ? PLATEN_OK
               : the_feature.host->fail(err, PLATEN_E_INVAL, "data needs a name and a purpose");
}

static platen_code take_upload(platen_call *call, const cJSON *arguments, platen_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    document d;
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(check_names(call, arguments, err));
    PLATEN_TRY(operation_base64(call, "/file", operation_text(arguments, "file"),
                                OPERATION_FILE_MAX, &bytes, &length, err));
    platen_code rc =
        strcmp(operation_text(arguments, "form"), FORM_RICOH) == 0
            ? import_ricoh(bytes, length, operation_text(arguments, "model"), &d, &why)
            : import_file(bytes, length, operation_text(arguments, "password"), &d, &why);
    free(bytes);
    rc =
        rc == PLATEN_OK ? take_document(call, arguments, &d, err) : unreadable(call, rc, &why, err);
    document_fini(&d);
    return rc;
}

/* ---- download ---- */

typedef struct loading {
    int64_t id;
    data_info info;
    item_list items;
} loading;

static platen_code load_data(platen_tx *tx, void *user, platen_error *err)
{
    loading *l = user;
    PLATEN_TRY(data_find(tx, l->id, &l->info, err));
    return data_items(tx, l->id, &l->items, err);
}

static void describe(const data_info *info, document *d)
{
    const time_t made = (time_t)(info->made / 1000);
    struct tm utc;
    const bool backup = strcmp(info->origin, DATA_BACKUP) == 0;
    (void)snprintf(d->kind, sizeof(d->kind), "%s", backup ? "backup" : info->purpose);
    (void)snprintf(d->name, sizeof(d->name), "%s", info->name);
    if (gmtime_r(&made, &utc) != NULL) {
        (void)strftime(d->made, sizeof(d->made), "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    (void)snprintf(d->serial, sizeof(d->serial), "%s", info->serial);
    (void)snprintf(d->model, sizeof(d->model), "%s", info->model);
    (void)snprintf(d->type, sizeof(d->type), "%s", info->type);
    (void)snprintf(d->platform, sizeof(d->platform), "%s", info->platform);
    d->level = info->level;
}

/* With a password a container, else plain JSON, or CSV. */
static platen_code download(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const char *password = operation_text(arguments, "password");
    const char *form = operation_text(arguments, "form");
    loading l = {.id = operation_id(arguments, "id")};
    document d = {0};
    platen_code rc = the_feature.store->read(the_feature.ctx, load_data, &l, err);
    if (rc == PLATEN_OK) {
        describe(&l.info, &d);
        d.items = l.items;
        rc = file_answer(call, &d, form[0] != '\0' ? form : "json", password, err);
    }
    items_fini(&l.items);
    return rc;
}

/* ---- delete ---- */

static platen_code remove_all(platen_tx *tx, void *user, platen_error *err)
{
    PLATEN_TRY(operation_each_id(tx, user, data_remove, err));
    return devices_refresh(tx, err); /* what differed from a standard goes with it */
}

static platen_code delete_data(platen_call *call, const cJSON *arguments, platen_error *err)
{
    (void)call;
    return the_feature.store->write(the_feature.ctx, remove_all,
                                    cJSON_GetObjectItemCaseSensitive(arguments, "ids"), err);
}

/* ---- from a device ---- */

typedef struct taking {
    platen_call *call;
    int64_t device;
    data_info info;
    int64_t id;
} taking;

/* The newest backup of the device: its contents, and what it is of. */
static platen_code newest(taking *t, platen_tx *tx, int64_t *manifest, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "backup_newest", &rows, err));
    store->bind_i64(rows, "device", t->device);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        the_feature.op->invalid(t->call, "/device", "no-backup",
                                "it has no backup: back it up first");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "device %lld has no backup",
                                      (long long)t->device);
    }
    PLATEN_TRY(rc);
    *manifest = store->i64(rows, 0);
    (void)snprintf(t->info.type, sizeof(t->info.type), "%s", store->text(rows, 1));
    (void)snprintf(t->info.platform, sizeof(t->info.platform), "%s", store->text(rows, 2));
    t->info.level = (uint32_t)store->i64(rows, 3);
    (void)snprintf(t->info.model, sizeof(t->info.model), "%s", store->text(rows, 4));
    store->reset(rows);
    return PLATEN_OK;
}

static platen_code take_serial(const platen_device *device, void *user, platen_error *err)
{
    data_info *info = user;
    (void)err;
    (void)snprintf(info->serial, sizeof(info->serial), "%s", device->serial);
    return PLATEN_OK;
}

static platen_code take_newest(platen_tx *tx, void *user, platen_error *err)
{
    taking *t = user;
    int64_t manifest = 0;
    item_list items;
    PLATEN_TRY(newest(t, tx, &manifest, err));
    PLATEN_TRY(
        the_feature.model->device(the_feature.ctx, tx, t->device, take_serial, &t->info, err));
    PLATEN_TRY(manifest_items(tx, manifest, &items, err));
    if (strcmp(t->info.purpose, DATA_MONITORING) == 0) {
        data_make_standard(&items);
    }
    platen_code rc = data_add(tx, &t->info, &items, &t->id, err);
    items_fini(&items);
    return rc;
}

static platen_code from_device(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const setting_value *f = &the_feature;
    taking t = {.call = call, .device = operation_id(arguments, "device")};
    PLATEN_TRY(check_names(call, arguments, err));
    if (t.device <= 0 || !f->op->in_regions(call, t.device)) {
        f->op->invalid(call, "/device", "not-found", "there is no such device");
        return f->host->fail(err, PLATEN_E_INVAL, "there is no device %lld", (long long)t.device);
    }
    (void)snprintf(t.info.name, sizeof(t.info.name), "%s", operation_text(arguments, "name"));
    (void)snprintf(t.info.purpose, sizeof(t.info.purpose), "%s",
                   operation_text(arguments, "purpose"));
    (void)snprintf(t.info.origin, sizeof(t.info.origin), "%s", DATA_DEVICE);
    PLATEN_TRY(f->store->write(f->ctx, take_newest, &t, err));
    return operation_answer_id(call, t.id, err);
}

/* ---- load ---- */

#define NAME                                                                                       \
    "\"name\":{\"type\":\"string\",\"title\":\"setting-value.data-name\",\"minLength\":1,"         \
    "\"maxLength\":100}"
#define PURPOSE                                                                                    \
    "\"purpose\":{\"type\":\"string\",\"title\":\"setting-value.purpose\","                        \
    "\"enum\":[\"distribution\",\"monitoring\"]}"

platen_code data_operation_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"backup_newest", "SELECT manifest_id, type, platform, level, model "
                          "FROM setting_value_backup WHERE device_id = :device "
                          "ORDER BY made DESC, id DESC LIMIT 1"},
    };
    const uint32_t write = PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(operation_add(
        "data-upload", write,
        "{\"type\":\"object\",\"required\":[\"name\",\"purpose\",\"file\"],\"properties\":{" NAME
        "," PURPOSE ",\"file\":" OPERATION_FILE
        ",\"file_name\":{\"type\":\"string\",\"title\":\"setting-value.file-name\","
        "\"maxLength\":255},"
        "\"password\":{\"type\":\"string\",\"title\":\"setting-value.password\","
        "\"writeOnly\":true,\"maxLength\":128},"
        "\"form\":{\"type\":\"string\",\"title\":\"setting-value.form\","
        "\"enum\":[\"auto\",\"ricoh\"],\"default\":\"auto\"},"
        "\"model\":{\"type\":\"string\",\"title\":\"setting-value.source-model\","
        "\"maxLength\":255}}}",
        take_upload, err));
    PLATEN_TRY(operation_add(
        "data-download", PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES,
        "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"title\":\"setting-value.data\",\"maxLength\":19},"
        "\"form\":{\"type\":\"string\",\"title\":\"setting-value.form\","
        "\"enum\":[\"json\",\"csv\"]},"
        "\"password\":{\"type\":\"string\",\"title\":\"setting-value.password\","
        "\"writeOnly\":true,\"maxLength\":128}}}",
        download, err));
    PLATEN_TRY(operation_add("data-delete", write, OPERATION_IDS, delete_data, err));
    return operation_add(
        "data-from-device", PLATEN_OPERATION_WRITE,
        "{\"type\":\"object\",\"required\":[\"device\",\"name\",\"purpose\"],\"properties\":{"
        "\"device\":{\"type\":\"string\",\"title\":\"setting-value.device\",\"x-page\":\"/"
        "devices\",\"maxLength\":19}," NAME "," PURPOSE "}}",
        from_device, err);
}
