/* Waves, pauses, time zones, halting and going on (DECISIONS, Tasks and Time). */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/kind.h"
#include "core/run/run_private.h"

#define GIVEN "SELECT given FROM run WHERE id = %" PRId64, run
#define WAVE "SELECT wave FROM run WHERE id = %" PRId64, run
#define HALTED "SELECT count(*) FROM run WHERE halted_at IS NOT NULL AND id = %" PRId64, run

static int64_t roll_out(runs *r, const char *kind, const char *plan)
{
    int64_t run = 0;
    const run_spec spec = {.kind = kind, .name = "x", .rollout = plan};
    assert_ok(runs_create(r, &spec, &run, error));
    return run;
}

/* Leases all that agent 1 may have and answers for each target; how many there were. */
static int work(runs *r, const char *state)
{
    static int64_t seq;
    int count = 0;
    cJSON *jobs = lease(r, 1, "b", 64);
    const cJSON *job = NULL;
    cJSON_ArrayForEach(job, jobs)
    {
        const cJSON *target = NULL;
        cJSON_ArrayForEach(target, json_get_array(job, "targets"))
        {
            char text[128];
            (void)snprintf(text, sizeof(text), "[{'job':'%s','id':%d,'state':'%s'}]",
                           json_get_text(job, "id", ""), cJSON_GetArrayItem(target, 0)->valueint,
                           state);
            post(r, "b", clock_now() * 1000 + ++seq, text);
            count++;
        }
    }
    cJSON_Delete(jobs);
    return count;
}

static void test_run_waves__canary_and_batches(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 10);
    int64_t run =
        roll_out(r, "device.edit", "{\"canary\":{\"count\":2},\"batch\":{\"percent\":30}}");
    assert_number(4, "SELECT waves FROM run WHERE id = %" PRId64, run); /* 2, 3, 3, 2 */
    static const int sizes[] = {2, 3, 3, 2};
    int64_t given = 0;
    for (int64_t i = 0; i < 4; i++) {
        given += sizes[i];
        assert_number(given, GIVEN);
        assert_number(i, WAVE);
        runs_give_waves(r); /* not before the last result */
        assert_number(given, GIVEN);
        assert_int_equal(work(r, "success"), sizes[i]);
        runs_give_waves(r);
    }
    assert_text("success", RUN_STATE(run));
    assert_number(10, "SELECT success FROM run");
    assert_number(2, "SELECT count(*) FROM run_target WHERE wave = 0");
    assert_number(2, "SELECT count(*) FROM run_target WHERE wave = 3");
    assert_number(0, "SELECT count(*) FROM run_part");
    /* a canary alone: the rest comes at once */
    run = roll_out(r, "device.edit", "{\"canary\":{\"percent\":10}}");
    assert_number(1, GIVEN);
    assert_int_equal(work(r, "success"), 1);
    runs_give_waves(r);
    assert_number(10, GIVEN);
    runs_free(r);
}

/* The run thread does it by itself, and at once when there is no pause. */
static void test_run_waves__by_themselves(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 5);
    assert_ok(runs_start(r, error));
    world_run(s, "UPDATE task SET active = 0");
    int64_t run = roll_out(r, "device.edit", "{\"batch\":{\"count\":1}}");
    int64_t until = clock_mono() + 20000;
    while (world_number(s, "SELECT count(*) FROM run WHERE ended IS NULL AND id = %" PRId64, run) >
               0 &&
           clock_mono() < until) {
        (void)work(r, "success");
    }
    assert_text("success", RUN_STATE(run));
    assert_number(4, "SELECT max(wave) FROM run_target");
    runs_free(r);
}

static void test_run_waves__pause(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 4);
    int64_t before = clock_now();
    int64_t run = roll_out(r, "device.edit", "{\"batch\":{\"count\":2},\"pause_s\":60}");
    assert_int_equal(work(r, "success"), 2);
    int64_t next = world_number(s, "SELECT next_wave_at FROM run WHERE id = %" PRId64, run);
    assert_true(next >= before + 60000 && next <= clock_now() + 60000);
    runs_give_waves(r);
    assert_number(2, GIVEN);
    world_run(s, "UPDATE run SET next_wave_at = %" PRId64, clock_now() - 1);
    runs_give_waves(r);
    assert_number(4, GIVEN);
    assert_int_equal(work(r, "success"), 2);
    assert_text("success", RUN_STATE(run));
    runs_free(r);
}

