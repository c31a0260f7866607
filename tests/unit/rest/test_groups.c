/* Groups over REST: what they have, who sees them, and that a filter means the same everywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rest/group_list.h"
#include "core/rest/rest_devices.h"
#include "core/rest/rest_groups.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/rest_regions.h"
#include "core/run/run.h"
#include "tests/unit/rest/rest_world.h"
#include "tests/unit/store/fixture.h"

#define DEVICES 300

typedef struct world {
    rest_world base; /* first */
    char north[256]; /* of tokens: device managers of region 1, of 1 and 2, without regions */
    char both[256];
    char viewer[256];
} world;

/* Devices 1 to 300: every tenth of none, of the others the odd of region 1, the even of 2. */
static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    static const char *const statements[] = {
        "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
        "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
        "UPDATE device SET region_id = 1 WHERE id % 2 = 1",
        "UPDATE device SET region_id = 2 WHERE id % 2 = 0 AND id % 10 <> 0",
        "UPDATE device SET managed = 0 WHERE id = 300",
        "INSERT INTO device_state (device_id) SELECT id FROM device",
    };
    (void)user;
    for (int i = 1; i <= DEVICES; i++) {
        store_stmt *st = NULL;
        char text[64];
        PLATEN_TRY(store_prepare_text(
            conn,
            "INSERT INTO device (managed, agent_id, name, address, address_key, model, severity, "
            "comment, page_count, first_seen, last_seen) VALUES (1, 1, :name, :name, :name, "
            ":model, :severity, :comment, :pages, 1, 1)",
            &st, err));
        (void)snprintf(text, sizeof(text), "%s-%03d", i % 3 == 0 ? "Lobby" : "lab", i);
        store_bind_text(st, "name", text);
        (void)snprintf(text, sizeof(text), "Model %d", i % 7);
        store_bind_text(st, "model", text);
        store_bind_i64(st, "severity", i % 4);
        store_bind_text(st, "comment", i % 50 == 0 ? "a, b" : "");
        store_bind_i64(st, "pages", i * 10);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare_text(conn, statements[i], &st, err));
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static int open_world(void **state)
{
    static const runs_hooks none;
    platen_error err = PLATEN_ERROR_INIT;
    world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    rest_world_open(&w->base);
    if (runs_new(w->base.rest.store, &none, &w->base.rest.services.runs, &err) != PLATEN_OK ||
        rest_devices_add(w->base.rest.rest, &err) != PLATEN_OK ||
        rest_groups_add(w->base.rest.rest, &err) != PLATEN_OK ||
        rest_regions_add(w->base.rest.rest, &err) != PLATEN_OK ||
        rest_preferences_add(w->base.rest.rest, &err) != PLATEN_OK ||
        store_write(w->base.rest.store, fill, NULL, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    rest_world_set_up(&w->base);
#define MANAGER                                                                                    \
    "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"devices\",\"groups\"],"          \
    "\"all_regions\":false,\"regions\":"
    rest_world_token(&w->base, MANAGER "[\"1\"]}", w->north, sizeof(w->north));
    rest_world_token(&w->base, MANAGER "[\"1\",\"2\"]}", w->both, sizeof(w->both));
    rest_world_token(&w->base, "{\"name\":\"v\",\"role\":\"user\"}", w->viewer, sizeof(w->viewer));
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

/* ---- asking ---- */

/* A 422 with this pointer and code. */
static void refused(world *w, const char *who, const char *method, const char *path,
                    const char *body, const char *pointer, const char *code)
{
    rest_reply reply;
    rest_world_ask(&w->base, who, 422, method, path, body, &reply);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "errors"), 0);
    assert_string_equal(json_get_text(first, "pointer", ""), pointer);
    assert_string_equal(json_get_text(first, "code", ""), code);
    rest_reply_fini(&reply);
}

static long total(world *w, const char *who, const char *path)
{
    rest_reply reply;
    rest_world_ask(&w->base, who, 200, "GET", path, NULL, &reply);
    long found = cJSON_GetObjectItem(reply.json, "total")->valueint;
    rest_reply_fini(&reply);
    return found;
}

/* Both lists are the same rows in the same order. */
static void same(world *w, const char *who, const char *a, const char *b)
{
    rest_reply one;
    rest_reply two;
    rest_world_ask(&w->base, who, 200, "GET", a, NULL, &one);
    rest_world_ask(&w->base, who, 200, "GET", b, NULL, &two);
    const cJSON *x = cJSON_GetObjectItem(one.json, "items");
    const cJSON *y = cJSON_GetObjectItem(two.json, "items");
    int size = cJSON_GetArraySize(x);
    assert_int_equal(cJSON_GetObjectItem(one.json, "total")->valueint,
                     cJSON_GetObjectItem(two.json, "total")->valueint);
    assert_int_equal(size, cJSON_GetArraySize(y));
    for (int i = 0; i < size; i++) {
        assert_string_equal(json_get_text(cJSON_GetArrayItem(x, i), "id", "x"),
                            json_get_text(cJSON_GetArrayItem(y, i), "id", "y"));
    }
    rest_reply_fini(&one);
    rest_reply_fini(&two);
}

static long make(world *w, const char *who, const char *body)
{
    rest_reply reply;
    rest_world_ask(&w->base, who, 201, "POST", "/groups", body, &reply);
    long id = strtol(rest_reply_text(&reply, "id"), NULL, 10);
    rest_reply_fini(&reply);
    return id;
}

static const char *path_of(char *out, size_t size, const char *before, long id, const char *behind)
{
    (void)snprintf(out, size, "%s%ld%s", before, id, behind);
    return out;
}

/* ---- what they have ---- */

// DEV-100, DEV-144
static void test_groups__dynamic_is_the_list(void **state)
{
    static const struct {
        const char *filters; /* as JSON */
        const char *query;
    } cases[] = {
        {"[\"name:begins:lob\"]", "f=name:begins:lob"},
        {"[\"severity:in:error,service\",\"name:contains:1\"]",
         "f=severity:in:error,service&f=name:contains:1"},
        {"[\"page_count:ge:500\",\"page_count:lt:900\"]",
         "f=page_count:ge:500&f=page_count:lt:900"},
        {"[\"name:begins:lob\",\"name:ends:7\"]", "f=name:begins:lob&f=name:ends:7"},
        {"[\"comment:eq:a, b\"]", "f=comment:eq:a,%20b"},
        {"[\"region:eq:2\"]", "f=region:eq:2"},
        {"[\"region:empty:true\",\"model:ne:Model 3\"]",
         "f=region:empty:true&f=model:ne:Model%203"},
        {"[\"name:eq:nobody\"]", "f=name:eq:nobody"},
    };
    world *w = *state;
    char a[256];
    char b[256];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];
        (void)snprintf(body, sizeof(body),
                       "{\"name\":\"G%zu\",\"type\":\"dynamic\",\"filters\":%s}", i,
                       cases[i].filters);
        long id = make(w, w->base.admin, body);
        (void)snprintf(b, sizeof(b), "/devices?size=200&%s", cases[i].query);
        same(w, w->base.admin, path_of(a, sizeof(a), "/groups/", id, "/devices?size=200"), b);
        same(w, w->base.admin, path_of(a, sizeof(a), "/devices?size=200&f=group:eq:", id, ""), b);
        (void)snprintf(b, sizeof(b), "/devices?sort=-model,-name&%s", cases[i].query);
        same(w, w->base.admin,
             path_of(a, sizeof(a), "/groups/", id, "/devices?sort=-model,-name&fields=name"), b);
        /* with a filter of another field, and one of its own */
        (void)snprintf(b, sizeof(b), "/devices?size=200&f=serial:eq:&%s", cases[i].query);
        same(w, w->base.admin,
             path_of(a, sizeof(a), "/groups/", id, "/devices?size=200&f=serial:eq:"), b);
        long in = total(w, w->base.admin, path_of(a, sizeof(a), "/groups/", id, "/devices"));
        assert_int_equal(
            total(w, w->base.admin, path_of(a, sizeof(a), "/devices?f=group:ne:", id, "")),
            DEVICES - 1 - in);
        rest_reply reply;
        rest_world_ask(&w->base, w->base.admin, 200, "GET",
                       path_of(a, sizeof(a), "/groups/", id, ""), NULL, &reply);
        assert_int_equal(cJSON_GetObjectItem(reply.json, "devices")->valueint, in);
        rest_reply_fini(&reply);
    }
}

