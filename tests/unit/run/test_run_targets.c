/* Which devices a run is about, and who may look into it. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/run/run.h"
#include "core/run/task.h"

/* Group 1 has the devices 1 to 3, group 2 has 3 and 4, group 3 none. */
static platen_code group_devices(store_conn *conn, const int64_t *groups, size_t count,
                                 int64_t **devices, size_t *device_count, void *user,
                                 platen_error *err)
{
    static const int64_t members[][4] = {{0}, {1, 2, 3, 0}, {3, 4, 0}, {0}};
    int64_t *found = calloc(8, sizeof(*found));
    (void)conn;
    (void)user;
    (void)err;
    assert_non_null(found);
    *device_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (const int64_t *at = members[groups[i]]; *at != 0; at++) {
            found[(*device_count)++] = *at;
        }
    }
    *devices = found;
    return PLATEN_OK;
}

static runs *group_engine(store *s)
{
    runs *r = NULL;
    const runs_hooks hooks = {.group_devices = group_devices};
    assert_ok(runs_new(s, &hooks, &r, error));
    return r;
}

/* Devices 1 to 6: 1 and 2 of region 1, 3 and 4 of region 2, 5 and 6 of none. */
static void fill_regions(store *s)
{
    world_run(s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                 "VALUES ('North', 'north', 'UTC', '[]', '[]', 1), "
                 "('South', 'south', 'UTC', '[]', '[]', 1)");
    for (int i = 1; i <= 6; i++) {
        char address[32];
        char text[64];
        (void)snprintf(address, sizeof(address), "10.0.0.%d", i);
        (void)snprintf(text, sizeof(text), "{'serial':'SN%d','manufacturer':'Acme'}", i);
        assert_int_equal(world_register(s, address, text, 1000).id, i);
    }
    world_run(s, "UPDATE device SET region_id = 1 WHERE id <= 2");
    world_run(s, "UPDATE device SET region_id = 2 WHERE id IN (3, 4)");
}

static int64_t make(runs *r, run_spec spec)
{
    int64_t run = 0;
    spec.kind = "device.counters";
    spec.name = "test";
    assert_ok(runs_create(r, &spec, &run, error));
    return run;
}

#define ID(run) " WHERE run_id = %" PRId64, run

static void test_run_targets__of_regions(void **state)
{
    static const int64_t north[] = {1};
    static const int64_t both[] = {1, 2};
    store *s = run_world_open(state);
    runs *r = group_engine(s);
    fill_regions(s);
    /* ACC-85: no region, any device; ACC-84: all that the regions have */
    int64_t run = make(r, (run_spec){.task = 0});
    assert_text("[1,2,3,4,5,6]", "SELECT targets FROM job" ID(run));
    assert_text("[]", "SELECT regions FROM run WHERE id = %" PRId64, run);
    run = make(r, (run_spec){.regions = north, .region_count = 1});
    assert_text("[1,2]", "SELECT targets FROM job" ID(run));
    assert_text("[\"1\"]", "SELECT regions FROM run WHERE id = %" PRId64, run);
    run = make(r, (run_spec){.regions = both, .region_count = 2});
    assert_text("[1,2,3,4]", "SELECT targets FROM job" ID(run));
    assert_number(2, "SELECT count(*) FROM run_region" ID(run));
    runs_free(r);
}

