/* Regions: who is of which, who may do what, and what a change of regions does to the devices. */
#include "model_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/region_row.h"

/* ---- rules ---- */

#define SET(...)                                                                                   \
    {                                                                                              \
        .ids = (const int64_t[]){__VA_ARGS__},                                                     \
        .count = sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)                          \
    }

static const region_set all = {.all = true};
static const region_set none = {.all = false};
static const region_set one = SET(1);
static const region_set one_two = SET(1, 2);
static const region_set two_three = SET(2, 3);

static void test_region__things_hold_devices(void **state)
{
    (void)state;
    static const struct {
        const region_set *thing;
        int64_t device;
        bool holds;
    } cases[] = {
        {&all, 1, true},     {&all, 0, true},                        // ACC-83, ACC-85
        {&one, 1, true},     {&one, 2, false},     {&one, 0, false}, // ACC-82, ACC-84, ACC-81
        {&one_two, 2, true}, {&one_two, 3, false}, {&none, 1, false}, {&none, 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(region_may_hold(cases[i].thing, cases[i].device), cases[i].holds);
    }
}

static void test_region__users_operate_things(void **state)
{
    (void)state;
    static const struct {
        const region_set *user, *thing;
        bool may;
    } cases[] = {
        {&all, &all, true},      {&all, &one, true},        {&all, &none, true}, // ACC-87
        {&one, &one, true},      {&one_two, &one, true},                         // ACC-86
        {&one, &one_two, false}, {&one, &two_three, false}, {&one, &all, false},
        {&none, &one, false},    {&none, &all, false},      {&one, &none, false},
        {&none, &none, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(region_may_operate(cases[i].user, cases[i].thing), cases[i].may);
    }
}

static void test_region__what_is_tied_to_devices(void **state)
{
    static const int64_t mine[] = {1, 2, 1};
    static const int64_t mixed[] = {1, 3};
    static const int64_t unplaced[] = {1, 0};
    (void)state; // ACC-89, ACC-90, ACC-91
    assert_true(region_may_touch(&one_two, mine, 3));
    assert_false(region_may_touch(&one, mine, 3));
    assert_false(region_may_touch(&one_two, mixed, 2));
    assert_false(region_may_touch(&one_two, unplaced, 2));
    assert_false(region_may_touch(&one_two, NULL, 0));
    assert_false(region_may_touch(&none, mine, 3));
    assert_true(region_may_touch(&all, unplaced, 2));
    assert_true(region_may_touch(&all, NULL, 0));
}

/* ---- looking up ---- */

static void add(region_book *b, int64_t region, const char *text)
{
    net_range range;
    assert_int_equal(net_block_parse(text, &range, NULL), PLATEN_OK);
    assert_true(region_book_add_range(b, region, &range));
}

static void test_region__address_then_name(void **state)
{
    region_book *b = region_book_new();
    (void)state; // ACC-74, ACC-75, ACC-77, ACC-79, ACC-80, ACC-81
    add(b, 1, "192.168.200.11");
    add(b, 2, "192.168.10.0-192.168.19.255");
    add(b, 3, "10.0.0.0/8");
    add(b, 4, "2001:db8:7::/48");
    add(b, 6, "0.0.0.0-0.255.255.255");
    assert_true(region_book_add_suffix(b, 5, "print.example.org"));
    assert_true(region_book_add_suffix(b, 1, "example.org"));
    region_book_seal(b);
    static const struct {
        const char *address, *address6, *hostname;
        int64_t region;
    } cases[] = {
        {"192.168.200.11", "", "", 1},
        {"192.168.200.12", "", "", 0},
        {"192.168.10.0", "", "", 2},
        {"192.168.19.255", "", "", 2},
        {"192.168.20.0", "", "", 0},
        {"192.168.9.255", "", "", 0},
        {"10.0.0.0", "", "", 3},
        {"10.255.255.255", "", "", 3},
        {"11.0.0.0", "", "", 0},
        {"0.0.0.1", "", "", 6},
        {"2001:db8:7::1", "", "", 4},
        {"", "2001:db8:7:ffff::1", "", 4},
        {"", "2001:db8:8::1", "", 0},
        {"10.1.1.1", "2001:db8:7::1", "a.print.example.org", 3}, /* IPv4 decides */
        {"11.1.1.1", "2001:db8:7::1", "a.print.example.org", 4}, /* then IPv6 */
        {"11.1.1.1", "", "a.print.example.org", 5},              /* then the longest suffix */
        {"11.1.1.1", "", "A.B.Print.Example.ORG.", 5},
        {"11.1.1.1", "", "a.office.example.org", 1},
        {"11.1.1.1", "", "print.example.org", 1}, /* the first label is the device's own name */
        {"11.1.1.1", "", "notexample.org", 0},
        {"11.1.1.1", "", "example.org", 0},
        {"11.1.1.1", "", "printer7", 0},
        {"", "", "", 0},
        {"not an address", "neither", "..", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            region_book_find(b, cases[i].address, cases[i].address6, cases[i].hostname),
            cases[i].region);
    }
    region_book_free(b);
}

static void test_region__overlaps(void **state)
{
    static const struct {
        const char *text;
        int64_t owner;
    } cases[] = {
        {"10.0.0.0/8", 1},    {"10.1.0.0-10.1.0.9", 1}, {"9.0.0.0-10.0.0.0", 1},
        {"9.0.0.0/8", 0},     {"11.0.0.0", 0},          {"10.255.255.255-11.0.0.3", 1},
        {"0.0.0.0/0", 2},     {"192.168.0.1", 2},       {"192.168.0.0", 0},
        {"2001:db8::/32", 0},
    };
    region_book *b = region_book_new();
    (void)state; // ACC-78
    add(b, 2, "192.168.0.1");
    add(b, 1, "10.0.0.0/8");
    region_book_seal(b);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        net_range range;
        assert_int_equal(net_block_parse(cases[i].text, &range, NULL), PLATEN_OK);
        assert_int_equal(region_book_overlap(b, &range), cases[i].owner);
    }
    region_book_free(b);
}

static void test_region__suffixes(void **state)
{
    static const char *const wrong[] = {
        "",       ".",       ".example.org", "example..org", "-a.org",       "a-",
        "a-.org", "a b.org", "exa*mple.org", "a.org..",      "h\xc3\xb6.org"};
    char suffix[REGION_SUFFIX_MAX + 1];
    char label[80] = "";
    (void)state;
    assert_int_equal(region_suffix_read("Print.Example.ORG.", suffix, NULL), PLATEN_OK);
    assert_string_equal(suffix, "print.example.org");
    assert_int_equal(region_suffix_read("local", suffix, NULL), PLATEN_OK);
    assert_int_equal(region_suffix_read("a--b._x.org", suffix, NULL), PLATEN_OK);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(region_suffix_read(wrong[i], suffix, NULL), PLATEN_E_INVAL);
    }
    memset(label, 'a', 64);
    assert_int_equal(region_suffix_read(label, suffix, NULL), PLATEN_E_INVAL);
    label[63] = '\0';
    assert_int_equal(region_suffix_read(label, suffix, NULL), PLATEN_OK);
}

