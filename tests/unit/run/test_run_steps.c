/* Runs of flows: their targets, the jobs of their steps, and how they end (TSK-63 to TSK-65). */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/run/kind.h"
#include "core/run/run_private.h"
#include "core/run/step.h"

static void add_kinds(void)
{
    const task_kind flow = {.id = "flow.test",
                            .title = "[Flow] Test",
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .flags = KIND_WRITES,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000,
                            .visit = DEVICE_VISIT_STATUS};
    task_kind here = flow;
    here.id = "script.here";
    here.where = KIND_ON_MANAGER;
    task_kind none = here;
    none.id = "script.none";
    none.targets = KIND_NONE;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(kind_put(&flow, &err), PLATEN_OK);
    assert_int_equal(kind_put(&here, &err), PLATEN_OK);
    assert_int_equal(kind_put(&none, &err), PLATEN_OK);
}

typedef struct asked {
    runs *r;
    run_step step;
    int64_t jobs[8];
} asked;

/* What core/flow does: jobs for the step, and a call that waits for each of its devices. */
static platen_code ask(store_conn *conn, void *user, platen_error *err)
{
    asked *a = user;
    return run_step_jobs(conn, a->r, &a->step, a->jobs, err);
}

static void wait_for(store *s, const asked *a)
{
    for (size_t i = 0; i < a->step.count; i++) {
        world_run(s,
                  "INSERT INTO flow_call (run_id, device_id, seq, call, arguments, state, job_id, "
                  "target_id) VALUES (%" PRId64 ", %" PRId64 ", 1, 'subtask', '[]', 'waiting', "
                  "%" PRId64 ", %" PRId64 ")",
                  a->step.run, a->step.devices[i], a->jobs[i], a->step.devices[i]);
    }
}

static void step(store *s, runs *r, int64_t run, asked *a, const int64_t *devices, size_t count)
{
    *a = (asked){.r = r,
                 .step = {.run = run,
                          .kind = "device.restart",
                          .settings = "{\"action\":\"restart\"}",
                          .devices = devices,
                          .count = count}};
    assert_ok(store_write(s, ask, a, error));
    wait_for(s, a);
    run_step_committed(r, run);
}

typedef struct final {
    runs *r;
    run_outcome outcome;
} final;

static platen_code put_result(store_conn *conn, void *user, platen_error *err)
{
    const final *f = user;
    return run_flow_result(conn, f->r, &f->outcome, 7000, err);
}

static void finish(store *s, runs *r, int64_t run, int64_t device, const char *state)
{
    final f = {r, {.run = run, .device = device, .state = state, .code = "c", .started = 5000}};
    if (strcmp(state, "success") == 0) {
        f.outcome.changes = "[{\"path\":\"/name\",\"from\":\"a\",\"to\":\"b\"}]";
        f.outcome.log = "[{\"at\":5,\"level\":\"info\",\"text\":\"done\"}]";
        f.outcome.params = "{\"tries\":2}";
    }
    assert_ok(store_write(s, put_result, &f, error));
    run_step_committed(r, run);
}

// TSK-63
static void test_run_steps__through_to_the_end(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    add_kinds();
    fill(s, 4);
    world_run(s, "UPDATE device SET agent_id = 2 WHERE id = 2");
    int64_t run = start(r, "flow.test", false);
    assert_int_equal(h.flows, 1);
    assert_text("running", RUN_STATE(run));
    assert_number(4, "SELECT count(*) FROM flow_target");
    assert_number(0, "SELECT count(*) FROM job");
    h.works = 0;
    const int64_t devices[] = {3, 2, 99, 1};
    step(s, r, run, &a, devices, 4);
    assert_int_equal(h.works, 2);
    assert_int_equal(a.jobs[2], 0); /* it is gone */
    assert_int_equal(a.jobs[0], a.jobs[3]);
    assert_int_not_equal(a.jobs[0], a.jobs[1]); /* of another agent */
    cJSON *jobs = lease(r, 2, "z", 5);
    const cJSON *job = cJSON_GetArrayItem(jobs, 0);
    assert_string_equal(json_get_text(job, "kind", ""), "device.restart");
    assert_string_equal(json_get_text(json_get_object(job, "settings"), "action", ""), "restart");
    cJSON_Delete(jobs);
    assert_int_equal(lease_count(r, "b"), 1);
    h.flows = 0;
    char text[256];
    (void)snprintf(text, sizeof(text),
                   "[{'job':'%" PRId64 "','id':3,'state':'warning','code':'w',"
                   "'text':'slow'},{'job':'%" PRId64 "','same':[1]}]",
                   a.jobs[0], a.jobs[0]);
    post(r, "b", 1, text);
    assert_int_equal(h.flows, 1);
    assert_text("{\"state\":\"warning\",\"code\":\"w\",\"text\":\"slow\",\"params\":{},"
                "\"changes\":[]}",
                "SELECT result FROM flow_call WHERE device_id = 3");
    assert_number(2, "SELECT count(*) FROM flow_call WHERE state = 'done'");
    assert_number(0, "SELECT count(*) FROM run_target"); /* steps are no results of the run */
    assert_number(0, "SELECT success + warning FROM run");
    finish(s, r, run, 3, "success");
    finish(s, r, run, 3, "error"); /* it has its result */
    finish(s, r, run, 1, "warning");
    finish(s, r, run, 4, "success");
    assert_text("running", RUN_STATE(run));
    assert_number(0, "SELECT count(*) FROM flow_call WHERE device_id = 3");
    finish(s, r, run, 2, "success");        /* its step is still on its way */
    assert_text("warning", RUN_STATE(run)); // TSK-65
    assert_number(3, "SELECT success FROM run");
    assert_number(3, "SELECT changed FROM run");
    assert_number(0, "SELECT error FROM run");
    assert_number(0, "SELECT count(*) FROM job WHERE state <> 'done'");
    assert_text("{\"tries\":2}", "SELECT params FROM run_target WHERE device_id = 3");
    assert_number(5000, "SELECT started FROM run_target WHERE device_id = 3");
    assert_number(2, "SELECT agent_id FROM run_target WHERE device_id = 2");
    runs_free(r);
    kind_forget_all();
}

