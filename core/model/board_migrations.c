/* Steps of the component "board". Released steps are never edited. */
#include "core/model/board_migrations.h"

static const char boards[] =
    "CREATE TABLE board (\n"
    "  owner_id {{i64}} PRIMARY KEY,\n" /* a user; 0: the one of all system managers */
    "  panels TEXT NOT NULL);\n"        /* JSON array, as the REST API shows it */
    /* What counters grew by, a day (UTC) and region; 0: of no region. Adding up the readings of
     * 50,000 devices for each look at a chart would read millions of rows. */
    "CREATE TABLE page_volume (\n"
    "  day {{i64}} NOT NULL,\n" /* since 1970-01-01 */
    "  region_id {{i64}} NOT NULL,\n"
    "  pages {{i64}} NOT NULL,\n"
    "  PRIMARY KEY (day, region_id));\n";

const store_migration board_migrations[] = {
    {1, "boards", boards},
};

const size_t board_migration_count = sizeof(board_migrations) / sizeof(board_migrations[0]);
