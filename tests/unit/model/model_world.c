/* See model_world.h. */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/board_migrations.h"
#include "core/model/device_search.h"
#include "core/model/group_migrations.h"
#include "core/model/migrations.h"
#include "core/model/region_migrations.h"
#include "core/model/region_row.h"
#include "core/model/user_migrations.h"

store *world_open(void **state)
{
    fixture *f = *state;
    assert_ok(store_migrate(f->s, MODEL_COMPONENT, model_migrations, model_migration_count, error));
    assert_ok(
        store_migrate(f->s, REGION_COMPONENT, region_migrations, region_migration_count, error));
    assert_ok(store_migrate(f->s, DEVICE_SEARCH_COMPONENT, device_search_migrations,
                            device_search_migration_count, error));
    assert_ok(store_migrate(f->s, GROUP_COMPONENT, group_migrations, group_migration_count, error));
    assert_ok(store_migrate(f->s, BOARD_COMPONENT, board_migrations, board_migration_count, error));
    assert_ok(store_migrate(f->s, USER_COMPONENT, user_migrations, user_migration_count, error));
    world_run(f->s, "INSERT INTO agent (name, local, active) VALUES ('Local', 1, 1)");
    world_run(f->s, "INSERT INTO agent (name, local, active) VALUES ('Far', 0, 1)");
    return f->s;
}

#define FORMAT(sql)                                                                                \
    char sql[2048];                                                                                \
    va_list arguments;                                                                             \
    va_start(arguments, format);                                                                   \
    assert_true(vsnprintf(sql, sizeof(sql), format, arguments) < (int)sizeof(sql));                \
    va_end(arguments)

int64_t world_number(store *s, const char *format, ...)
{
    FORMAT(sql);
    return fixture_read_i64(s, sql);
}

void world_text(store *s, char *out, size_t size, const char *format, ...)
{
    FORMAT(sql);
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    assert_ok(store_read(s, &conn, error));
    assert_ok(store_prepare_text(conn, sql, &st, error));
    assert_ok(store_step(st, error));
    (void)snprintf(out, size, "%s", store_text(st, 0));
    store_reset(st);
    store_read_end(conn);
}

void world_run(store *s, const char *format, ...)
{
    FORMAT(sql);
    fixture_write(s, sql);
}

cJSON *world_json(const char *text)
{
    cJSON *tree = NULL;
    char *copy = strdup(text);
    assert_non_null(copy);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    assert_ok(json_parse(copy, strlen(copy), &tree, error));
    free(copy);
    return tree;
}

report *world_report(const char *text)
{
    report *r = NULL;
    cJSON *tree = world_json(text);
    assert_ok(report_read(tree, &r, error));
    cJSON_Delete(tree);
    return r;
}

typedef struct registration {
    device_found found;
    int64_t now;
    device_change change;
} registration;

static platen_code do_register(store_conn *conn, void *user, platen_error *err)
{
    registration *r = user;
    region_book *regions = NULL;
    r->change = (device_change){.id = 0};
    PLATEN_TRY(region_book_load(conn, 0, &regions, err));
    r->found.regions = regions;
    platen_code rc = device_register(conn, &r->found, r->now, &r->change, err);
    region_book_free(regions);
    return rc;
}

device_change world_register(store *s, const char *address, const char *report_text, int64_t now)
{
    return world_register_at(s, address, "", report_text, now);
}

device_change world_register_at(store *s, const char *address, const char *hostname,
                                const char *report_text, int64_t now)
{
    report *r = world_report(report_text);
    registration work = {.found = {.agent = 1,
                                   .address = address,
                                   .hostname = hostname,
                                   .report = r,
                                   .access = {.credential = 1, .protocol = "snmpv1"},
                                   .managed = true},
                         .now = now};
    assert_ok(store_write(s, do_register, &work, error));
    report_free(r);
    return work.change;
}