static void test_run_targets__that_left_the_region(void **state)
{
    static const int64_t north[] = {1};
    static const int64_t devices[] = {5, 1, 3, 1};
    store *s = run_world_open(state);
    runs *r = group_engine(s);
    fill_regions(s);
    int64_t run = make(
        r, (run_spec){.regions = north, .region_count = 1, .devices = devices, .device_count = 4});
    assert_text("[1]", "SELECT targets FROM job" ID(run));
    assert_number(3, "SELECT total FROM run WHERE id = %" PRId64, run);
    assert_number(2, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE state = 'skipped' AND "
                     "code = 'not-in-region'");
    /* all of them: it is over at once */
    run = make(
        r, (run_spec){.regions = north, .region_count = 1, .devices = devices, .device_count = 1});
    assert_number(0, "SELECT count(*) FROM job" ID(run));
    assert_text("success", "SELECT state FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

// TSK-40
static void test_run_targets__of_groups(void **state)
{
    static const int64_t groups[] = {1, 2};
    static const int64_t empty[] = {3};
    static const int64_t south[] = {2};
    static const int64_t devices[] = {6, 3};
    store *s = run_world_open(state);
    runs *r = group_engine(s);
    fill_regions(s);
    int64_t run = make(r, (run_spec){.groups = groups, .group_count = 2});
    assert_text("[1,2,3,4]", "SELECT targets FROM job" ID(run));
    run = make(
        r, (run_spec){.groups = groups, .group_count = 1, .devices = devices, .device_count = 2});
    assert_text("[1,2,3,6]", "SELECT targets FROM job" ID(run));
    /* a group without devices is not the whole fleet */
    run = make(r, (run_spec){.groups = empty, .group_count = 1});
    assert_number(0, "SELECT count(*) FROM job" ID(run));
    run = make(r,
               (run_spec){.groups = groups, .group_count = 1, .regions = south, .region_count = 1});
    assert_text("[3]", "SELECT targets FROM job" ID(run));
    assert_number(2, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

/* Tasks keep their regions, and their runs get them. */
static void test_run_targets__of_a_task(void **state)
{
    const region_list north = {.ids = {1}, .count = 1};
    store *s = run_world_open(state);
    runs *r = group_engine(s);
    int64_t task = 0;
    int64_t run = 0;
    fill_regions(s);
    const task_fields fresh = {.kind = "device.counters",
                               .name = "t",
                               .active = 1,
                               .targets = "{\"devices\":[1],\"groups\":[2]}",
                               .settings = "{}",
                               .regions = &north};
    assert_ok(task_create(r, &fresh, &task, error));
    assert_text("[\"1\"]", "SELECT regions FROM task WHERE id = %" PRId64, task);
    assert_ok(runs_start_task(r, task, &run, error));
    assert_text("[1]", "SELECT targets FROM job" ID(run));
    assert_number(2, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    assert_text("[\"1\"]", "SELECT regions FROM run WHERE id = %" PRId64, run);
    /* the run keeps them when the task is gone */
    assert_ok(task_remove(r, task, error));
    assert_number(0, "SELECT count(*) FROM task_region");
    assert_number(1, "SELECT count(*) FROM run_region" ID(run));
    runs_free(r);
}

static platen_code look(store *s, int64_t run, int64_t task, const region_set *who)
{
    store_conn *conn = NULL;
    assert_ok(store_read(s, &conn, error));
    platen_code rc =
        run != 0 ? runs_may_operate(conn, run, who, NULL) : task_may_operate(conn, task, who, NULL);
    store_read_end(conn);
    return rc;
}

// ACC-86, ACC-87, ACC-93
static void test_run_targets__who_may_look(void **state)
{
    static const int64_t ids[] = {1, 2};
    const region_set all = {.all = true};
    const region_set north = {.ids = ids, .count = 1};
    const region_set south = {.ids = ids + 1, .count = 1};
    const region_set both = {.ids = ids, .count = 2};
    const region_set none = {.count = 0};
    const region_list of_both = {.ids = {1, 2}, .count = 2};
    store *s = run_world_open(state);
    runs *r = group_engine(s);
    int64_t task = 0;
    fill_regions(s);
    int64_t open = make(r, (run_spec){.task = 0});
    int64_t one = make(r, (run_spec){.regions = ids, .region_count = 1});
    int64_t two = make(r, (run_spec){.regions = ids, .region_count = 2});
    assert_int_equal(look(s, open, 0, &all), PLATEN_OK);
    assert_int_equal(look(s, open, 0, &both), PLATEN_E_FORBIDDEN);
    assert_int_equal(look(s, one, 0, &north), PLATEN_OK);
    assert_int_equal(look(s, one, 0, &south), PLATEN_E_FORBIDDEN);
    assert_int_equal(look(s, two, 0, &north), PLATEN_E_FORBIDDEN);
    assert_int_equal(look(s, two, 0, &both), PLATEN_OK);
    assert_int_equal(look(s, two, 0, &none), PLATEN_E_FORBIDDEN);
    assert_int_equal(look(s, 99, 0, &both), PLATEN_E_NOT_FOUND);
    const task_fields fresh = {.kind = "device.counters",
                               .name = "t",
                               .targets = "{}",
                               .settings = "{}",
                               .regions = &of_both};
    assert_ok(task_create(r, &fresh, &task, error));
    assert_int_equal(look(s, 0, task, &both), PLATEN_OK);
    assert_int_equal(look(s, 0, task, &north), PLATEN_E_NOT_FOUND);
    assert_int_equal(look(s, 0, 99, &both), PLATEN_E_NOT_FOUND);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_targets__of_regions),
        cmocka_unit_test(test_run_targets__that_left_the_region),
        cmocka_unit_test(test_run_targets__of_groups),
        cmocka_unit_test(test_run_targets__of_a_task),
        cmocka_unit_test(test_run_targets__who_may_look),
    };
    return fixture_run_both("targets of runs", tests, sizeof(tests) / sizeof(tests[0]));
}