/* ---- in the database ---- */

typedef struct put {
    int64_t id;
    region_fields fields;
    cJSON *addresses, *suffixes;
    bool remove;
    region_change change;
    char complaints[512];
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
    return p->remove ? region_remove(conn, p->id, &p->change, err)
                     : region_put(conn, &p->id, &p->fields, clock_now(), &p->change, err);
}

/* Runs the change; the moves are counted and freed. */
static platen_code run_put(store *s, put *p, platen_error *err)
{
    p->change.complain = note;
    p->change.user = p;
    platen_code rc = store_write(s, do_put, p, err);
    cJSON_Delete(p->addresses);
    cJSON_Delete(p->suffixes);
    free(p->change.moves);
    p->change.moves = NULL;
    return rc;
}

/* `id` 0 makes one; the arrays are JSON with ' for ", NULL keeps. */
static put change_region(store *s, int64_t id, const char *name, const char *addresses,
                         const char *suffixes, platen_code expected)
{
    put p = {.id = id};
    platen_error err = PLATEN_ERROR_INIT;
    p.addresses = addresses != NULL ? world_json(addresses) : NULL;
    p.suffixes = suffixes != NULL ? world_json(suffixes) : NULL;
    p.fields = (region_fields){.name = name,
                               .timezone = id == 0 ? "Europe/Berlin" : NULL,
                               .addresses = p.addresses,
                               .suffixes = p.suffixes};
    platen_code rc = run_put(s, &p, &err);
    if (rc != expected) {
        fail_msg("%s: code %d: %s (%s)", name, (int)rc, err.text, p.complaints);
    }
    return p;
}

