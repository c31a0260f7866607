/* The table of what the function check found. */
#include "known.h"

#include <stdio.h>
#include <string.h>

static void copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

platen_code known_find(platen_tx *tx, int64_t device, device_known *out, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    *out = (device_known){.device = device, .support = KNOWN_UNKNOWN, .writes = KNOWN_UNKNOWN};
    PLATEN_TRY(store->prepare(tx, "known_find", &rows, err));
    store->bind_i64(rows, "device", device);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_OK) {
        copy(out->support, sizeof(out->support), store->text(rows, 0));
        copy(out->writes, sizeof(out->writes), store->text(rows, 1));
        copy(out->is.type, sizeof(out->is.type), store->text(rows, 2));
        copy(out->is.platform, sizeof(out->is.platform), store->text(rows, 3));
        out->is.level = (uint32_t)store->i64(rows, 4);
        copy(out->why, sizeof(out->why), store->text(rows, 5));
        out->checked = store->i64(rows, 6);
    }
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code known_put(platen_tx *tx, const device_known *known, const char *drivers,
                      platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "known_put", &rows, err));
    store->bind_i64(rows, "device", known->device);
    store->bind_text(rows, "support", known->support);
    store->bind_text(rows, "writes", known->writes);
    store->bind_text(rows, "type", known->is.type);
    store->bind_text(rows, "platform", known->is.platform);
    store->bind_i64(rows, "level", known->is.level);
    store->bind_text(rows, "drivers", drivers);
    store->bind_text(rows, "why", known->why);
    store->bind_i64(rows, "checked", known->checked);
    return statement_run(rows, NULL, err);
}

bool known_usable(const device_known *known, const char **word, const char **why)
{
    if (strcmp(known->support, KNOWN_YES) == 0) {
        return true;
    }
    bool checked = strcmp(known->support, KNOWN_NO) == 0;
    *word = checked ? "not-supported" : "not-checked";
    *why = checked ? "the device does not support setting values"
                   : "the function check has not found yet whether the device supports this";
    return false;
}

static platen_code take_name(const platen_device *device, void *user, platen_error *err)
{
    device_named *out = user;
    (void)err;
    copy(out->model, sizeof(out->model), device->model);
    copy(out->serial, sizeof(out->serial), device->serial);
    return PLATEN_OK;
}

platen_code known_name(platen_tx *tx, int64_t device, device_named *out, platen_error *err)
{
    *out = (device_named){.model = ""};
    return the_feature.model->device(the_feature.ctx, tx, device, take_name, out, err);
}

platen_code known_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"known_find", "SELECT support, writes, type, platform, level, why, checked\n"
                       "FROM setting_value_device WHERE device_id = :device"},
        {"known_put",
         "INSERT INTO setting_value_device\n"
         "  (device_id, support, writes, type, platform, level, drivers, why, checked)\n"
         "VALUES (:device, :support, :writes, :type, :platform, :level, :drivers, :why, :checked)\n"
         "ON CONFLICT (device_id) DO UPDATE SET support = excluded.support,\n"
         "  writes = excluded.writes, type = excluded.type, platform = excluded.platform,\n"
         "  level = excluded.level, drivers = excluded.drivers, why = excluded.why,\n"
         "  checked = excluded.checked"},
    };
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
