/* Device groups: names and levels, regions, members, removal. */
#include "model_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/group.h"

typedef struct put {
    int64_t id;
    group_fields fields;
    char complaints[256];
} put;

static void note(const char *pointer, const char *code, const char *text, void *user)
{
    put *p = user;
    size_t length = strlen(p->complaints);
    assert_true(strlen(text) > 0);
    (void)snprintf(p->complaints + length, sizeof(p->complaints) - length, "%s=%s ", pointer, code);
}

static platen_code do_put(store_conn *conn, void *user, platen_error *err)
{
    put *p = user;
    return group_put(conn, &p->id, &p->fields, clock_now(), note, p, err);
}

static put try_put(store *s, int64_t id, group_fields fields, platen_code expected)
{
    put p = {.id = id, .fields = fields};
    platen_error err = PLATEN_ERROR_INIT;
    if (p.fields.naming.delimiter == '\0') {
        p.fields.naming.delimiter = ':';
    }
    platen_code rc = store_write(s, do_put, &p, &err);
    if (rc != expected) {
        fail_msg("%s: code %d: %s (%s)", fields.name, (int)rc, err.text, p.complaints);
    }
    return p;
}

static int64_t make(store *s, const char *name, int64_t parent)
{
    return try_put(s, 0, (group_fields){.name = name, .has_parent = true, .parent = parent},
                   PLATEN_OK)
        .id;
}

static int64_t make_in_list(store *s, const char *name)
{
    return try_put(s, 0, (group_fields){.name = name, .naming = {.list = true}}, PLATEN_OK).id;
}

static void assert_path(store *s, int64_t id, const char *expected)
{
    char path[256];
    arena *a = arena_new();
    world_text(s, path, sizeof(path), "SELECT path FROM device_group WHERE id = %" PRId64, id);
    assert_string_equal(group_show_path(a, path, ':'), expected);
    arena_free(a);
}

static platen_code do_remove(store_conn *conn, void *user, platen_error *err)
{
    return group_remove(conn, *(int64_t *)user, err);
}

