/* backup-export (SET-61, SET-64): a backup as a file, encrypted with the password of its key; one
 * without a key with the password that is given, or not at all. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backup.h"
#include "content.h"
#include "file_answer.h"
#include "key.h"
#include "operation.h"

typedef struct exporting {
    platen_call *call;
    int64_t id;
    document file;
    char password[KEY_PASSWORD_MAX + 1]; /* of the backup's key */
} exporting;

static platen_code gone(const exporting *e, platen_error *err)
{
    the_feature.op->invalid(e->call, "/id", "not-found", "there is no such backup");
    return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no backup %lld", (long long)e->id);
}

static platen_code take_device(const platen_device *device, void *user, platen_error *err)
{
    document *d = user;
    (void)err;
    (void)snprintf(d->device, sizeof(d->device), "%.*s", (int)sizeof(d->device) - 1, device->name);
    (void)snprintf(d->serial, sizeof(d->serial), "%s", device->serial);
    return PLATEN_OK;
}

/* "<device> <day>": also the name of the file. */
static void describe(const backup_info *b, document *d)
{
    const time_t made = (time_t)(b->made / 1000);
    struct tm utc;
    char day[16] = "";
    if (gmtime_r(&made, &utc) != NULL) {
        (void)strftime(d->made, sizeof(d->made), "%Y-%m-%dT%H:%M:%SZ", &utc);
        (void)strftime(day, sizeof(day), "%Y-%m-%d", &utc);
    }
    (void)snprintf(d->name, sizeof(d->name), "%.80s %s",
                   d->device[0] != '\0' ? d->device : "backup", day);
    (void)snprintf(d->kind, sizeof(d->kind), "backup");
    (void)snprintf(d->model, sizeof(d->model), "%s", b->model);
    (void)snprintf(d->type, sizeof(d->type), "%s", b->is.type);
    (void)snprintf(d->platform, sizeof(d->platform), "%s", b->is.platform);
    d->level = b->is.level;
}

static platen_code read_backup(platen_tx *tx, void *user, platen_error *err)
{
    exporting *e = user;
    backup_info b;
    int64_t key = 0;
    platen_code rc = backup_find(tx, e->id, &b, err);
    if (rc == PLATEN_E_NOT_FOUND ||
        (rc == PLATEN_OK && !the_feature.op->in_regions(e->call, b.device))) {
        return gone(e, err);
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(
        the_feature.model->device(the_feature.ctx, tx, b.device, take_device, &e->file, err));
    describe(&b, &e->file);
    PLATEN_TRY(manifest_key(tx, b.manifest, &key, err));
    PLATEN_TRY(key_password(tx, key, e->password, err));
    return backup_items(tx, e->id, &e->file.items, err);
}

static platen_code export_backup(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const char *given = operation_text(arguments, "password");
    exporting e = {.call = call, .id = operation_id(arguments, "id")};
    platen_code rc = the_feature.store->read(the_feature.ctx, read_backup, &e, err);
    if (rc == PLATEN_OK) {
        rc = file_answer(call, &e.file, "json", e.password[0] != '\0' ? e.password : given, err);
    }
    explicit_bzero(e.password, sizeof(e.password));
    document_fini(&e.file);
    return rc;
}

platen_code backup_export_load(platen_error *err)
{
    return operation_add(
        "backup-export", PLATEN_OPERATION_READ,
        "{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"title\":\"setting-value.backup\",\"maxLength\":19},"
        "\"password\":{\"type\":\"string\",\"title\":\"setting-value.password\","
        "\"writeOnly\":true,\"maxLength\":128}}}",
        export_backup, err);
}