/* A filter of the request on a field that the group filters by too narrows it down. */
static void test_groups__filters_stand_beside_the_group(void **state)
{
    world *w = *state;
    char a[256];
    long id = make(w, w->base.admin,
                   "{\"name\":\"G\",\"type\":\"dynamic\",\"filters\":[\"severity:eq:error\"]}");
    long all = total(w, w->base.admin, "/devices?f=severity:eq:error");
    assert_int_equal(total(w, w->base.admin, path_of(a, sizeof(a), "/groups/", id, "/devices")),
                     all);
    assert_int_equal(total(w, w->base.admin,
                           path_of(a, sizeof(a), "/groups/", id, "/devices?f=severity:eq:warning")),
                     0);
    assert_int_equal(
        total(w, w->base.admin,
              path_of(a, sizeof(a), "/devices?f=severity:in:error,warning&f=group:eq:", id, "")),
        all);
    same(w, w->base.admin,
         path_of(a, sizeof(a), "/devices?size=200&f=model:eq:Model%203&f=group:eq:", id, ""),
         "/devices?size=200&f=model:eq:Model%203&f=severity:eq:error");
    /* what was added later is in it at once (DEV-144) */
    fixture_write(w->base.rest.store, "UPDATE device SET severity = 2 WHERE id = 1");
    assert_int_equal(total(w, w->base.admin, path_of(a, sizeof(a), "/groups/", id, "/devices")),
                     all + 1);
}

