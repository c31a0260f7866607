/* http/1: routes of a plugin behave as the core's own, and what cannot be is refused. */
#include "tests/unit/feature/feature_world.h"

#include <stdio.h>
#include <string.h>

#include <platen/http.h>

#include "core/rest/rest_audit.h"

static const platen_http *http;
static platen_request *ended; /* of a request that is over */

/* ---- the plugin ---- */

static platen_code greet(platen_request *q, void *user, platen_error *err)
{
    char text[256];
    (void)user;
    (void)snprintf(text, sizeof(text), "{\"id\":\"%s\",\"q\":\"%s\",\"none\":\"%s\"}",
                   http->param(q, "id"), http->query(q, "q") != NULL ? http->query(q, "q") : "-",
                   http->param(q, "nothing"));
    return http->json(q, 200, text, err);
}

static platen_code echo(platen_request *q, void *user, platen_error *err)
{
    platen_who who = PLATEN_WHO_INIT;
    char text[512];
    (void)user;
    http->who(q, &who);
    (void)snprintf(text, sizeof(text), "{\"body\":%s,\"who\":\"%s\",\"role\":%u}", http->body(q),
                   who.name, who.role);
    return http->json(q, 201, text, err);
}

static platen_code of_regions(platen_request *q, void *user, platen_error *err)
{
    char text[128];
    (void)user;
    (void)snprintf(text, sizeof(text), "{\"1\":%d,\"4\":%d,\"0\":%d,\"99\":%d}",
                   http->in_regions(q, 1), http->in_regions(q, 4), http->in_regions(q, 0),
                   http->in_regions(q, 99));
    return http->json(q, 200, text, err);
}

static platen_code picture(platen_request *q, void *user, platen_error *err)
{
    static const char bytes[] = {'\x89', 'P', 'N', 'G', '\0', '\n', '<'};
    assert_int_equal(http->json(q, 200, "{}", err), PLATEN_OK); /* the last one counts */
    return http->bytes(q, "image/png", user, bytes, sizeof(bytes), err);
}

static platen_code empty(platen_request *q, void *user, platen_error *err)
{
    (void)user;
    return http->empty(q, 204, err);
}

static platen_code nothing(platen_request *q, void *user, platen_error *err)
{
    (void)user;
    (void)err;
    ended = q;
    return PLATEN_OK;
}

static platen_code wrong(platen_request *q, void *user, platen_error *err)
{
    (void)user;
    assert_int_equal(http->json(q, 200, "{}", err), PLATEN_OK); /* does not count */
    (void)http->invalid(q, "/text", "range", "is too short", err);
    return http->invalid(q, "?q", "enum", "is none of them", err);
}

static platen_code misuse(platen_request *q, void *user, platen_error *err)
{
    platen_who small = {.size = 2};
    (void)user;
    assert_int_equal(http->json(q, 200, "{\"a\":", err), PLATEN_E_INVAL);
    assert_int_equal(http->json(q, 200, NULL, err), PLATEN_E_INVAL);
    assert_int_equal(http->json(NULL, 200, "{}", err), PLATEN_E_INVAL);
    assert_int_equal(http->json(q, 302, "{}", err), PLATEN_E_INVAL);
    assert_int_equal(http->empty(q, 200, err), PLATEN_E_INVAL);
    assert_int_equal(http->bytes(q, "text/html\r\nX: y", NULL, "a", 1, err), PLATEN_E_INVAL);
    assert_int_equal(http->bytes(q, "text/plain", "../x", "a", 1, err), PLATEN_E_INVAL);
    assert_int_equal(http->bytes(q, "text/plain", NULL, NULL, 1, err), PLATEN_E_INVAL);
    assert_int_equal(http->bytes(q, "text/plain", NULL, "a", (uint64_t)PLATEN_ANSWER_MAX + 1, err),
                     PLATEN_E_TOO_LARGE);
    assert_string_equal(http->param(NULL, "x"), "");
    assert_null(http->query(q, NULL));
    assert_null(http->body(q));
    assert_null(http->body(NULL));
    assert_false(http->in_regions(NULL, 1));
    http->who(q, &small);
    http->who(q, NULL);
    return http->empty(q, 202, err);
}

static platen_code fails(platen_request *q, void *user, platen_error *err)
{
    (void)q;
    (void)user;
    (void)err;
    return PLATEN_E_UNAVAILABLE;
}

