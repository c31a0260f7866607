/* What flows ask for: the newest backup of a device, and data by its name. */
#include "operation.h"

static const char *const statements[][2] = {
    {"clone_backup", "SELECT id FROM setting_value_backup WHERE device_id = :device\n"
                     "ORDER BY made DESC, id DESC LIMIT 1"},
    {"clone_data", "SELECT id FROM setting_value_data WHERE name = :name"},
};

typedef struct finding {
    int64_t device;   /* whose backup; 0: data */
    const char *name; /* of the data */
    int64_t id;       /* 0: there is none */
} finding;

static platen_code find(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    finding *f = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, f->device != 0 ? "clone_backup" : "clone_data", &rows, err));
    if (f->device != 0) {
        store->bind_i64(rows, "device", f->device);
    } else {
        store->bind_text(rows, "name", f->name);
    }
    platen_code rc = store->step(rows, err);
    f->id = rc == PLATEN_OK ? store->i64(rows, 0) : 0;
    store->reset(rows);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code answer_found(platen_call *call, finding *f, platen_error *err)
{
    PLATEN_TRY(the_feature.store->read(the_feature.ctx, find, f, err));
    return f->id != 0 ? operation_answer_id(call, f->id, err)
                      : the_feature.op->answer(call, "null", err);
}

static platen_code newest_backup(platen_call *call, const cJSON *arguments, platen_error *err)
{
    finding f = {.device = operation_id(arguments, "device")};
    if (f.device <= 0 || !the_feature.op->in_regions(call, f.device)) {
        the_feature.op->invalid(call, "/device", "not-found", "there is no such device");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no device '%s'",
                                      operation_text(arguments, "device"));
    }
    return answer_found(call, &f, err);
}

static platen_code find_data(platen_call *call, const cJSON *arguments, platen_error *err)
{
    finding f = {.name = operation_text(arguments, "name")};
    return answer_found(call, &f, err);
}

platen_code clone_load(platen_error *err)
{
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(operation_add("newest-backup", PLATEN_OPERATION_READ,
                             "{\"type\":\"object\",\"required\":[\"device\"],\"properties\":{"
                             "\"device\":{\"type\":\"string\",\"maxLength\":19}}}",
                             newest_backup, err));
    return operation_add("find-data", PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES,
                         "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":{"
                         "\"type\":\"string\",\"minLength\":1,\"maxLength\":255}}}",
                         find_data, err);
}