static void test_groups__what_a_filter_cannot_be(void **state)
{
    world *w = *state;
    char a[64];
    refused(w, w->base.admin, "POST", "/groups",
            "{\"name\":\"G\",\"type\":\"dynamic\",\"filters\":[\"name:eq:x\",\"colour:eq:red\"]}",
            "/filters/1", "unknown");
    refused(w, w->base.admin, "POST", "/groups",
            "{\"name\":\"G\",\"type\":\"dynamic\",\"filters\":[\"group:eq:1\"]}", "/filters/0",
            "unknown");
    refused(w, w->base.admin, "POST", "/groups",
            "{\"name\":\"G\",\"type\":\"dynamic\",\"filters\":[\"managed:eq:false\"]}",
            "/filters/0", "unknown");
    refused(w, w->base.admin, "POST", "/groups",
            "{\"name\":\"G\",\"type\":\"dynamic\",\"filters\":[]}", "/filters", "required");
    refused(w, w->base.admin, "POST", "/groups", "{\"name\":\"G\",\"type\":\"dynamic\"}",
            "/filters", "required");
    refused(w, w->base.admin, "POST", "/groups",
            "{\"name\":\"G\",\"type\":\"static\",\"filters\":[\"name:eq:x\"]}", "/filters", "kind");
    long id = make(w, w->base.admin, "{\"name\":\"G\",\"type\":\"static\"}");
    refused(w, w->base.admin, "PATCH", path_of(a, sizeof(a), "/groups/", id, ""),
            "{\"type\":\"dynamic\"}", "/type", "unknown"); // DEV-145
    rest_world_status(&w->base, w->base.admin, 422, "GET", "/devices?f=group:empty:true", NULL);
    assert_int_equal(total(w, w->base.admin, "/devices?f=group:eq:9999"), 0);
}

