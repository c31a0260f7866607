/* Runs over REST: halt, resume, cancel, targets with their steps, and whose they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rest/rest_runs.h"
#include "core/run/run.h"
#include "tests/unit/rest/rest_world.h"

typedef struct world {
    rest_world base;
    char north[256];
} world;

static int open_world(void **state)
{
    static const runs_hooks none;
    platen_error err = PLATEN_ERROR_INIT;
    world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    rest_world_open(&w->base);
    if (runs_new(w->base.rest.store, &none, &w->base.rest.services.runs, &err) != PLATEN_OK ||
        rest_runs_add(w->base.rest.rest, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    rest_fixture_run(&w->base.rest,
                     "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
                     "VALUES ('N', 'n', 'UTC', '[]', '[]', 1), ('S', 's', 'UTC', '[]', '[]', 1)");
    rest_fixture_run(&w->base.rest,
                     "INSERT INTO agent (name, local, active) VALUES ('Local', 1, 1)");
    for (int i = 1; i <= 4; i++) {
        char sql[256];
        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO device (managed, agent_id, name, address, region_id, "
                       "first_seen, last_seen) VALUES (1, 1, 'd%d', '10.0.0.%d', %d, 1, 1)",
                       i, i, i <= 2 ? 1 : 2);
        rest_fixture_run(&w->base.rest, sql);
        (void)snprintf(sql, sizeof(sql), "INSERT INTO device_state (device_id) VALUES (%d)", i);
        rest_fixture_run(&w->base.rest, sql);
    }
    rest_world_set_up(&w->base);
    rest_world_token(&w->base,
                     "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"tasks\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     w->north, sizeof(w->north));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    runs_free(w->base.rest.services.runs);
    int ended = rest_world_close(&w->base);
    free(w);
    return ended;
}

static int64_t make(world *w, const char *plan, const int64_t *regions, size_t region_count)
{
    int64_t run = 0;
    platen_error err = PLATEN_ERROR_INIT;
    const run_spec spec = {.kind = "device.edit",
                           .name = "x",
                           .rollout = plan,
                           .regions = regions,
                           .region_count = region_count};
    if (runs_create(w->base.rest.services.runs, &spec, &run, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return run;
}

static void post(world *w, int64_t seq, const char *text)
{
    platen_error err = PLATEN_ERROR_INIT;
    cJSON *results = cJSON_Parse(text);
    assert_non_null(results);
    if (runs_results(w->base.rest.services.runs, 1, "b", seq, results, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    cJSON_Delete(results);
}

static bool is_null(const rest_reply *reply, const char *member)
{
    return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(reply->json, member));
}

static void test_runs__halt_and_resume(void **state)
{
    world *w = *state;
    rest_reply reply;
    (void)make(w, "{\"canary\":{\"count\":1},\"halt\":{\"count\":1}}", NULL, 0);
    const char *admin = w->base.admin;
    rest_world_status(&w->base, admin, 409, "POST", "/runs/1/resume", NULL);
    rest_world_ask(&w->base, admin, 202, "POST", "/runs/1/halt", NULL, &reply);
    assert_false(is_null(&reply, "halted"));
    assert_int_equal(json_get_i64(reply.json, "waves", 0), 2);
    assert_int_equal(
        json_get_i64(json_get_object(json_get_object(reply.json, "rollout"), "halt"), "count", 0),
        1);
    rest_reply_fini(&reply);
    rest_world_status(&w->base, admin, 409, "POST", "/runs/1/halt", NULL);
    rest_world_ask(&w->base, admin, 202, "POST", "/runs/1/resume", NULL, &reply);
    assert_true(is_null(&reply, "halted"));
    rest_reply_fini(&reply);
    rest_world_status(&w->base, admin, 202, "POST", "/runs/1/halt", NULL);
    rest_world_ask(&w->base, admin, 202, "POST", "/runs/1/cancel", NULL, &reply);
    assert_string_equal(rest_reply_text(&reply, "state"), "success");
    assert_int_equal(json_get_i64(json_get_object(reply.json, "counts"), "skipped", 0), 4);
    rest_reply_fini(&reply);
    rest_world_status(&w->base, admin, 409, "POST", "/runs/1/resume", NULL);
    rest_world_status(&w->base, admin, 404, "POST", "/runs/99/halt", NULL);
    rest_world_status(&w->base, "", 401, "POST", "/runs/1/halt", NULL);
}

// TSK-47
static void test_runs__target_details(void **state)
{
    world *w = *state;
    rest_reply reply;
    (void)make(w, NULL, NULL, 0);
    post(w, 1,
         "[{\"job\":\"1\",\"id\":1,\"state\":\"warning\",\"code\":\"c\",\"text\":\"t\","
         "\"started\":5000,\"params\":{\"a\":1},\"changes\":[{\"path\":\"/name\",\"from\":\"x\","
         "\"to\":\"y\"}],\"log\":[{\"at\":5,\"level\":\"info\",\"text\":\"step\"}]}]");
    rest_world_ask(&w->base, w->base.admin, 200, "GET", "/runs/1/targets", NULL, &reply);
    const cJSON *row = cJSON_GetArrayItem(json_get_array(reply.json, "items"), 0);
    assert_string_equal(json_get_text(row, "started", ""), "1970-01-01T00:00:05.000Z");
    assert_int_equal(json_get_i64(json_get_object(row, "params"), "a", 0), 1);
    assert_int_equal(cJSON_GetArraySize(json_get_array(row, "changes")), 1);
    assert_null(cJSON_GetObjectItem(row, "log"));
    rest_reply_fini(&reply);
    rest_world_ask(&w->base, w->base.admin, 200, "GET", "/runs/1/targets/1", NULL, &reply);
    const cJSON *line = cJSON_GetArrayItem(json_get_array(reply.json, "log"), 0);
    assert_string_equal(json_get_text(line, "text", ""), "step");
    assert_string_equal(rest_reply_text(&reply, "state"), "warning");
    rest_reply_fini(&reply);
    rest_world_status(&w->base, w->base.admin, 404, "GET", "/runs/1/targets/99", NULL);
    rest_world_status(&w->base, w->base.admin, 404, "GET", "/runs/99/targets/1", NULL);
}

// ACC-93
static void test_runs__of_other_regions(void **state)
{
    static const int64_t north[] = {1};
    static const char *const verbs[] = {"halt", "resume", "cancel"};
    world *w = *state;
    char path[64];
    (void)make(w, NULL, NULL, 0);
    (void)make(w, NULL, north, 1);
    post(w, 1, "[{\"job\":\"1\",\"same\":[1]},{\"job\":\"2\",\"same\":[1]}]");
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "/runs/1/%s", verbs[i]);
        rest_world_status(&w->base, w->north, 403, "POST", path, NULL);
        (void)snprintf(path, sizeof(path), "/runs/2/%s", verbs[i]);
        rest_world_status(&w->base, w->north, 202, "POST", path, NULL);
    }
    rest_world_status(&w->base, w->north, 403, "GET", "/runs/1/targets/1", NULL);
    rest_world_status(&w->base, w->north, 200, "GET", "/runs/2/targets/2", NULL);
    rest_fixture_run(&w->base.rest, "UPDATE device SET region_id = 2 WHERE id = 1");
    rest_world_status(&w->base, w->north, 404, "GET", "/runs/2/targets/2", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(test_runs__halt_and_resume),
        TEST(test_runs__target_details),
        TEST(test_runs__of_other_regions),
    };
    return rest_world_run_both("runs over REST", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
