/* Durable flows on both databases, with an agent that is played here and does what jobs say. */
#include "run_world.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/flow/flows.h"
#include "core/run/kind.h"

#define WAIT_MS 20000

typedef struct stage {
    runs *r;
    flows *f;
    int64_t seq;
    const char *boot;
    int done;            /* results posted */
    const char *state;   /* that the agent answers with */
    int fails;           /* so many results are errors before */
    atomic_int operated; /* operations of plugins that were called */
    atomic_int again;    /* of these, how many may have been done before */
    atomic_bool slow;    /* "hello.slow" goes on no more */
} stage;

static store *s;  /* the macros of model_world.h want this name */
static stage the; /* hooks come from other threads */

static void on_flow(int64_t run, void *user)
{
    (void)user;
    flows_ready(the.f, run);
}

/* Answers with its arguments; "hello.nobody" fails. */
static char *on_operation(const flow_operation *call, void *user)
{
    char *text = NULL;
    (void)user;
    the.operated++;
    the.again += call->again;
    assert_false(call->preview);
    for (int i = 0; i < 2000 && strcmp(call->id, "hello.slow") == 0 && the.slow; i++) {
        (void)usleep(10000);
    }
    if (strcmp(call->id, "hello.nobody") == 0) {
        return strdup("{\"code\":\"not-found\",\"text\":\"there is nobody\"}");
    }
    return asprintf(&text, "{\"value\":{\"greeted\":%s}}", call->arguments) >= 0 ? text : NULL;
}

static void open_engine(void)
{
    const runs_hooks hooks = {.flow_ready = on_flow};
    const flows_hooks none = {.operate = on_operation};
    flows *f = NULL;
    assert_ok(runs_new(s, &hooks, &the.r, error));
    assert_ok(flows_new(s, the.r, &none, &f, error));
    the.f = f;
    assert_ok(flows_start(the.f, error));
}

static void close_engine(void)
{
    flows_stop(the.f);
    flows_free(the.f);
    the.f = NULL;
    runs_free(the.r);
    the.r = NULL;
}

/* `body` is that of run(ctx, device), with " for texts. */
static void add_script(const char *body)
{
    world_run(s, "INSERT INTO script (name, kind, source, created, updated, version_id) "
                 "VALUES ('t', 'flow', 'user', 1, 1, 1)");
    world_run(s,
              "INSERT INTO script_version (script_id, number, text, digest, at) VALUES (1, 1, "
              "'return platen.flow{run = function(ctx, device) %s end}', 'x', 1)",
              body);
    const task_kind kind = {.id = "flow.t",
                            .title = "T",
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .flags = KIND_WRITES,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 86400000,
                            .script = 1};
    assert_ok(kind_put(&kind, error));
}

static void begin(void **state, int64_t devices, const char *body)
{
    s = run_world_open(state);
    the = (stage){.state = "success", .boot = "b"};
    fill(s, devices);
    open_engine();
    add_script(body);
}

static int64_t start_flow(void)
{
    return start(the.r, "flow.t", false);
}

static void post_job(const cJSON *job)
{
    strbuf text;
    const cJSON *target = NULL;
    cJSON *results = NULL;
    const char *id = json_get_text(job, "id", "");
    strbuf_init(&text);
    strbuf_append_char(&text, '[');
    cJSON_ArrayForEach(target, json_get_array(job, "targets"))
    {
        const char *state = the.fails > 0 ? "error" : the.state;
        the.fails -= the.fails > 0;
        strbuf_appendf(&text,
                       "{\"job\":\"%s\",\"id\":%d,\"state\":\"%s\",\"code\":\"%s\",\"text\":\"t\","
                       "\"params\":{\"n\":%d}},",
                       id, cJSON_GetArrayItem(target, 0)->valueint, state,
                       state[0] == 'e' ? "device" : "", the.done++);
    }
    strbuf_appendf(&text, "{\"job\":\"%s\",\"done\":true}]", id);
    assert_ok(json_parse(text.data, text.length, &results, error));
    assert_ok(runs_results(the.r, 1, the.boot, ++the.seq, results, error));
    cJSON_Delete(results);
    strbuf_fini(&text);
}

/* Does what waits for the agent, at most `jobs`; how many it were. */
static int work(int jobs)
{
    int count = 0;
    cJSON *list = lease(the.r, 1, the.boot, (size_t)jobs);
    const cJSON *job = NULL;
    cJSON_ArrayForEach(job, list)
    {
        post_job(job);
        count++;
    }
    cJSON_Delete(list);
    return count;
}

