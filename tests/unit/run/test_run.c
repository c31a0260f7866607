/* Runs from making them to their end, with an agent that is played here. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/run/kind.h"
#include "core/run/run.h"
#include "core/run/run_private.h"

static void test_run__cut_into_jobs(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, JOB_TARGETS + 3);
    world_run(s, "UPDATE device SET agent_id = 2 WHERE id = 5");
    world_run(s, "UPDATE device SET managed = 0 WHERE id = 6");
    int64_t run = start(r, "device.monitor", true);
    assert_number(JOB_TARGETS + 2, "SELECT total FROM run WHERE id = %" PRId64, run);
    assert_number(3, "SELECT count(*) FROM job");
    assert_number(JOB_TARGETS, "SELECT max(target_count) FROM job");
    assert_number(1, "SELECT target_count FROM job WHERE agent_id = 2");
    assert_int_equal(h.works, 2); /* each agent is told once */
    cJSON *jobs = lease(r, 1, "b1", 1);
    assert_int_equal(cJSON_GetArraySize(jobs), 1);
    const cJSON *job = cJSON_GetArrayItem(jobs, 0);
    assert_string_equal(json_get_text(job, "kind", ""), "device.monitor");
    const cJSON *targets = json_get_array(job, "targets");
    assert_int_equal(cJSON_GetArraySize(targets), JOB_TARGETS);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetArrayItem(targets, 0)), 2); /* [id,revision] */
    cJSON_Delete(jobs);
    assert_text("running", RUN_STATE(run));
    assert_int_equal(lease_count(r, "b1"), 1);
    assert_int_equal(lease_count(r, "b1"), 0);
    runs_free(r);
}