// DEV-146, DEV-147
static void test_group__tree(void **state)
{
    store *s = world_open(state);
    int64_t top = make(s, "Berlin", 0);
    int64_t house = make(s, " House 1 ", top);
    int64_t floor = make(s, "Floor", house);
    assert_path(s, floor, "Berlin:House 1:Floor");
    put p = try_put(s, 0, (group_fields){.name = "A:B"}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=delimiter ");
    p = try_put(s, 0, (group_fields){.name = "berlin"}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=exists ");
    p = try_put(s, 0, (group_fields){.name = "  "}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=length ");
    p = try_put(s, 0, (group_fields){.name = "X", .has_parent = true, .parent = 99},
                PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/parent=not-found ");
    /* the same name elsewhere is another group */
    int64_t other = make(s, "Floor", top);
    /* what is renamed or moved takes along what is below it */
    (void)try_put(s, top, (group_fields){.name = "Bonn"}, PLATEN_OK);
    assert_path(s, floor, "Bonn:House 1:Floor");
    (void)try_put(s, house, (group_fields){.has_parent = true, .parent = 0}, PLATEN_OK);
    assert_path(s, floor, "House 1:Floor");
    (void)try_put(s, house, (group_fields){.has_parent = true, .parent = other}, PLATEN_OK);
    assert_path(s, floor, "Bonn:Floor:House 1:Floor");
    p = try_put(s, top, (group_fields){.has_parent = true, .parent = floor}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/parent=loop ");
    p = try_put(s, top, (group_fields){.has_parent = true, .parent = top}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/parent=loop ");
    assert_path(s, floor, "Bonn:Floor:House 1:Floor");
    (void)try_put(s, 99, (group_fields){.name = "Y"}, PLATEN_E_NOT_FOUND);
}

static void test_group__too_many_levels(void **state)
{
    store *s = world_open(state);
    int64_t at = 0;
    for (int i = 0; i < GROUP_LEVELS_MAX; i++) {
        at = make(s, "L", at);
    }
    put p = try_put(s, 0, (group_fields){.name = "L", .has_parent = true, .parent = at},
                    PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=levels ");
    /* nor by moving what has levels below it */
    int64_t other = make(s, "M", 0);
    (void)make(s, "N", other);
    int64_t upper = 0;
    upper = world_number(s, "SELECT parent_id FROM device_group WHERE id = %" PRId64, at);
    p = try_put(s, other, (group_fields){.has_parent = true, .parent = upper}, PLATEN_E_INVAL);
    assert_path(s, other, "M");
}

// DEV-148, DEV-149, PRF-27 to PRF-30
static void test_group__list(void **state)
{
    store *s = world_open(state);
    int64_t third = make_in_list(s, "Paris: House :Floor 3");
    assert_path(s, third, "Paris:House:Floor 3");
    assert_number(3, "SELECT count(*) FROM device_group");
    assert_number(2, "SELECT count(*) FROM device_group WHERE level = 1");
    int64_t fourth = make_in_list(s, "PARIS:House:Floor 4"); /* the upper levels are there */
    assert_number(4, "SELECT count(*) FROM device_group");
    assert_number(1,
                  "SELECT count(DISTINCT parent_id) FROM device_group WHERE name LIKE 'Floor%%'");
    put p = try_put(s, 0, (group_fields){.name = "Paris:House", .naming = {.list = true}},
                    PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=exists ");
    p = try_put(s, 0, (group_fields){.name = "Paris::X", .naming = {.list = true}}, PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=delimiter ");
    p = try_put(
        s, 0,
        (group_fields){.name = "X", .has_parent = true, .parent = third, .naming = {.list = true}},
        PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/parent=view ");
    /* another delimiter cuts elsewhere; the groups that are there stay as they are */
    p = try_put(s, 0,
                (group_fields){.name = "Rome/A:B", .naming = {.list = true, .delimiter = '/'}},
                PLATEN_OK);
    assert_text("A:B", "SELECT name FROM device_group WHERE id = %" PRId64, p.id);
    /* a name with levels moves, one without stays where it is */
    (void)try_put(s, fourth, (group_fields){.name = "Lyon:Floor 4", .naming = {.list = true}},
                  PLATEN_OK);
    assert_path(s, fourth, "Lyon:Floor 4");
    (void)try_put(s, fourth, (group_fields){.name = "Floor 5", .naming = {.list = true}},
                  PLATEN_OK);
    assert_path(s, fourth, "Lyon:Floor 5");
    /* in the tree a level can become a group */
    int64_t house = make(s, "Paris", 0);
    assert_number(0, "SELECT level FROM device_group WHERE id = %" PRId64, house);
    assert_path(s, third, "Paris:House:Floor 3");
}

// DEV-152
static void test_group__removal(void **state)
{
    store *s = world_open(state);
    platen_error err = PLATEN_ERROR_INIT;
    int64_t leaf = make_in_list(s, "Paris:House:Floor");
    int64_t house = world_number(s, "SELECT id FROM device_group WHERE name = 'House'");
    assert_int_equal(store_write(s, do_remove, &house, &err), PLATEN_E_STATE);
    world_run(
        s,
        "INSERT INTO task (kind, name, targets, created) VALUES ('device.monitor', 'Nightly', "
        "'{\"devices\":[],\"groups\":[7,%" PRId64 "]}', 1)",
        leaf);
    assert_int_equal(store_write(s, do_remove, &leaf, &err), PLATEN_E_STATE);
    assert_non_null(strstr(err.text, "'Nightly'"));
    world_run(s, "DELETE FROM task");
    assert_ok(store_write(s, do_remove, &leaf, error));
    assert_number(0, "SELECT count(*) FROM device_group"); /* levels that nobody needs any more */
    assert_int_equal(store_write(s, do_remove, &leaf, &err), PLATEN_E_NOT_FOUND);
}

/* ---- members ---- */

typedef struct change {
    int64_t id;
    group_members members;
} change;

static platen_code do_change(store_conn *conn, void *user, platen_error *err)
{
    change *c = user;
    return group_change_members(conn, c->id, &c->members, err);
}

static const region_set everybody = {.all = true};

static change change_members(store *s, int64_t id, const int64_t *add, size_t count,
                             const region_set *who, platen_code expected)
{
    change c = {.id = id, .members = {.add = add, .add_count = count, .who = who}};
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = store_write(s, do_change, &c, &err);
    if (rc != expected) {
        fail_msg("code %d: %s", (int)rc, err.text);
    }
    return c;
}

/* Devices 1 to 4: 1 and 2 of region 1, 3 of region 2, 4 of none. */
static void fill(store *s)
{
    world_run(s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                 "VALUES ('North', 'north', 'UTC', '[]', '[]', 1), "
                 "('South', 'south', 'UTC', '[]', '[]', 1)");
    for (int i = 1; i <= 4; i++) {
        char address[32];
        char text[64];
        (void)snprintf(address, sizeof(address), "10.0.0.%d", i);
        (void)snprintf(text, sizeof(text), "{'serial':'SN%d','manufacturer':'Acme'}", i);
        assert_int_equal(world_register(s, address, text, 1000).id, i);
    }
    world_run(s, "UPDATE device SET region_id = 1 WHERE id <= 2");
    world_run(s, "UPDATE device SET region_id = 2 WHERE id = 3");
}

#define MEMBERS(id) "SELECT count(*) FROM device_group_member WHERE group_id = %" PRId64, id

// DEV-143, DEV-150, ACC-82, ACC-83
static void test_group__members(void **state)
{
    static const int64_t one_two[] = {1, 2, 1};
    static const int64_t all[] = {1, 2, 3, 4};
    static const int64_t gone[] = {1, 99};
    static const int64_t ids[] = {1};
    const region_set north_only = {.ids = ids, .count = 1};
    const region_list north = {.ids = {1}, .count = 1};
    store *s = world_open(state);
    fill(s);
    int64_t any = make(s, "Any", 0);
    int64_t of_north =
        try_put(s, 0, (group_fields){.name = "North", .regions = &north}, PLATEN_OK).id;
    assert_text("[\"1\"]", "SELECT regions FROM device_group WHERE id = %" PRId64, of_north);
    (void)change_members(s, any, all, 4, &everybody, PLATEN_OK);
    assert_number(4, MEMBERS(any));
    (void)change_members(s, of_north, one_two, 3, &everybody, PLATEN_OK);
    assert_number(2, MEMBERS(of_north));
    change c = change_members(s, of_north, all, 4, &everybody, PLATEN_E_INVAL);
    assert_int_equal(c.members.refused, 2);
    assert_string_equal(c.members.why, "region");
    c = change_members(s, any, gone, 2, &everybody, PLATEN_E_INVAL);
    assert_int_equal(c.members.refused, 1);
    assert_string_equal(c.members.why, "not-found");
    /* a device of another region is not there for who asks */
    c = change_members(s, any, all, 4, &north_only, PLATEN_E_INVAL);
    assert_int_equal(c.members.refused, 2);
    assert_string_equal(c.members.why, "not-found");
    /* taken out, and deleted */
    c = (change){.id = any, .members = {.remove = one_two, .remove_count = 2, .who = &everybody}};
    assert_ok(store_write(s, do_change, &c, error));
    assert_number(2, MEMBERS(any));
    world_run(s, "DELETE FROM device WHERE id = 3");
    assert_number(1, MEMBERS(any));
}

static void test_group__that_take_no_devices(void **state)
{
    static const int64_t one[] = {1};
    store *s = world_open(state);
    fill(s);
    int64_t dynamic =
        try_put(s, 0, (group_fields){.name = "D", .dynamic = true, .filters = "[\"name:eq:x\"]"},
                PLATEN_OK)
            .id;
    (void)change_members(s, dynamic, one, 1, &everybody, PLATEN_E_STATE);
    (void)make_in_list(s, "Paris:House");
    int64_t level = world_number(s, "SELECT id FROM device_group WHERE name = 'Paris'");
    (void)change_members(s, level, one, 1, &everybody, PLATEN_E_STATE); // PRF-30
    (void)change_members(s, 99, one, 1, &everybody, PLATEN_E_NOT_FOUND);
}

// DEV-153, ERR-14
static void test_group__at_most_5000(void **state)
{
    static int64_t ids[GROUP_MEMBERS_MAX + 1];
    store *s = world_open(state);
    world_run(s, "INSERT INTO device (agent_id, first_seen, last_seen) VALUES (1, 1, 1)");
    for (int64_t count = 1; count <= GROUP_MEMBERS_MAX; count *= 2) {
        world_run(s, "INSERT INTO device (agent_id, first_seen, last_seen) "
                     "SELECT 1, 1, 1 FROM device");
    }
    for (size_t i = 0; i <= GROUP_MEMBERS_MAX; i++) {
        ids[i] = (int64_t)i + 1;
    }
    int64_t group = make(s, "Many", 0);
    (void)change_members(s, group, ids, GROUP_MEMBERS_MAX, &everybody, PLATEN_OK);
    change c = change_members(s, group, ids + GROUP_MEMBERS_MAX, 1, &everybody, PLATEN_E_INVAL);
    assert_int_equal(c.members.refused, -1);
    assert_string_equal(c.members.why, "items");
    assert_number(GROUP_MEMBERS_MAX, MEMBERS(group));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group__tree),
        cmocka_unit_test(test_group__too_many_levels),
        cmocka_unit_test(test_group__list),
        cmocka_unit_test(test_group__removal),
        cmocka_unit_test(test_group__members),
        cmocka_unit_test(test_group__that_take_no_devices),
        cmocka_unit_test(test_group__at_most_5000),
    };
    return fixture_run_both("groups", tests, sizeof(tests) / sizeof(tests[0]));
}