static void test_run_halt__by_errors(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    fill(s, 60);
    int64_t run = roll_out(r, "device.edit", "{\"halt\":{\"count\":3}}");
    assert_number(25, "SELECT max(target_count) FROM job"); /* what is leased cannot be held back */
    cJSON *jobs = lease(r, 1, "b", 1);
    cJSON_Delete(jobs);
    int64_t job = world_number(s, "SELECT id FROM job WHERE state = 'leased'");
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "[{'job':'%" PRId64 "','id':1,'state':'error'},"
                   "{'job':'%" PRId64 "','id':2,'state':'timeout'}]",
                   job, job);
    post(r, "b", 1, text);
    assert_number(0, HALTED);
    (void)snprintf(text, sizeof(text), "[{'job':'%" PRId64 "','id':3,'state':'error'}]", job);
    post(r, "b", 2, text);
    assert_number(1, HALTED);
    assert_text("running", RUN_STATE(run));
    assert_text("halted", "SELECT code FROM run WHERE id = %" PRId64, run);
    assert_int_equal(lease_count(r, "b"), 0);
    (void)snprintf(text, sizeof(text), "[{'job':'%" PRId64 "','id':4,'state':'error'}]", job);
    post(r, "b", 3, text); /* what runs finishes */
    assert_int_equal(runs_halt(r, run, &err), PLATEN_E_STATE);
    h.works = 0;
    assert_ok(runs_resume(r, run, error));
    assert_int_equal(h.works, 1);
    assert_number(0, HALTED);
    assert_int_equal(runs_resume(r, run, &err), PLATEN_E_STATE);
    (void)snprintf(text, sizeof(text),
                   "[{'job':'%" PRId64 "','id':5,'state':'error'},"
                   "{'job':'%" PRId64 "','id':6,'state':'error'}]",
                   job, job);
    post(r, "b", 4, text);
    assert_number(0, HALTED); /* counted anew */
    assert_int_equal(lease_count(r, "b"), 2);
    runs_free(r);
}

static void test_run_halt__by_percent(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 20);
    int64_t run =
        roll_out(r, "device.edit", "{\"canary\":{\"count\":4},\"halt\":{\"percent\":50}}");
    assert_int_equal(work(r, "timeout"), 4); /* four are no ten, but the whole canary */
    assert_number(1, HALTED);
    runs_give_waves(r);
    assert_number(4, GIVEN);
    assert_ok(runs_resume(r, run, error));
    runs_give_waves(r);
    assert_number(20, GIVEN);
    assert_int_equal(work(r, "success"), 16);
    assert_text("timeout", RUN_STATE(run));
    runs_free(r);
}