// DEV-143, DEV-150, DEV-153, ACC-82
static void test_groups__static(void **state)
{
    world *w = *state;
    char a[128];
    rest_reply reply;
    long id = make(w, w->base.admin,
                   "{\"name\":\"S\",\"type\":\"static\",\"regions\":[\"1\"],\"comment\":\"c\"}");
    path_of(a, sizeof(a), "/groups/", id, "/devices");
    refused(w, w->base.admin, "POST", a, "{\"add\":[\"1\",\"2\"]}", "/add/1", "region");
    refused(w, w->base.admin, "POST", a, "{\"add\":[\"1\",\"9999\"]}", "/add/1", "not-found");
    rest_world_ask(&w->base, w->base.admin, 200, "POST", a,
                   "{\"add\":[\"1\",\"3\",\"5\"],\"remove\":[\"7\"]}", &reply);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "devices")->valueint, 3);
    rest_reply_fini(&reply);
    assert_int_equal(total(w, w->base.admin, a), 3);
    rest_world_status(&w->base, w->base.admin, 200, "POST", a, "{\"remove\":[\"5\"]}");
    assert_int_equal(total(w, w->base.admin, a), 2);
    /* one that leaves the region is in it no more, and comes back with it */
    fixture_write(w->base.rest.store, "UPDATE device SET region_id = 2 WHERE id = 1");
    assert_int_equal(total(w, w->base.admin, a), 1);
    fixture_write(w->base.rest.store, "UPDATE device SET region_id = 1 WHERE id = 1");
    assert_int_equal(total(w, w->base.admin, a), 2);
    /* of devices that are not managed any more too */
    fixture_write(w->base.rest.store, "UPDATE device SET managed = 0 WHERE id = 3");
    assert_int_equal(total(w, w->base.admin, a), 1);
    long dynamic =
        make(w, w->base.admin, "{\"name\":\"D\",\"type\":\"dynamic\",\"filters\":[\"name:eq:x\"]}");
    rest_world_status(&w->base, w->base.admin, 409, "POST",
                      path_of(a, sizeof(a), "/groups/", dynamic, "/devices"), "{\"add\":[\"1\"]}");
}

/* "1:North lab 7" of each device of a page. */
static void groups_text(const cJSON *item, char *out, size_t size)
{
    const cJSON *group = NULL;
    out[0] = '\0';
    cJSON_ArrayForEach(group, cJSON_GetObjectItem(item, "groups"))
    {
        size_t length = strlen(out);
        (void)snprintf(out + length, size - length, "%s ", json_get_text(group, "name", ""));
    }
}

static void test_groups__of_a_device(void **state)
{
    world *w = *state;
    char a[128];
    char text[256];
    rest_reply reply;
    long fixed = make(w, w->base.admin, "{\"name\":\"Chosen\",\"type\":\"static\"}");
    rest_world_status(&w->base, w->base.admin, 200, "POST",
                      path_of(a, sizeof(a), "/groups/", fixed, "/devices"),
                      "{\"add\":[\"3\",\"300\"]}");
    (void)make(w, w->base.admin,
               "{\"name\":\"Lobbies\",\"type\":\"dynamic\",\"regions\":[\"1\"],"
               "\"filters\":[\"name:begins:lobby\"]}");
    (void)make(w, w->base.admin,
               "{\"name\":\"Third\",\"type\":\"dynamic\",\"regions\":[\"1\",\"2\"],"
               "\"filters\":[\"severity:eq:service\"]}");
    rest_world_ask(&w->base, w->base.admin, 200, "GET", "/devices/3", NULL, &reply);
    groups_text(reply.json, text, sizeof(text));
    assert_string_equal(text, "Chosen Lobbies Third ");
    rest_reply_fini(&reply);
    /* not the group of all regions, and not the one of two (ACC-69) */
    rest_world_ask(&w->base, w->north, 200, "GET", "/devices/3", NULL, &reply);
    groups_text(reply.json, text, sizeof(text));
    assert_string_equal(text, "Lobbies ");
    rest_reply_fini(&reply);
    rest_world_ask(&w->base, w->both, 200, "GET", "/devices?f=id:le:8&sort=id&fields=name,groups",
                   NULL, &reply);
    static const char *const wanted[] = {"", "", "Lobbies Third ", "", "", "", "Third ", ""};
    const cJSON *item = NULL;
    size_t index = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(reply.json, "items"))
    {
        groups_text(item, text, sizeof(text));
        assert_string_equal(text, wanted[index++]);
    }
    assert_int_equal(index, 8);
    rest_reply_fini(&reply);
    /* as a stream, and for a list in an order of its own */
    rest_ask(&w->base.rest, "GET", "/api/v1/devices?f=id:eq:3&fields=groups", "Accept: text/html\n",
             NULL, &reply);
    rest_reply_fini(&reply);
    char stream[1200];
    (void)snprintf(stream, sizeof(stream), "%sAccept: application/x-ndjson\n", w->both);
    rest_ask(&w->base.rest, "GET", "/api/v1/devices?fields=groups&sort=-id", stream, NULL, &reply);
    int lobbies = 0;
    for (const char *at = reply.body; (at = strstr(at, "\"Lobbies\"")) != NULL; at++) {
        lobbies++;
    }
    rest_reply_fini(&reply);
    assert_int_equal(lobbies,
                     total(w, w->base.admin, "/devices?f=name:begins:lobby&f=region:eq:1"));
}

