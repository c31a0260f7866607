/* What the lists say of a device, kept beside it: counting backups and differences of 50,000
 * devices for each look at a list would take too long. */
#include "setting_value.h"

#define COUNTS                                                                                     \
    "  backups = (SELECT count(*) FROM setting_value_backup AS b\n"                                \
    "             WHERE b.device_id = setting_value_device.device_id),\n"                          \
    "  backed_up = (SELECT max(b.made) FROM setting_value_backup AS b\n"                           \
    "               WHERE b.device_id = setting_value_device.device_id),\n"                        \
    "  differences = (SELECT count(*) FROM setting_value_difference AS d\n"                        \
    "                 WHERE d.device_id = setting_value_device.device_id AND d.until IS NULL),\n"  \
    "  compared = (SELECT max(l.made) FROM setting_value_log AS l\n"                               \
    "              WHERE l.device_id = setting_value_device.device_id)\n"

static const char *const statements[][2] = {
    {"device_known",
     "INSERT INTO setting_value_device\n"
     "  (device_id, support, writes, type, platform, level, drivers, why, checked)\n"
     "VALUES (:device, 'unknown', 'unknown', '', '', 0, '{}', '', 0)\n"
     "ON CONFLICT (device_id) DO NOTHING"},
    {"device_count", "UPDATE setting_value_device SET\n" COUNTS "WHERE device_id = :device"},
    {"device_count_all", "UPDATE setting_value_device SET\n" COUNTS
                         "WHERE backups > 0 OR differences > 0 OR compared IS NOT NULL"},
};

static platen_code run_for(platen_tx *tx, const char *statement, int64_t device, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, statement, &rows, err));
    store->bind_i64(rows, "device", device);
    return statement_run(rows, NULL, err);
}

platen_code device_refresh(platen_tx *tx, int64_t device, platen_error *err)
{
    PLATEN_TRY(run_for(tx, "device_known", device, err));
    return run_for(tx, "device_count", device, err);
}

platen_code devices_refresh(platen_tx *tx, platen_error *err)
{
    platen_rows *rows = NULL;
    PLATEN_TRY(the_feature.store->prepare(tx, "device_count_all", &rows, err));
    return statement_run(rows, NULL, err);
}

platen_code device_load(platen_error *err)
{
    return statements_add(statements, sizeof(statements) / sizeof(statements[0]), err);
}
