/*
 * Steps of the component "lists". Released steps are never edited. With 50,000 devices a sort or a
 * search by an indexed column takes 0.5 to 5 ms, by another one 8 to 12; each index costs some 2
 * MB and 4 us a changed row. The first column is the list's own condition.
 */
#include "core/rest/list_migrations.h"

static const char device_indexes[] =
    "CREATE INDEX device_list_hostname ON device (managed, hostname, id);\n"
    "CREATE INDEX device_list_mac ON device (managed, mac, id);\n"
    "CREATE INDEX device_list_contact ON device (managed, contact, id);\n"
    "CREATE INDEX device_list_comment ON device (managed, comment, id);\n"
    "CREATE INDEX device_list_alert ON device (managed, alert, id);\n"
    "CREATE INDEX device_list_address ON device (managed, address, id);\n"
    "CREATE INDEX device_list_agent ON device (managed, agent_id, id);\n"
    "CREATE INDEX device_list_first_seen ON device (managed, first_seen, id);\n"
    "CREATE INDEX device_list_last_seen ON device (managed, last_seen, id);\n";

/* The component "core" has the same ones under other names. */
static const char device_index_twins[] = "DROP INDEX device_list_hostname;\n"
                                         "DROP INDEX device_list_mac;\n"
                                         "DROP INDEX device_list_contact;\n"
                                         "DROP INDEX device_list_comment;\n"
                                         "DROP INDEX device_list_alert;\n"
                                         "DROP INDEX device_list_first_seen;\n"
                                         "DROP INDEX device_list_last_seen;\n";

/* Read from end to end where an order is not one of the others': a sixth of the table. Texts of a
 * length that PostgreSQL's indexes take together. */
static const char device_narrow[] =
    "CREATE INDEX device_list_narrow ON device (managed, severity, power, region_id, page_count, "
    "supply_lowest, firmware, manufacturer, model, name, id);\n";

const store_migration list_migrations[] = {
    {1, "device-list", device_indexes},
    {2, "device-list-twins", device_index_twins},
    {3, "device-list-narrow", device_narrow},
};

const size_t list_migration_count = sizeof(list_migrations) / sizeof(list_migrations[0]);
