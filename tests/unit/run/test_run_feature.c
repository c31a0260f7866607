/* Kinds that features bring: plans for each device, results with data, work of the manager. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/run/here.h"
#include "core/run/kind.h"
#include "core/run/plan.h"
#include "core/run/run_private.h"
#include "core/run/step.h"

/* What the feature of a test does, and saw. */
typedef struct feature {
    int plans, dones;
    bool previewed;
    platen_code plan, done; /* what they answer */
    bool skips;             /* all devices */
    bool fails;             /* device 3 */
    size_t most;            /* devices of a plan */
    int64_t last;           /* device of the last result */
    char state[16], data[64];
    char settings[64]; /* of the last result */
    bool chooses;      /* device 2, and one that is not there */
    int ends;          /* runs that it heard the end of */
    int64_t ended;
} feature;

static feature it;

static platen_code plan(store_conn *conn, const kind_job *job, kind_plan *p, void *user,
                        platen_error *err)
{
    feature *f = user;
    char own[64];
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare_text(conn, "SELECT count(*) FROM device", &st, err));
    PLATEN_TRY(store_step(st, err));
    store_reset(st);
    f->plans++;
    f->previewed = job->preview;
    f->most = job->count > f->most ? job->count : f->most;
    assert_string_equal(job->kind, "hello.collect");
    assert_string_equal(job->settings, "{\"all\":true}");
    if (f->plan != PLATEN_OK) {
        return error_set(err, f->plan, "no table of settings");
    }
    for (size_t i = 0; i < job->count; i++) {
        (void)snprintf(own, sizeof(own), " {\"number\":%d}", f->plans);
        if (f->skips || job->devices[i] == 2) {
            PLATEN_TRY(plan_fail(p, job->devices[i], "no-key", "it is skipped instead", err));
            PLATEN_TRY(plan_skip(p, job->devices[i], "no-data", "nothing is known of it", err));
        } else if (f->fails && job->devices[i] == 3) {
            PLATEN_TRY(plan_fail(p, 3, "no-data", "nothing is known of it", err));
        } else if (job->devices[i] == 1) {
            PLATEN_TRY(plan_set(p, 1, "{\"number\":0}", err)); /* the second counts */
            PLATEN_TRY(plan_set(p, 1, own, err));
        }
    }
    return PLATEN_OK;
}

static platen_code done(store_conn *conn, const kind_outcome *o, void *user, platen_error *err)
{
    feature *f = user;
    char key[64];
    store_stmt *st = NULL;
    f->dones++;
    f->last = o->device;
    assert_string_equal(o->kind, "hello.collect");
    assert_int_equal(o->data_length, strlen(o->data));
    (void)snprintf(f->state, sizeof(f->state), "%s", o->state);
    (void)snprintf(f->data, sizeof(f->data), "%s", o->data);
    (void)snprintf(f->settings, sizeof(f->settings), "%s", o->settings);
    (void)snprintf(key, sizeof(key), "of %" PRId64 " in %" PRId64, o->device, o->run);
    PLATEN_TRY(store_prepare_text(conn, "INSERT INTO preference (key, value) VALUES (:key, :value)",
                                  &st, err));
    store_bind_text(st, "key", key); /* unique: a second time fails */
    store_bind_text(st, "value", o->data);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    return f->done != PLATEN_OK ? error_set(err, f->done, "not of the form") : PLATEN_OK;
}

static platen_code choose(store_conn *conn, const char *settings, kind_choice *choice, void *user,
                          platen_error *err)
{
    static const int64_t ids[] = {2, 777, 2};
    const feature *f = user;
    (void)conn;
    assert_string_equal(settings, "{\"all\":true}");
    return f->chooses ? kind_choose(choice, ids, 3, err) : PLATEN_OK;
}

static void ended(int64_t run, const char *name, const char *settings, void *user)
{
    feature *f = user;
    assert_string_equal(name, "test");
    assert_string_equal(settings, "{\"all\":true}");
    f->ends++;
    f->ended = run;
}

static const kind_hooks hooks = {
    .plan = plan, .done = done, .choose = choose, .ended = ended, .user = &it};

static store *open(void **state, runs **r, int64_t devices)
{
    static heard h;
    const task_kind kind = {.id = "hello.collect",
                            .title = "[Hello] Collect",
                            .targets = KIND_DEVICES,
                            .flags = KIND_FEATURE | KIND_WRITES | KIND_VERIFY | KIND_EACH,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000,
                            .visit = DEVICE_VISIT_INFORMATION,
                            .action = "setting.read",
                            .hooks = &hooks};
    store *s = run_world_open(state);
    it = (feature){.plans = 0};
    kind_forget_all();
    assert_ok(kind_put(&kind, error));
    *r = engine(s, &h);
    fill(s, devices);
    return s;
}

