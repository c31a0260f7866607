/* What results say beyond their state, previews, and jobs that must be verified first. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/extras.h"

static int64_t create(runs *r, const char *kind, bool preview)
{
    int64_t run = 0;
    const run_spec spec = {.kind = kind, .name = "x", .preview = preview};
    assert_ok(runs_create(r, &spec, &run, error));
    return run;
}

static void test_extras__are_stored(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 4);
    int64_t run = create(r, "device.edit", false);
    assert_int_equal(lease_count(r, "b"), 1);
    post(r, "b", 1,
         "[{'job':'1','id':1,'state':'success','started':1700000000000,"
         "'params':{'a':[1,{'b':null}]},"
         "'changes':[{'path':'/name','from':'x','to':'y'},{'path':'/contact','to':'z'},"
         "{'from':1},7],"
         "'log':[{'at':5,'level':'warning','text':'one'},{'at':6,'level':'loud','text':'two'},"
         "{'at':7},null]},"
         "{'job':'1','id':2,'state':'success','params':[],'changes':{},'log':'x','started':-5},"
         "{'job':'1','same':[3]},{'job':'1','id':4,'state':'success','changes':[]}]");
    assert_text("{\"a\":[1,{\"b\":null}]}", "SELECT params FROM run_target WHERE device_id = 1");
    assert_text("[{\"path\":\"/name\",\"from\":\"x\",\"to\":\"y\"},"
                "{\"path\":\"/contact\",\"from\":null,\"to\":\"z\"}]",
                "SELECT changes FROM run_target WHERE device_id = 1");
    assert_text("[{\"at\":5,\"level\":\"warning\",\"text\":\"one\"},"
                "{\"at\":6,\"level\":\"info\",\"text\":\"two\"}]",
                "SELECT log FROM run_target WHERE device_id = 1");
    assert_number(1700000000000, "SELECT started FROM run_target WHERE device_id = 1");
    assert_number(3, "SELECT count(*) FROM run_target WHERE params = '{}' AND changes = '[]' AND "
                     "log = '[]' AND started IS NULL");
    assert_number(1, "SELECT changed FROM run");
    assert_text("success", RUN_STATE(run));
    runs_free(r);
}

/* A result that is too large is cut, not refused: the work was done. */
static void test_extras__are_bounded(void **state)
{
    (void)state;
    enum { LONG = 70000 };
    extras x;
    target_row row = {.state = "success"};
    cJSON *result = cJSON_CreateObject();
    cJSON *log = cJSON_AddArrayToObject(result, "log");
    cJSON *changes = cJSON_AddArrayToObject(result, "changes");
    static char text[LONG + 1];
    memset(text, 'x', LONG);
    (void)cJSON_AddStringToObject(cJSON_AddObjectToObject(result, "params"), "p", text);
    (void)cJSON_AddStringToObject(result, "text", text);
    for (int i = 0; i < 300; i++) {
        cJSON *line = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(line, "text", text);
        cJSON_AddItemToArray(log, line);
        cJSON *change = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(change, "path", text);
        cJSON_AddItemToArray(changes, change);
    }
    assert_int_equal(extras_read(&x, result, NULL), PLATEN_OK);
    extras_put(&x, &row);
    assert_string_equal(row.params, "{}");
    assert_int_equal(strlen(row.text), EXTRAS_TEXT);
    assert_true(strlen(row.changes) < EXTRAS_CHANGES + EXTRAS_LINE + 100);
    cJSON *lines = cJSON_Parse(row.log);
    assert_int_equal(cJSON_GetArraySize(lines), EXTRAS_LINES);
    assert_int_equal(strlen(json_get_text(cJSON_GetArrayItem(lines, 0), "text", "")), EXTRAS_LINE);
    cJSON_Delete(lines);
    cJSON_Delete(result);
    extras_fini(&x);
}

