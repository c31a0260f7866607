/* The parts of the router by themselves: schemas, routes, queries, limits, events, pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <cmocka.h>
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/http/compress.h"
#include "core/rest/events.h"
#include "core/rest/limit.h"
#include "core/rest/query.h"
#include "core/rest/route.h"
#include "core/rest/schema.h"
#include "tests/unit/rest/rest_fixture.h"

/* ---- schema ---- */

static void note(const char *pointer, const char *code, const char *text, void *user)
{
    char *out = user;
    size_t length = strlen(out);
    assert_true(strlen(text) > 0);
    (void)snprintf(out + length, 512 - length, "%s=%s ", pointer, code);
}

static void assert_faults(const char *form, const char *value, const char *faults)
{
    char found[512] = "";
    schema *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (schema_new(form, &s, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    cJSON *tree = cJSON_Parse(value);
    assert_non_null(tree);
    assert_int_equal(schema_check(s, tree, note, found), faults[0] == '\0');
    assert_string_equal(found, faults);
    cJSON_Delete(tree);
    schema_free(s);
}

static void test_schema__checks_types(void **state)
{
    (void)state;
    assert_faults("{\"type\":\"string\"}", "\"a\"", "");
    assert_faults("{\"type\":\"string\"}", "5", "=type ");
    assert_faults("{\"type\":[\"string\",\"null\"]}", "null", "");
    assert_faults("{\"type\":\"integer\"}", "5", "");
    assert_faults("{\"type\":\"integer\"}", "5.5", "=type ");
    assert_faults("{\"type\":\"integer\"}", "1e300", "=type ");
    assert_faults("{\"type\":\"number\"}", "5.5", "");
    assert_faults("{\"type\":\"boolean\"}", "true", "");
    assert_faults("{\"type\":\"boolean\"}", "0", "=type ");
    assert_faults("{}", "[1,{\"a\":null}]", "");
}

static void test_schema__checks_members(void **state)
{
    static const char form[] =
        "{\"type\":\"object\",\"properties\":{\"a/b\":{\"type\":\"string\"},\"n\":{\"type\":"
        "\"integer\"}},\"required\":[\"n\"]}";
    (void)state;
    assert_faults(form, "{\"n\":1}", "");
    assert_faults(form, "{}", "/n=required ");
    assert_faults(form, "{\"n\":1,\"x\":2}", "/x=unknown ");
    assert_faults(form, "{\"n\":1,\"a/b\":2}", "/a~1b=type ");
    assert_faults(form, "{\"n\":1,\"n\":2}", "/n=duplicate ");
    assert_faults("{\"type\":\"object\"}", "{\"anything\":[]}", "");
    assert_faults("{\"type\":\"object\",\"properties\":{},\"additionalProperties\":true}",
                  "{\"x\":1}", "");
    assert_faults("{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"}}",
                  "{\"x\":1,\"y\":\"z\"}", "/y=type ");
    assert_faults("{\"type\":\"object\",\"additionalProperties\":false}", "{\"x\":1}",
                  "/x=unknown ");
}

