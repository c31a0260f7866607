/*
 * The tables. Large things are stored once: a backup is a row that points at a manifest, which is
 * the list of its parts (driver, category), each a content; two backups that are equal share all of
 * it, two that differ in one category share the rest. What differs from a standard is stored as it
 * changes, with the time from and until which it did, so that a device that stays as it is costs
 * nothing however often it is looked at (SET-107).
 */
#include "setting_value.h"

#include <stddef.h>

static const char first_tables[] =
    /* What the function check found out of a device (SET-50, SET-54). */
    "CREATE TABLE setting_value_device (\n"
    "  id {{id}},\n"
    "  device_id {{i64}} NOT NULL UNIQUE REFERENCES device (id) ON DELETE CASCADE,\n"
    "  support TEXT NOT NULL,\n" /* yes, no, unknown */
    "  writes TEXT NOT NULL,\n"  /* yes, no, unknown */
    "  type TEXT NOT NULL,\n"    /* I to IV, or '' (SET-02) */
    "  platform TEXT NOT NULL,\n"
    "  level INTEGER NOT NULL,\n" /* security level of its data, 0: none (SET-27) */
    "  drivers TEXT NOT NULL,\n"  /* JSON object: what each driver said */
    "  why TEXT NOT NULL,\n"
    "  checked {{i64}} NOT NULL,\n" /* ms UTC */
    /* Of its backups and comparisons, for the lists: device_refresh() brings them up to date. */
    "  backups {{i64}} NOT NULL DEFAULT 0,\n"
    "  backed_up {{i64}},\n"                      /* the newest one, ms UTC */
    "  differences {{i64}} NOT NULL DEFAULT 0,\n" /* that stand */
    "  compared {{i64}}\n"
    ");\n"
    "CREATE INDEX setting_value_device_support ON setting_value_device (support, device_id);\n"
    "CREATE INDEX setting_value_device_backed_up ON setting_value_device (backed_up);\n"
    "CREATE INDEX setting_value_device_differences ON setting_value_device (differences);\n"
    /* Encryption passwords by name (SET-61); the secrets themselves are in secret/1. */
    "CREATE TABLE setting_value_key (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL UNIQUE,\n"
    "  made {{i64}} NOT NULL\n"
    ");\n"
    "CREATE UNIQUE INDEX setting_value_key_name ON setting_value_key (lower(name));\n"
    /* digest: HMAC-SHA-256 of the plain bytes with the key's own key; bytes: sealed with it. */
    "CREATE TABLE setting_value_content (\n"
    "  id {{id}},\n"
    "  key_id {{i64}} NOT NULL,\n" /* 0: the feature's own key */
    "  digest {{blob}} NOT NULL,\n"
    "  uses {{i64}} NOT NULL,\n"
    "  bytes {{blob}} NOT NULL,\n"
    "  UNIQUE (digest, key_id)\n"
    ");\n"
    "CREATE TABLE setting_value_manifest (\n"
    "  id {{id}},\n"
    "  key_id {{i64}} NOT NULL,\n"
    "  digest {{blob}} NOT NULL,\n" /* SHA-256 of its parts */
    "  uses {{i64}} NOT NULL,\n"
    "  items INTEGER NOT NULL,\n"
    "  UNIQUE (digest, key_id)\n"
    ");\n"
    "CREATE TABLE setting_value_part (\n"
    "  manifest_id {{i64}} NOT NULL REFERENCES setting_value_manifest (id) ON DELETE CASCADE,\n"
    "  driver TEXT NOT NULL,\n"
    "  category TEXT NOT NULL,\n"
    "  content_id {{i64}} NOT NULL REFERENCES setting_value_content (id),\n"
    "  PRIMARY KEY (manifest_id, driver, category)\n"
    ");\n"
    "CREATE TABLE setting_value_backup (\n"
    "  id {{id}},\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  manifest_id {{i64}} NOT NULL REFERENCES setting_value_manifest (id),\n"
    "  run {{i64}} NOT NULL,\n"
    "  made {{i64}} NOT NULL,\n"
    "  type TEXT NOT NULL,\n"
    "  platform TEXT NOT NULL,\n"
    "  level INTEGER NOT NULL,\n"
    "  model TEXT NOT NULL,\n"
    "  items INTEGER NOT NULL\n"
    ");\n"
    "CREATE INDEX setting_value_backup_device ON setting_value_backup (device_id, made);\n"
    "CREATE INDEX setting_value_backup_made ON setting_value_backup (made);\n"
    "CREATE INDEX setting_value_backup_manifest ON setting_value_backup (manifest_id);\n"
    /* Distribution and monitoring data (SET-68, SET-82). content_id: the items as JSON, sealed. */
    "CREATE TABLE setting_value_data (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL UNIQUE,\n"
    "  purpose TEXT NOT NULL,\n" /* distribution, monitoring */
    "  file TEXT NOT NULL,\n"    /* name of the uploaded file, '' */
    "  origin TEXT NOT NULL,\n"  /* new, device, backup */
    "  source_serial TEXT NOT NULL,\n"
    "  source_model TEXT NOT NULL,\n"
    "  type TEXT NOT NULL,\n"
    "  platform TEXT NOT NULL,\n"
    "  level INTEGER NOT NULL,\n"
    "  items INTEGER NOT NULL,\n"
    "  categories TEXT NOT NULL DEFAULT '',\n" /* of what counts, with blanks between */
    "  content_id {{i64}} NOT NULL REFERENCES setting_value_content (id),\n"
    "  made {{i64}} NOT NULL\n"
    ");\n"
    "CREATE INDEX setting_value_data_made ON setting_value_data (made);\n"
    /* PostgreSQL compares {{fold}} with regard to case. */
    "CREATE UNIQUE INDEX setting_value_data_name ON setting_value_data (lower(name));\n"
    /* Devices and groups that a standard is for (SET-88); one of the two is set. */
    "CREATE TABLE setting_value_association (\n"
    "  id {{id}},\n"
    "  data_id {{i64}} NOT NULL REFERENCES setting_value_data (id) ON DELETE CASCADE,\n"
    "  device_id {{i64}} REFERENCES device (id) ON DELETE CASCADE,\n"
    "  group_id {{i64}},\n"
    "  product TEXT NOT NULL,\n" /* of a group: only devices of this model, '' all (SET-89) */
    "  UNIQUE (data_id, device_id),\n"
    "  UNIQUE (data_id, group_id)\n"
    ");\n"
    "CREATE INDEX setting_value_association_device ON setting_value_association (device_id);\n"
    /* Results of monitoring: all that differ, and of a row of equal ones the last (SET-107). */
    "CREATE TABLE setting_value_log (\n"
    "  id {{id}},\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  data_id {{i64}} REFERENCES setting_value_data (id) ON DELETE SET NULL,\n"
    "  data_name TEXT NOT NULL,\n"
    "  run {{i64}} NOT NULL,\n"
    "  made {{i64}} NOT NULL,\n"
    "  since {{i64}} NOT NULL,\n" /* first of the equal ones before it */
    "  state TEXT NOT NULL,\n"    /* match, different, overwritten, incomplete */
    "  count INTEGER NOT NULL,\n" /* with the internal ones (SET-113) */
    "  internal INTEGER NOT NULL\n"
    ");\n"
    "CREATE INDEX setting_value_log_device ON setting_value_log (device_id, made);\n"
    "CREATE INDEX setting_value_log_made ON setting_value_log (made);\n"
    "CREATE INDEX setting_value_log_run ON setting_value_log (run);\n"
    /* A difference from `since` on; it stands while `until` is NULL. */
    "CREATE TABLE setting_value_difference (\n"
    "  id {{id}},\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  data_id {{i64}} NOT NULL REFERENCES setting_value_data (id) ON DELETE CASCADE,\n"
    "  path TEXT NOT NULL,\n"
    "  category TEXT NOT NULL,\n"
    "  wanted TEXT NOT NULL,\n" /* JSON values */
    "  found TEXT,\n"           /* NULL: the device has no such setting */
    "  internal INTEGER NOT NULL,\n"
    "  since {{i64}} NOT NULL,\n"
    "  until {{i64}}\n"
    ");\n"
    "CREATE INDEX setting_value_difference_device\n"
    "  ON setting_value_difference (device_id, data_id, since);\n"
    "CREATE INDEX setting_value_difference_path\n"
    "  ON setting_value_difference (path, device_id) WHERE until IS NULL;\n"
    /* A distribution to a device, with what was there before (undo). */
    "CREATE TABLE setting_value_distribution (\n"
    "  id {{id}},\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  data_id {{i64}} REFERENCES setting_value_data (id) ON DELETE SET NULL,\n"
    "  data_name TEXT NOT NULL,\n"
    "  run {{i64}} NOT NULL,\n"
    "  made {{i64}} NOT NULL,\n"
    "  state TEXT NOT NULL,\n"
    "  written INTEGER NOT NULL,\n"
    "  failed INTEGER NOT NULL,\n"
    "  undo_id {{i64}} REFERENCES setting_value_content (id)\n"
    ");\n"
    "CREATE INDEX setting_value_distribution_made ON setting_value_distribution (made);\n"
    "CREATE INDEX setting_value_distribution_device\n"
    "  ON setting_value_distribution (device_id, made);\n"
    /* Its result of a category (SET-79): success, failure, not-supported. */
    "CREATE TABLE setting_value_result (\n"
    "  id {{id}},\n"
    "  distribution_id {{i64}} NOT NULL\n"
    "    REFERENCES setting_value_distribution (id) ON DELETE CASCADE,\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  category TEXT NOT NULL,\n"
    "  state TEXT NOT NULL,\n"
    "  text TEXT NOT NULL\n"
    ");\n"
    "CREATE INDEX setting_value_result_distribution\n"
    "  ON setting_value_result (distribution_id);\n"
    /* Readable forms of paths and values (SET-93): what was uploaded. content_id: JSON. */
    "CREATE TABLE setting_value_dictionary (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL UNIQUE,\n"
    "  version TEXT NOT NULL,\n"
    "  words INTEGER NOT NULL,\n"
    "  content_id {{i64}} NOT NULL REFERENCES setting_value_content (id),\n"
    "  made {{i64}} NOT NULL\n"
    ");\n"
    "CREATE UNIQUE INDEX setting_value_dictionary_name\n"
    "  ON setting_value_dictionary (lower(name))";