static void test_run_steps__that_cannot_be_made(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    const int64_t devices[] = {1};
    add_kinds();
    fill(s, 1);
    int64_t run = start(r, "flow.test", false);
    static const char *const kinds[] = {"device.teleport", "flow.test", "device.discover"};
    for (size_t i = 0; i < 3; i++) {
        asked a = {.r = r, .step = {.run = run, .kind = kinds[i], .devices = devices, .count = 1}};
        assert_int_equal(store_write(s, ask, &a, &err), PLATEN_E_INVAL);
        assert_non_null(strstr(err.text, kinds[i]));
    }
    assert_number(0, "SELECT count(*) FROM job");
    runs_free(r);
    kind_forget_all();
}

/* Lost and overdue steps answer the flow; a cancel ends what has not started (TSK-51). */
static void test_run_steps__that_end_without_a_result(void **state)
{
    store *s = run_world_open(state);
    heard h;
    asked a;
    runs *r = engine(s, &h);
    const int64_t devices[] = {1, 2};
    add_kinds();
    fill(s, 3);
    int64_t run = start(r, "flow.test", false);
    step(s, r, run, &a, devices, 1);
    assert_int_equal(lease_count(r, "b"), 1);
    char text[128];
    (void)snprintf(text, sizeof(text), "[{'job':'%" PRId64 "','done':true}]", a.jobs[0]);
    post(r, "b", 1, text);
    assert_number(1, "SELECT count(*) FROM flow_call WHERE result LIKE '%%no-result%%'");
    world_run(s, "DELETE FROM flow_call");
    world_run(s, "UPDATE flow_target SET started = 1 WHERE device_id < 3");
    step(s, r, run, &a, devices, 2);
    h.flows = 0;
    assert_ok(runs_cancel(r, run, error));
    assert_int_equal(h.flows, 1);
    assert_number(2, "SELECT count(*) FROM flow_call WHERE result LIKE '%%cancelled%%'");
    assert_number(1, "SELECT cancelled FROM run"); /* device 3 had not begun */
    assert_text("running", RUN_STATE(run));
    finish(s, r, run, 1, "cancelled");
    finish(s, r, run, 2, "success");
    assert_text("cancelled", RUN_STATE(run));
    runs_free(r);
    kind_forget_all();
}

/* Kinds that the manager does itself are jobs of agent 0. */
static void test_run_steps__of_the_manager(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    add_kinds();
    fill(s, 3);
    world_run(s, "UPDATE device SET agent_id = 2 WHERE id = 2");
    int64_t run = start(r, "script.here", false);
    assert_number(1, "SELECT count(*) FROM job WHERE agent_id = 0 AND target_count = 3");
    cJSON *jobs = lease(r, 0, "here", 5);
    assert_int_equal(cJSON_GetArraySize(jobs), 1);
    cJSON_Delete(jobs);
    cJSON *results = world_json("[{'job':'1','same':[1,2]},{'job':'1','id':3,'state':'error'}]");
    assert_ok(runs_results(r, 0, "here", 1, results, error));
    cJSON_Delete(results);
    assert_text("error", RUN_STATE(run));
    run = start(r, "script.none", false);
    cJSON_Delete(lease(r, 0, "here", 5));
    results = world_json("[{'job':'2','done':true,'state':'success'}]");
    assert_ok(runs_results(r, 0, "here", 1, results, error));
    cJSON_Delete(results);
    assert_text("success", RUN_STATE(run));
    runs_free(r);
    kind_forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_steps__through_to_the_end),
        cmocka_unit_test(test_run_steps__that_cannot_be_made),
        cmocka_unit_test(test_run_steps__that_end_without_a_result),
        cmocka_unit_test(test_run_steps__of_the_manager),
    };
    return fixture_run_both("steps of flows", tests, sizeof(tests) / sizeof(tests[0]));
}