static void test_schema__checks_limits(void **state)
{
    (void)state;
    assert_faults("{\"minimum\":1,\"maximum\":5}", "0", "=range ");
    assert_faults("{\"minimum\":1,\"maximum\":5}", "5", "");
    assert_faults("{\"exclusiveMaximum\":5}", "5", "=range ");
    assert_faults("{\"exclusiveMinimum\":5}", "5", "=range ");
    assert_faults("{\"minLength\":3}", "\"\\u00e4\\u00f6\"",
                  "=length "); /* characters, not bytes */
    assert_faults("{\"maxLength\":3}", "\"\\u00e4\\u00f6\\u00fc\"", "");
    assert_faults("{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", "");
    assert_faults("{\"pattern\":\"^[a-z]+$\"}", "\"ab1\"", "=pattern ");
    assert_faults("{\"enum\":[\"a\",null,3]}", "null", "");
    assert_faults("{\"enum\":[\"a\",null,3]}", "\"b\"", "=enum ");
    assert_faults("{\"const\":\"x\"}", "\"y\"", "=enum ");
    assert_faults("{\"items\":{\"type\":\"string\"},\"minItems\":1,\"maxItems\":2}", "[]",
                  "=items ");
    assert_faults("{\"items\":{\"type\":\"string\"},\"maxItems\":2}", "[\"a\",5]", "/1=type ");
    assert_faults("{\"maxItems\":2}", "[1,2,3]", "=items ");
    assert_faults("{\"uniqueItems\":true}", "[1,2,1]", "=duplicate ");
    assert_faults("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "5", "");
    assert_faults("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}", "[]", "=any-of ");
}

static void test_schema__checks_formats(void **state)
{
    (void)state;
    assert_faults("{\"format\":\"date-time\"}", "\"2026-01-31T08:15:30Z\"", "");
    assert_faults("{\"format\":\"date-time\"}", "\"2026-02-31T08:15:30Z\"", "=format ");
    assert_faults("{\"format\":\"email\"}", "\"a.b@c.example\"", "");
    assert_faults("{\"format\":\"email\"}", "\"a@b@c.example\"", "=format ");
    assert_faults("{\"format\":\"email\"}", "\"@c.example\"", "=format ");
    assert_faults("{\"format\":\"email\"}", "\"a b@c.example\"", "=format ");
    assert_faults("{\"format\":\"uri\"}", "\"https://a.example/\"", "");
    assert_faults("{\"format\":\"uri\"}", "\"nothing\"", "=format ");
    static const char file[] = "{\"format\":\"file\",\"contentEncoding\":\"base64\"}";
    assert_faults(file, "\"aGVsbG8=\"", "");
    assert_faults(file, "\"\"", "");
    assert_faults(file, "\"aGVsbG8\"", "=format ");
    assert_faults(file, "\"aGVs\\nbG8=\"", "=format ");
    assert_faults(file, "\"aG===\"", "=format ");
    assert_faults(file, "\"aGVsbG8_\"", "=format ");
}

static void test_schema__refuses_what_it_does_not_know(void **state)
{
    static const char *const forms[] = {
        "{\"type\":\"text\"}",
        "{\"patternProperties\":{}}",
        "{\"pattern\":\"(\"}",
        "{\"required\":[\"a\"]}",
        "{\"minimum\":\"1\"}",
        "{\"format\":\"ipv4\"}",
        "{\"contentEncoding\":\"quoted-printable\"}",
        "[]",
        "{\"enum\":5}",
    };
    schema *s = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_not_equal(schema_new(forms[i], &s, NULL), PLATEN_OK);
        assert_null(s);
    }
}

static void test_schema__stops_at_fifty(void **state)
{
    strbuf value;
    size_t count = 0;
    schema *s = NULL;
    (void)state;
    strbuf_init(&value);
    strbuf_append(&value, "[0");
    for (int i = 0; i < 500; i++) {
        strbuf_append(&value, ",0");
    }
    strbuf_append(&value, "]");
    assert_int_equal(schema_new("{\"items\":{\"type\":\"string\"}}", &s, NULL), PLATEN_OK);
    cJSON *tree = cJSON_Parse(value.data);
    char *found = calloc(1, 1 << 16);
    assert_non_null(found);
    assert_false(schema_check(s, tree, note, found));
    for (const char *at = found; (at = strstr(at, "=type")) != NULL; at++) {
        count++;
    }
    assert_in_range(count, 30, 50); /* note() keeps what fits into 512 bytes */
    free(found);
    cJSON_Delete(tree);
    schema_free(s);
    strbuf_fini(&value);
}

/* ---- routes ---- */

static platen_code nothing(rest_request *r, platen_error *err)
{
    (void)r;
    (void)err;
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/devices", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "1", NULL, NULL},
    {"GET", "/devices/{id}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "2", NULL, NULL},
    {"PATCH", "/devices/{id}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "3",
     "{\"type\":\"object\"}", NULL},
    {"GET", "/devices/new", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "4", NULL, NULL},
    {"GET", "/devices/{id}/parts/{part}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "5", NULL,
     NULL},
};

static route_tree *tree_of_routes(void)
{
    route_tree *t = route_new();
    assert_non_null(t);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        assert_int_equal(route_add(t, &routes[i], NULL), PLATEN_OK);
    }
    return t;
}