/* ---- who sees them ---- */

// ACC-54, ACC-69, ACC-86 for groups
static void test_groups__of_regions(void **state)
{
    world *w = *state;
    char a[128];
    long any = make(w, w->base.admin, "{\"name\":\"Any\",\"type\":\"static\"}");
    long two =
        make(w, w->base.admin, "{\"name\":\"Two\",\"type\":\"static\",\"regions\":[\"1\",\"2\"]}");
    long one = make(w, w->north, "{\"name\":\"One\",\"type\":\"static\"}"); /* gets all of theirs */
    assert_int_equal(total(w, w->base.admin, "/groups"), 3);
    assert_int_equal(total(w, w->both, "/groups"), 2);
    assert_int_equal(total(w, w->north, "/groups"), 1);
    rest_world_status(&w->base, w->viewer, 403, "GET", "/groups", NULL);
    const long hidden[] = {any, two};
    for (size_t i = 0; i < 2; i++) {
        rest_world_status(&w->base, w->north, 404, "GET",
                          path_of(a, sizeof(a), "/groups/", hidden[i], ""), NULL);
        rest_world_status(&w->base, w->north, 404, "PATCH", a, "{\"comment\":\"x\"}");
        rest_world_status(&w->base, w->north, 404, "DELETE", a, NULL);
        path_of(a, sizeof(a), "/groups/", hidden[i], "/devices");
        rest_world_status(&w->base, w->north, 404, "GET", a, NULL);
        rest_world_status(&w->base, w->north, 404, "POST", a, "{\"add\":[\"1\"]}");
        assert_int_equal(
            total(w, w->north, path_of(a, sizeof(a), "/devices?f=group:eq:", hidden[i], "")), 0);
    }
    refused(w, w->north, "POST", "/groups",
            "{\"name\":\"X\",\"type\":\"static\",\"regions\":[\"2\"]}", "/regions/0", "not-found");
    refused(w, w->north, "POST", "/groups", "{\"name\":\"X\",\"type\":\"static\",\"regions\":[]}",
            "/regions", "required");
    refused(w, w->north, "PATCH", path_of(a, sizeof(a), "/groups/", one, ""), "{\"regions\":[]}",
            "/regions", "required");
    (void)snprintf(a, sizeof(a), "{\"name\":\"X\",\"type\":\"static\",\"parent\":\"%ld\"}", any);
    refused(w, w->north, "POST", "/groups", a, "/parent", "not-found");
    /* a device of another region is none, in a group of both too */
    rest_world_status(&w->base, w->both, 200, "POST",
                      path_of(a, sizeof(a), "/groups/", two, "/devices"),
                      "{\"add\":[\"1\",\"2\"]}");
    refused(w, w->both, "POST", a, "{\"add\":[\"10\"]}", "/add/0", "not-found");
    refused(w, w->north, "POST", path_of(a, sizeof(a), "/groups/", one, "/devices"),
            "{\"add\":[\"2\"]}", "/add/0", "not-found");
    rest_world_status(&w->base, w->north, 204, "DELETE", path_of(a, sizeof(a), "/groups/", one, ""),
                      NULL);
}