static bool is_over(int64_t run)
{
    return world_number(s, "SELECT count(*) FROM run WHERE id = %" PRId64 " AND ended > 0", run) !=
           0;
}

/* Plays the agent until the run is over. */
static void to_the_end(int64_t run)
{
    int64_t stop = clock_mono() + WAIT_MS;
    while (!is_over(run)) {
        if (work(50) == 0) {
            usleep(2000);
        }
        if (clock_mono() > stop) {
            char text[4000];
            world_text(s, text, sizeof(text),
                       "SELECT coalesce(max(call || ' ' || arguments || ' ' || state), 'no calls') "
                       "FROM flow_call");
            fail_msg("run %" PRId64 " does not end: %s", run, text);
        }
    }
}

/* Waits until the statement gives the number. */
static void until(int64_t wanted, const char *sql)
{
    int64_t stop = clock_mono() + WAIT_MS;
    while (world_number(s, "%s", sql) != wanted) {
        usleep(2000);
        if (clock_mono() > stop) {
            fail_msg("%s never gives %" PRId64, sql, wanted);
        }
    }
}

/* A restart of the manager: all that was in memory is gone. */
static void restart(void)
{
    close_engine();
    open_engine();
}

// TSK-55 TSK-63
static void test_flows__three_steps(void **state)
{
    begin(state, 5,
          "local a = ctx:subtask(\"device.restart\", device, {action = \"restart\"}) "
          "ctx:log(\"a \" .. a.state) local b = ctx:subtask(\"device.information\", device) "
          "local c = ctx:subtask(\"device.counters\", device) ctx:log(c.text) return c");
    int64_t run = start_flow();
    to_the_end(run);
    assert_text("success", RUN_STATE(run));
    assert_int_equal(the.done, 15);
    assert_number(0, "SELECT count(*) FROM flow_call");
    assert_number(0, "SELECT count(*) FROM flow_target");
    assert_number(5, "SELECT count(*) FROM run_target WHERE state = 'success' AND log LIKE "
                     "'%%a success%%' AND params LIKE '%%n%%' AND started > 0");
    assert_number(3, "SELECT count(*) FROM job"); /* five devices go together */
    close_engine();
}

#define STEPS                                                                                      \
    "local n = math.random(1000000) local t = platen.now() "                                       \
    "ctx:subtask(\"device.information\", device) ctx:log(\"one\") "                                \
    "ctx:subtask(\"device.counters\", device, {}) "                                                \
    "local m = math.random(1000000) ctx:subtask(\"device.monitor\", device) "                      \
    "return string.format(\"%%d %%d\", n, m)"

#define JOBS_WAIT "SELECT count(*) FROM job WHERE state = 'waiting'"

// TSK-55
static void test_flows__replayed_after_a_restart(void **state)
{
    char without[256];
    char with[256];
    begin(state, 3, STEPS);
    int64_t run = start_flow();
    to_the_end(run);
    world_text(s, without, sizeof(without),
               "SELECT text FROM run_target WHERE device_id = 2 AND run_id = %" PRId64, run);
    world_run(s, "DELETE FROM run WHERE id = 1");
    the.done = 0;
    world_run(s, "INSERT INTO run (id, kind, name, builtin, state, settings, created, total) "
                 "SELECT 1, 'flow.t', 'again', 0, 'running', '{}', 1, 3");
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id) VALUES (1, 1, 1)");
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id) VALUES (1, 2, 1)");
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id) VALUES (1, 3, 1)");
    flows_ready(the.f, 1);
    for (int step = 0; step < 3; step++) {
        until(1, JOBS_WAIT);
        restart();
        assert_int_equal(work(10), 1);
        restart(); /* a result that came while nobody looked */
    }
    to_the_end(1);
    assert_int_equal(the.done, 9); /* none was done twice */
    world_text(s, with, sizeof(with), "SELECT text FROM run_target WHERE device_id = 2");
    assert_string_equal(with, without); /* random numbers of a run and a device are the same */
    assert_number(3, "SELECT count(*) FROM run_target WHERE log LIKE '%%one%%' AND log NOT LIKE "
                     "'%%one%%one%%'");
    close_engine();
}