static void test_run__what_cannot_be_made(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    int64_t run = 0;
    run_spec spec = {.kind = "device.teleport", .name = "x"};
    assert_int_equal(runs_create(r, &spec, &run, &err), PLATEN_E_INVAL);
    int64_t agents[] = {1, 77};
    spec = (run_spec){.kind = "device.discover", .name = "x", .agents = agents, .agent_count = 2};
    assert_int_equal(runs_create(r, &spec, &run, &err), PLATEN_E_NOT_FOUND);
    assert_non_null(strstr(err.text, "77"));
    assert_number(0, "SELECT count(*) FROM run");
    assert_number(0, "SELECT count(*) FROM job");
    /* without a target it is over at once; devices that are gone are left out, doubles count once
     */
    run = start(r, "device.monitor", false);
    assert_text("success", RUN_STATE(run));
    fill(s, 2);
    int64_t devices[] = {2, 99, 2, 1};
    spec =
        (run_spec){.kind = "device.counters", .name = "x", .devices = devices, .device_count = 4};
    assert_ok(runs_create(r, &spec, &run, error));
    assert_number(2, "SELECT total FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

static void test_run__results_count_once(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    int64_t run = start(r, "device.monitor", false);
    assert_int_equal(lease_count(r, "b1"), 1);
    const char *first = "[{'job':'1','id':1,'state':'success','hash':'aa','report':{'state':'idle',"
                        "'supplies':[{'key':'a','percent':30}]}}]";
    post(r, "b1", 1, first);
    assert_int_equal(h.changes, 1);
    assert_int_equal(h.last.id, 1);
    assert_number(30, "SELECT supply_lowest FROM device WHERE id = 1");
    post(r, "b1", 1, first); /* the acknowledgement was lost */
    assert_number(1, "SELECT success FROM run");
    assert_int_equal(h.changes, 1);
    post(r, "b1", 2,
         "[{'job':'1','id':1,'state':'error','power':'off'},"
         "{'job':'1','id':2,'state':'warning','code':'slow','text':'took long'}]");
    assert_number(1, "SELECT success FROM run"); /* the second result of one device has no effect */
    assert_number(0, "SELECT error FROM run");
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = 1");
    /* a second boot begins at 1 again */
    post(r, "b2", 1, "[{'job':'1','id':3,'state':'success','power':'on'}]");
    assert_text("warning", RUN_STATE(run));
    assert_number(2, "SELECT success FROM run");
    assert_number(3, "SELECT count(*) FROM run_target");
    assert_text("took long", "SELECT text FROM run_target WHERE device_id = 2");
    assert_text("done", "SELECT state FROM job");
    post(r, "b2", 2,
         "[{'job':'1','id':3,'state':'error'},{'job':'1','done':true,'state':'error'}]");
    assert_text("warning", RUN_STATE(run)); /* over is over */
    assert_number(0, "SELECT error FROM run");
    runs_free(r);
}

/* An agent works on hundreds of jobs at a time, and a post tells of what came back just then. */
static void test_run__one_post_of_many_jobs(void **state)
{
    enum { JOBS = 300 };
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    strbuf text;
    fill(s, 1);
    for (int i = 0; i < JOBS; i++) {
        (void)start(r, "device.monitor", true);
    }
    for (size_t leased = 0; leased < JOBS;) {
        leased += lease_count(r, "b1");
    }
    strbuf_init(&text);
    for (int i = 1; i <= JOBS; i++) {
        strbuf_appendf(&text, "%c{'job':'%d','id':1,'state':'success','power':'on'}",
                       i == 1 ? '[' : ',', i);
    }
    strbuf_append_char(&text, ']');
    post(r, "b1", 1, text.data);
    assert_number(JOBS, "SELECT count(*) FROM run WHERE state = 'success'");
    strbuf_fini(&text);
    runs_free(r);
}

static void test_run__builtin_keeps_what_is_no_success(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    int64_t run = start(r, "device.monitor", true);
    assert_int_equal(lease_count(r, "b1"), 1);
    post(r, "b1", 1,
         "[{'job':'1','id':1,'state':'success','power':'on'},{'job':'1','same':[2]},"
         "{'job':'1','id':3,'state':'timeout','power':'no-response'}]");
    assert_text("timeout", RUN_STATE(run)); // ERR-15
    assert_number(2, "SELECT success FROM run");
    assert_number(1, "SELECT count(*) FROM run_target");
    assert_number(3, "SELECT device_id FROM run_target");
    assert_number(DEVICE_NO_RESPONSE, "SELECT power FROM device WHERE id = 3");
    runs_free(r);
}

static void test_run__leases_end(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 4);
    int64_t run = start(r, "device.monitor", false);
    assert_ok(runs_agent_started(r, 1, "b1", error));
    assert_int_equal(lease_count(r, "b1"), 1);
    post(r, "b1", 1, "[{'job':'1','same':[2,4]}]");
    assert_ok(runs_agent_started(r, 1, "b1", error)); /* the same start says hello again */
    assert_int_equal(lease_count(r, "b1"), 0);
    assert_ok(runs_agent_started(r, 1, "b2", error));
    assert_int_equal(lease_count(r, "b1"), 0); /* a request of the killed agent takes nothing */
    cJSON *jobs = lease(r, 1, "b2", 5);
    assert_int_equal(cJSON_GetArraySize(jobs), 1);
    const cJSON *targets = json_get_array(cJSON_GetArrayItem(jobs, 0), "targets");
    assert_int_equal(cJSON_GetArraySize(targets), 2); /* without those that are finished */
    const cJSON *first = cJSON_GetArrayItem(targets, 0);
    assert_int_equal(cJSON_GetArrayItem(first, 0)->valuedouble, 1);
    cJSON_Delete(jobs);
    post(r, "b2", 1, "[{'job':'1','same':[1,3]}]");
    assert_text("success", RUN_STATE(run));
    assert_number(4, "SELECT success FROM run");
    runs_free(r);
}

/* The run thread finds expired leases; a job that is lost again and again is given up. */
static void test_run__expired_leases(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 2);
    int64_t run = start(r, "device.monitor", false);
    assert_int_equal(lease_count(r, "b1"), 1);
    world_run(s, "UPDATE job SET lease_until = 1");
    assert_ok(runs_start(r, error));
    for (int i = 0;
         i < 100 && world_number(s, "SELECT count(*) FROM job WHERE state = 'leased'") > 0; i++) {
        (void)usleep(50000);
    }
    runs_stop(r);
    for (int i = 0; i < 4; i++) {
        char boot[16];
        (void)snprintf(boot, sizeof(boot), "c%d", i);
        assert_ok(runs_agent_started(r, 1, boot, error));
        assert_int_equal(lease_count(r, boot), 1);
    }
    assert_ok(runs_agent_started(r, 1, "d", error));
    assert_int_equal(lease_count(r, "d"), 0);
    assert_text("error", RUN_STATE(run));
    assert_number(2, "SELECT error FROM run WHERE id = %" PRId64, run);
    assert_number(2, "SELECT count(*) FROM run_target WHERE code = 'agent-lost'");
    runs_free(r);
}