static int64_t collect(runs *r, bool preview)
{
    int64_t run = 0;
    const run_spec spec = {
        .kind = "hello.collect", .name = "test", .settings = "{\"all\":true}", .preview = preview};
    assert_ok(runs_create(r, &spec, &run, error));
    return run;
}

#define TARGET(run, device, column)                                                                \
    "SELECT " column " FROM run_target WHERE run_id = %" PRId64 " AND device_id = %d", run, device

static void test_feature__plans_and_takes_in(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    int64_t run = collect(r, false);
    cJSON *jobs = lease(r, 1, "b", 10);
    const cJSON *job = cJSON_GetArrayItem(jobs, 0);
    assert_string_equal(json_get_text(job, "kind", ""), "setting.read"); /* for its drivers */
    assert_true(json_get_bool(job, "data", false));
    assert_true(json_get_bool(job, "each", false));
    const cJSON *targets = json_get_array(job, "targets");
    assert_int_equal(cJSON_GetArraySize(targets), 2);
    const cJSON *first = cJSON_GetArrayItem(targets, 0);
    assert_string_equal(cJSON_GetArrayItem(first, 2)->valuestring, " {\"number\":1}");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetArrayItem(targets, 1)), 2);
    cJSON_Delete(jobs);
    assert_text("skipped", TARGET(run, 2, "state"));
    assert_text("no-data", TARGET(run, 2, "code"));
    assert_int_equal(it.dones, 1); /* it is a result like another */
    assert_int_equal(it.last, 2);

    post(r, "b", 1, "[{'job':'1','id':1,'state':'success','code':'ok','data':'{\\'a\\':1}'}]");
    assert_int_equal(it.dones, 2);
    assert_int_equal(it.last, 1);
    assert_string_equal(it.data, "{\"a\":1}");
    assert_string_equal(it.settings, "{\"all\":true}");
    post(r, "b", 1, "[{'job':'1','id':1,'state':'success','data':'[1]'}]");
    post(r, "b", 2, "[{'job':'1','id':1,'state':'success','data':'[1]'}]");
    assert_int_equal(it.dones, 2); /* twice sent is once done */
    post(r, "b", 3, "[{'job':'1','id':3,'state':'timeout'},{'job':'1','done':true}]");
    assert_int_equal(it.dones, 3);
    assert_string_equal(it.state, "timeout");
    assert_string_equal(it.data, "");
    assert_number(1, "SELECT success FROM run");
    assert_number(1, "SELECT timeout FROM run");
    assert_number(1, "SELECT skipped FROM run");
    assert_number(0, "SELECT count(*) FROM run WHERE ended IS NULL");
    runs_free(r);
}

/* Its own devices, whatever the run names; the end is told once, behind the commit. */
static void test_feature__chooses_and_hears_the_end(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    it.chooses = true;
    int64_t run = collect(r, false);
    assert_number(1, "SELECT total FROM run WHERE id = %" PRId64, run);
    assert_int_equal(lease_count(r, "b"), 0); /* the plan leaves 2 out */
    assert_string_equal(it.settings, "{}");
    assert_text("skipped", TARGET(run, 2, "state"));
    assert_int_equal(it.ends, 0);
    runs_tell_over(r);
    runs_tell_over(r);
    assert_int_equal(it.ends, 1);
    assert_int_equal(it.ended, run);
    (void)collect(r, true); /* a preview ends unheard */
    assert_int_equal(lease_count(r, "b"), 0);
    runs_tell_over(r);
    assert_int_equal(it.ends, 1);
    runs_free(r);
}

static void test_feature__plans_again_after_a_lost_lease(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    (void)collect(r, false);
    cJSON_Delete(lease(r, 1, "b", 10));
    assert_ok(runs_agent_started(r, 1, "c", error));
    cJSON *jobs = lease(r, 1, "c", 10);
    const cJSON *job = cJSON_GetArrayItem(jobs, 0);
    const cJSON *first = cJSON_GetArrayItem(json_get_array(job, "targets"), 0);
    assert_string_equal(cJSON_GetArrayItem(first, 2)->valuestring, " {\"number\":2}");
    assert_true(json_get_bool(job, "verify", false));
    cJSON_Delete(jobs);
    assert_int_equal(it.plans, 2);
    assert_int_equal(it.dones, 1); /* of the one that was skipped, the first time */
    assert_number(1, "SELECT count(*) FROM run_target");
    runs_free(r);
}