/* A journal as Platen 0.1.0 wrote it, to the letter: a Platen that is built later goes on with it,
 * or says journal-version; it never guesses. The rows are not made anew when the code changes. */
static void test_flows__a_journal_of_an_older_build(void **state)
{
    begin(state, 1,
          "local a = ctx:subtask(\"device.monitor\", device) "
          "ctx:log(a.state .. \" at \" .. platen.now()) ctx:sleep(60) "
          "local b = ctx:subtask(\"device.counters\", device, {deep = {1, 2.5, \"x\"}}) "
          "return device.model .. \" \" .. b.state");
    flows_stop(the.f);
    world_run(s,
              "INSERT INTO run (id, kind, name, builtin, state, settings, created, total, given, "
              "given_at, script_version, script_pin) VALUES (7, 'flow.t', 'old', 0, 'running', "
              "'{}', 1, 1, 1, 1, 1, '{\"journal\":1,\"libs\":{}}')");
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id, started) "
                 "VALUES (7, 1, 1, 1795292438676)");
#define ROW                                                                                        \
    "INSERT INTO flow_call (run_id, device_id, seq, call, arguments, state, due_at, job_id, "      \
    "target_id, result) VALUES (7, 1, "
    world_run(s, ROW "0, 'begin', '{}', 'taken', 1795292438676, NULL, NULL, "
                     "'{\"id\":1,\"name\":\"NPI000001\",\"address\":\"127.10.0.1\",\"hostname\":"
                     "\"\",\"manufacturer\":\"HP\",\"model\":\"M478\",\"serial\":\"VNB3\","
                     "\"mac\":\"\",\"firmware\":\"002\",\"location\":\"\",\"contact\":\"\","
                     "\"comment\":\"\",\"asset\":\"\",\"managed\":true,\"page_count\":173841,"
                     "\"color\":true,\"power\":\"on\",\"severity\":\"normal\",\"alert\":\"\","
                     "\"first_seen\":1795292435,\"last_seen\":1795292435,\"region\":null}')");
    world_run(s, ROW "1, 'subtask', '{\"device\":1,\"kind\":\"device.monitor\",\"settings\":{}}', "
                     "'taken', NULL, 2, 1, '{\"state\":\"success\",\"code\":\"ok\",\"text\":\"\","
                     "\"params\":{},\"changes\":[]}')");
    world_run(s, ROW "2, 'read', '{\"id\":0,\"read\":\"now\"}', 'taken', NULL, NULL, NULL, "
                     "'{\"value\":1795292438}')");
    world_run(s, ROW "3, 'sleep', '{\"ms\":60000}', 'waiting', 1795292498688, NULL, NULL, NULL)");
    world_run(s, "UPDATE flow_call SET due_at = 5 WHERE seq = 3"); /* it was due long ago */
    restart();
    until(1, JOBS_WAIT);
    assert_text("{\"deep\":[1,2.5,\"x\"]}", "SELECT settings FROM job WHERE state = 'waiting'");
    to_the_end(7);
    assert_text("M478 success", "SELECT text FROM run_target WHERE run_id = 7");
    assert_number(1, "SELECT count(*) FROM run_target WHERE log LIKE '%%success at 1795292438%%'");
    assert_int_equal(the.done, 1); /* what the older build had done is not done again */
    close_engine();
}

static void test_flows__a_journal_of_a_newer_build(void **state)
{
    begin(state, 2, "return ctx:subtask(\"device.monitor\", device)");
    flows_stop(the.f);
    world_run(s,
              "INSERT INTO run (id, kind, name, builtin, state, settings, created, total, given, "
              "given_at, script_version, script_pin) VALUES (7, 'flow.t', 'new', 0, 'running', "
              "'{}', 1, 2, 2, 1, 1, '{\"journal\":99,\"libs\":{}}')");
    /* one that had begun there, and one that had not */
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id, started) "
                 "VALUES (7, 1, 1, 1795292438676), (7, 2, 1, NULL)");
    world_run(s, ROW "0, 'begin', '{}', 'taken', 1795292438676, NULL, NULL, '{\"id\":1}')");
    world_run(s, ROW "1, 'newer', '[]', 'waiting', NULL, NULL, NULL, NULL)");
    restart();
    to_the_end(7);
    assert_number(2, "SELECT count(*) FROM run_target WHERE run_id = 7 AND state = 'error' AND "
                     "code = 'journal-version'");
    assert_int_equal(the.done, 0);
    close_engine();
}

