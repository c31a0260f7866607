/* Who gets which job: lost answers, agents that come back, fairness, limits, overdue runs. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/run/kind.h"
#include "core/run/run_private.h"

typedef struct asked {
    lease_ask ask;
    int64_t held[16], over[16];
    int64_t given[16]; /* ids of the jobs of the answer */
    bool verify[16];
    size_t count;
} asked;

/* A question of agent 1 for work, with what it holds. */
static void ask(runs *r, asked *a, const char *boot, int64_t number, size_t room,
                const int64_t *held, size_t held_count)
{
    strbuf out;
    json_writer w;
    cJSON *tree = NULL;
    *a = (asked){.ask = {.agent = 1, .boot = boot, .number = number, .room = room}};
    for (size_t i = 0; i < held_count; i++) {
        a->held[i] = held[i];
    }
    a->ask.held = a->held;
    a->ask.held_count = held_count;
    a->ask.over = a->over;
    strbuf_init(&out);
    json_init(&w, &out);
    json_array(&w, NULL);
    runs_asked(r, 1, boot, number);
    assert_ok(runs_lease_for(r, &a->ask, &w, &a->count, error));
    json_array_end(&w);
    assert_ok(json_parse(out.data, out.length, &tree, error));
    for (size_t i = 0; i < a->count; i++) {
        const cJSON *job = cJSON_GetArrayItem(tree, (int)i);
        a->given[i] = strtoll(json_get_text(job, "id", ""), NULL, 10);
        a->verify[i] = json_get_bool(job, "verify", false);
    }
    cJSON_Delete(tree);
    strbuf_fini(&out);
}

static void test_lease__of_a_lost_answer(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    fill(s, 1);
    for (int i = 0; i < 3; i++) {
        (void)start(r, "device.restart", false);
    }
    ask(r, &a, "b", 1, 2, NULL, 0);
    assert_int_equal(a.count, 2);
    const int64_t kept[] = {a.given[0]};
    int64_t lost = a.given[1];
    ask(r, &a, "b", 2, 5, kept, 1); /* of two jobs one arrived */
    assert_int_equal(a.count, 2);
    assert_int_equal(a.ask.over_count, 0);
    assert_int_equal(a.given[0], lost);
    assert_true(a.verify[0]); /* whether it really never arrived nobody knows */
    assert_false(a.verify[1]);
    const int64_t all[] = {3, 2, 1};
    ask(r, &a, "b", 3, 5, all, 3);
    assert_int_equal(a.count, 0);
    assert_number(3, "SELECT count(*) FROM job WHERE state = 'leased'");
    post(r, "b", 1, "[{'job':'2','id':1,'state':'success'}]");
    ask(r, &a, "b", 4, 5, all, 3);
    assert_int_equal(a.ask.over_count, 1);
    assert_int_equal(a.over[0], 2);
    runs_free(r);
}

/* A question that still waits when the next one has come takes and gives back nothing. */
static void test_lease__overtaken_questions(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    fill(s, 1);
    (void)start(r, "device.restart", false);
    ask(r, &a, "b", 2, 5, NULL, 0);
    assert_int_equal(a.count, 1);
    (void)start(r, "device.restart", false);
    a.ask.number = 1; /* knows nothing of the job of question 2 */
    strbuf out;
    json_writer w;
    size_t count = 0;
    strbuf_init(&out);
    json_init(&w, &out);
    assert_ok(runs_lease_for(r, &a.ask, &w, &count, error));
    strbuf_fini(&out);
    assert_int_equal(count, 0);
    assert_number(1, "SELECT count(*) FROM job WHERE state = 'leased'");
    /* numbers of a new start begin anew */
    assert_ok(runs_agent_started(r, 1, "c", error));
    ask(r, &a, "c", 1, 5, NULL, 0);
    assert_int_equal(a.count, 2);
    runs_free(r);
}

/* An agent that worked on for an hour without a manager: nothing is done twice. */
static void test_lease__agent_gone_for_an_hour(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    fill(s, 2);
    int64_t run = start(r, "device.restart", false);
    int64_t other = start(r, "device.counters", false);
    ask(r, &a, "b", 1, 1, NULL, 0);
    const int64_t held[] = {a.given[0]};
    assert_int_equal(a.given[0], 1);
    world_run(s, "UPDATE job SET lease_until = 1 WHERE state = 'leased'");
    world_run(s, "UPDATE task SET active = 0");
    assert_ok(runs_start(r, error));
    for (int i = 0;
         i < 200 && world_number(s, "SELECT count(*) FROM job WHERE state = 'leased'") > 0; i++) {
        (void)usleep(50000);
    }
    runs_stop(r);
    assert_number(2, "SELECT count(*) FROM job WHERE state = 'waiting'");
    ask(r, &a, "b", 2, 5, held, 1);
    assert_int_equal(a.count, 1); /* the other run's */
    assert_int_equal(a.given[0], 2);
    assert_number(1, "SELECT tries FROM job WHERE id = 1");
    post(r, "b", 1, "[{'job':'1','same':[1,2]}]"); /* from its spool */
    assert_text("success", RUN_STATE(run));
    assert_text("running", RUN_STATE(other));
    runs_free(r);
}