// TSK-51
static void test_run_halt__cancelled(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    fill(s, 9);
    int64_t run = roll_out(r, "device.edit",
                           "{\"canary\":{\"count\":1},\"batch\":{\"count\":4},\"halt\":"
                           "{\"count\":1}}");
    assert_int_equal(work(r, "success"), 1);
    runs_give_waves(r);
    cJSON_Delete(lease(r, 1, "b", 1));
    int64_t job = world_number(s, "SELECT id FROM job WHERE state = 'leased'");
    int64_t device =
        world_number(s, "SELECT min(d.id) FROM device d WHERE (SELECT targets FROM job "
                        "WHERE state = 'leased') LIKE '[' || d.id || ',%%'");
    char text[256];
    (void)snprintf(text, sizeof(text), "[{'job':'%" PRId64 "','id':%" PRId64 ",'state':'error'}]",
                   job, device);
    post(r, "c", 1, text);
    assert_number(1, HALTED);
    assert_ok(runs_cancel(r, run, error));
    assert_text("running", RUN_STATE(run));
    assert_number(4, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    assert_int_equal(runs_resume(r, run, &err), PLATEN_E_STATE);
    (void)snprintf(text, sizeof(text), "[{'job':'%" PRId64 "','done':true,'state':'cancelled'}]",
                   job);
    post(r, "c", 2, text);
    assert_text("error", RUN_STATE(run));
    assert_number(7, "SELECT count(*) FROM run_target WHERE state = 'skipped' AND code = 'halted'");
    assert_number(0, "SELECT cancelled FROM run");
    /* without a halt it is cancelled, waves and all */
    run = roll_out(r, "device.edit", "{\"batch\":{\"count\":4}}");
    assert_ok(runs_cancel(r, run, error));
    assert_text("cancelled", RUN_STATE(run));
    assert_number(9, "SELECT cancelled FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

static void test_run_halt__by_hand(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    fill(s, 3);
    int64_t builtin = start(r, "device.monitor", true);
    assert_int_equal(runs_halt(r, builtin, &err), PLATEN_E_STATE);
    assert_int_equal(runs_halt(r, 4711, &err), PLATEN_E_NOT_FOUND);
    assert_int_equal(runs_resume(r, 4711, &err), PLATEN_E_NOT_FOUND);
    int64_t run = start(r, "device.edit", false);
    assert_ok(runs_halt(r, run, error));
    assert_int_equal(lease_count(r, "b"), 1); /* the other run goes on */
    assert_int_equal(runs_halt(r, run, &err), PLATEN_E_STATE);
    assert_ok(runs_resume(r, run, error));
    assert_int_equal(work(r, "success"), 3);
    assert_text("success", RUN_STATE(run));
    assert_int_equal(runs_halt(r, run, &err), PLATEN_E_STATE);
    assert_int_equal(runs_resume(r, run, &err), PLATEN_E_STATE);
    runs_free(r);
}

/* Each zone at its own time, whether or not the others are done. // TSK-20 */
static void test_run_waves__of_zones(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t run = 0;
    fill(s, 6);
    world_run(s, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                 "VALUES ('A', 'a', 'UTC', '[]', '[]', 1), ('B', 'b', 'UTC', '[]', '[]', 1)");
    world_run(s, "UPDATE device SET region_id = 1 WHERE id IN (1, 2)");
    world_run(s, "UPDATE device SET region_id = 2 WHERE id = 3");
    const run_due dues[] = {
        {0, clock_now() + 3600000}, {1, clock_now() - 1000}, {2, clock_now() + 7200000}};
    const run_spec spec = {.kind = "device.counters", .name = "x", .dues = dues, .due_count = 3};
    assert_ok(runs_create(r, &spec, &run, error));
    assert_number(3, "SELECT waves FROM run");
    assert_number(2, GIVEN);
    assert_number(dues[0].at, "SELECT next_wave_at FROM run");
    runs_give_waves(r);
    assert_number(2, GIVEN);
    world_run(s, "UPDATE run SET next_wave_at = 1");
    runs_give_waves(r);
    assert_number(5, GIVEN); /* before the first have their results */
    assert_number(dues[2].at, "SELECT next_wave_at FROM run");
    assert_int_equal(work(r, "success"), 5);
    assert_text("running", RUN_STATE(run));
    world_run(s, "UPDATE run SET next_wave_at = 1");
    runs_give_waves(r);
    assert_int_equal(work(r, "success"), 1);
    assert_text("success", RUN_STATE(run));
    runs_free(r);
}

/* What happened to the devices since the run was made. */
static void test_run_waves__targets_change(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 4);
    int64_t run = roll_out(r, "device.edit", "{\"canary\":{\"count\":1}}");
    assert_int_equal(work(r, "success"), 1);
    int64_t done = world_number(s, "SELECT device_id FROM run_target");
    world_run(s, "DELETE FROM device WHERE id = %" PRId64, done % 4 + 1);
    world_run(s, "UPDATE device SET agent_id = 2 WHERE id = %" PRId64, (done + 1) % 4 + 1);
    runs_give_waves(r);
    assert_number(1,
                  "SELECT count(*) FROM run_target WHERE state = 'skipped' AND code = "
                  "'removed' AND device_id = %" PRId64,
                  done % 4 + 1);
    assert_number(1, "SELECT count(*) FROM job WHERE agent_id = 2 AND target_count = 1");
    assert_int_equal(work(r, "success"), 1);
    cJSON_Delete(lease(r, 2, "z", 5));
    assert_ok(runs_cancel(r, run, error));
    assert_number(3, "SELECT success + skipped FROM run");
    /* all that is left of a wave is gone: the next one comes */
    run = roll_out(r, "device.edit", "{\"batch\":{\"count\":1}}");
    world_run(s, "DELETE FROM device");
    assert_number(1, GIVEN);
    assert_int_equal(work(r, "success"), 0); /* so is that of the first */
    runs_give_waves(r);
    runs_give_waves(r);
    assert_text("success", RUN_STATE(run));
    assert_number(3, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

static void test_run_waves__of_flows(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    const task_kind flow = {.id = "flow.waves",
                            .title = "[Flow] Waves",
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .flags = KIND_WRITES,
                            .settings = "{}",
                            .limit_ms = 3600000};
    assert_ok(kind_put(&flow, error));
    fill(s, 5);
    int64_t run = roll_out(r, "flow.waves", "{\"canary\":{\"count\":2}}");
    assert_number(2, "SELECT count(*) FROM flow_target");
    assert_text("running", RUN_STATE(run));
    assert_ok(runs_halt(r, run, error));
    assert_ok(runs_cancel(r, run, error)); /* nothing of it had begun */
    assert_text("success", RUN_STATE(run));
    assert_number(5, "SELECT skipped FROM run");
    assert_number(0, "SELECT count(*) FROM flow_target");
    runs_free(r);
    kind_forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_waves__canary_and_batches),
        cmocka_unit_test(test_run_waves__by_themselves),
        cmocka_unit_test(test_run_waves__pause),
        cmocka_unit_test(test_run_halt__by_errors),
        cmocka_unit_test(test_run_halt__by_percent),
        cmocka_unit_test(test_run_halt__cancelled),
        cmocka_unit_test(test_run_halt__by_hand),
        cmocka_unit_test(test_run_waves__of_zones),
        cmocka_unit_test(test_run_waves__targets_change),
        cmocka_unit_test(test_run_waves__of_flows),
    };
    return fixture_run_both("waves of runs", tests, sizeof(tests) / sizeof(tests[0]));
}