/* Whatever another row points at is looked for when that one is deleted: without these every row
 * is looked at, for each of 50,000 devices and each of their contents. */
static const char indexes_of_deleting[] =
    "CREATE INDEX setting_value_part_content ON setting_value_part (content_id);\n"
    "CREATE INDEX setting_value_distribution_undo\n"
    "  ON setting_value_distribution (undo_id) WHERE undo_id IS NOT NULL;\n"
    "CREATE INDEX setting_value_distribution_data\n"
    "  ON setting_value_distribution (data_id) WHERE data_id IS NOT NULL;\n"
    "CREATE INDEX setting_value_result_device ON setting_value_result (device_id);\n"
    "CREATE INDEX setting_value_log_data\n"
    "  ON setting_value_log (data_id) WHERE data_id IS NOT NULL;\n"
    "CREATE INDEX setting_value_difference_data ON setting_value_difference (data_id)";

static platen_code add(uint32_t number, const char *name, const char *sql, platen_error *err)
{
    platen_migration migration = PLATEN_MIGRATION_INIT;
    migration.number = number;
    migration.name = name;
    migration.sql = sql;
    return the_feature.store->migration(the_feature.ctx, &migration, err);
}

platen_code tables_load(platen_error *err)
{
    PLATEN_TRY(add(1, "setting values", first_tables, err));
    return add(2, "indexes for deleting", indexes_of_deleting, err);
}
