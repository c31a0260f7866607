/* Built-in tasks that look at new devices are due after a run that registered some. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/clock.h"
#include "core/run/kind.h"
#include "core/run/run_private.h"
#include "core/run/task.h"

#define CHECKS "SELECT count(*) FROM run WHERE kind = 'hello.check'"
#define IS_DUE "SELECT extra_due FROM task WHERE kind = 'hello.check'"
#define OF_CHECK(column) "SELECT " column " FROM task WHERE kind = 'hello.check'"

static bool refuses;

static platen_code choose(store_conn *conn, const char *settings, kind_choice *choice, void *user,
                          platen_error *err)
{
    (void)conn;
    (void)settings;
    (void)choice;
    (void)user;
    return refuses ? error_set(err, PLATEN_E_INVAL, "nothing can be checked") : PLATEN_OK;
}

static const kind_hooks hooks = {.choose = choose};

static const task_kind kind_check = {.id = "hello.check",
                                     .title = "[Hello] Check",
                                     .targets = KIND_DEVICES,
                                     .flags = KIND_FEATURE | KIND_AFTER,
                                     .settings = "{\"type\":\"object\"}",
                                     .limit_ms = 3600000,
                                     .visit = DEVICE_VISIT_INFORMATION,
                                     .builtin_minutes = 1440,
                                     .builtin_name = "Check",
                                     .action = "hello.check",
                                     .hooks = &hooks};

static store *open(void **state, runs **r)
{
    static heard h;
    task_kind other = kind_check;
    store *s = run_world_open(state);
    other.id = "hello.other";
    other.flags = KIND_FEATURE;
    kind_forget_all();
    assert_ok(kind_put(&kind_check, error));
    assert_ok(kind_put(&other, error));
    *r = engine(s, &h);
    assert_ok(runs_make_builtins(*r, error));
    return s;
}

static int64_t seq;

/* A discovery of agent 1 that finds devices with these numbers, and, when `ends`, its end. */
static int64_t discover(runs *r, int from, int to, const char *settings, bool ends)
{
    int64_t agents[] = {1};
    int64_t run = 0;
    char text[400];
    const run_spec spec = {.kind = "device.discover",
                           .name = "find",
                           .settings = settings,
                           .agents = agents,
                           .agent_count = 1};
    assert_ok(runs_create(r, &spec, &run, error));
    cJSON *jobs = lease(r, 1, "b1", 1);
    const char *job = json_get_text(cJSON_GetArrayItem(jobs, 0), "id", "");
    for (int i = from; i <= to; i++) {
        (void)snprintf(text, sizeof(text),
                       "[{'job':'%s','verdict':{'address':'10.0.0.%d','decision':'found'},"
                       "'report':{'manufacturer':'ACME','serial':'S%d'}}]",
                       job, i, i);
        post(r, "b1", ++seq, text);
    }
    (void)snprintf(text, sizeof(text), "[{'job':'%s','done':true,'state':'success'}]", job);
    if (ends) {
        post(r, "b1", ++seq, text);
    }
    cJSON_Delete(jobs);
    return run;
}

static void end_checks(store *s)
{
    world_run(s, "UPDATE run SET state = 'success', ended = 1 WHERE kind = 'hello.check'");
    world_run(s, "DELETE FROM job");
}

// SET-52, DEV-48
static void test_after__registering(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r);
    int64_t next = world_number(s, OF_CHECK("next_at"));
    int64_t run = discover(r, 1, 3, "{}", true);
    assert_text("success", RUN_STATE(run));
    assert_number(3, "SELECT added FROM run WHERE id = %" PRId64, run);
    assert_number(0, CHECKS);
    runs_start_due(r);
    runs_start_due(r); /* once */
    assert_number(1, CHECKS " AND builtin = 1 AND total = 3 AND state = 'waiting'");
    assert_number(0, IS_DUE);
    assert_number(next, OF_CHECK("next_at")); /* its schedule stays */
    assert_number(0, "SELECT count(*) FROM run WHERE kind = 'hello.other'");
    end_checks(s);
    /* the same devices once more, and devices that are not managed, are nothing to look at */
    discover(r, 1, 3, "{}", true);
    discover(r, 4, 5, "{\"register\":\"unmanaged\"}", true);
    assert_number(5, "SELECT count(*) FROM device");
    runs_start_due(r);
    assert_number(1, CHECKS);
    runs_free(r);
}

