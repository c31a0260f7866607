/*
 * Steps of the component "group". Released steps are never edited.
 *
 * Groups are always kept as a tree, however they are shown: the delimiter is a preference and
 * stands nowhere here. The path is the names from the top down with U+001F between them.
 */
#include "core/model/group_migrations.h"

static const char groups[] =
    "CREATE TABLE device_group (\n"
    "  id {{id}},\n"
    "  name {{fold}} NOT NULL,\n"
    "  path {{fold}} NOT NULL,\n"
    "  path_key TEXT NOT NULL UNIQUE,\n" /* the path in lower case */
    "  parent_id {{i64}},\n"
    "  kind TEXT NOT NULL,\n"               /* static, dynamic */
    "  level {{i64}} NOT NULL DEFAULT 0,\n" /* 1: made from a name, takes no devices */
    "  comment TEXT NOT NULL DEFAULT '',\n"
    "  filters TEXT NOT NULL DEFAULT '[]',\n" /* JSON array of \"field:op:value\" */
    "  regions TEXT NOT NULL DEFAULT '[]',\n" /* ids as they are shown */
    "  created {{i64}} NOT NULL);\n"
    "CREATE INDEX device_group_below ON device_group (parent_id);\n"
    "CREATE TABLE device_group_member (\n"
    "  group_id {{i64}} NOT NULL REFERENCES device_group (id) ON DELETE CASCADE,\n"
    "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
    "  PRIMARY KEY (group_id, device_id));\n"
    "CREATE INDEX device_group_member_of ON device_group_member (device_id, group_id);\n"
    "CREATE TABLE device_group_region (\n"
    "  group_id {{i64}} NOT NULL REFERENCES device_group (id) ON DELETE CASCADE,\n"
    "  region_id {{i64}} NOT NULL REFERENCES region (id),\n"
    "  PRIMARY KEY (group_id, region_id));\n"
    "CREATE INDEX device_group_region_of ON device_group_region (region_id);\n";

const store_migration group_migrations[] = {
    {1, "groups", groups},
};

const size_t group_migration_count = sizeof(group_migrations) / sizeof(group_migrations[0]);