static void test_lease__a_long_run_lets_a_short_one_in(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    const task_kind tiny = {.id = "script.tiny",
                            .title = "t",
                            .targets = KIND_DEVICES,
                            .settings = "{}",
                            .limit_ms = 3600000,
                            .parallel = 3};
    assert_ok(kind_put(&tiny, error));
    fill(s, 12);
    int64_t run = 0;
    run_spec spec = {.kind = "device.edit",
                     .name = "long",
                     .rollout = "{\"halt\":{\"count\":1}}"}; /* small jobs */
    world_run(s, "UPDATE device SET managed = 1");
    assert_ok(runs_create(r, &spec, &run, error));
    world_run(s, "UPDATE job SET targets = '[1]', target_count = 1");
    for (int i = 2; i <= 6; i++) {
        world_run(s,
                  "INSERT INTO job (run_id, agent_id, targets, target_count, state) VALUES (1, 1, "
                  "'[%d]', 1, 'waiting')",
                  i);
    }
    ask(r, &a, "b", 1, 3, NULL, 0);
    assert_int_equal(a.count, 3);
    int64_t held[8] = {a.given[0], a.given[1], a.given[2]};
    int64_t small = start(r, "device.counters", false);
    ask(r, &a, "b", 2, 2, held, 3);
    assert_int_equal(a.count, 2);
    assert_number(1, "SELECT count(*) FROM job WHERE state = 'leased' AND run_id = %" PRId64,
                  small);
    assert_number(4, "SELECT count(*) FROM job WHERE state = 'leased' AND run_id = 1");
    runs_free(r);
    kind_forget_all();
}

static void test_lease__limit_of_a_kind(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    const task_kind few = {.id = "script.few",
                           .title = "t",
                           .targets = KIND_DEVICES,
                           .settings = "{}",
                           .limit_ms = 3600000,
                           .parallel = 4};
    assert_ok(kind_put(&few, error));
    fill(s, 10);
    int64_t run = start(r, "script.few", false);
    assert_number(4, "SELECT max(target_count) FROM job");
    ask(r, &a, "b", 1, 5, NULL, 0);
    assert_int_equal(a.count, 1);
    int64_t held[] = {a.given[0], 0, 0};
    post(r, "b", 1, "[{'job':'1','same':[1,2]}]");
    ask(r, &a, "b", 2, 5, held, 1); /* two run, four would be six */
    assert_int_equal(a.count, 0);
    h.works = 0;
    post(r, "b", 2, "[{'job':'1','same':[3,4]}]");
    assert_true(h.works > 0); /* there is room */
    ask(r, &a, "b", 3, 5, held, 1);
    assert_int_equal(a.count, 1);
    assert_text("running", RUN_STATE(run));
    int64_t other = start(r, "device.counters", false); /* the limit is of the kind */
    held[1] = a.given[0];
    ask(r, &a, "b", 4, 5, held, 2);
    assert_int_equal(a.count, 1);
    assert_text("running", RUN_STATE(other));
    runs_free(r);
    kind_forget_all();
}

static void wait_ended(store *s, int64_t run)
{
    for (int i = 0; i < 200 && world_number(s,
                                            "SELECT count(*) FROM run WHERE ended IS NULL AND "
                                            "id = %" PRId64,
                                            run) > 0;
         i++) {
        (void)usleep(50000);
    }
}

static void test_run__overdue(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    const task_kind gone = {
        .id = "script.gone", .title = "t", .targets = KIND_DEVICES, .settings = "{}"};
    assert_ok(kind_put(&gone, error));
    fill(s, 3);
    int64_t late = 0;
    int64_t halted = 0;
    run_spec spec = {.kind = "device.edit", .name = "x", .rollout = "{\"batch\":{\"count\":1}}"};
    assert_ok(runs_create(r, &spec, &late, error));
    spec.rollout = NULL;
    assert_ok(runs_create(r, &spec, &halted, error));
    assert_ok(runs_halt(r, halted, error));
    int64_t lost = start(r, "script.gone", false);
    kind_drop("script.gone");
    int64_t pausing = start(r, "device.counters", false);
    world_run(s, "UPDATE run SET given_at = 1 WHERE id < %" PRId64, pausing);
    world_run(s, "UPDATE task SET active = 0");
    assert_ok(runs_start(r, error));
    wait_ended(s, late);
    wait_ended(s, lost);
    runs_stop(r);
    assert_text("timeout", RUN_STATE(late));
    assert_number(3, "SELECT timeout FROM run WHERE id = %" PRId64, late); /* waves and all */
    assert_text("error", RUN_STATE(lost));
    assert_number(3, "SELECT count(*) FROM run_target WHERE code = 'kind-gone'");
    assert_text("waiting", RUN_STATE(halted)); /* somebody has to look at it */
    assert_text("waiting", RUN_STATE(pausing));
    runs_free(r);
    kind_forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lease__of_a_lost_answer),
        cmocka_unit_test(test_lease__overtaken_questions),
        cmocka_unit_test(test_lease__agent_gone_for_an_hour),
        cmocka_unit_test(test_lease__a_long_run_lets_a_short_one_in),
        cmocka_unit_test(test_lease__limit_of_a_kind),
        cmocka_unit_test(test_run__overdue),
    };
    return fixture_run_both("leases", tests, sizeof(tests) / sizeof(tests[0]));
}
