/* Tasks: made, changed, duplicated, due; what is missed; a clock that was set back. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/kind.h"
#include "core/run/run_private.h"
#include "core/run/schedule.h"
#include "core/run/task.h"

#define HOUR INT64_C(3600000)
#define DAILY "{\"when\":\"every\",\"unit\":\"day\",\"step\":1,\"time\":\"08:00\",\"zone\":\"UTC\"}"
#define OF(table, id) "FROM " table " WHERE id = %" PRId64, id

static int64_t make(runs *r, const char *schedule)
{
    int64_t id = 0;
    const task_fields task = {.kind = "device.counters",
                              .name = "Nightly",
                              .active = 1,
                              .targets = "{\"devices\":[1,2]}",
                              .settings = "{}",
                              .schedule = schedule,
                              .mail = "{\"condition\":\"error\",\"to\":[\"a@b.example\"]}"};
    assert_ok(task_create(r, &task, &id, error));
    return id;
}

static bool change(runs *r, int64_t id, task_fields fields)
{
    bool starts = false;
    assert_ok(task_change(r, id, &fields, &starts, error));
    return starts;
}

// MON-01, MON-09
static void test_task__builtin(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    int64_t copy = 0;
    assert_ok(runs_make_builtins(r, error));
    assert_ok(runs_make_builtins(r, error)); /* at each start */
    assert_number(3, "SELECT count(*) FROM task WHERE builtin = 1 AND active = 1 AND next_at > 0");
    assert_number(1, "SELECT count(*) FROM task WHERE kind = 'device.monitor' "
                     "AND schedule LIKE '%%\"minutes\",\"step\":5,%%'");
    int64_t id = world_number(s, "SELECT id FROM task WHERE kind = 'device.monitor'");
    assert_int_equal(task_remove(r, id, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(task_duplicate(r, id, &copy, &err), PLATEN_E_NOT_FOUND);
    assert_false(change(
        r, id,
        (task_fields){
            .name = "Renamed", .active = 0, .targets = "{\"devices\":[1]}", .schedule = DAILY}));
    assert_text("Monitor Printers", "SELECT name " OF("task", id));
    assert_text("{}", "SELECT targets " OF("task", id));
    assert_text(DAILY, "SELECT schedule " OF("task", id));
    assert_number(0, "SELECT active " OF("task", id));
    assert_ok(runs_make_builtins(r, error));
    assert_text(DAILY, "SELECT schedule " OF("task", id)); /* kept over a start */
    assert_number(3, "SELECT count(*) FROM task");
    runs_free(r);
}

static void test_task__of_users(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    int64_t id = 0;
    int64_t run = 0;
    bool starts = false;
    fill(s, 3);
    task_fields task = {.kind = "device.counters",
                        .name = "Two",
                        .active = 1,
                        .targets = "{\"devices\":[1,3,1e300,\"2\",null,-1]}",
                        .settings = "{}"};
    assert_ok(task_create(r, &task, &id, error));
    assert_ok(runs_start_task(r, id, &run, error));
    assert_number(2, "SELECT total FROM run WHERE task_id = %" PRId64, id);
    assert_text("execute", "SELECT mode " OF("run", run));
    assert_ok(task_remove(r, id, error));
    assert_int_equal(task_remove(r, id, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(runs_start_task(r, id, &run, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(task_change(r, id, &task, &starts, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(task_duplicate(r, id, &run, &err), PLATEN_E_NOT_FOUND);
    task.kind = "device.teleport";
    assert_int_equal(task_create(r, &task, &id, &err), PLATEN_E_INVAL);
    task.kind = "device.counters";
    task.schedule = "{\"when\":\"every\",\"unit\":\"eon\"}";
    assert_int_equal(task_create(r, &task, &id, &err), PLATEN_E_INVAL);
    assert_number(0, "SELECT count(*) FROM task");
    runs_free(r);
}

// TSK-42, TSK-43
static void test_task__changed_and_duplicated(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t copy = 0;
    fill(s, 3);
    int64_t id = make(r, DAILY);
    int64_t next = world_number(s, "SELECT next_at " OF("task", id));
    assert_number(1, "SELECT revision " OF("task", id));
    assert_false(change(r, id, (task_fields){.name = "Other", .active = -1}));
    assert_number(2, "SELECT revision " OF("task", id));
    assert_number(next, "SELECT next_at " OF("task", id)); /* the schedule is the same */
    assert_false(change(r, id, (task_fields){.name = "Other", .active = 0}));
    assert_number(2, "SELECT revision " OF("task", id)); /* its state is no other definition */
    /* now runs when it becomes so, or becomes active, and only then */
    assert_false(change(r, id, (task_fields){.active = -1, .schedule = "{\"when\":\"now\"}"}));
    assert_number(0, "SELECT coalesce(next_at, 0) " OF("task", id));
    assert_true(change(r, id, (task_fields){.active = 1}));
    assert_false(change(r, id, (task_fields){.name = "Again", .active = 1}));
    assert_ok(task_duplicate(r, id, &copy, error));
    assert_text("Again - Copy", "SELECT name " OF("task", copy));
    assert_number(0, "SELECT active " OF("task", copy));
    assert_text("{\"devices\":[1,2]}", "SELECT targets " OF("task", copy));
    assert_text("{\"condition\":\"error\",\"to\":[\"a@b.example\"]}",
                "SELECT mail " OF("task", copy));
    runs_free(r);
}

static void test_task__name_of_a_copy(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t copy = 0;
    char name[401];
    for (size_t i = 0; i < 200; i++) {
        (void)snprintf(name + i * 2, 3, "\xc3\xa4"); /* 200 characters of two bytes */
    }
    int64_t id = make(r, NULL);
    change(r, id, (task_fields){.name = name, .active = -1});
    assert_ok(task_duplicate(r, id, &copy, error));
    assert_number(200, "SELECT length(name) " OF("task", copy));
    runs_free(r);
}

/* Makes the task due `ms` ago. */
static int64_t due_ago(store *s, int64_t id, int64_t ms)
{
    int64_t due = clock_now() - ms;
    world_run(s, "UPDATE task SET next_at = %" PRId64 " WHERE id = %" PRId64, due, id);
    return due;
}

static void test_due__runs(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    int64_t id = make(r, DAILY);
    runs_start_due(r);
    assert_number(0, "SELECT count(*) FROM run"); /* nothing is */
    int64_t due = due_ago(s, id, 1000);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run WHERE state = 'waiting' AND total = 2");
    assert_number(due, "SELECT due_at FROM run");
    assert_number(1, "SELECT task_revision FROM run");
    assert_text("{\"condition\":\"error\",\"to\":[\"a@b.example\"]}", "SELECT mail FROM run");
    assert_true(world_number(s, "SELECT next_at " OF("task", id)) > clock_now());
    /* the last run still goes on */
    due_ago(s, id, 1000);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run");
    assert_true(world_number(s, "SELECT next_at " OF("task", id)) > clock_now());
    /* one that is not active is never due */
    world_run(s, "UPDATE run SET state = 'success', ended = 1");
    due_ago(s, id, 1000);
    change(r, id, (task_fields){.active = 0});
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run");
    runs_free(r);
}

/* DECISIONS, Time: at most an hour late it runs, later it is missed; once for a long stop. */
static void test_due__missed(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    int64_t id = make(r, DAILY);
    due_ago(s, id, HOUR - 60000);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run WHERE state = 'waiting'");
    world_run(s, "DELETE FROM run");
    int64_t due = due_ago(s, id, 9 * 24 * HOUR);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run");
    assert_text("missed", "SELECT state FROM run");
    assert_number(0, "SELECT total FROM run");
    assert_number(due, "SELECT due_at FROM run");
    assert_number(0, "SELECT count(*) FROM job");
    assert_true(world_number(s, "SELECT next_at " OF("task", id)) > clock_now());
    /* the preference says how late it may be */
    world_run(s, "DELETE FROM run");
    world_run(s, "INSERT INTO preference (key, value) VALUES ('tasks', '{\"missed_hours\":24}')");
    due_ago(s, id, 23 * HOUR);
    runs_start_due(r);
    assert_text("waiting", "SELECT state FROM run");
    runs_free(r);
}

static void test_due__once(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t run = 0;
    fill(s, 3);
    int64_t id = make(r, "{\"when\":\"once\",\"at\":\"2096-01-01T00:00\",\"zone\":\"UTC\"}");
    assert_true(world_number(s, "SELECT next_at " OF("task", id)) > clock_now());
    assert_ok(runs_start_task(r, id, &run, error)); /* one by hand is no reason not to */
    world_run(s, "UPDATE task SET schedule = "
                 "'{\"when\":\"once\",\"at\":\"2020-01-01T00:00\",\"zone\":\"UTC\"}'");
    due_ago(s, id, 1000);
    runs_start_due(r);
    assert_number(2, "SELECT count(*) FROM run WHERE state = 'waiting'");
    assert_number(1, "SELECT count(*) FROM task WHERE next_at IS NULL");
    runs_free(r);
}

/* What cannot be made is in the history, and not tried every second. */
static void test_due__cannot_be_made(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t id = 0;
    const task_fields task = {.kind = "device.discover",
                              .name = "Search",
                              .active = 1,
                              .targets = "{\"agents\":[77]}",
                              .settings = "{}",
                              .schedule = DAILY};
    assert_ok(task_create(r, &task, &id, error));
    due_ago(s, id, 1000);
    runs_start_due(r);
    assert_text("error", "SELECT state FROM run");
    assert_text("not-found", "SELECT code FROM run");
    assert_text("there is no agent 77", "SELECT text FROM run");
    assert_true(world_number(s, "SELECT next_at " OF("task", id)) > clock_now());
    /* a schedule that cannot be read any more stops the task */
    world_run(s, "UPDATE task SET schedule = '{\"when\":\"every\"}'");
    due_ago(s, id, 1000);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM task WHERE next_at IS NULL");
    assert_number(1, "SELECT count(*) FROM run");
    runs_free(r);
}

static void test_due__many(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    for (int i = 0; i < 120; i++) {
        (void)make(r, DAILY);
    }
    world_run(s, "UPDATE task SET next_at = 1000000");
    runs_start_due(r);
    assert_number(120, "SELECT count(*) FROM run WHERE state = 'missed'");
    runs_free(r);
}

static void test_clock__set_back(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t now = clock_now();
    fill(s, 3);
    int64_t often =
        make(r, "{\"when\":\"every\",\"unit\":\"minutes\",\"step\":5,\"zone\":\"UTC\"}");
    int64_t daily = make(r, DAILY);
    world_run(s, "UPDATE task SET next_at = %" PRId64, now + 48 * HOUR);
    runs_watch_clock(r); /* at the start: minutes are looked at in any case */
    assert_true(world_number(s, "SELECT next_at " OF("task", often)) <= clock_now() + 300000);
    assert_number(now + 48 * HOUR, "SELECT next_at " OF("task", daily));
    r->clock_ahead += HOUR; /* as if the clock had been an hour further */
    runs_watch_clock(r);
    assert_number(now + 48 * HOUR, "SELECT next_at " OF("task", daily)); /* not twice a day */
    r->clock_ahead += 30 * HOUR;
    runs_watch_clock(r);
    assert_true(world_number(s, "SELECT next_at " OF("task", daily)) <= clock_now() + 24 * HOUR);
    runs_free(r);
}

/* ---- zones of targets ---- */

static void load(store *s, schedule_zones *zones, const char *stored, sched_rule *rule)
{
    store_conn *conn = NULL;
    assert_ok(store_read(s, &conn, error));
    assert_ok(schedule_zones_load(conn, zones, error));
    store_read_end(conn);
    assert_ok(schedule_read(zones, stored, rule, error));
}

#define TARGETS                                                                                    \
    "{\"when\":\"every\",\"unit\":\"day\",\"step\":1,\"time\":\"08:00\","                          \
    "\"since\":\"2026-01-01T00:00\",\"zone\":\"targets\"}"

// TSK-20
static void test_schedule__zones_of_targets(void **state)
{
    store *s = run_world_open(state);
    schedule_zones zones;
    sched_rule rule;
    run_due *due = NULL;
    size_t count = 0;
    int64_t latest = 0;
    int64_t noon = 0;
    world_run(s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                 "VALUES ('T', 't', 'Asia/Tokyo', '[]', '[]', 1), "
                 "('L', 'l', 'America/Los_Angeles', '[]', '[]', 1)");
    world_run(s, "INSERT INTO preference (key, value) VALUES "
                 "('tasks', '{\"zone\":\"Europe/Berlin\"}')");
    load(s, &zones, TARGETS, &rule);
    assert_true(clock_parse("2026-06-10T12:00:00Z", &noon));
    int64_t start = schedule_next(&zones, &rule, noon);
    assert_int_equal(start, noon + 11 * HOUR); /* 08:00 on the 11th in Tokyo */
    assert_int_equal(schedule_next(&zones, &rule, start), start + 24 * HOUR); /* one run, not 3 */
    assert_ok(schedule_due(&zones, &rule, start, &due, &count, &latest, error));
    assert_int_equal(count, 3);
    assert_int_equal(due[0].region, 0);
    assert_int_equal(due[0].at, start + 7 * HOUR); /* Berlin */
    assert_int_equal(due[1].at, start);
    assert_int_equal(due[2].at, start + 16 * HOUR); /* Los Angeles */
    assert_int_equal(latest, due[2].at);
    free(due);
    schedule_zones_fini(&zones);
}

/* Late for Tokyo, but not for Los Angeles: it runs; missed is what is late for all. */
static void test_due__zones_of_targets(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    schedule_zones zones;
    sched_rule rule;
    fill(s, 3);
    world_run(s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                 "VALUES ('K', 'k', 'Pacific/Kiritimati', '[]', '[]', 1), "
                 "('P', 'p', 'Pacific/Pago_Pago', '[]', '[]', 1)"); /* 25 hours apart */
    world_run(s, "INSERT INTO preference (key, value) VALUES ('tasks', '{\"zone\":\"UTC\"}')");
    int64_t id = make(r, TARGETS);
    load(s, &zones, TARGETS, &rule);
    int64_t last = schedule_next(&zones, &rule, clock_now() - 24 * HOUR);
    assert_number(schedule_next(&zones, &rule, clock_now()), "SELECT next_at " OF("task", id));
    world_run(s, "UPDATE task SET next_at = %" PRId64, last);
    runs_start_due(r);
    assert_number(1, "SELECT count(*) FROM run WHERE state = 'waiting' AND total = 2");
    assert_number(schedule_next(&zones, &rule, last), "SELECT next_at " OF("task", id));
    world_run(s, "DELETE FROM run");
    int64_t older = schedule_next(&zones, &rule, clock_now() - 96 * HOUR);
    world_run(s, "UPDATE task SET next_at = %" PRId64, older);
    runs_start_due(r);
    assert_true(world_number(s, "SELECT count(*) FROM run WHERE state = 'missed'") >= 1);
    schedule_zones_fini(&zones);
    runs_free(r);
}

// PRF-47
static void test_task__due_before_an_installation(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    cJSON *list = cJSON_CreateArray();
    assert_ok(runs_make_builtins(r, error));
    world_run(s, "UPDATE task SET next_at = 1000 WHERE builtin = 1");
    world_run(s,
              "INSERT INTO task (kind, name, builtin, active, targets, settings, schedule, mail, "
              "rollout, created, next_at) VALUES ('device.restart', 'soon', 0, 1, '{}', '{}', "
              "'{}', '{}', '{}', 1, 5000), ('device.restart', 'later', 0, 1, '{}', '{}', '{}', "
              "'{}', '{}', 1, 5001), ('device.restart', 'off', 0, 0, '{}', '{}', '{}', '{}', "
              "'{}', 1, 5000)");
    assert_ok(runs_due_until(s, 5000, list, error));
    assert_int_equal(cJSON_GetArraySize(list), 1);
    assert_string_equal(json_get_text(cJSON_GetArrayItem(list, 0), "name", ""), "soon");
    assert_true(json_get_bool(cJSON_GetArrayItem(list, 0), "due", false));
    cJSON_Delete(list);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task__builtin),
        cmocka_unit_test(test_task__of_users),
        cmocka_unit_test(test_task__changed_and_duplicated),
        cmocka_unit_test(test_task__name_of_a_copy),
        cmocka_unit_test(test_due__runs),
        cmocka_unit_test(test_due__missed),
        cmocka_unit_test(test_due__once),
        cmocka_unit_test(test_due__cannot_be_made),
        cmocka_unit_test(test_due__many),
        cmocka_unit_test(test_due__zones_of_targets),
        cmocka_unit_test(test_clock__set_back),
        cmocka_unit_test(test_schedule__zones_of_targets),
        cmocka_unit_test(test_task__due_before_an_installation),
    };
    return fixture_run_both("tasks", tests, sizeof(tests) / sizeof(tests[0]));
}