// TSK-51
static void test_run__cancel(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    fill(s, 2);
    int64_t builtin = start(r, "device.monitor", true);
    assert_int_equal(runs_cancel(r, builtin, &err), PLATEN_E_STATE);
    assert_text("waiting", RUN_STATE(builtin));
    assert_int_equal(runs_cancel(r, 4711, &err), PLATEN_E_NOT_FOUND);
    int64_t waiting = start(r, "device.counters", false);
    assert_ok(runs_cancel(r, waiting, error)); /* nobody has it: over at once */
    assert_text("cancelled", RUN_STATE(waiting));
    assert_number(2, "SELECT cancelled FROM run WHERE id = %" PRId64, waiting);
    assert_int_equal(runs_cancel(r, waiting, &err), PLATEN_E_STATE);

    int64_t running = start(r, "device.counters", false);
    assert_int_equal(lease_count(r, "b1"), 2);
    post(r, "b1", 1, "[{'job':'3','id':1,'state':'success'}]");
    assert_ok(runs_cancel(r, running, error));
    assert_text("running", RUN_STATE(running));
    strbuf out;
    json_writer w;
    size_t count = 0;
    strbuf_init(&out);
    json_init(&w, &out);
    assert_ok(runs_cancels(r, 1, &w, &count, error));
    assert_int_equal(count, 1);
    assert_string_equal(out.data, "\"3\"");
    strbuf_fini(&out);
    post(r, "b1", 2, "[{'job':'3','done':true,'state':'cancelled'}]");
    assert_text("cancelled", RUN_STATE(running));
    assert_number(1, "SELECT success FROM run WHERE id = %" PRId64, running);
    assert_number(1, "SELECT cancelled FROM run WHERE id = %" PRId64, running);
    runs_free(r);
}

// TSK-51: also when the agent that had the job is killed
static void test_run__cancel_of_a_lost_agent(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 2);
    int64_t run = start(r, "device.counters", false);
    assert_int_equal(lease_count(r, "b1"), 1);
    assert_ok(runs_cancel(r, run, error));
    assert_ok(runs_agent_started(r, 1, "b2", error));
    assert_int_equal(lease_count(r, "b2"), 0); /* cancelled is not given out again */
    assert_ok(runs_start(r, error));
    for (int i = 0; i < 100 && world_number(s, "SELECT count(*) FROM run WHERE ended IS NULL") > 0;
         i++) {
        (void)usleep(50000);
    }
    assert_text("cancelled", RUN_STATE(run));
    assert_number(2, "SELECT cancelled FROM run WHERE id = %" PRId64, run);
    runs_free(r);
}

static void test_run__done_with_missing_targets(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    int64_t run = start(r, "device.monitor", true);
    assert_int_equal(lease_count(r, "b1"), 1);
    /* the end of the job comes before its last result in the list */
    post(r, "b1", 1, "[{'job':'1','done':true},{'job':'1','id':2,'state':'success'}]");
    assert_text("error", RUN_STATE(run));
    assert_number(1, "SELECT success FROM run");
    assert_number(2, "SELECT error FROM run");
    assert_number(2, "SELECT count(*) FROM run_target WHERE code = 'no-result' AND device_id <> 2");
    runs_free(r);
}