static void assert_route(const char *method, const char *path, const char *summary)
{
    arena *a = arena_new();
    route_tree *t = tree_of_routes();
    route_match match;
    strbuf allow;
    strbuf_init(&allow);
    assert_int_equal(route_find(t, a, method, path, &match, &allow, NULL), PLATEN_OK);
    assert_string_equal(match.entry->route->summary, summary);
    strbuf_fini(&allow);
    route_free(t);
    arena_free(a);
}

static void test_route__finds(void **state)
{
    (void)state;
    assert_route("GET", "/devices", "1");
    assert_route("GET", "/devices/", "1");
    assert_route("HEAD", "/devices/7", "2");
    assert_route("PATCH", "/devices/7", "3");
    assert_route("GET", "/devices/new", "4");
    assert_route("GET", "/devices/new/parts/2", "5"); /* goes back from the literal */
}

static void test_route__decodes_parameters(void **state)
{
    arena *a = arena_new();
    route_tree *t = tree_of_routes();
    route_match match;
    strbuf allow;
    (void)state;
    strbuf_init(&allow);
    assert_int_equal(route_find(t, a, "GET", "/devices/a%2Fb/parts/%C3%A4+", &match, &allow, NULL),
                     PLATEN_OK);
    assert_int_equal(match.count, 2);
    assert_string_equal(match.names[1], "part");
    assert_string_equal(match.values[0], "a/b");
    assert_string_equal(match.values[1], "\xc3\xa4+");
    assert_int_equal(route_find(t, a, "GET", "/devices/%00", &match, &allow, NULL),
                     PLATEN_E_MALFORMED);
    assert_int_equal(route_find(t, a, "GET", "/devices/%ff", &match, &allow, NULL),
                     PLATEN_E_MALFORMED);
    assert_int_equal(route_find(t, a, "GET", "/devices//parts/1", &match, &allow, NULL),
                     PLATEN_E_NOT_FOUND);
    assert_int_equal(route_find(t, a, "GET", "", &match, &allow, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(
        route_find(t, a, "GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14", &match, &allow, NULL),
        PLATEN_E_NOT_FOUND);
    assert_int_equal(route_find(t, a, "PUT", "/devices/7", &match, &allow, NULL), PLATEN_E_METHOD);
    assert_string_equal(allow.data, "GET, HEAD, PATCH");
    strbuf_fini(&allow);
    route_free(t);
    arena_free(a);
}

static void test_route__refuses_careless_tables(void **state)
{
    static const rest_route bad[] = {
        {"GET", "/a", REST_UNDECLARED, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a", REST_DEVICE_MANAGER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a", REST_USER, NULL, REST_REGION_UNDECLARED, 0, nothing, "", NULL, NULL},
        {"GET", "/a", REST_USER, "juggling", REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"HEAD", "/a", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"BREW", "/a", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "a", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/a//b", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/devices", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"GET", "/devices/{other}", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", NULL, NULL},
        {"POST", "/b", REST_USER, NULL, REST_REGION_NONE, 0, nothing, "", "{\"type\":\"wrong\"}",
         NULL},
    };
    route_tree *t = tree_of_routes();
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_not_equal(route_add(t, &bad[i], &err), PLATEN_OK);
        assert_true(strlen(err.text) > 0);
    }
    route_free(t);
}

/* ---- queries, limits ---- */

static void test_query__decodes(void **state)
{
    arena *a = arena_new();
    query q;
    (void)state;
    assert_int_equal(query_parse(a, "a=1+2&b=%2B&&c&a=x%3Dy", &q, NULL), PLATEN_OK);
    assert_int_equal(q.count, 4);
    assert_string_equal(query_first(&q, "a"), "1 2");
    assert_string_equal(query_first(&q, "b"), "+");
    assert_string_equal(query_first(&q, "c"), "");
    assert_string_equal(q.pairs[3].value, "x=y");
    assert_null(query_first(&q, "d"));
    assert_int_equal(query_parse(a, "a=%", &q, NULL), PLATEN_E_MALFORMED);
    assert_int_equal(query_parse(a, "a=%4", &q, NULL), PLATEN_E_MALFORMED);
    assert_int_equal(query_parse(a, "a=%00", &q, NULL), PLATEN_E_MALFORMED);
    assert_int_equal(query_parse(a, "a=%c3", &q, NULL), PLATEN_E_MALFORMED);
    arena_free(a);
}

static void test_limit__refills(void **state)
{
    int wait = 0;
    limit *l = limit_new(3, 1000);
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(limit_take(l, "192.0.2.1", 50000, &wait));
    }
    assert_false(limit_take(l, "192.0.2.1", 50000, &wait));
    assert_int_equal(wait, 1);
    assert_true(limit_take(l, "192.0.2.2", 50000, &wait));
    assert_true(limit_take(l, "192.0.2.1", 51000, &wait));
    assert_false(limit_take(l, "192.0.2.1", 51000, &wait));
    limit_give_back(l, "192.0.2.1");
    assert_true(limit_take(l, "192.0.2.1", 51000, &wait));
    /* one /64 is one client */
    for (int i = 0; i < 3; i++) {
        assert_true(limit_take(l, "2001:db8::1", 50000, &wait));
    }
    assert_false(limit_take(l, "2001:db8::ffff:1", 50000, &wait));
    assert_true(limit_take(l, "2001:db8:0:1::1", 50000, &wait));
    limit_free(l);
}

/* ---- gzip ---- */

static void test_compress__goes_both_ways(void **state)
{
    strbuf plain;
    strbuf packed;
    strbuf again;
    (void)state;
    strbuf_init(&plain);
    strbuf_init(&packed);
    strbuf_init(&again);
    for (int i = 0; i < 30000; i++) {
        strbuf_appendf(&plain, "%d,", i * 7);
    }
    assert_int_equal(compress_gzip(plain.data, plain.length, &packed, NULL), PLATEN_OK);
    assert_true(packed.length < plain.length / 2);
    assert_int_equal(compress_gunzip(packed.data, packed.length, plain.length, &again, NULL),
                     PLATEN_OK);
    assert_int_equal(again.length, plain.length);
    assert_memory_equal(again.data, plain.data, plain.length);
    strbuf_clear(&again);
    assert_int_equal(compress_gunzip(packed.data, packed.length, plain.length - 1, &again, NULL),
                     PLATEN_E_TOO_LARGE);
    assert_int_equal(compress_gunzip(packed.data, packed.length - 1, 1 << 20, &again, NULL),
                     PLATEN_E_MALFORMED);
    strbuf_append(&packed, "x");
    assert_int_equal(compress_gunzip(packed.data, packed.length, 1 << 20, &again, NULL),
                     PLATEN_E_MALFORMED);
    strbuf_fini(&plain);
    strbuf_fini(&packed);
    strbuf_fini(&again);
    assert_true(compress_accepts("br;q=1.0, gzip;q=0.5", "gzip"));
    assert_true(compress_accepts("GZIP", "gzip"));
    assert_false(compress_accepts("gzip;q=0", "gzip"));
    assert_false(compress_accepts("gzip; q=0.000, br", "gzip"));
    assert_false(compress_accepts("xgzip", "gzip"));
    assert_false(compress_accepts(NULL, "gzip"));
}

/* ---- events ---- */

static const events_reader everything = {.regions = {.all = true}, .devices = true, .tasks = true};

static void test_events__resume_and_reset(void **state)
{
    events *e = events_new(4);
    strbuf out;
    char expected[128];
    (void)state;
    strbuf_init(&out);
    uint64_t last = events_last(e);
    uint64_t first = last;
    events_publish(e, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, "{\"id\":\"1\"}");
    events_publish(e, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, "{\"id\":\"2\"}");
    assert_true(events_wait(e, &everything, &last, 0, &out));
    (void)snprintf(expected, sizeof(expected),
                   "id: %llu\nevent: run\ndata: {\"id\":\"1\"}\n\nid: %llu\nevent: run\ndata: "
                   "{\"id\":\"2\"}\n\n",
                   (unsigned long long)first + 1, (unsigned long long)first + 2);
    assert_string_equal(out.data, expected);
    assert_int_equal(last, first + 2);
    strbuf_clear(&out);
    assert_true(events_wait(e, &everything, &last, 10, &out)); /* nothing new */
    assert_int_equal(out.length, 0);
    last = first + 1; /* resumes behind the first */
    assert_true(events_wait(e, &everything, &last, 0, &out));
    assert_null(strstr(out.data, "\"1\""));
    assert_non_null(strstr(out.data, "\"2\""));
    for (int i = 0; i < 5; i++) {
        events_publish(e, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, "{}");
    }
    strbuf_clear(&out);
    last = first + 1; /* has left the ring */
    assert_true(events_wait(e, &everything, &last, 0, &out));
    assert_non_null(strstr(out.data, "event: reset\n"));
    assert_int_equal(last, events_last(e));
    strbuf_clear(&out);
    last = 0; /* never seen one */
    assert_true(events_wait(e, &everything, &last, 0, &out));
    assert_non_null(strstr(out.data, "event: reset\n"));
    strbuf_clear(&out);
    last = 12; /* of another start */
    assert_true(events_wait(e, &everything, &last, 0, &out));
    assert_non_null(strstr(out.data, "event: reset\n"));
    strbuf_fini(&out);
    events_free(e);
}

static void test_events__collects_devices(void **state)
{
    events *e = events_new(16);
    strbuf out;
    int seen = 0;
    (void)state;
    strbuf_init(&out);
    uint64_t last = events_last(e);
    events_device_changed(e, 1, 0, 0); /* the first goes out at once */
    for (int i = 0; i < 300; i++) {
        events_device_changed(e, i % 150 + 10, i % 2, i % 2);
    }
    int64_t began = clock_mono();
    while (clock_mono() - began < 900) {
        assert_true(events_wait(e, &everything, &last, 300, &out));
    }
    for (const char *at = out.data; (at = strstr(at, "event: device\n")) != NULL; at++) {
        seen++;
    }
    assert_int_equal(seen, 2);
    assert_non_null(strstr(out.data, "data: {\"count\":1,\"ids\":[\"1\"]}"));
    assert_non_null(strstr(out.data, "data: {\"count\":150,\"ids\":[\"10\",\"11\""));
    assert_non_null(strstr(out.data, "\"109\"]}")); /* a hundred ids at most */
    strbuf_fini(&out);
    events_free(e);
}

/* What a reader of these regions gets of what was published. */
static const char *text_for(events *e, uint64_t from, const region_set *regions, bool devices,
                            bool tasks, strbuf *out)
{
    const events_reader reader = {.regions = *regions, .devices = devices, .tasks = tasks};
    uint64_t last = from;
    strbuf_clear(out);
    assert_true(events_wait(e, &reader, &last, 0, out));
    assert_int_equal(last, events_last(e));
    return out->data;
}

// ACC-69, ACC-93
static void test_events__readers_get_what_they_may_see(void **state)
{
    static const int64_t one[] = {1};
    static const int64_t both[] = {1, 2};
    const region_set all = {.all = true};
    const region_set first = {.ids = one, .count = 1};
    const region_set two = {.ids = both, .count = 2};
    const region_set none = {.count = 0};
    dashboard_row rows[] = {
        {1, {.devices = 3, .severity = {2, 0, 1, 0}}}, {2, {.devices = 5}}, {0, {.devices = 7}}};
    const dashboard_table table = {rows, 3};
    events *e = events_new(64);
    strbuf out;
    (void)state;
    strbuf_init(&out);
    uint64_t from = events_last(e);
    events_publish(e, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, "{\"run\":1}");
    events_publish(e, "alert", EVENTS_DEVICES, 1, "{\"at\":1}");
    events_publish(e, "alert", EVENTS_DEVICES, 2, "{\"at\":2}");
    events_publish(e, "alert", EVENTS_DEVICES, 0, "{\"at\":0}");
    assert_non_null(strstr(text_for(e, from, &all, true, true, &out), "{\"at\":0}"));
    assert_non_null(strstr(out.data, "{\"at\":2}"));
    assert_null(strstr(text_for(e, from, &first, true, true, &out), "{\"at\":0}"));
    assert_null(strstr(out.data, "{\"at\":2}"));
    assert_non_null(strstr(out.data, "{\"at\":1}"));
    assert_non_null(strstr(out.data, "{\"run\":1}"));
    assert_null(strstr(text_for(e, from, &all, true, false, &out), "event: run"));
    assert_null(strstr(text_for(e, from, &all, false, true, &out), "event: alert"));
    assert_string_equal(text_for(e, from, &none, true, false, &out), "");
    /* devices: of other regions neither ids nor their number */
    from = events_last(e);
    events_device_changed(e, 10, 1, 1);
    assert_non_null(strstr(text_for(e, from, &all, true, true, &out), "\"10\""));
    from = events_last(e);
    events_device_changed(e, 11, 1, 1);
    events_device_changed(e, 21, 2, 2);
    events_device_changed(e, 22, 2, 2);
    events_device_changed(e, 1, 0, 0);
    events_device_changed(e, 12, 2, 1); /* has moved */
    (void)usleep(600000);
    assert_non_null(strstr(text_for(e, from, &all, true, true, &out),
                           "{\"count\":5,\"ids\":[\"11\",\"21\",\"22\",\"1\",\"12\"]}"));
    assert_non_null(strstr(text_for(e, from, &first, true, true, &out),
                           "{\"count\":2,\"ids\":[\"11\",\"12\"]}"));
    assert_string_equal(text_for(e, from, &none, true, true, &out), "");
    assert_string_equal(text_for(e, from, &all, false, true, &out), "");
    /* counts: added up over the reader's regions; the newest say it all */
    from = events_last(e);
    events_counts(e, &table);
    events_counts(e, &table);
    assert_non_null(strstr(text_for(e, from, &all, true, true, &out), "{\"devices\":15,"));
    assert_null(strstr(strstr(out.data, "summary") + 1, "summary"));
    assert_non_null(strstr(text_for(e, from, &two, true, true, &out), "{\"devices\":8,"));
    assert_non_null(strstr(text_for(e, from, &first, true, true, &out),
                           "{\"devices\":3,\"severity\":{\"service\":0,\"error\":1,"));
    assert_non_null(strstr(text_for(e, from, &none, true, true, &out), "{\"devices\":0,"));
    strbuf_fini(&out);
    events_free(e);
}

static void *wait_long(void *user)
{
    uint64_t last = events_last(user);
    strbuf out;
    strbuf_init(&out);
    bool running = events_wait(user, &everything, &last, 60000, &out);
    strbuf_fini(&out);
    return running ? user : NULL;
}

static void test_events__stop_wakes_readers(void **state)
{
    pthread_t thread;
    void *result = state;
    events *e = events_new(16);
    int64_t began = clock_mono();
    assert_int_equal(pthread_create(&thread, NULL, wait_long, e), 0);
    (void)usleep(50000);
    events_stop(e);
    (void)pthread_join(thread, &result);
    assert_null(result);
    assert_true(clock_mono() - began < 10000);
    events_free(e);
}

/* ---- pages ---- */

static void put(const char *folder, const char *name, const char *text)
{
    char path[FILE_PATH];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), PLATEN_OK);
}

