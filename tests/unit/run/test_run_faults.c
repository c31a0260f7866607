/* Bad days of runs: a full disk, a clock that is set, a run that cannot be ended. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"

#define HOUR INT64_C(3600000)

static void test_run_faults__full_disk(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    if (store_dialect_of(s) != STORE_SQLITE) {
        runs_free(r);
        skip(); /* a full disk of PostgreSQL's server is its own */
    }
    fill(s, 200);
    int64_t run = start(r, "device.edit", false);
    int64_t other = start(r, "device.counters", false);
    assert_int_equal(lease_count(r, "b"), 2);
    strbuf text;
    strbuf_init(&text);
    for (int i = 1; i <= 200; i++) {
        strbuf_appendf(&text, "%c{'job':'1','id':%d,'state':'warning','text':'%0500d'}",
                       i == 1 ? '[' : ',', i, i);
    }
    strbuf_append_char(&text, ']');
    world_run(s, "PRAGMA max_page_count = 20");
    assert_int_equal(try_post(r, "b", 1, text.data), PLATEN_E_STORE);
    assert_number(0, "SELECT count(*) FROM run_target"); /* all or nothing */
    assert_number(0, "SELECT warning FROM run WHERE id = %" PRId64, run);
    assert_number(200, "SELECT target_count FROM job WHERE id = 1");
    assert_text("running", RUN_STATE(run));
    world_run(s, "PRAGMA max_page_count = 100000");
    post(r, "b", 1, text.data); /* the agent sends it until it is taken */
    assert_text("warning", RUN_STATE(run));
    assert_number(200, "SELECT warning FROM run WHERE id = %" PRId64, run);
    post(r, "b", 2, "[{'job':'2','done':true,'state':'success'}]");
    assert_text("error", RUN_STATE(other));
    strbuf_fini(&text);
    runs_free(r);
}

/* An hour forward ends no lease, an hour back makes no pause longer. */
static void test_run_faults__clock_is_set(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t paused = 0;
    fill(s, 2);
    int64_t run = start(r, "device.edit", false);
    assert_int_equal(lease_count(r, "b"), 1);
    const run_spec spec = {.kind = "device.restart",
                           .name = "x",
                           .rollout = "{\"batch\":{\"count\":1},\"pause_s\":600}"};
    assert_ok(runs_create(r, &spec, &paused, error));
    world_run(s, "UPDATE run SET next_wave_at = 5000000000000 WHERE id = %" PRId64, paused);
    int64_t until = world_number(s, "SELECT lease_until FROM job WHERE state = 'leased'");
    int64_t given = world_number(s, "SELECT given_at FROM run WHERE id = %" PRId64, run);
    runs_keep_durations(r);
    r->durations_ahead -= HOUR; /* as if the clock had been set an hour forward since */
    runs_keep_durations(r);
    int64_t moved = world_number(s, "SELECT lease_until FROM job WHERE state = 'leased'") - until;
    assert_true(moved >= HOUR - 100 && moved <= HOUR + 100);
    assert_number(given + moved, "SELECT given_at FROM run WHERE id = %" PRId64, run);
    assert_number(5000000000000 + moved, "SELECT next_wave_at FROM run WHERE id = %" PRId64,
                  paused);
    r->durations_ahead += 2 * HOUR; /* and back */
    runs_keep_durations(r);
    assert_true(world_number(s, "SELECT lease_until FROM job WHERE state = 'leased'") < until);
    /* a wave of a time zone is due at its own time, whatever the clock was */
    world_run(s, "UPDATE run_part SET due_at = 7000000000000");
    world_run(s, "UPDATE run SET next_wave_at = 7000000000000 WHERE id = %" PRId64, paused);
    r->durations_ahead += HOUR;
    runs_keep_durations(r);
    assert_number(7000000000000, "SELECT next_wave_at FROM run WHERE id = %" PRId64, paused);
    runs_free(r);
}

/* What is wrong with one run does not keep the others from their end. */
static void test_run_faults__damaged_run(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 2);
    int64_t damaged = start(r, "device.edit", false);
    int64_t good = start(r, "device.edit", false);
    world_run(s, "UPDATE job SET targets = '[1,x' WHERE run_id = %" PRId64, damaged);
    assert_int_equal(lease_count(r, "b"), 1); /* that of the good one */
    post(r, "b", 1, "[{'job':'1','same':[1]},{'job':'2','same':[1]}]");
    assert_number(1, "SELECT success FROM run WHERE id = %" PRId64, good);
    world_run(s, "UPDATE run SET given_at = 1");
    runs_check_limits(r);
    assert_text("timeout", RUN_STATE(good));
    assert_text("waiting", RUN_STATE(damaged));
    assert_number(0, "SELECT count(*) FROM run_target WHERE run_id = %" PRId64, damaged);
    runs_free(r);
}

// TSK-50
static void test_run__old_ones_are_deleted(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    const int64_t day = 24 * HOUR;
    fill(s, 1);
    int64_t runs_made[5];
    for (int i = 0; i < 5; i++) {
        runs_made[i] = start(r, "device.counters", i >= 3);
    }
    assert_int_equal(lease_count(r, "b"), 5);
    post(r, "b", 1,
         "[{'job':'1','id':1,'state':'error'},{'job':'2','id':1,'state':'error'},"
         "{'job':'4','id':1,'state':'error'},{'job':'5','id':1,'state':'error'}]");
    static const int ages[] = {91, 89, 400, 2, 0}; /* days; the third is not over */
    for (int i = 0; i < 5; i++) {
        world_run(s,
                  "UPDATE run SET created = %" PRId64 ", ended = CASE WHEN ended IS NULL THEN NULL "
                  "ELSE %" PRId64 " END WHERE id = %" PRId64,
                  clock_now() - ages[i] * day, clock_now() - ages[i] * day, runs_made[i]);
    }
    runs_clean_up(r);
    static const int left[] = {0, 1, 1, 0, 1}; /* built-in ones stay a day */
    for (int i = 0; i < 5; i++) {
        assert_number(left[i], "SELECT count(*) FROM run WHERE id = %" PRId64, runs_made[i]);
    }
    assert_number(2, "SELECT count(*) FROM run_target"); /* with what belongs to them */
    assert_number(3, "SELECT count(*) FROM job");
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_faults__full_disk),
        cmocka_unit_test(test_run_faults__clock_is_set),
        cmocka_unit_test(test_run_faults__damaged_run),
        cmocka_unit_test(test_run__old_ones_are_deleted),
    };
    return fixture_run_both("faults of runs", tests, sizeof(tests) / sizeof(tests[0]));
}