static void test_run__preview(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    platen_error err = PLATEN_ERROR_INIT;
    int64_t run = 0;
    const run_spec none = {.kind = "device.counters", .name = "x", .preview = true};
    assert_int_equal(runs_create(r, &none, &run, &err), PLATEN_E_UNSUPPORTED);
    fill(s, 1);
    run = create(r, "device.restart", true);
    for (int i = 0; i < 2; i++) {
        char boot[4] = {'b', (char)('0' + i), '\0', '\0'};
        assert_ok(runs_agent_started(r, 1, boot, error));
        cJSON *jobs = lease(r, 1, boot, 5);
        const cJSON *job = cJSON_GetArrayItem(jobs, 0);
        assert_string_equal(json_get_text(job, "mode", ""), "preview");
        assert_null(cJSON_GetObjectItem(job, "verify")); /* nothing was done */
        cJSON_Delete(jobs);
    }
    post(r, "b1", 1,
         "[{'job':'1','id':1,'state':'success','changes':[{'path':'/up','from':1,'to':0}]}]");
    assert_text("preview", "SELECT mode FROM run WHERE id = %" PRId64, run);
    assert_number(1, "SELECT changed FROM run");
    runs_free(r);
}

/* What may not be done twice is given out again with the word that somebody had it. */
static void test_run__verify(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    fill(s, 1);
    (void)create(r, "device.restart", false);
    (void)create(r, "device.edit", false); /* may be repeated */
    int64_t before = clock_now();
    double first = 0;
    for (int i = 0; i < 3; i++) {
        char boot[4] = {'b', (char)('0' + i), '\0', '\0'};
        assert_ok(runs_agent_started(r, 1, boot, error));
        cJSON *jobs = lease(r, 1, boot, 5);
        assert_int_equal(cJSON_GetArraySize(jobs), 2);
        const cJSON *job = NULL;
        cJSON_ArrayForEach(job, jobs)
        {
            bool restart = strcmp(json_get_text(job, "kind", ""), "device.restart") == 0;
            assert_int_equal(json_get_bool(job, "verify", false), restart && i > 0);
            assert_null(cJSON_GetObjectItem(job, "mode"));
            if (restart && i > 0) {
                double told = json_get_double(job, "first", 0);
                assert_true(told >= (double)before && told <= (double)clock_now());
                assert_true(i == 1 || told == first);
                first = told;
            }
        }
        cJSON_Delete(jobs);
    }
    runs_free(r);
}

static void test_run__shown(void **state)
{
    store *s = run_world_open(state);
    heard h;
    runs *r = engine(s, &h);
    strbuf out;
    json_writer w;
    store_conn *conn = NULL;
    fill(s, 1);
    world_run(s, "INSERT INTO task (kind, name, created, revision) VALUES ('device.edit', 't', 1, "
                 "4)");
    int64_t run = 0;
    const run_spec spec = {
        .task = 1, .kind = "device.edit", .name = "x", .revision = 3, .due = 5000};
    assert_ok(runs_create(r, &spec, &run, error));
    strbuf_init(&out);
    json_init(&w, &out);
    assert_ok(store_read(s, &conn, error));
    assert_ok(runs_write_by_id(r, conn, run, &w, NULL, error));
    store_read_end(conn);
    assert_non_null(strstr(out.data, "\"mode\":\"execute\",\"halted\":null,\"wave\":0,\"waves\":1,"
                                     "\"next_wave_at\":null,\"due\":\"1970-01-01T00:00:05"));
    assert_non_null(strstr(out.data, "\"changed\":0,\"rollout\":{},\"script\":null,"
                                     "\"note\":\"newer-definition\"}"));
    strbuf_fini(&out);
    runs_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extras__are_stored), cmocka_unit_test(test_extras__are_bounded),
        cmocka_unit_test(test_run__preview),       cmocka_unit_test(test_run__verify),
        cmocka_unit_test(test_run__shown),
    };
    return fixture_run_both("extras of results", tests, sizeof(tests) / sizeof(tests[0]));
}