#define ROUTE(m, p, a, f, r, h)                                                                    \
    {                                                                                              \
        .size = sizeof(platen_route), .access = (a), .region = (r), .method = (m), .path = (p),    \
        .function = (f), .summary = "A test", .handle = (h)                                        \
    }

static char file_name[] = "a.png";
static int releases;

static void release(void *user)
{
    (void)user;
    releases++;
}

static platen_code load_routes(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_route all[] = {
        ROUTE("GET", "/devices/{id}", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_DEVICE, greet),
        ROUTE("POST", "/echo", PLATEN_ACCESS_DEVICE_MANAGER, "data", PLATEN_REGION_NONE, echo),
        ROUTE("GET", "/own", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_OWN, of_regions),
        ROUTE("GET", "/forgets", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_OWN, empty),
        ROUTE("GET", "/picture", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, picture),
        ROUTE("GET", "/empty", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_ALL, empty),
        ROUTE("GET", "/nothing", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, nothing),
        ROUTE("GET", "/wrong", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, wrong),
        ROUTE("GET", "/misuse", PLATEN_ACCESS_SYSTEM_MANAGER, NULL, PLATEN_REGION_NONE, misuse),
        ROUTE("GET", "/fails", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, fails),
    };
    all[1].body = "{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{"
                  "\"text\":{\"type\":\"string\",\"maxLength\":5},"
                  "\"pin\":{\"type\":\"string\",\"writeOnly\":true}}}";
    all[4].user = file_name;
    http = host->iface(ctx, "http/1");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        all[i].release = release;
        PLATEN_TRY(http->route(ctx, &all[i], err));
    }
    return PLATEN_OK;
}

/* ---- requests ---- */

static const char *const rows[] = {
    "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
    "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
    "INSERT INTO device (managed, agent_id, name, address, address_key, region_id, first_seen, "
    "last_seen) VALUES (1, 1, 'n1', '10.0.0.1', '1', 1, 1, 1), (1, 1, 'n2', '10.0.0.2', '2', 1, 1, "
    "1), (1, 1, 'n3', '10.0.0.3', '3', 1, 1, 1), (1, 1, 's1', '10.0.0.4', '4', 2, 1, 1)",
};

static void fill(feature_world *w, char north[256])
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rest_fixture_run(&w->rest.rest, rows[i]);
    }
    rest_world_token(&w->rest,
                     "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"data\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     north, 256);
}

static void expect(feature_world *w, const char *who, const char *path, const char *body)
{
    rest_reply reply;
    rest_world_ask(&w->rest, who, 200, "GET", path, NULL, &reply);
    assert_string_equal(reply.body, body);
    rest_reply_fini(&reply);
}

static void test_http__answers(void **state)
{
    feature_world w;
    rest_reply reply;
    char north[256];
    (void)state;
    feature_world_open(&w, load_routes, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    fill(&w, north);
    const char *admin = w.rest.admin;
    expect(&w, admin, "/probe/devices/4?q=a%20b", "{\"id\":\"4\",\"q\":\"a b\",\"none\":\"\"}");
    rest_world_ask(&w.rest, admin, 200, "GET", "/probe/picture", NULL, &reply);
    assert_int_equal(reply.body_length, 7);
    assert_string_equal(rest_reply_header(&reply, "Content-Type"), "image/png");
    assert_string_equal(rest_reply_header(&reply, "Content-Disposition"),
                        "attachment; filename=\"a.png\"");
    assert_string_equal(rest_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, admin, 204, "GET", "/probe/empty", NULL);
    rest_world_status(&w.rest, admin, 500, "GET", "/probe/nothing", NULL);
    rest_world_status(&w.rest, admin, 503, "GET", "/probe/fails", NULL);
    rest_world_status(&w.rest, admin, 202, "GET", "/probe/misuse", NULL);
    rest_world_status(&w.rest, admin, 405, "DELETE", "/probe/empty", NULL);
    rest_world_ask(&w.rest, admin, 422, "GET", "/probe/wrong", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"pointer\":\"/text\""));
    assert_non_null(strstr(reply.body, "\"pointer\":\"?q\""));
    rest_reply_fini(&reply);
    releases = 0;
    assert_int_equal(feature_world_close(&w), 0);
    assert_int_equal(releases, 10);
}

