/* Dashboards and panels over REST: who has which, and that a panel shows the own regions only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/model/board.h"
#include "core/rest/panel.h"
#include "core/rest/rest_boards.h"
#include "core/rest/rest_regions.h"
#include "tests/unit/rest/rest_world.h"

#define DAY_MS INT64_C(86400000)

typedef struct world {
    rest_world base; /* first */
    char north[256]; /* of tokens: a device manager of region 1 with devices, a user */
    char viewer[256];
} world;

/* Three devices of region 1, two of region 2, one of none. */
static const char *const rows[] = {
    "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
    "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
    "INSERT INTO device (managed, agent_id, name, address, address_key, manufacturer, model, "
    "firmware, page_count, supply_lowest, region_id, first_seen, last_seen) VALUES "
    "(1, 1, 'n1', '10.0.0.1', '1', 'Acme', 'L1', '1.0', 100, 5, 1, 1, 1), "
    "(1, 1, 'n2', '10.0.0.2', '2', 'Acme', 'L1', '1.0', 200, 8, 1, 1, 1), "
    "(1, 1, '', '10.0.0.3', '3', 'Acme', 'L1', '2.0', NULL, 90, 1, 1, 1), "
    "(1, 1, 's1', '10.0.0.4', '4', 'Beta', 'C1', '7', 4000, 3, 2, 1, 1), "
    "(1, 1, 's2', '10.0.0.5', '5', 'Beta', 'C1', '7', 5000, NULL, 2, 1, 1), "
    "(1, 1, 'x', '10.0.0.6', '6', 'Beta', 'C1', '7', 6000, 1, NULL, 1, 1), "
    "(0, 1, 'old', '10.0.0.7', '7', 'Beta', 'C1', '7', 9000, 0, 2, 1, 1)",
    "INSERT INTO device_state (device_id, counters) SELECT id, CASE WHEN manufacturer = 'Beta' "
    "THEN '{\"color\":10,\"mono\":30,\"total\":40}' ELSE '{\"total\":5}' END FROM device",
    "INSERT INTO run (kind, name, builtin, state, created, ended) VALUES "
    "('device.edit', 'a', 0, 'success', 1, 9000000000000), "
    "('device.edit', 'b', 0, 'success', 1, 9000000000000), "
    "('device.edit', 'c', 0, 'error', 1, 9000000000000), "
    "('device.edit', 'd', 0, 'error', 1, 5), "
    "('device.monitor', 'e', 1, 'error', 1, 9000000000000)",
};

typedef struct number {
    int64_t region, pages, at;
} number;