static put make(store *s, const char *name, const char *addresses, const char *suffixes)
{
    return change_region(s, 0, name, addresses, suffixes, PLATEN_OK);
}

static void test_region__refuses_what_cannot_be(void **state)
{
    store *s = world_open(state);
    put north = make(s, "North", "['10.1.0.0/16','192.168.7.7']", "['north.example.org']");
    put p = change_region(s, 0, "north", "[]", "[]", PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/name=exists ");
    p = change_region(s, 0, "South",
                      "['10.2.0.0/16','10.1.9.9','nonsense','10.9.0.9-10.9.0.1','10.2.3.4',"
                      "'10.3.0.0/33']",
                      "['south.example.org','.x','North.example.org.','south.example.org']",
                      PLATEN_E_INVAL);
    assert_string_equal(p.complaints, "/addresses/1=overlap /addresses/2=range /addresses/3=range "
                                      "/addresses/4=overlap /addresses/5=range /suffixes/1=format "
                                      "/suffixes/2=overlap /suffixes/3=overlap ");
    assert_number(1, "SELECT count(*) FROM region"); /* nothing changed */
    /* its own ranges do not stand in a region's way */
    (void)change_region(s, north.id, "North", "['10.1.0.0/16','10.1.255.255']", NULL,
                        PLATEN_E_INVAL);
    (void)change_region(s, north.id, "NORTH", "['10.0.0.0/8']", NULL, PLATEN_OK);
    assert_text("NORTH", "SELECT name FROM region");
    assert_text("[\"north.example.org\"]", "SELECT suffixes FROM region");
    (void)change_region(s, 99, "Nobody", NULL, NULL, PLATEN_E_NOT_FOUND);
}

static void test_region__time_zones(void **state)
{
    store *s = world_open(state);
    put p = {.addresses = world_json("[]"), .suffixes = world_json("[]")};
    p.fields = (region_fields){
        .name = "A", .timezone = "Mars/Olympus", .addresses = p.addresses, .suffixes = p.suffixes};
    assert_int_equal(run_put(s, &p, NULL), PLATEN_E_INVAL); // ACC-76
    assert_string_equal(p.complaints, "/timezone=timezone ");
}

#define DEVICE(serial) "{'manufacturer':'Acme','serial':'" serial "'}"

static void test_region__devices_follow(void **state)
{
    store *s = world_open(state);
    device_change a = world_register(s, "10.1.0.1", DEVICE("CN1"), 1000);
    device_change b = world_register_at(s, "10.2.0.1", "p2.south.example.org", DEVICE("CN2"), 1);
    device_change c = world_register(s, "10.3.0.1", DEVICE("CN3"), 1000);
    assert_int_equal(a.region, 0);
    put north = make(s, "North", "['10.1.0.0/16']", "[]");
    assert_int_equal(north.change.move_count, 1);
    put south = make(s, "South", "[]", "['south.example.org']");
    assert_int_equal(south.change.move_count, 1);
    assert_number(north.id, "SELECT region_id FROM device WHERE id = %" PRId64, a.id);
    assert_number(south.id, "SELECT region_id FROM device WHERE id = %" PRId64, b.id);
    assert_number(1, "SELECT count(*) FROM device WHERE region_id IS NULL AND id = %" PRId64, c.id);
    /* a new one, and one that moves */
    device_change d = world_register(s, "10.1.0.2", DEVICE("CN4"), 2000);
    assert_int_equal(d.region, north.id);
    a = world_register(s, "10.9.0.1", DEVICE("CN1"), 2000);
    assert_int_equal(a.region, 0);
    assert_int_equal(a.region_before, north.id);
    assert_number(1, "SELECT count(*) FROM device WHERE region_id IS NULL AND id = %" PRId64, a.id);
    /* IPv4 before the name (ACC-79) */
    (void)change_region(s, north.id, NULL, "['10.2.0.0/16']", NULL, PLATEN_OK);
    assert_number(north.id, "SELECT region_id FROM device WHERE id = %" PRId64, b.id);
    assert_number(1, "SELECT count(*) FROM device WHERE region_id IS NULL AND id = %" PRId64, d.id);
    /* a name alone moves nobody */
    put p = change_region(s, north.id, "Nord", NULL, NULL, PLATEN_OK);
    assert_int_equal(p.change.move_count, 0);
}

static void test_region__is_removed_when_nobody_has_it(void **state)
{
    store *s = world_open(state);
    platen_error err = PLATEN_ERROR_INIT;
    device_change a = world_register(s, "10.1.0.1", DEVICE("CN1"), 1000);
    put north = make(s, "North", "['10.1.0.0/16']", "[]");
    world_run(s, "INSERT INTO task (kind, name, created) VALUES ('device.monitor', 'Nightly', 1)");
    world_run(s, "INSERT INTO task_region (task_id, region_id) SELECT id, %" PRId64 " FROM task",
              north.id);
    put p = {.id = north.id, .remove = true};
    assert_int_equal(run_put(s, &p, &err), PLATEN_E_STATE);
    assert_non_null(strstr(err.text, "task 'Nightly'"));
    world_run(s, "DELETE FROM task");
    p = (put){.id = north.id, .remove = true};
    assert_ok(run_put(s, &p, error));
    assert_int_equal(p.change.move_count, 1);
    assert_number(1, "SELECT count(*) FROM device WHERE region_id IS NULL AND id = %" PRId64, a.id);
    assert_number(0, "SELECT count(*) FROM region_range");
    p = (put){.id = north.id, .remove = true};
    assert_int_equal(run_put(s, &p, &err), PLATEN_E_NOT_FOUND);
}

/* The writer's copy is read anew after every change, also one that was taken back before. */
typedef struct map_work {
    region_map *map;
    int64_t region;
} map_work;

static platen_code find_in_map(store_conn *conn, void *user, platen_error *err)
{
    map_work *w = user;
    const region_book *book = NULL;
    PLATEN_TRY(region_map_book(w->map, conn, &book, err));
    w->region = region_book_find(book, "10.1.0.1", "", "");
    return PLATEN_OK;
}

static void test_region__map_is_current(void **state)
{
    store *s = world_open(state);
    map_work w = {.map = region_map_new()};
    assert_ok(store_write(s, find_in_map, &w, error));
    assert_int_equal(w.region, 0);
    put north = make(s, "North", "['10.1.0.0/16']", "[]");
    assert_ok(store_write(s, find_in_map, &w, error));
    assert_int_equal(w.region, north.id);
    (void)change_region(s, north.id, NULL, "['10.0.0.0/16']", NULL, PLATEN_OK);
    assert_ok(store_write(s, find_in_map, &w, error));
    assert_int_equal(w.region, 0);
    region_map_free(w.map);
}

int main(void)
{
    const struct CMUnitTest pure[] = {
        cmocka_unit_test(test_region__things_hold_devices),
        cmocka_unit_test(test_region__users_operate_things),
        cmocka_unit_test(test_region__what_is_tied_to_devices),
        cmocka_unit_test(test_region__address_then_name),
        cmocka_unit_test(test_region__overlaps),
        cmocka_unit_test(test_region__suffixes),
    };
    const struct CMUnitTest both[] = {
        cmocka_unit_test(test_region__refuses_what_cannot_be),
        cmocka_unit_test(test_region__time_zones),
        cmocka_unit_test(test_region__devices_follow),
        cmocka_unit_test(test_region__is_removed_when_nobody_has_it),
        cmocka_unit_test(test_region__map_is_current),
    };
    int failed = cmocka_run_group_tests_name("region rules", pure, NULL, NULL);
    return failed + fixture_run_both("region", both, sizeof(both) / sizeof(both[0]));
}