/* The worst target decides (TSK-48). */
static void test_run__worst_state(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    static const char *const states[] = {"success",   "skipped", "warning",
                                         "cancelled", "timeout", "error"};
    static const char *const ends[] = {"success",   "success", "warning",
                                       "cancelled", "timeout", "error"};
    fill(s, 6);
    for (size_t i = 0; i < 6; i++) {
        char text[256];
        int64_t run = start(r, "device.monitor", false);
        assert_int_equal(lease_count(r, "b1"), 1);
        for (size_t k = 0; k < 6; k++) {
            (void)snprintf(text, sizeof(text), "[{'job':'%zu','id':%zu,'state':'%s'}]", i + 1,
                           k + 1, states[(6 - k) % 6 <= i ? (6 - k) % 6 : 0]);
            post(r, "b1", (int64_t)(10 * i + k + 1), text);
        }
        assert_text(ends[i], RUN_STATE(run));
    }
    runs_free(r);
}

static void test_run__same_of_a_silent_device(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 3);
    world_run(s, "UPDATE device SET power = %d WHERE id = 1", DEVICE_NO_RESPONSE);
    world_run(s, "UPDATE device SET power = %d WHERE id = 2", DEVICE_CONFLICT);
    assert_ok(runs_start(r, error)); /* reads what the power states are */
    int64_t run = start(r, "device.monitor", true);
    assert_int_equal(lease_count(r, "b1"), 1);
    post(r, "b1", 1, "[{'job':'1','same':[1,2,3]}]");
    assert_text("success", RUN_STATE(run));
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = 1");
    assert_number(DEVICE_CONFLICT, "SELECT power FROM device WHERE id = 2"); // DEV-90
    assert_int_equal(h.changes, 1);
    assert_int_equal(h.last.power, DEVICE_ON);
    assert_true(runs_last_seen(r, 3) > 1000);
    assert_int_equal(runs_last_seen(r, 2), 1000);
    assert_int_equal(runs_last_seen(r, -1), 0);
    assert_int_equal(runs_last_seen(r, INT64_MAX), 0);
    runs_free(r);
}

static void test_run__unknown_jobs(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 1);
    int64_t run = start(r, "device.monitor", false);
    assert_int_equal(lease_count(r, "b1"), 1);
    post(r, "b1", 1,
         "[{'job':'99','id':1,'state':'error','power':'off'},{'job':'99','same':[1]},"
         "{'job':'99999999999999999999999999','done':true},"
         "{'job':'99','progress':{'done':5,'total':6}},"
         "{'job':'99','verdict':{'address':'10.0.0.1','decision':'rejected'}}]");
    assert_text("running", RUN_STATE(run));
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = 1");
    assert_number(0, "SELECT count(*) FROM verdict");
    int64_t done = 0;
    int64_t total = 0;
    int64_t found = 0;
    (void)runs_progress(r, 0, &done, &total, &found);
    assert_int_equal(done + total, 0);
    /* the job of another agent */
    cJSON *results = world_json("[{'job':'1','id':1,'state':'error','power':'off'}]");
    assert_ok(runs_results(r, 2, "z", 1, results, error));
    cJSON_Delete(results);
    assert_text("running", RUN_STATE(run));
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = 1");
    runs_free(r);
}