static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    int64_t now = clock_now();
    const number volumes[] = {
        {1, 7, now}, {1, 3, now}, {2, 100, now}, {0, 1000, now}, {1, 55, now - 40 * DAY_MS}};
    (void)user;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare_text(conn, rows[i], &st, err));
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    for (size_t i = 0; i < sizeof(volumes) / sizeof(volumes[0]); i++) {
        PLATEN_TRY(page_volume_add(conn, volumes[i].region, volumes[i].pages, volumes[i].at, err));
    }
    for (int device = 1; device <= 5; device++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare_text(
            conn,
            "INSERT INTO device_alert (device_id, severity, training, part_group, group_index, "
            "code, since) VALUES (:device, 3, 3, 8, 1, :code, :since)",
            &st, err));
        store_bind_i64(st, "device", device);
        store_bind_i64(st, "code", device < 3 ? 808 : 3);
        store_bind_i64(st, "since", device == 5 ? now - 30 * DAY_MS : now - 1000);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static int open_world(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    rest_world_open(&w->base);
    if (rest_boards_add(w->base.rest.rest, &err) != PLATEN_OK ||
        rest_regions_add(w->base.rest.rest, &err) != PLATEN_OK ||
        store_write(w->base.rest.store, fill, NULL, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    rest_world_set_up(&w->base);
    rest_world_token(&w->base,
                     "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"devices\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     w->north, sizeof(w->north));
    rest_world_token(&w->base, "{\"name\":\"v\",\"role\":\"user\"}", w->viewer, sizeof(w->viewer));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    int ended = rest_world_close(&w->base);
    free(w);
    return ended;
}

/* The rows of a panel as one line: what a test compares. */
static void shows(world *w, const char *who, const char *path, const char *expected)
{
    rest_reply reply;
    rest_world_ask(&w->base, who, 200, "GET", path, NULL, &reply);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(reply.json, "rows"));
    assert_string_equal(text, expected);
    cJSON_free(text);
    rest_reply_fini(&reply);
}

/* The types of a dashboard's panels, with a comma behind each. */
static void has(world *w, const char *who, const char *path, const char *expected)
{
    rest_reply reply;
    strbuf found;
    const cJSON *panel = NULL;
    rest_world_ask(&w->base, who, 200, "GET", path, NULL, &reply);
    strbuf_init(&found);
    cJSON_ArrayForEach(panel, cJSON_GetObjectItem(reply.json, "panels"))
    {
        strbuf_append(&found, json_get_text(panel, "type", "?"));
        strbuf_append(&found, ",");
    }
    assert_string_equal(found.data, expected);
    strbuf_fini(&found);
    rest_reply_fini(&reply);
}

// DEV-157, ACC-69
static void test_panels__show_the_own_regions(void **state)
{
    world *w = *state;
    shows(w, w->base.admin, "/panels/supplies?limit=2",
          "[[{\"id\":\"6\",\"name\":\"x\"},\"\",1],[{\"id\":\"4\",\"name\":\"s1\"},\"\",3]]");
    shows(w, w->north, "/panels/supplies",
          "[[{\"id\":\"1\",\"name\":\"n1\"},\"\",5],[{\"id\":\"2\",\"name\":\"n2\"},\"\",8]]");
    shows(w, w->north, "/panels/supplies?below=5", "[[{\"id\":\"1\",\"name\":\"n1\"},\"\",5]]");
    shows(w, w->base.admin, "/panels/firmware",
          "[[\"Beta\",\"C1\",\"7\",3],[\"Acme\",\"L1\",\"1.0\",2],[\"Acme\",\"L1\",\"2.0\",1]]");
    shows(w, w->north, "/panels/firmware?limit=1", "[[\"Acme\",\"L1\",\"1.0\",2]]");
    shows(w, w->base.admin, "/panels/models",
          "[[\"Beta\",\"C1\",3,15000],[\"Acme\",\"L1\",3,300]]");
    shows(w, w->north, "/panels/models", "[[\"Acme\",\"L1\",3,300]]");
    shows(w, w->base.admin, "/panels/colour", "[[\"color\",30],[\"mono\",90]]");
    shows(w, w->north, "/panels/colour", "[]"); /* none of them counts colours */
    shows(w, w->base.admin, "/panels/alerts",
          "[[\"critical\",3,2],[\"critical\",808,2]]"); /* the one of last month is not there */
    shows(w, w->base.admin, "/panels/alerts?days=60", "[[\"critical\",3,3],[\"critical\",808,2]]");
    shows(w, w->north, "/panels/alerts?days=60", "[[\"critical\",808,2],[\"critical\",3,1]]");
    shows(w, w->base.admin, "/panels/outcomes", "[[\"success\",2],[\"error\",1]]");
    shows(w, w->base.admin, "/panels/discovered", "[]");
}

static int64_t pages_of(world *w, const char *who, const char *path)
{
    rest_reply reply;
    int64_t sum = 0;
    const cJSON *row = NULL;
    rest_world_ask(&w->base, who, 200, "GET", path, NULL, &reply);
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(reply.json, "rows"))
    {
        sum += cJSON_GetArrayItem(row, 1)->valueint;
    }
    rest_reply_fini(&reply);
    return sum;
}

// DEV-157
static void test_panels__pages_a_day(void **state)
{
    world *w = *state;
    assert_int_equal(pages_of(w, w->base.admin, "/panels/pages"), 1110);
    assert_int_equal(pages_of(w, w->base.admin, "/panels/pages?days=60"), 1165);
    assert_int_equal(pages_of(w, w->north, "/panels/pages"), 10);
}

// ACC-51, ACC-52, DEV-155, DEV-156
static void test_boards__whose(void **state)
{
    world *w = *state;
    has(w, w->base.admin, "/dashboards/administrator",
        "severity,power,agents,supplies,outcomes,pages,colour,firmware,alerts,");
    rest_world_status(&w->base, w->north, 403, "GET", "/dashboards/administrator", NULL);
    rest_world_status(&w->base, w->viewer, 403, "GET", "/dashboards/administrator", NULL);
    rest_world_status(&w->base, w->viewer, 403, "PUT", "/dashboards/administrator", "{}");
    rest_world_status(&w->base, w->base.admin, 404, "GET", "/dashboards/others", NULL);
    rest_world_status(&w->base, w->base.admin, 200, "PUT", "/dashboards/own",
                      "{\"panels\":[{\"type\":\"pages\"}]}");
    has(w, w->base.admin, "/dashboards/own", "pages,");
    has(w, w->base.admin, "/dashboards/administrator",
        "severity,power,agents,supplies,outcomes,pages,colour,firmware,alerts,");
    rest_world_status(&w->base, w->base.admin, 200, "PUT", "/dashboards/own", "{}"); /* as new */
    has(w, w->base.admin, "/dashboards/own", "severity,power,agents,attention,runs,newest-alerts,");
}