static void assert_page(rest_fixture *f, const char *path, const char *headers, int status,
                        const char *body, const char *type)
{
    rest_reply reply;
    rest_ask(f, "GET", path, headers, NULL, &reply);
    assert_int_equal(reply.status, status);
    if (body != NULL) {
        assert_int_equal(reply.body_length, strlen(body));
        assert_memory_equal(reply.body, body, strlen(body));
    }
    if (type != NULL) {
        assert_string_equal(rest_reply_header(&reply, "Content-Type"), type);
    }
    rest_reply_fini(&reply);
}

static void test_statics__serve_one_folder(void **state)
{
    char folder[] = "/tmp/platen-pages-XXXXXX";
    char assets[64];
    rest_fixture f;
    rest_reply reply;
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(assets, sizeof(assets), "%s/assets", folder);
    assert_int_equal(mkdir(assets, 0755), 0);
    put(folder, "index.html", "<html>");
    put(folder, ".secret", "hidden");
    put(assets, "app-5KQH2C7A.js", "plain");
    put(assets, "app-5KQH2C7A.js.br", "packed");
    char link[96];
    (void)snprintf(link, sizeof(link), "%s/out.txt", folder);
    assert_int_equal(symlink("/etc/hostname", link), 0);
    rest_fixture_open(&f, folder);

    assert_page(&f, "/", "", 200, "<html>", "text/html; charset=utf-8");
    assert_page(&f, "/devices/7", "", 200, "<html>", "text/html; charset=utf-8");
    assert_page(&f, "/p/a/b/row/mib%2FprtInputName%2F1.1", "", 200, "<html>", NULL);
    assert_page(&f, "/p/a/b/row/mib%2", "", 404, NULL, NULL);
    assert_page(&f, "/p/a/b/row/..", "", 404, NULL, NULL);
    assert_page(&f, "/p/a/b/row/1.1/2.2", "", 404, NULL, NULL);
    assert_page(&f, "/devices/1.1", "", 404, NULL, NULL);
    assert_page(&f, "/assets/app-5KQH2C7A.js", "", 200, "plain", "text/javascript; charset=utf-8");
    assert_page(&f, "/assets/app-5KQH2C7A.js", "Accept-Encoding: gzip, br\n", 200, "packed",
                "text/javascript; charset=utf-8");
    assert_page(&f, "/assets/gone.js", "", 404, NULL, "application/problem+json");
    assert_page(&f, "/.secret", "", 404, NULL, NULL);
    assert_page(&f, "/out.txt", "", 404, NULL, NULL);
    assert_page(&f, "/../etc/passwd.txt", "", 404, NULL, NULL);
    assert_page(&f, "/%2e%2e/etc/host.conf", "", 404, NULL, NULL);

    rest_ask(&f, "GET", "/assets/app-5KQH2C7A.js", "", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Cache-Control"),
                        "public, max-age=31536000, immutable");
    rest_reply_fini(&reply);
    rest_ask(&f, "GET", "/", "", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Cache-Control"), "no-cache");
    char match[96];
    (void)snprintf(match, sizeof(match), "If-None-Match: %s\n", rest_reply_header(&reply, "ETag"));
    assert_non_null(
        strstr(rest_reply_header(&reply, "Content-Security-Policy"), "default-src 'self'"));
    rest_reply_fini(&reply);
    assert_page(&f, "/", match, 304, "", NULL);
    rest_ask(&f, "POST", "/", "", "{}", &reply);
    assert_int_equal(reply.status, 405);
    assert_string_equal(rest_reply_header(&reply, "Allow"), "GET, HEAD");
    rest_reply_fini(&reply);

    rest_fixture_close(&f);
    static const char *const names[] = {"index.html", ".secret", "assets/app-5KQH2C7A.js",
                                        "assets/app-5KQH2C7A.js.br", "out.txt"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    (void)rmdir(assets);
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema__checks_types),
        cmocka_unit_test(test_schema__checks_members),
        cmocka_unit_test(test_schema__checks_limits),
        cmocka_unit_test(test_schema__checks_formats),
        cmocka_unit_test(test_schema__refuses_what_it_does_not_know),
        cmocka_unit_test(test_schema__stops_at_fifty),
        cmocka_unit_test(test_route__finds),
        cmocka_unit_test(test_route__decodes_parameters),
        cmocka_unit_test(test_route__refuses_careless_tables),
        cmocka_unit_test(test_query__decodes),
        cmocka_unit_test(test_limit__refills),
        cmocka_unit_test(test_compress__goes_both_ways),
        cmocka_unit_test(test_events__resume_and_reset),
        cmocka_unit_test(test_events__collects_devices),
        cmocka_unit_test(test_events__readers_get_what_they_may_see),
        cmocka_unit_test(test_events__stop_wakes_readers),
        cmocka_unit_test(test_statics__serve_one_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