static void test_run__hostile_results(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 2);
    int64_t run = start(r, "device.monitor", false);
    assert_int_equal(lease_count(r, "b1"), 1);
    static const char *const refused[] = {"[{'id':1,'state':'success'}]",
                                          "[{'job':1,'id':1}]",
                                          "[{'job':'1x','id':1}]",
                                          "[7]",
                                          "[null]",
                                          "[{'job':'1','same':[1]},{'job':''}]",
                                          "['text']",
                                          "[[]]"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_equal(try_post(r, "b1", 1, refused[i]), PLATEN_E_INVAL);
        assert_number(0, "SELECT success FROM run"); /* nothing of the post stays */
        assert_number(2, "SELECT target_count FROM job");
    }
    static const char *const ignored[] = {
        "[]",
        "[{'job':'1','same':[0,-1,1e300,-1e300,'1',null,{},[],3,9007199254740993]}]",
        "[{'job':'1','id':'1','state':'success'}]",
        "[{'job':'1','id':-1},{'job':'1','id':1e300},{'job':'1','id':9e18},{'job':'1','id':3}]",
        "[{'job':'1'}]",
        "[{'job':'1','done':'true'}]",
        "[{'job':'1','same':'1','verdict':7,'progress':[]}]",
        "[{'job':'1','progress':{'done':'x','total':-5,'found':1e300}}]"};
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        post(r, "b1", (int64_t)i + 1, ignored[i]);
        assert_number(2, "SELECT target_count FROM job");
        assert_text("running", RUN_STATE(run));
    }
    assert_number(0, "SELECT count(*) FROM run_target");
    /* wrong types within a good result: a state that is none is an error, the rest is left out */
    post(r, "b1", 50,
         "[{'job':'1','id':1,'state':7,'code':[],'text':{},'power':5,'hash':9,'report':'x',"
         "'credential':3,'drivers':'a','memo':1},"
         "{'job':'1','id':2,'state':'fine','power':'asleep','report':[]}]");
    assert_text("error", RUN_STATE(run));
    assert_number(2, "SELECT error FROM run");
    assert_number(DEVICE_ON, "SELECT power FROM device WHERE id = 1");
    assert_number(2, "SELECT count(*) FROM device");
    cJSON *results = world_json("[]");
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(runs_results(r, 88, "b1", 1, results, &err), PLATEN_E_NOT_FOUND);
    cJSON_Delete(results);
    runs_free(r);
}

static void test_run__discovery(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    int64_t agents[] = {1};
    int64_t run = 0;
    run_spec spec = {.kind = "device.discover",
                     .name = "find",
                     .settings = "{\"register\":\"managed\",\"conditions\":[{\"field\":"
                                 "\"manufacturer\",\"op\":\"eq\",\"value\":\"acme\"}]}",
                     .agents = agents,
                     .agent_count = 1};
    assert_ok(runs_create(r, &spec, &run, error));
    assert_int_equal(lease_count(r, "b1"), 1);
    const char *text =
        "[{'job':'1','progress':{'done':3,'total':4,'found':2}},"
        "{'job':'1','verdict':{'address':'10.0.0.1','decision':'found','answered':['snmp'],"
        "'credential':'4','protocol':'snmpv2c'},'report':{'manufacturer':'ACME','serial':'S01'},"
        "'drivers':['printer-mib']},"
        "{'job':'1','verdict':{'address':'10.0.0.2','decision':'found'},"
        "'report':{'manufacturer':'Other','serial':'S02'}},"
        "{'job':'1','verdict':{'address':'10.0.0.3','decision':'rejected','code':'no-printer',"
        "'text':'a router'}},{'job':'1','verdict':{'address':'10.0.0.4','decision':'found'}},"
        "{'job':'1','verdict':{}}]";
    post(r, "b1", 1, text);
    post(r, "b1", 1, text);
    // DEV-50, DEV-52: the others get the opposite
    assert_number(1, "SELECT managed FROM device WHERE serial = 'S01'");
    assert_number(0, "SELECT managed FROM device WHERE serial = 'S02'");
    assert_number(2, "SELECT count(*) FROM device");
    assert_text("accepted", "SELECT decision FROM verdict WHERE address = '10.0.0.1'");
    assert_text("condition", "SELECT decision FROM verdict WHERE address = '10.0.0.2'");
    assert_text("a router", "SELECT text FROM verdict WHERE address = '10.0.0.3'");
    assert_text("error", "SELECT decision FROM verdict WHERE address = '10.0.0.4'");
    assert_text("[\"printer-mib\"]", "SELECT drivers FROM device_state WHERE credential_id = 4");
    int64_t done = 0;
    int64_t total = 0;
    int64_t found = 0;
    assert_true(runs_progress(r, run, &done, &total, &found));
    assert_int_equal(done * 100 + total * 10 + found, 342);
    // DEV-51: conditions do not touch what is registered
    post(r, "b1", 2,
         "[{'job':'1','verdict':{'address':'10.0.0.9','decision':'found'},"
         "'report':{'manufacturer':'Other','serial':'S02'}}]");
    assert_text("known", "SELECT decision FROM verdict WHERE address = '10.0.0.9'");
    post(r, "b1", 3, "[{'job':'1','done':true,'state':'success'}]");
    assert_text("success", RUN_STATE(run));
    assert_number(1, "SELECT success FROM run");
    post(r, "b1", 4,
         "[{'job':'1','done':true,'state':'error'},"
         "{'job':'1','verdict':{'address':'10.0.0.77','decision':'rejected'}}]");
    assert_text("success", RUN_STATE(run));
    assert_number(0, "SELECT count(*) FROM verdict WHERE address = '10.0.0.77'");
    runs_free(r);
}