static void test_feature__plan_that_fails(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    int64_t run = collect(r, false);
    it.plan = PLATEN_E_NOT_FOUND;
    assert_int_equal(lease_count(r, "b"), 0);
    assert_text("error", TARGET(run, 3, "state"));
    assert_text("not-found", TARGET(run, 3, "code"));
    assert_text("no table of settings", TARGET(run, 3, "text"));
    assert_number(0, "SELECT count(*) FROM run WHERE ended IS NULL");
    assert_int_equal(it.dones, 3);
    runs_free(r);
}

/* What cannot be planned for is an error of its own, beside what is skipped. TSK-10 */
static void test_feature__plan_that_fails_for_one(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    int64_t run = collect(r, false);
    it.fails = true;
    assert_int_equal(lease_count(r, "b"), 1);
    assert_text("skipped", TARGET(run, 2, "state"));
    assert_text("error", TARGET(run, 3, "state"));
    assert_text("no-data", TARGET(run, 3, "code"));
    assert_int_equal(it.dones, 2);
    post(r, "b", 1,
         "[{'job':'1','id':1,'state':'error','code':'device','data':'{\\'pjl\\':1}'},"
         "{'job':'1','done':true}]");
    assert_string_equal(it.state, "error");
    assert_string_equal(it.data, "{\"pjl\":1}"); /* what was handed over before it failed */
    assert_number(2, "SELECT error FROM run");
    runs_free(r);
}

static void test_feature__plans_are_of_few_devices(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 260);
    (void)collect(r, false);
    assert_number(6, "SELECT count(*) FROM job");
    assert_int_equal(lease_count(r, "b"), PLAN_JOBS); /* an answer has a limit */
    assert_int_equal(lease_count(r, "b"), 2);
    assert_int_equal(it.most, PLAN_TARGETS);
    it.skips = true;
    int64_t run = collect(r, false);
    assert_int_equal(lease_count(r, "b"), 0); /* and looks on when nothing comes of it */
    assert_number(260, "SELECT skipped FROM run WHERE id = %" PRId64, run);
    assert_text("success", RUN_STATE(run));
    runs_free(r);
}

/* Of an older release: it would do what the job says instead of what is the device's. */
static void test_feature__agents_that_know_no_plans(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 1);
    strbuf out;
    json_writer w;
    size_t count = 0;
    lease_ask ask = {.agent = 1, .boot = "b", .room = 10};
    (void)collect(r, false);
    (void)start(r, "device.counters", false);
    strbuf_init(&out);
    json_init(&w, &out);
    json_array(&w, NULL);
    assert_ok(runs_lease_for(r, &ask, &w, &count, error));
    json_array_end(&w);
    assert_int_equal(count, 1);
    assert_non_null(strstr(out.data, "device.counters"));
    assert_int_equal(it.plans, 0);
    assert_number(1, "SELECT count(*) FROM job WHERE state = 'waiting'");
    strbuf_fini(&out);
    assert_int_equal(lease_count(r, "c"), 1); /* it was replaced */
    runs_free(r);
}

/* Nor would it do more than the first driver does. */
static void test_feature__agents_that_know_one_driver(void **state)
{
    static const kind_hooks takes = {.done = done, .user = &it};
    runs *r = NULL;
    store *s = open(state, &r, 1);
    const task_kind kind = {.id = "hello.collect",
                            .title = "[Hello] Collect",
                            .targets = KIND_DEVICES,
                            .flags = KIND_FEATURE | KIND_EACH,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000,
                            .action = "setting.read",
                            .hooks = &takes};
    lease_ask ask = {.agent = 1, .boot = "b", .room = 10};
    size_t count = 0;
    strbuf out;
    json_writer w;
    assert_ok(kind_put(&kind, error));
    (void)collect(r, false);
    strbuf_init(&out);
    json_init(&w, &out);
    json_array(&w, NULL);
    assert_ok(runs_lease_for(r, &ask, &w, &count, error));
    json_array_end(&w);
    assert_int_equal(count, 0);
    strbuf_fini(&out);
    assert_number(1, "SELECT count(*) FROM job WHERE state = 'waiting'");
    assert_int_equal(lease_count(r, "c"), 1);
    runs_free(r);
}