// ACC-47, ACC-69
static void test_http__roles_and_regions(void **state)
{
    feature_world w;
    char north[256];
    char viewer[256];
    (void)state;
    feature_world_open(&w, load_routes, NULL);
    fill(&w, north);
    rest_world_token(&w.rest, "{\"name\":\"v\",\"role\":\"user\"}", viewer, sizeof(viewer));
    rest_world_status(&w.rest, "", 401, "GET", "/probe/picture", NULL);
    rest_world_status(&w.rest, viewer, 200, "GET", "/probe/picture", NULL);
    rest_world_status(&w.rest, viewer, 403, "POST", "/probe/echo", "{\"text\":\"a\"}");
    rest_world_status(&w.rest, viewer, 403, "GET", "/probe/misuse", NULL);
    rest_world_status(&w.rest, north, 201, "POST", "/probe/echo", "{\"text\":\"a\"}");
    rest_world_status(&w.rest, north, 403, "GET", "/probe/empty", NULL);
    rest_world_status(&w.rest, north, 200, "GET", "/probe/devices/1", NULL);
    rest_world_status(&w.rest, north, 404, "GET", "/probe/devices/4", NULL);
    expect(&w, north, "/probe/own", "{\"1\":1,\"4\":0,\"0\":0,\"99\":0}");
    rest_world_status(&w.rest, north, 500, "GET", "/probe/forgets", NULL);
    rest_world_status(&w.rest, w.rest.admin, 204, "GET", "/probe/forgets", NULL);
    assert_int_equal(feature_world_close(&w), 0);
}

// ACC-96
static void test_http__schema_audit_and_openapi(void **state)
{
    feature_world w;
    rest_reply reply;
    char path[] = "/probe/echo";
    (void)state;
    feature_world_open(&w, load_routes, NULL);
    const char *admin = w.rest.admin;
    assert_int_equal(rest_audit_add(w.rest.rest.rest, NULL), PLATEN_OK);
    rest_world_ask(&w.rest, admin, 201, "POST", path, "{\"text\":\"abc\",\"pin\":\"4711\"}",
                   &reply);
    assert_string_equal(reply.body, "{\"body\":{\"text\":\"abc\",\"pin\":\"4711\"},"
                                    "\"who\":\"Administrator\",\"role\":3}");
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, admin, 422, "POST", path, "{\"text\":\"abcdef\",\"more\":1}", &reply);
    assert_non_null(strstr(reply.body, "/text"));
    assert_non_null(strstr(reply.body, "/more"));
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, admin, 200, "GET", "/audit-log?f=action:contains:probe", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"text\":\"abc\""));
    assert_null(strstr(reply.body, "4711"));
    rest_reply_fini(&reply);
    rest_ask(&w.rest.rest, "GET", "/openapi.json", admin, NULL, &reply);
    assert_non_null(strstr(reply.body, "\"/probe/devices/{id}\""));
    assert_non_null(strstr(reply.body, "\"x-platen-region\":\"device\""));
    rest_reply_fini(&reply);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- what is refused ---- */

static platen_route spoiled;
static size_t spoil;
static platen_code spoiled_code;
static const platen_http *spoiled_table;

static const struct {
    const char *text; /* of the refusal */
    platen_code code;
} refusals[] = {
    {"at least", PLATEN_E_INVAL},         {"flags 0x80", PLATEN_E_INVAL},
    {"access 9", PLATEN_E_INVAL},         {"access 0", PLATEN_E_INVAL},
    {"region 0", PLATEN_E_INVAL},         {"names no function", PLATEN_E_INVAL},
    {"no method 'HEAD'", PLATEN_E_INVAL}, {"not well-formed", PLATEN_E_INVAL},
    {"not well-formed", PLATEN_E_INVAL},  {"no summary", PLATEN_E_INVAL},
    {"no handle()", PLATEN_E_INVAL},      {"schema of the body", PLATEN_E_INVAL},
    {"has no {id}", PLATEN_E_INVAL},      {"at least", PLATEN_E_INVAL},
};

