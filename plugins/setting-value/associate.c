/* associate, dissociate: the devices and groups that a standard is for (SET-88 to SET-90). */
#include <stdio.h>

#include "data.h"
#include "operation.h"

typedef struct joining {
    platen_call *call;
    const cJSON *arguments;
    int64_t data;
    int64_t added;
} joining;

static platen_code no_device(const joining *j, size_t at, const char *id, platen_error *err)
{
    char pointer[48];
    (void)snprintf(pointer, sizeof(pointer), "/devices/%zu", at);
    the_feature.op->invalid(j->call, pointer, "not-found", "there is no such device");
    return the_feature.host->fail(err, PLATEN_E_INVAL, "there is no device %.19s", id);
}

/* One device, or one group with what its devices must be: the other is NULL. */
static platen_code insert(joining *j, platen_tx *tx, int64_t device, int64_t group,
                          const char *product, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store->prepare(tx, "association_add", &rows, err));
    store->bind_i64(rows, "data", j->data);
    store->bind_null(rows, "device");
    store->bind_null(rows, "group");
    if (device != 0) {
        store->bind_i64(rows, "device", device);
    } else {
        store->bind_i64(rows, "group", group);
    }
    store->bind_text(rows, "product", product);
    PLATEN_TRY(statement_run(rows, &changes, err));
    j->added += changes;
    return PLATEN_OK;
}

static platen_code join_devices(joining *j, platen_tx *tx, platen_error *err)
{
    const cJSON *one = NULL;
    size_t at = 0;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(j->arguments, "devices"))
    {
        const char *text = cJSON_IsString(one) ? one->valuestring : "";
        int64_t id = operation_number(text);
        platen_code rc = id > 0 && the_feature.op->in_regions(j->call, id)
                             ? insert(j, tx, id, 0, "", err)
                             : PLATEN_E_STATE;
        if (rc == PLATEN_E_STATE) { /* also: the foreign key has no such device */
            return no_device(j, at, text, err);
        }
        PLATEN_TRY(rc);
        at++;
    }
    return PLATEN_OK;
}

static platen_code join_groups(joining *j, platen_tx *tx, platen_error *err)
{
    const char *product = operation_text(j->arguments, "product");
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(j->arguments, "groups"))
    {
        int64_t id = cJSON_IsString(one) ? operation_number(one->valuestring) : 0;
        if (id <= 0) {
            the_feature.op->invalid(j->call, "/groups", "not-found", "an id of a group");
            return the_feature.host->fail(err, PLATEN_E_INVAL, "that is no id of a group");
        }
        PLATEN_TRY(insert(j, tx, 0, id, product, err));
    }
    return PLATEN_OK;
}

static platen_code join_all(platen_tx *tx, void *user, platen_error *err)
{
    joining *j = user;
    data_info info;
    j->added = 0;
    PLATEN_TRY(data_find(tx, j->data, &info, err));
    PLATEN_TRY(join_devices(j, tx, err));
    return join_groups(j, tx, err);
}

static platen_code associate(platen_call *call, const cJSON *arguments, platen_error *err)
{
    joining j = {call, arguments, operation_id(arguments, "data"), 0};
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, join_all, &j, err));
    cJSON *tree = cJSON_CreateObject();
    (void)cJSON_AddNumberToObject(tree, "added", (double)j.added);
    return operation_answer(call, tree, err);
}

/* ---- dissociate ---- */

typedef struct parting {
    platen_call *call;
    const cJSON *ids;
} parting;

static platen_code remove_one(const parting *p, platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "association_device", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return PLATEN_OK; /* somebody was faster */
    }
    PLATEN_TRY(rc);
    int64_t device = store->i64(rows, 0);
    store->reset(rows);
    if (!the_feature.op->in_regions(p->call, device)) {
        return PLATEN_OK; /* it is not there for who asks */
    }
    PLATEN_TRY(store->prepare(tx, "association_remove", &rows, err));
    store->bind_i64(rows, "id", id);
    return statement_run(rows, NULL, err);
}

static platen_code remove_all(platen_tx *tx, void *user, platen_error *err)
{
    const parting *p = user;
    const cJSON *one = NULL;
    cJSON_ArrayForEach(one, p->ids)
    {
        PLATEN_TRY(
            remove_one(p, tx, cJSON_IsString(one) ? operation_number(one->valuestring) : 0, err));
    }
    return PLATEN_OK;
}

static platen_code dissociate(platen_call *call, const cJSON *arguments, platen_error *err)
{
    parting p = {call, cJSON_GetObjectItemCaseSensitive(arguments, "ids")};
    return the_feature.store->write(the_feature.ctx, remove_all, &p, err);
}

platen_code associate_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"association_add",
         "INSERT INTO setting_value_association (data_id, device_id, group_id, product) "
         "VALUES (:data, :device, :group, :product) ON CONFLICT DO NOTHING"},
        {"association_device",
         "SELECT coalesce(device_id, 0) FROM setting_value_association WHERE id = :id"},
        {"association_remove", "DELETE FROM setting_value_association WHERE id = :id"},
    };
#define IDS(title, list)                                                                           \
    "{\"type\":\"array\",\"title\":\"" title "\",\"maxItems\":5000,"                               \
    "\"items\":{\"type\":\"string\",\"x-page\":\"" list "\",\"maxLength\":19}}"
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(operation_add(
        "associate", PLATEN_OPERATION_WRITE,
        "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{"
        "\"data\":{\"type\":\"string\",\"title\":\"setting-value.data\",\"x-page\":\"monitoring-"
        "data\",\"maxLength\":19},"
        "\"devices\":" IDS(
            "setting-value.target-devices",
            "/devices") ","
                        "\"groups\":" IDS(
                            "setting-value.target-groups",
                            "/groups") ","
                                       "\"product\":{\"type\":\"string\",\"title\":\"setting-value."
                                       "product\",\"maxLength\":255}}}",
        associate, err));
#undef IDS
    return operation_add("dissociate", PLATEN_OPERATION_WRITE, OPERATION_IDS, dissociate, err);
}