static void test_feature__that_does_not_take_it_in(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 4);
    int64_t run = collect(r, false);
    cJSON_Delete(lease(r, 1, "b", 10));
    world_run(s, "INSERT INTO preference (key, value) VALUES ('of 3 in %" PRId64 "', '')", run);
    it.done = PLATEN_E_MALFORMED;
    post(r, "b", 1, "[{'job':'1','id':1,'state':'success','data':'{}'}]");
    it.done = PLATEN_OK;
    post(r, "b", 2,
         "[{'job':'1','id':3,'state':'success'},{'job':'1','id':4,'state':'success'},"
         "{'job':'1','done':true}]");
    assert_text("error", TARGET(run, 1, "state"));
    assert_text("malformed", TARGET(run, 1, "code"));
    assert_text("not of the form", TARGET(run, 1, "text"));
    assert_text("error",
                TARGET(run, 3, "state")); /* a statement failed: the rest counts all the same */
    assert_text("exists", TARGET(run, 3, "code"));
    assert_text("success", TARGET(run, 4, "state"));
    assert_number(2, "SELECT error FROM run");
    assert_number(1, "SELECT success FROM run");
    assert_number(0, "SELECT count(*) FROM preference WHERE key = 'of 1 in %" PRId64 "'", run);
    assert_number(1, "SELECT count(*) FROM preference WHERE key = 'of 4 in %" PRId64 "'", run);
    runs_free(r);
}

static void test_feature__preview_is_told_and_keeps_nothing(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 1);
    int64_t run = collect(r, true);
    cJSON *jobs = lease(r, 1, "b", 10);
    const cJSON *job = cJSON_GetArrayItem(jobs, 0);
    assert_string_equal(json_get_text(job, "mode", ""), "preview");
    assert_false(json_get_bool(job, "data", false));
    cJSON_Delete(jobs);
    assert_true(it.previewed);
    post(r, "b", 1, "[{'job':'1','id':1,'state':'success','data':'{}'},{'job':'1','done':true}]");
    assert_text("success", TARGET(run, 1, "state"));
    assert_int_equal(it.dones, 0);
    runs_free(r);
}

static void test_feature__hears_of_what_is_cancelled(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 3);
    const run_spec spec = {.kind = "hello.collect",
                           .name = "test",
                           .settings = "{\"all\":true}",
                           .rollout = "{\"canary\":{\"count\":1},\"batch\":{\"count\":1}}"};
    int64_t run = 0;
    assert_ok(runs_create(r, &spec, &run, error));
    assert_ok(runs_cancel(r, run, error)); /* a job that waits, two waves */
    assert_int_equal(it.dones, 3);
    assert_string_equal(it.state, "cancelled");
    assert_number(3, "SELECT cancelled FROM run");
    assert_number(3, "SELECT count(*) FROM preference");

    run = collect(r, false); /* one job: what one device fails with is no harm to the others */
    world_run(s, "INSERT INTO preference (key, value) VALUES ('of 2 in %" PRId64 "', '')", run);
    assert_ok(runs_cancel(r, run, error));
    assert_number(3, "SELECT cancelled FROM run WHERE id = %" PRId64, run);
    assert_number(0, "SELECT error FROM run WHERE id = %" PRId64, run);
    assert_number(3, "SELECT count(*) FROM preference WHERE key LIKE '%% in %" PRId64 "'", run);
    runs_free(r);
}

/* ---- as a step of a flow ---- */

typedef struct asked {
    runs *r;
    run_step step;
    int64_t jobs[2];
} asked;

static platen_code ask(store_conn *conn, void *user, platen_error *err)
{
    asked *a = user;
    return run_step_jobs(conn, a->r, &a->step, a->jobs, err);
}

static void test_feature__is_a_step(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 1);
    const int64_t device = 1;
    const task_kind flow = {.id = "flow.test",
                            .title = "[Flow] Test",
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000};
    assert_ok(kind_put(&flow, error));
    int64_t run = start(r, "flow.test", false);
    asked a = {.r = r,
               .step = {.run = run,
                        .kind = "hello.collect",
                        .settings = "{\"all\":true}",
                        .devices = &device,
                        .count = 1}};
    assert_ok(store_write(s, ask, &a, error));
    world_run(s,
              "INSERT INTO flow_call (run_id, device_id, seq, call, arguments, state, job_id, "
              "target_id) VALUES (%" PRId64 ", 1, 1, 'subtask', '[]', 'waiting', %" PRId64 ", 1)",
              run, a.jobs[0]);
    assert_int_equal(lease_count(r, "b"), 1);
    it.done = PLATEN_E_INVAL;
    post(r, "b", 1, "[{'job':'1','id':1,'state':'success','data':'{}'}]");
    assert_int_equal(it.dones, 1);
    assert_number(1, "SELECT count(*) FROM flow_call WHERE state = 'done' AND "
                     "result LIKE '%%\"error\"%%' AND result LIKE '%%not of the form%%'");
    runs_free(r);
}