/* While it runs it waits, and takes in what came meanwhile; a scheduled run has the devices, too.
 */
static void test_after__beside_its_own_runs(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r);
    discover(r, 1, 1, "{}", true);
    runs_start_due(r);
    world_run(s, "UPDATE job SET state = 'done'"); /* no agent is played */
    discover(r, 2, 2, "{}", true);
    discover(r, 3, 3, "{}", true);
    runs_start_due(r);
    assert_number(1, CHECKS);
    assert_number(1, IS_DUE);
    end_checks(s);
    runs_start_due(r);
    assert_number(1, CHECKS " AND total = 3");
    end_checks(s);
    discover(r, 4, 4, "{}", true);
    world_run(s, "UPDATE task SET next_at = %" PRId64 " WHERE kind = 'hello.check'",
              clock_now() - 1000);
    runs_start_due(r);
    assert_number(1, CHECKS " AND total = 4 AND due_at IS NOT NULL");
    end_checks(s);
    runs_start_due(r);
    assert_number(3, CHECKS);
    runs_free(r);
}

/* The end of the run and that the task is due are one commit: what dies behind it loses nothing,
 * what dies before it has the run still to end. */
static void test_after__restart(void **state)
{
    runs *r = NULL;
    heard h;
    store *s = open(state, &r);
    int64_t run = discover(r, 1, 2, "{}", false);
    assert_number(0, IS_DUE);
    runs_free(r);
    r = engine(s, &h);
    assert_number(2, "SELECT added FROM run WHERE id = %" PRId64, run); /* not forgotten */
    assert_ok(runs_cancel(r, run, error));
    post(r, "b1", ++seq, "[{'job':'1','done':true,'state':'cancelled'}]");
    assert_text("cancelled", RUN_STATE(run));
    assert_number(1, IS_DUE);
    runs_free(r);
    r = engine(s, &h);
    runs_start_due(r);
    assert_number(1, CHECKS " AND total = 2");
    assert_number(0, IS_DUE);
    runs_free(r);
}

static void test_after__inactive(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r);
    bool starts = false;
    int64_t id = world_number(s, OF_CHECK("id"));
    task_fields fields = {.active = 0};
    assert_ok(task_change(r, id, &fields, &starts, error));
    discover(r, 1, 1, "{}", true);
    assert_number(0, IS_DUE);
    fields.active = 1;
    assert_ok(task_change(r, id, &fields, &starts, error));
    runs_start_due(r);
    assert_number(0, CHECKS);
    /* switched off between the two: it does not come back when it is switched on */
    discover(r, 2, 2, "{}", true);
    assert_number(1, IS_DUE);
    fields.active = 0;
    assert_ok(task_change(r, id, &fields, &starts, error));
    fields.active = 1;
    assert_ok(task_change(r, id, &fields, &starts, error));
    runs_start_due(r);
    assert_number(0, CHECKS);
    runs_free(r);
}

/* What cannot be made is in the history, and not tried every second. */
static void test_after__cannot_be_made(void **state)
{
    runs *r = NULL;
    store *s = open(state, &r);
    discover(r, 1, 1, "{}", true);
    refuses = true;
    runs_start_due(r);
    runs_start_due(r);
    refuses = false;
    assert_number(1, CHECKS " AND state = 'error' AND total = 0 AND due_at IS NULL");
    assert_text("nothing can be checked", "SELECT text FROM run WHERE kind = 'hello.check'");
    assert_number(0, IS_DUE);
    discover(r, 2, 2, "{}", true);
    kind_drop("hello.check"); /* its feature is away */
    runs_start_due(r);
    assert_number(1, CHECKS);
    assert_number(0, IS_DUE);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after__registering),
        cmocka_unit_test(test_after__beside_its_own_runs),
        cmocka_unit_test(test_after__restart),
        cmocka_unit_test(test_after__inactive),
        cmocka_unit_test(test_after__cannot_be_made),
    };
    int rc = fixture_run_both("after", tests, sizeof(tests) / sizeof(tests[0]));
    kind_forget_all();
    return rc;
}