// PRF-27 to PRF-31
static void test_groups__levels_by_preference(void **state)
{
    world *w = *state;
    char a[64];
    rest_reply reply;
    refused(w, w->base.admin, "POST", "/groups", "{\"name\":\"Paris:House\",\"type\":\"static\"}",
            "/name", "delimiter");
    rest_world_status(&w->base, w->base.admin, 200, "PATCH", "/preferences",
                      "{\"device_groups\":{\"view\":\"list\",\"delimiter\":\"/\"}}");
    long id = make(w, w->base.admin, "{\"name\":\"Paris/House\",\"type\":\"static\"}");
    rest_world_ask(&w->base, w->base.admin, 200, "GET", path_of(a, sizeof(a), "/groups/", id, ""),
                   NULL, &reply);
    assert_string_equal(rest_reply_text(&reply, "path"), "Paris/House");
    assert_string_equal(rest_reply_text(&reply, "name"), "House");
    rest_reply_fini(&reply);
    rest_world_ask(&w->base, w->base.admin, 200, "GET", "/groups?f=name:eq:paris", NULL, &reply);
    const cJSON *level = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "items"), 0);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(level, "level")));
    (void)snprintf(a, sizeof(a), "/groups/%s/devices", json_get_text(level, "id", ""));
    rest_reply_fini(&reply);
    rest_world_status(&w->base, w->base.admin, 409, "POST", a, "{\"add\":[\"1\"]}"); // PRF-30
    rest_world_status(&w->base, w->base.admin, 200, "PATCH", "/preferences",
                      "{\"device_groups\":{\"view\":\"tree\"}}");
    rest_world_ask(&w->base, w->base.admin, 200, "GET", path_of(a, sizeof(a), "/groups/", id, ""),
                   NULL, &reply);
    assert_true(strlen(rest_reply_text(&reply, "parent")) > 0); // DEV-149
    rest_reply_fini(&reply);
}

/* The region of groups is in use. */
static void test_groups__hold_their_region(void **state)
{
    world *w = *state;
    rest_reply reply;
    (void)make(w, w->base.admin, "{\"name\":\"Nordics\",\"type\":\"static\",\"regions\":[\"1\"]}");
    rest_world_ask(&w->base, w->base.admin, 409, "DELETE", "/regions/1", NULL, &reply);
    assert_non_null(strstr(reply.body, "group 'Nordics'"));
    rest_reply_fini(&reply);
    rest_world_status(&w->base, w->base.admin, 204, "DELETE", "/regions/2", NULL);
}

/* ---- for runs ---- */

typedef struct resolved {
    int64_t groups[4];
    size_t count;
    int64_t *devices;
    size_t device_count;
} resolved;

static platen_code resolve(store_conn *conn, void *user, platen_error *err)
{
    resolved *r = user;
    return group_devices(conn, r->groups, r->count, &r->devices, &r->device_count, NULL, err);
}

// TSK-40
static void test_groups__for_runs(void **state)
{
    world *w = *state;
    char a[64];
    resolved r = {.count = 3};
    r.groups[0] = make(w, w->base.admin,
                       "{\"name\":\"D\",\"type\":\"dynamic\",\"regions\":[\"2\"],"
                       "\"filters\":[\"name:begins:lobby\"]}");
    r.groups[1] = make(w, w->base.admin, "{\"name\":\"S\",\"type\":\"static\"}");
    r.groups[2] = 9999;
    rest_world_status(&w->base, w->base.admin, 200, "POST",
                      path_of(a, sizeof(a), "/groups/", (long)r.groups[1], "/devices"),
                      "{\"add\":[\"1\",\"300\",\"2\"]}");
    assert_int_equal(store_write(w->base.rest.store, resolve, &r, NULL), PLATEN_OK);
    long expected = total(w, w->base.admin, "/devices?f=name:begins:lobby&f=region:eq:2") + 2;
    assert_int_equal(r.device_count, expected);
    free(r.devices);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_groups__dynamic_is_the_list),
        TEST(test_groups__filters_stand_beside_the_group),
        TEST(test_groups__what_a_filter_cannot_be),
        TEST(test_groups__static),
        TEST(test_groups__of_a_device),
        TEST(test_groups__of_regions),
        TEST(test_groups__levels_by_preference),
        TEST(test_groups__hold_their_region),
        TEST(test_groups__for_runs),
    };
    return rest_world_run_both("groups", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