/* A script asks a plugin; what it was told stands in the journal. */
static void test_flows__operations_of_plugins(void **state)
{
    begin(state, 3,
          "local r = platen.operation(\"hello.greet\", {name = \"Ada\", n = device.id}) "
          "local none, err = platen.operation(\"hello.nobody\", {}) "
          "ctx:subtask(\"device.monitor\", device) "
          "ctx:log(err.code .. \" \" .. err.message) return r.greeted.name .. r.greeted.n");
    int64_t run = start_flow();
    until(1, JOBS_WAIT);
    assert_int_equal(the.operated, 6);
    restart(); /* the answers are in the journal */
    to_the_end(run);
    assert_int_equal(the.operated, 6);
    assert_text("success", RUN_STATE(run));
    assert_text("Ada2", "SELECT text FROM run_target WHERE device_id = 2");
    assert_number(3, "SELECT count(*) FROM run_target WHERE log LIKE '%%not-found there is "
                     "nobody%%'");
    close_engine();
}

/* One that takes its time holds up nobody else, and is not begun twice when its run is loaded
 * anew meanwhile. */
static void test_flows__a_slow_operation(void **state)
{
    begin(state, 2, "if device.id == 1 then platen.operation(\"hello.slow\", {}) end return \"x\"");
    the.slow = true;
    int64_t run = start_flow();
    until(1, "SELECT count(*) FROM run_target WHERE device_id = 2");
    for (int i = 0; i < 1000 && the.operated == 0; i++) {
        (void)usleep(10000);
    }
    assert_int_equal(the.operated, 1);
    flows_ready(the.f, run);
    the.slow = false;
    to_the_end(run);
    assert_int_equal(the.operated, 1);
    assert_text("success", RUN_STATE(run));
    close_engine();
}

/* The manager ended while it was done: who does it is told so. */
static void test_flows__an_operation_that_was_under_way(void **state)
{
    begin(state, 1, "return platen.operation(\"hello.greet\").greeted ~= nil and \"done\"");
    flows_stop(the.f);
    world_run(s,
              "INSERT INTO run (id, kind, name, builtin, state, settings, created, total, given, "
              "given_at, script_version, script_pin) VALUES (7, 'flow.t', 'x', 0, 'running', "
              "'{}', 1, 1, 1, 1, 1, '{\"journal\":1,\"libs\":{}}')");
    world_run(s, "INSERT INTO flow_target (run_id, device_id, agent_id, started) "
                 "VALUES (7, 1, 1, 1795292438676)");
    world_run(s, ROW "0, 'begin', '{}', 'taken', 1795292438676, NULL, NULL, '{\"id\":1}')");
    world_run(s,
              ROW "1, 'operation', '{\"arguments\":{},\"id\":\"hello.greet\"}', 'waiting', NULL, "
                  "NULL, NULL, NULL)");
    restart();
    to_the_end(7);
    assert_int_equal(the.operated, 1);
    assert_int_equal(the.again, 1);
    assert_text("done", "SELECT text FROM run_target WHERE run_id = 7");
    close_engine();
}

static void test_flows__keeps_its_version(void **state)
{
    begin(state, 1, "ctx:subtask(\"device.monitor\", device) return \"old\"");
    int64_t run = start_flow();
    until(1, JOBS_WAIT);
    world_run(s, "INSERT INTO script_version (script_id, number, text, digest, at) VALUES (1, "
                 "2, 'return platen.flow{run = function() return \"new\" end}', 'y', 2)");
    world_run(s, "UPDATE script SET version_id = 2");
    restart();
    to_the_end(run);
    assert_text("old", "SELECT text FROM run_target WHERE run_id = %" PRId64, run);
    int64_t next = start_flow();
    to_the_end(next);
    assert_text("new", "SELECT text FROM run_target WHERE run_id = %" PRId64, next);
    close_engine();
}

