/*
 * Steps of the component "region". Released steps are never edited.
 *
 * A device's region follows from its addresses and host name and is kept in its row, so that every
 * list finds the devices of a region in an index. It is no foreign key: nothing may hold up the
 * registration of a device. Tables <thing>_region have the regions that people chose for a thing;
 * none means all of them.
 */
#include "core/model/region_migrations.h"

static const char regions[] =
    "CREATE TABLE region (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL,\n"
    "  name_key TEXT NOT NULL UNIQUE,\n" /* the name in lower case */
    "  timezone TEXT NOT NULL,\n"        /* of the IANA database */
    "  addresses TEXT NOT NULL,\n"       /* JSON array, as it was written */
    "  suffixes TEXT NOT NULL,\n"
    "  created {{i64}} NOT NULL);\n"
    "CREATE TABLE region_range (\n"
    "  first_key TEXT PRIMARY KEY,\n" /* 16 bytes in hex, as device.address_key */
    "  last_key TEXT NOT NULL,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id) ON DELETE CASCADE);\n"
    "CREATE INDEX region_range_of ON region_range (region_id);\n"
    "CREATE TABLE region_suffix (\n"
    "  suffix TEXT PRIMARY KEY,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id) ON DELETE CASCADE);\n"
    "CREATE INDEX region_suffix_of ON region_suffix (region_id);\n"
    /* One row: another number after every change of the two tables above. */
    "CREATE TABLE region_state (\n"
    "  id {{i64}} PRIMARY KEY,\n"
    "  stamp {{i64}} NOT NULL);\n"
    "INSERT INTO region_state (id, stamp) VALUES (1, 0);\n"
    "ALTER TABLE device ADD COLUMN region_id {{i64}};\n" /* NULL: of none */
    "CREATE INDEX device_by_region ON device (managed, region_id, name, id);\n"
    "CREATE INDEX device_by_region_address ON device (managed, region_id, address_key, id);\n"
    /* Counts a region, a severity and a power state without a look at the rows. */
    "DROP INDEX device_by_severity;\n"
    "CREATE INDEX device_by_severity ON device (managed, severity, power, region_id, id);\n"
    "ALTER TABLE verdict ADD COLUMN region_id {{i64}};\n"
    "CREATE INDEX verdict_by_region ON verdict (region_id, agent_id, id);\n"
    "CREATE TABLE task_region (\n"
    "  task_id {{i64}} NOT NULL REFERENCES task (id) ON DELETE CASCADE,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id),\n"
    "  PRIMARY KEY (task_id, region_id));\n"
    "CREATE INDEX task_region_of ON task_region (region_id);\n"
    /* What the task had when the run was made. */
    "CREATE TABLE run_region (\n"
    "  run_id {{i64}} NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id) ON DELETE CASCADE,\n"
    "  PRIMARY KEY (run_id, region_id));\n"
    "CREATE INDEX run_region_of ON run_region (region_id);\n";

/* Their ids once more, as they are shown: a list needs no look at the tables for each row. */
static const char shown[] = "ALTER TABLE task ADD COLUMN regions TEXT NOT NULL DEFAULT '[]';\n"
                            "ALTER TABLE run ADD COLUMN regions TEXT NOT NULL DEFAULT '[]';\n";

const store_migration region_migrations[] = {
    {1, "regions", regions},
    {2, "regions-shown", shown},
};

const size_t region_migration_count = sizeof(region_migrations) / sizeof(region_migrations[0]);