static platen_code load_spoiled(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_route good =
        ROUTE("GET", "/a", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, empty);
    platen_route r = good;
    spoiled_table = host->iface(ctx, "http/1");
    switch (spoil) {
    case 0:
        r.size = 12;
        break;
    case 1:
        r.flags = 0x80;
        break;
    case 2:
        r.access = 9;
        break;
    case 3:
        r.access = 0;
        break;
    case 4:
        r.region = 0;
        break;
    case 5:
        r.access = PLATEN_ACCESS_DEVICE_MANAGER;
        break;
    case 6:
        r.method = "HEAD";
        break;
    case 7:
        r.path = "/a/../b%";
        break;
    case 8:
        r.path = "/{a}/{b}/{c}/{d}/{e}";
        break;
    case 9:
        r.summary = "";
        break;
    case 10:
        r.handle = NULL;
        break;
    case 11:
        r.body = "{\"type\":\"object\",\"$ref\":\"x\"}";
        break;
    case 12:
        r.region = PLATEN_REGION_DEVICE;
        break;
    default:
        spoiled_code = spoiled_table->route(ctx, NULL, err);
        return spoiled_code;
    }
    spoiled = r;
    r.release = release;
    spoiled_code = spoiled_table->route(ctx, &r, err);
    return spoiled_code;
}

static void test_http__refuses(void **state)
{
    (void)state;
    for (spoil = 0; spoil < sizeof(refusals) / sizeof(refusals[0]); spoil++) {
        feature_world w;
        releases = 0;
        feature_world_open(&w, load_spoiled, NULL);
        assert_int_equal(spoiled_code, refusals[spoil].code);
        if (strstr(feature_world_error(&w, 0), refusals[spoil].text) == NULL) {
            fail_msg("%zu: %s", spoil, feature_world_error(&w, 0));
        }
        rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/probe/a", NULL);
        /* Outside load(), and of nobody. */
        assert_int_equal(spoiled_table->route(feature_world_ctx(&w, 0), &spoiled, NULL),
                         PLATEN_E_STATE);
        assert_int_equal(spoiled_table->route(NULL, &spoiled, NULL), PLATEN_E_INVAL);
        assert_int_equal(releases, 0);
        assert_int_equal(feature_world_close(&w), 0);
    }
}

static platen_code load_twice(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_route r = ROUTE("GET", "/a", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, empty);
    const platen_http *t = host->iface(ctx, "http/1");
    r.release = release;
    PLATEN_TRY(t->route(ctx, &r, err));
    return t->route(ctx, &r, err);
}

static platen_code load_word(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_route r =
        ROUTE("GET", "/a", PLATEN_ACCESS_DEVICE_MANAGER, "no-such-word", PLATEN_REGION_NONE, empty);
    const platen_http *t = host->iface(ctx, "http/1");
    return t->route(ctx, &r, err);
}

static platen_code load_parameters(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_route r = ROUTE("GET", "/{a}", PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, empty);
    const platen_http *t = host->iface(ctx, "http/1");
    PLATEN_TRY(t->route(ctx, &r, err));
    r.path = "/{b}/x";
    return t->route(ctx, &r, err);
}

static platen_code load_many(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_http *t = host->iface(ctx, "http/1");
    for (unsigned i = 0; i <= PLATEN_ROUTES_MAX; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "/a%u", i);
        platen_route r = ROUTE("GET", path, PLATEN_ACCESS_USER, NULL, PLATEN_REGION_NONE, empty);
        PLATEN_TRY(t->route(ctx, &r, err));
    }
    return PLATEN_OK;
}

/* The plugin goes, with all that it had; the other one stays. */
static void test_http__nothing_of_a_refused_plugin_stays(void **state)
{
    static const struct {
        probe_load load;
        const char *text;
    } cases[] = {{load_twice, "is there already"},
                 {load_word, "unknown function 'no-such-word'"},
                 {load_parameters, "names the parameter"},
                 {load_many, "one more than 64"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        feature_world w;
        releases = 0;
        feature_world_open(&w, cases[i].load, load_routes);
        if (strstr(feature_world_error(&w, 0), cases[i].text) == NULL) {
            fail_msg("%s", feature_world_error(&w, 0));
        }
        assert_int_equal(releases, i == 0 ? 1 : 0);
        rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/probe/a", NULL);
        assert_string_equal(feature_world_error(&w, 1), "");
        rest_world_status(&w.rest, w.rest.admin, 200, "GET", "/probe-two/picture", NULL);
        assert_int_equal(feature_world_close(&w), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http__answers),
        cmocka_unit_test(test_http__roles_and_regions),
        cmocka_unit_test(test_http__schema_audit_and_openapi),
        cmocka_unit_test(test_http__refuses),
        cmocka_unit_test(test_http__nothing_of_a_refused_plugin_stays),
    };
    return rest_world_run_both("routes of plugins", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