static void test_flows__another_call_than_the_journal_has(void **state)
{
    char text[1200];
    begin(state, 2, "ctx:subtask(\"device.monitor\", device) ctx:sleep(1) return \"old\"");
    int64_t run = start_flow();
    until(1, JOBS_WAIT);
    close_engine();
    world_run(s, "UPDATE flow_call SET arguments = '{\"device\":1,\"kind\":\"device.edit\"}' "
                 "WHERE seq = 1 AND device_id = 1");
    open_engine();
    to_the_end(run);
    world_text(s, text, sizeof(text), "SELECT text FROM run_target WHERE device_id = 1");
    assert_non_null(strstr(text, "t.lua:1"));
    assert_non_null(strstr(text, "device.edit"));
    assert_non_null(strstr(text, "device.monitor"));
    assert_text("nondeterministic", "SELECT code FROM run_target WHERE device_id = 1");
    assert_text("old", "SELECT text FROM run_target WHERE device_id = 2"); /* goes on */
    close_engine();
}

static void test_flows__what_steps_cannot_be(void **state)
{
    begin(state, 1,
          "local _, a = ctx:subtask(\"nothing.there\", device) "
          "local _, b = ctx:subtask(\"flow.t\", device) "
          "local _, c = ctx:subtask(\"device.discover\", device) "
          "local _, d = platen.device.get(99) local _, e = ctx:subtask(\"device.monitor\", device) "
          "return a.code .. \" \" .. b.code .. \" \" .. c.code .. \" \" .. d.code .. \" \" .. "
          "e.state .. e.message");
    the.state = "error";
    int64_t run = start_flow();
    to_the_end(run);
    assert_text("not-found unsupported unsupported not-found errort",
                "SELECT text FROM run_target");
    close_engine();
}

static void test_flows__removed_devices(void **state)
{
    begin(state, 3,
          "ctx:subtask(\"device.monitor\", device) "
          "local r, err = ctx:subtask(\"device.counters\", device) return r, err");
    int64_t run = start_flow();
    until(1, JOBS_WAIT);
    world_run(s, "DELETE FROM device WHERE id = 2");
    to_the_end(run);
    assert_text("skipped", "SELECT state FROM run_target WHERE device_id = 2");
    assert_text("removed", "SELECT code FROM run_target WHERE device_id = 2");
    assert_number(2, "SELECT count(*) FROM run_target WHERE state = 'success'");
    close_engine();
}