typedef struct flush {
    seen *seen;
    size_t most, written;
} flush;

static platen_code do_flush(store_conn *conn, void *user, platen_error *err)
{
    flush *f = user;
    return seen_flush(f->seen, conn, f->most, &f->written, err);
}

static void test_seen__flush(void **state)
{
    store *s = run_world_open(state);
    flush f = {.seen = seen_new(), .most = 2};
    assert_non_null(f.seen);
    fill(s, 3);
    for (int64_t i = 1; i <= 3; i++) {
        seen_set(f.seen, i, DEVICE_ON, 5000 + i);
    }
    seen_set(f.seen, 3, DEVICE_OFF, 0); /* silence keeps the time */
    seen_set(f.seen, 0, DEVICE_ON, 1);
    seen_set(f.seen, -5, DEVICE_ON, 1);
    seen_set(f.seen, INT64_MAX, DEVICE_ON, 1);
    assert_ok(store_write(s, do_flush, &f, error));
    assert_int_equal(f.written, 2);
    assert_ok(store_write(s, do_flush, &f, error));
    assert_int_equal(f.written, 1);
    assert_ok(store_write(s, do_flush, &f, error));
    assert_int_equal(f.written, 0);
    assert_number(5001 + 5002 + 5003, "SELECT CAST(sum(last_seen) AS BIGINT) FROM device");
    assert_int_equal(seen_at(f.seen, 3), 5003);
    assert_int_equal(seen_power(f.seen, 3), DEVICE_OFF);
    assert_int_equal(seen_power(f.seen, 99), DEVICE_POWER_UNKNOWN);
    seen_free(f.seen);
}

/* What was seen is on the disk after a stop. */
static void test_seen__written_at_the_stop(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 1);
    assert_ok(runs_start(r, error));
    (void)start(r, "device.monitor", true);
    assert_int_equal(lease_count(r, "b1"), 1);
    post(r, "b1", 1, "[{'job':'1','same':[1]}]");
    assert_number(1000, "SELECT last_seen FROM device");
    runs_stop(r);
    assert_true(world_number(s, "SELECT last_seen FROM device") > 1000);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run__cut_into_jobs),
        cmocka_unit_test(test_run__what_cannot_be_made),
        cmocka_unit_test(test_run__results_count_once),
        cmocka_unit_test(test_run__one_post_of_many_jobs),
        cmocka_unit_test(test_run__builtin_keeps_what_is_no_success),
        cmocka_unit_test(test_run__leases_end),
        cmocka_unit_test(test_run__expired_leases),
        cmocka_unit_test(test_run__cancel),
        cmocka_unit_test(test_run__cancel_of_a_lost_agent),
        cmocka_unit_test(test_run__done_with_missing_targets),
        cmocka_unit_test(test_run__worst_state),
        cmocka_unit_test(test_run__same_of_a_silent_device),
        cmocka_unit_test(test_run__unknown_jobs),
        cmocka_unit_test(test_run__hostile_results),
        cmocka_unit_test(test_run__discovery),
        cmocka_unit_test(test_seen__flush),
        cmocka_unit_test(test_seen__written_at_the_stop),
    };
    return fixture_run_both("runs", tests, sizeof(tests) / sizeof(tests[0]));
}