// ACC-49, DEV-156: what is for tasks is not for who has them not
static void test_boards__only_what_one_may_see(void **state)
{
    world *w = *state;
    has(w, w->north, "/dashboards/own", "severity,power,agents,attention,newest-alerts,");
    has(w, w->viewer, "/dashboards/own", "severity,power,agents,attention,newest-alerts,");
    rest_world_status(&w->base, w->north, 404, "GET", "/panels/outcomes", NULL);
    rest_world_status(&w->base, w->viewer, 404, "GET", "/panels/outcomes", NULL);
    rest_world_status(&w->base, w->north, 422, "PUT", "/dashboards/own",
                      "{\"panels\":[{\"type\":\"outcomes\"}]}");
}

// DEV-158, DEV-159, DEV-160
static void test_boards__what_cannot_be(void **state)
{
    world *w = *state;
    static const char *const wrong[] = {
        "{\"panels\":[{\"type\":\"weather\"}]}",
        "{\"panels\":[{\"type\":\"severity\",\"wide\":true}]}",
        "{\"panels\":[{\"type\":\"severity\",\"settings\":{\"days\":3}}]}",
        "{\"panels\":[{\"type\":\"pages\",\"settings\":{\"days\":0}}]}",
        "{\"panels\":[{\"type\":\"pages\",\"settings\":{\"years\":1}}]}",
        "{\"panels\":[{\"wide\":true}]}",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        rest_world_status(&w->base, w->base.admin, 422, "PUT", "/dashboards/own", wrong[i]);
    }
    rest_world_status(&w->base, w->base.admin, 422, "GET", "/panels/pages?days=366", NULL);
    rest_world_status(&w->base, w->base.admin, 422, "GET", "/panels/pages?days=", NULL);
    rest_world_status(&w->base, w->base.admin, 422, "GET", "/panels/pages?limit=3", NULL);
    rest_world_status(&w->base, w->base.admin, 404, "GET", "/panels/severity",
                      NULL); /* has no table */
    has(w, w->base.admin, "/dashboards/own", "severity,power,agents,attention,runs,newest-alerts,");
    rest_reply reply;
    rest_world_ask(&w->base, w->base.admin, 200, "PUT", "/dashboards/own",
                   "{\"panels\":[{\"type\":\"pages\",\"wide\":true,\"settings\":{\"days\":90}},"
                   "{\"type\":\"pages\"}]}",
                   &reply);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(reply.json, "panels"));
    assert_string_equal(text, "[{\"type\":\"pages\",\"wide\":true,\"settings\":{\"days\":90}},"
                              "{\"type\":\"pages\",\"wide\":false,\"settings\":{\"days\":30}}]");
    cJSON_free(text);
    rest_reply_fini(&reply);
}

// ACC-05: with a user goes what was theirs
static void test_boards__go_with_their_user(void **state)
{
    world *w = *state;
    rest_reply reply;
    char path[64];
    rest_world_ask(&w->base, w->base.admin, 201, "POST", "/users",
                   "{\"name\":\"anna\",\"role\":\"user\",\"password\":\"" REST_PASSWORD
                   "\",\"email\":\"a@example.org\"}",
                   &reply);
    (void)snprintf(path, sizeof(path), "/users/%s", rest_reply_text(&reply, "id"));
    int64_t id = strtoll(rest_reply_text(&reply, "id"), NULL, 10);
    rest_reply_fini(&reply);
    platen_error err = PLATEN_ERROR_INIT;
    arena *a = arena_new();
    const char *panels = NULL;
    assert_int_equal(board_put(w->base.rest.store, id, "[]", &err), PLATEN_OK);
    rest_world_status(&w->base, w->base.admin, 204, "DELETE", path, NULL);
    assert_int_equal(board_read(w->base.rest.store, a, id, &panels, &err), PLATEN_OK);
    assert_null(panels);
    arena_free(a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_panels__show_the_own_regions),
        TEST(test_panels__pages_a_day),
        TEST(test_boards__whose),
        TEST(test_boards__only_what_one_may_see),
        TEST(test_boards__what_cannot_be),
        TEST(test_boards__go_with_their_user),
    };
    return rest_world_run_both("dashboards", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