static void test_flows__sleeps_over_a_restart(void **state)
{
    begin(state, 2, "ctx:sleep(3600) return \"slept\"");
    int64_t run = start_flow();
    until(2, "SELECT count(*) FROM flow_call WHERE call = 'sleep' AND state = 'waiting'");
    restart();
    usleep(50000);
    assert_false(is_over(run));
    close_engine();
    world_run(s, "UPDATE flow_call SET due_at = 5 WHERE call = 'sleep'");
    open_engine();
    to_the_end(run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE text = 'slept'");
    close_engine();
}

static void test_flows__waits_until_online(void **state)
{
    begin(state, 1, "local on = ctx:wait_online(device, 600) return tostring(on)");
    the.fails = 1;
    int64_t run = start_flow();
    until(1, JOBS_WAIT);
    assert_int_equal(work(5), 1);
    until(1, "SELECT count(*) FROM flow_call WHERE call = 'wait_online' AND state = 'taken'");
    restart(); /* asks the device at once, not in fifteen seconds */
    to_the_end(run);
    assert_text("true", "SELECT text FROM run_target");
    assert_int_equal(the.done, 2);
    close_engine();
}

static void test_flows__waits_no_longer_than_told(void **state)
{
    begin(state, 1, "local on = ctx:wait_online(device, 0.2) ctx:sleep(0.01) return tostring(on)");
    int64_t run = start_flow();
    int64_t stop = clock_mono() + WAIT_MS;
    while (!is_over(run) && clock_mono() < stop) { /* no agent comes */
        usleep(5000);
    }
    assert_text("false", "SELECT text FROM run_target");
    close_engine();
}

static void test_flows__cancelled(void **state)
{
    begin(state, 3,
          "if device.id == 1 then ctx:sleep(3600) elseif device.id == 2 then "
          "ctx:wait_online(device, 3600) else ctx:subtask(\"device.monitor\", device) "
          "ctx:subtask(\"device.monitor\", device) end");
    the.state = "error";
    int64_t run = start_flow();
    until(3, "SELECT count(*) FROM flow_call WHERE seq = 1");
    cJSON *jobs = lease(the.r, 1, the.boot, 10);
    assert_ok(runs_cancel(the.r, run, error));
    until(2, "SELECT count(*) FROM run_target WHERE state = 'cancelled'");
    const cJSON *job = NULL;
    cJSON_ArrayForEach(job, jobs) /* what a device was doing finishes */
    {
        post_job(job);
    }
    cJSON_Delete(jobs);
    to_the_end(run);
    assert_text("cancelled", RUN_STATE(run));
    assert_number(3, "SELECT count(*) FROM run_target WHERE state = 'cancelled'");
    close_engine();
}

static void test_flows__one_bad_device(void **state)
{
    begin(state, 3,
          "if device.id == 2 then while true do end end "
          "ctx:subtask(\"device.monitor\", device) return \"well\"");
    int64_t run = start_flow();
    to_the_end(run);
    assert_text("script-time", "SELECT code FROM run_target WHERE device_id = 2");
    assert_number(1, "SELECT count(*) FROM run_target WHERE text LIKE '%%t.lua:1%%'");
    assert_number(2, "SELECT count(*) FROM run_target WHERE text = 'well'");
    assert_text("error", RUN_STATE(run));
    close_engine();
}

static void test_flows__broken_scripts(void **state)
{
    begin(state, 2, "return");
    world_run(s, "UPDATE script_version SET text = 'return platen.flow{'");
    int64_t run = start_flow();
    to_the_end(run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE code = 'script-error'");
    world_run(s, "UPDATE script SET version_id = 77");
    run = start_flow();
    to_the_end(run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE code = 'script-gone'");
    close_engine();
}

static void test_flows__halted(void **state)
{
    begin(state, 2, "return");
    flows_stop(the.f);
    int64_t run = start_flow();
    world_run(s, "UPDATE run SET halted_at = 5");
    restart();
    usleep(100000);
    assert_number(2, "SELECT count(*) FROM flow_target WHERE started IS NULL");
    world_run(s, "UPDATE run SET halted_at = NULL");
    flows_ready(the.f, run);
    to_the_end(run);
    close_engine();
}

static void test_flows__preview(void **state)
{
    begin(state, 1,
          "ctx:sleep(3600) local on = ctx:wait_online(device, 3600) "
          "ctx:subtask(\"device.edit\", device, {name = \"x\"}) "
          "return tostring(on) .. tostring(ctx.preview)");
    flows_stop(the.f);
    int64_t run = start_flow();
    world_run(s, "UPDATE run SET mode = 'preview'");
    restart();
    to_the_end(run);
    assert_text("truetrue", "SELECT text FROM run_target");
    close_engine();
}

static void test_flows__reads(void **state)
{
    begin(state, 2,
          "local other = platen.device.get(2) local r = platen.report.devices() "
          "local _, e = platen.group.devices(1) local t = platen.local_time(device) "
          "return device.serial .. other.serial .. r.total .. e.code .. #device.supplies .. "
          "tostring(t.weekday >= 1 and t.hour < 24) .. tostring(platen.task.find(\"no\"))");
    int64_t run = start_flow();
    to_the_end(run);
    assert_text("SN1SN22forbidden0truenil", "SELECT text FROM run_target WHERE device_id = 1");
    close_engine();
}

// What cannot be written stops its run, and no other; it goes on by itself.
static void test_flows__a_turn_that_fails(void **state)
{
    begin(state, 2, "ctx:subtask(\"device.monitor\", device) return \"well\"");
    if (store_dialect_of(s) != STORE_SQLITE) {
        close_engine();
        return; /* the trigger is SQLite's */
    }
    world_run(s, "CREATE TRIGGER full BEFORE INSERT ON flow_call WHEN new.run_id = 1 AND new.seq = "
                 "1 BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    int64_t run = start_flow();
    until(2, "SELECT count(*) FROM flow_call WHERE seq = 0");
    int64_t other = start_flow();
    to_the_end(other);
    assert_false(is_over(run));
    world_run(s, "DROP TRIGGER full");
    to_the_end(run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE text = 'well' AND run_id = %" PRId64,
                  run);
    close_engine();
}

static void test_flows__a_run_that_was_ended(void **state)
{
    begin(state, 2, "ctx:sleep(3600)");
    int64_t run = start_flow();
    until(2, "SELECT count(*) FROM flow_call WHERE seq = 1");
    world_run(s, "UPDATE run SET state = 'timeout', ended = 5"); /* as the time limit does */
    world_run(s, "DELETE FROM flow_target");
    world_run(s, "DELETE FROM flow_call");
    flows_ready(the.f, run);
    int64_t gone = start_flow();
    until(2, "SELECT count(*) FROM flow_call WHERE seq = 1");
    world_run(s, "DELETE FROM run WHERE id = %" PRId64, gone);
    flows_ready(the.f, gone);
    world_run(s, "UPDATE script_version SET text = 'return platen.flow{run = function() end}'");
    to_the_end(start_flow());
    close_engine();
}

// device.manage
static void test_flows__takes_devices_out(void **state)
{
    begin(state, 2, "return ctx:subtask(\"device.manage\", device, {managed = device.id == 1})");
    int64_t run = start_flow();
    to_the_end(run);
    assert_number(0, "SELECT managed FROM device WHERE id = 2");
    assert_number(1, "SELECT managed FROM device WHERE id = 1");
    assert_number(1, "SELECT changed FROM run");
    assert_number(1, "SELECT count(*) FROM run_target WHERE changes LIKE '%%/managed%%'");
    close_engine();
}

/* ---- a manager that is killed ---- */

static void be_manager(const char *url, int out)
{
    const store_options options = {.url = url};
    char boot[32];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)snprintf(boot, sizeof(boot), "%d", (int)getpid());
    the.seq = 0;
    the.boot = boot;
    if (store_open(&options, &s, NULL) != PLATEN_OK) {
        _exit(1);
    }
    open_engine();
    assert_ok(runs_agent_started(the.r, 1, boot, error));
    for (;;) {
        char done = (char)work(2);
        usleep(1000);
        if (done > 0 && write(out, &done, 1) != 1) {
            _exit(1);
        }
    }
}

// TSK-55: what a killed manager had written is where the next one goes on.
static void test_flows__killed(void **state)
{
    fixture *f = *state;
    begin(state, 40,
          "for i = 1, 12 do ctx:subtask(\"device.information\", device, {}) end "
          "return \"all\"");
    flows_stop(the.f);
    int64_t run = start_flow();
    close_engine();
    store_close(s);
    s = NULL;
    f->s = NULL;
    for (int kill_after = 1; kill_after <= 3; kill_after++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            be_manager(f->url, ends[1]);
        }
        char byte = 0;
        close(ends[1]);
        for (int i = 0; i < 1 + kill_after % 2; i++) {
            assert_int_equal(read(ends[0], &byte, 1), 1);
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        close(ends[0]);
    }
    const store_options options = {.url = f->url};
    assert_ok(store_open(&options, &f->s, error));
    s = f->s;
    the.boot = "last";
    open_engine();
    assert_ok(runs_agent_started(the.r, 1, the.boot, error));
    to_the_end(run);
    assert_number(40, "SELECT count(*) FROM run_target WHERE text = 'all'");
    assert_text("success", RUN_STATE(run));
    close_engine();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flows__three_steps),
        cmocka_unit_test(test_flows__replayed_after_a_restart),
        cmocka_unit_test(test_flows__a_journal_of_an_older_build),
        cmocka_unit_test(test_flows__a_journal_of_a_newer_build),
        cmocka_unit_test(test_flows__operations_of_plugins),
        cmocka_unit_test(test_flows__a_slow_operation),
        cmocka_unit_test(test_flows__an_operation_that_was_under_way),
        cmocka_unit_test(test_flows__keeps_its_version),
        cmocka_unit_test(test_flows__another_call_than_the_journal_has),
        cmocka_unit_test(test_flows__what_steps_cannot_be),
        cmocka_unit_test(test_flows__removed_devices),
        cmocka_unit_test(test_flows__sleeps_over_a_restart),
        cmocka_unit_test(test_flows__waits_until_online),
        cmocka_unit_test(test_flows__waits_no_longer_than_told),
        cmocka_unit_test(test_flows__cancelled),
        cmocka_unit_test(test_flows__one_bad_device),
        cmocka_unit_test(test_flows__broken_scripts),
        cmocka_unit_test(test_flows__halted),
        cmocka_unit_test(test_flows__preview),
        cmocka_unit_test(test_flows__reads),
        cmocka_unit_test(test_flows__a_turn_that_fails),
        cmocka_unit_test(test_flows__a_run_that_was_ended),
        cmocka_unit_test(test_flows__takes_devices_out),
        cmocka_unit_test(test_flows__killed),
    };
    int failed = fixture_run_both("flows", tests, sizeof(tests) / sizeof(tests[0]));
    kind_forget_all();
    return failed;
}