static void test_feature__plans_are_looked_at(void **state)
{
    planned list[] = {{.device = 5}};
    kind_plan p = {list, 1};
    char *large = malloc(PLAN_SETTINGS + 3);
    (void)state;
    assert_non_null(large);
    memset(large, ' ', PLAN_SETTINGS + 2);
    memcpy(large, "{}", 2);
    large[PLAN_SETTINGS + 1] = '\0';
    assert_int_equal(plan_set(&p, 6, "{}", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_set(&p, 5, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_set(&p, 5, "", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_set(&p, 5, "[]", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_set(&p, 5, "{\"a\":}", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_set(&p, 5, large, NULL), PLATEN_E_TOO_LARGE);
    large[PLAN_SETTINGS] = '\0';
    assert_int_equal(plan_set(&p, 5, large, NULL), PLATEN_OK);
    assert_int_equal(plan_skip(&p, 5, "Not A Word", "", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_skip(&p, 5, NULL, "", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_skip(&p, 5, "no-data", "\xff", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_skip(&p, 6, "no-data", "", NULL), PLATEN_E_INVAL);
    assert_int_equal(plan_skip(&p, 5, "no-data", NULL, NULL), PLATEN_OK);
    assert_int_equal(plan_fail(&p, 5, "No Data", "", NULL), PLATEN_E_INVAL);
    assert_false(list[0].failed);
    assert_int_equal(plan_fail(&p, 5, "no-data", "gone", NULL), PLATEN_OK);
    assert_true(list[0].failed);
    free(list[0].settings);
    free(list[0].text);
    free(large);
}

/* ---- of the manager ---- */

static platen_code prepare(const here_job *job, void **work, void *user, platen_error *err)
{
    (void)err;
    assert_string_equal(job->kind, "hello.count");
    *work = user;
    return PLATEN_OK;
}

static platen_code commit(store_conn *conn, void *work, void *user, platen_error *err)
{
    (void)conn;
    (void)err;
    assert_ptr_equal(work, user);
    return PLATEN_OK;
}

static void finish(void *work, bool committed, void *user)
{
    feature *f = user;
    assert_ptr_equal(work, user);
    f->dones += committed ? 1 : 0;
}

static void test_feature__on_the_manager(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r, 2);
    here *h = NULL;
    const here_kind does = {
        .kind = "hello.count", .prepare = prepare, .commit = commit, .finish = finish, .user = &it};
    const kind_hooks own = {.here = &does};
    const task_kind kind = {.id = "hello.count",
                            .title = "[Hello] Count",
                            .targets = KIND_NONE,
                            .where = KIND_ON_MANAGER,
                            .flags = KIND_FEATURE,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000,
                            .hooks = &own};
    assert_ok(kind_put(&kind, error));
    assert_ok(here_new(s, r, NULL, 0, &h, error));
    assert_ok(here_start(h, error));
    int64_t run = start(r, "hello.count", false);
    for (int i = 0; i < 500 && world_number(s, "SELECT count(*) FROM run WHERE ended IS NULL");
         i++) {
        here_wake(h);
        (void)usleep(10000);
    }
    here_free(h);
    assert_text("success", RUN_STATE(run));
    assert_int_equal(it.dones, 1);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feature__plans_and_takes_in),
        cmocka_unit_test(test_feature__chooses_and_hears_the_end),
        cmocka_unit_test(test_feature__plans_again_after_a_lost_lease),
        cmocka_unit_test(test_feature__plan_that_fails),
        cmocka_unit_test(test_feature__plan_that_fails_for_one),
        cmocka_unit_test(test_feature__plans_are_of_few_devices),
        cmocka_unit_test(test_feature__agents_that_know_no_plans),
        cmocka_unit_test(test_feature__agents_that_know_one_driver),
        cmocka_unit_test(test_feature__that_does_not_take_it_in),
        cmocka_unit_test(test_feature__preview_is_told_and_keeps_nothing),
        cmocka_unit_test(test_feature__hears_of_what_is_cancelled),
        cmocka_unit_test(test_feature__is_a_step),
        cmocka_unit_test(test_feature__plans_are_looked_at),
        cmocka_unit_test(test_feature__on_the_manager),
    };
    int failed = fixture_run_both("run_feature", tests, sizeof(tests) / sizeof(tests[0]));
    kind_forget_all();
    return failed;
}
