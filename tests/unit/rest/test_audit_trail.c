/* What the router writes into the audit log, and versions (If-Match): with routes of its own and
 * those of logging in, over a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pthread.h>

#include <cmocka.h>

#include "core/conf/conf.h"
#include "core/rest/request.h"
#include "core/rest/rest_audit.h"
#include "tests/unit/rest/rest_fixture.h"

/* ---- a thing that can be read, changed and made ---- */

static struct {
    pthread_mutex_t lock;
    char name[64];
    int size;
    int seen; /* moves by itself */
    int slow_ms;
} thing = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct change {
    rest_request *r;
    int64_t id;
    platen_code answer;
} change;

static platen_code get_thing(rest_request *r, platen_error *err)
{
    if (strcmp(rest_param(r, "id"), "7") != 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no thing '%s'", rest_param(r, "id"));
    }
    pthread_mutex_lock(&thing.lock);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_text(w, "id", "7");
    json_text(w, "name", thing.name);
    json_object(w, "port");
    json_i64(w, "size", thing.size);
    json_i64(w, "other", 1);
    json_object_end(w);
    json_i64(w, "seen", thing.seen);
    json_text(w, "activation_key", "never-in-the-log");
    json_object_end(w);
    pthread_mutex_unlock(&thing.lock);
    return PLATEN_OK;
}

static platen_code write_thing(store_conn *conn, void *user, platen_error *err)
{
    change *c = user;
    const cJSON *body = rest_body(c->r);
    (void)conn;
    if (c->answer != PLATEN_OK) {
        return error_set(err, c->answer, "as told");
    }
    pthread_mutex_lock(&thing.lock);
    (void)snprintf(thing.name, sizeof(thing.name), "%s", json_get_text(body, "name", thing.name));
    thing.size = (int)json_get_i64(json_get_object(body, "port"), "size", (int64_t)thing.size);
    pthread_mutex_unlock(&thing.lock);
    c->id = 12;
    return PLATEN_OK;
}

static platen_code patch_thing(rest_request *r, platen_error *err)
{
    change c = {.r = r};
    if (strcmp(rest_param(r, "id"), "7") != 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no such thing");
    }
    if (thing.slow_ms > 0) {
        usleep((unsigned)thing.slow_ms * 1000);
    }
    if (strcmp(json_get_text(rest_body(r), "name", ""), "fails") == 0) {
        c.answer = PLATEN_E_STATE;
    }
    PLATEN_TRY(store_write(rest_services(r)->store, write_thing, &c, err));
    if (strcmp(json_get_text(rest_body(r), "name", ""), "half") == 0) {
        return error_set(err, PLATEN_E_TIMEOUT, "the second half did not work");
    }
    return get_thing(r, err);
}

static platen_code post_thing(rest_request *r, platen_error *err)
{
    change c = {.r = r};
    rest_audit_made(r, &c.id);
    PLATEN_TRY(store_write(rest_services(r)->store, write_thing, &c, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* Changes nothing in the database. */
static platen_code push_thing(rest_request *r, platen_error *err)
{
    (void)err;
    rest_empty(r, 202);
    return PLATEN_OK;
}

static platen_code get_things(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_array(w, NULL);
    for (int i = 0; i < 500; i++) {
        json_text(w, NULL, "a thing");
    }
    json_array_end(w);
    return PLATEN_OK;
}

#define THING                                                                                      \
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"                         \
    "\"port\":{\"type\":\"object\",\"properties\":{\"size\":{\"type\":\"integer\"}}},"             \
    "\"pin\":{\"type\":[\"string\",\"null\"],\"writeOnly\":true},"                                 \
    "\"hosts\":{\"type\":\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},"                   \
    "{\"type\":\"object\",\"properties\":{\"host\":{\"type\":\"string\"},"                         \
    "\"door\":{\"type\":\"string\",\"writeOnly\":true}}}]}},"                                      \
    "\"extra\":{\"type\":\"object\",\"additionalProperties\":true}}}"

static const rest_route routes[] = {
    {"GET", "/things", REST_USER, NULL, REST_REGION_NONE, 0, get_things, "Things", NULL, NULL},
    {"POST", "/things", REST_USER, NULL, REST_REGION_NONE, 0, post_thing, "Make", THING, NULL},
    {"GET", "/things/{id}", REST_USER, NULL, REST_REGION_NONE, 0, get_thing, "One", NULL, NULL},
    {"PATCH", "/things/{id}", REST_USER, NULL, REST_REGION_NONE, 0, patch_thing, "Change", THING,
     NULL},
    {"DELETE", "/things/{id}", REST_USER, NULL, REST_REGION_NONE, 0, push_thing, "Delete", NULL,
     NULL},
    {"POST", "/things/{id}/push", REST_USER, NULL, REST_REGION_NONE, 0, push_thing, "Push", NULL,
     NULL},
    {"GET", "/hidden", REST_AGENT, NULL, REST_REGION_NONE, 0, get_things, "Not for people", NULL,
     NULL},
    {"POST", "/hidden", REST_AGENT, NULL, REST_REGION_NONE, REST_NO_AUDIT, push_thing, "Nor this",
     NULL, NULL},
};

/* ---- the room ---- */

typedef struct room {
    rest_fixture f;
    char headers[1024];
} room;

static void room_open(room *r)
{
    platen_error err = PLATEN_ERROR_INIT;
    memset(r, 0, sizeof(*r));
    (void)snprintf(thing.name, sizeof(thing.name), "first");
    thing.size = 1;
    thing.seen = 0;
    thing.slow_ms = 0;
    rest_fixture_open(&r->f, NULL);
    if (rest_add(r->f.rest, routes, sizeof(routes) / sizeof(routes[0]), &err) != PLATEN_OK ||
        rest_audit_add(r->f.rest, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    rest_fixture_set_up(&r->f);
    rest_fixture_login(&r->f, r->headers, sizeof(r->headers));
}

static void room_close(room *r)
{
    audit_state state;
    assert_int_equal(audit_verify(r->f.audit, &state, NULL), PLATEN_OK);
    assert_string_equal(state.text, "");
    rest_fixture_close(&r->f);
}

static void ask(room *r, int status, const char *method, const char *path, const char *more,
                const char *body, rest_reply *reply)
{
    char headers[2048];
    (void)snprintf(headers, sizeof(headers), "%s%s", r->headers, more);
    rest_ask(&r->f, method, path, headers, body, reply);
    if (reply->status != status) {
        fail_msg("%s %s answers %d, not %d: %s", method, path, reply->status, status, reply->body);
    }
}

static void do_ask(room *r, int status, const char *method, const char *path, const char *more,
                   const char *body)
{
    rest_reply reply;
    ask(r, status, method, path, more, body, &reply);
    rest_reply_fini(&reply);
}

/* Entries, newest first; the caller deletes. */
static cJSON *entries(room *r)
{
    rest_reply reply;
    ask(r, 200, "GET", "/api/v1/audit-log?size=200", "", NULL, &reply);
    cJSON *items = cJSON_DetachItemFromObject(reply.json, "items");
    assert_non_null(items);
    rest_reply_fini(&reply);
    return items;
}

static int count(room *r)
{
    cJSON *items = entries(r);
    int n = cJSON_GetArraySize(items);
    cJSON_Delete(items);
    return n;
}

/* "user way address category action object object_name result before after" of entry `index`. */
static void assert_entry(room *r, int index, const char *wanted)
{
    cJSON *items = entries(r);
    const cJSON *e = cJSON_GetArrayItem(items, index);
    char *before = cJSON_PrintUnformatted(cJSON_GetObjectItem(e, "before"));
    char *after = cJSON_PrintUnformatted(cJSON_GetObjectItem(e, "after"));
    char text[4096];
    (void)snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s",
                   json_get_text(e, "user_name", "?"), json_get_text(e, "way", "?"),
                   json_get_text(e, "address", "?"), json_get_text(e, "category", "?"),
                   json_get_text(e, "action", "?"), json_get_text(e, "object", "?"),
                   json_get_text(e, "object_name", "?"), json_get_text(e, "result", "?"), before,
                   after);
    assert_string_equal(text, wanted);
    cJSON_free(before);
    cJSON_free(after);
    cJSON_Delete(items);
}

#define ADMIN "Administrator|session|192.0.2.1|things|"

/* ---- the audit log ---- */

static void test_trail__tells_setup_and_login(void **state) // ACC-96
{
    room r;
    (void)state;
    room_open(&r);
    assert_int_equal(count(&r), 2);
    assert_entry(&r, 1,
                 "Administrator||192.0.2.1|setup|setup||"
                 "|success|null|"
                 "{\"token\":\"***\",\"password\":\"***\",\"email\":\"admin@example.com\"}");
    assert_entry(&r, 0,
                 "Administrator||192.0.2.1|login|login|||success|null|"
                 "{\"user\":\"Administrator\",\"password\":\"***\"}");
    rest_reply reply;
    rest_ask(&r.f, "POST", "/api/v1/login", "",
             "{\"user\":\"Admin\\n2026 forged\",\"password\":\"Wrong-secret-9\"}", &reply);
    assert_int_equal(reply.status, 401);
    rest_reply_fini(&reply);
    assert_entry(&r, 0,
                 "Admin\\u000a2026 forged||192.0.2.1|login|login|||unauthenticated|null|"
                 "{\"user\":\"Admin\\n2026 forged\",\"password\":\"***\"}");
    /* A wrong password counts a failure: that is no success. */
    rest_ask(&r.f, "POST", "/api/v1/login", "",
             "{\"user\":\"administrator\",\"password\":\"Wrong-secret-9\"}", &reply);
    assert_int_equal(reply.status, 401);
    rest_reply_fini(&reply);
    assert_int_equal(count(&r), 4);
    char old[1024];
    memcpy(old, r.headers, sizeof(old));
    do_ask(&r, 204, "POST", "/api/v1/logout", "", NULL);
    rest_fixture_login(&r.f, r.headers, sizeof(r.headers));
    assert_entry(&r, 1, "Administrator|session|192.0.2.1|logout|logout|||success|null|null");
    room_close(&r);
}

static void test_trail__tells_what_platen_does_by_itself(void **state)
{
    room r;
    rest_reply reply;
    (void)state;
    room_open(&r);
    for (int i = 0; i < 5; i++) {
        rest_ask(&r.f, "POST", "/api/v1/login", "",
                 "{\"user\":\"administrator\",\"password\":\"Wrong-secret-9\"}", &reply);
        assert_int_equal(reply.status, 401);
        rest_reply_fini(&reply);
    }
    /* The lockout, and the login that brought it. */
    cJSON *items = entries(&r);
    const cJSON *lock = cJSON_GetArrayItem(items, 1);
    assert_string_equal(json_get_text(lock, "action", ""), "users.lock");
    assert_string_equal(json_get_text(lock, "way", ""), "system");
    assert_string_equal(json_get_text(lock, "object_name", ""), "Administrator");
    cJSON_Delete(items);
    assert_entry(&r, 0,
                 "administrator||192.0.2.1|login|login|||unauthenticated|null|"
                 "{\"user\":\"administrator\",\"password\":\"***\"}");
    room_close(&r);
}

static void test_trail__tells_changes_with_before_and_after(void **state) // ACC-96
{
    room r;
    (void)state;
    room_open(&r);
    do_ask(&r, 200, "PATCH", "/api/v1/things/7", "",
           "{\"name\":\"second\",\"port\":{\"size\":2},\"pin\":\"1234\","
           "\"hosts\":[\"a\",{\"host\":\"b\",\"door\":\"key\"}],"
           "\"extra\":{\"bind_password\":\"p\",\"deep\":{\"token\":\"t\",\"on\":true}}}");
    assert_entry(&r, 0,
                 ADMIN "things.update|7|first|success|"
                       "{\"name\":\"first\",\"port\":{\"size\":1}}|"
                       "{\"name\":\"second\",\"port\":{\"size\":2},\"pin\":\"***\","
                       "\"hosts\":[\"a\",{\"host\":\"b\",\"door\":\"***\"}],"
                       "\"extra\":{\"bind_password\":\"***\",\"deep\":{\"token\":\"***\","
                       "\"on\":true}}}");
    do_ask(&r, 200, "PATCH", "/api/v1/things/7", "", "{\"pin\":null}");
    assert_entry(&r, 0, ADMIN "things.update|7|second|success|{}|{\"pin\":null}");
    do_ask(&r, 204, "POST", "/api/v1/things", "", "{\"name\":\"third\"}");
    assert_entry(&r, 0, ADMIN "things.create|12|third|success|null|{\"name\":\"third\"}");
    /* What nobody names in a body is told whole, but for what has the name of a secret. */
    do_ask(&r, 202, "DELETE", "/api/v1/things/7", "", NULL);
    assert_entry(&r, 0,
                 ADMIN "things.delete|7|third|success|{\"id\":\"7\",\"name\":\"third\","
                       "\"port\":{\"size\":2,\"other\":1},\"seen\":0,"
                       "\"activation_key\":\"***\"}|null");
    do_ask(&r, 202, "POST", "/api/v1/things/7/push", "", NULL);
    assert_entry(&r, 0, ADMIN "things.push|7||success|null|null");
    assert_int_equal(count(&r), 7);
    room_close(&r);
}

static void test_trail__tells_what_failed(void **state)
{
    room r;
    (void)state;
    room_open(&r);
    do_ask(&r, 409, "PATCH", "/api/v1/things/7", "", "{\"name\":\"fails\"}");
    assert_entry(&r, 0, ADMIN "things.update|7|first|state|null|{\"name\":\"fails\"}");
    assert_int_equal(count(&r), 3);
    do_ask(&r, 404, "PATCH", "/api/v1/things/8", "", "{\"name\":\"fails\"}");
    assert_int_equal(count(&r), 4);
    do_ask(&r, 422, "PATCH", "/api/v1/things/7", "", "{\"nmae\":\"secret?\"}");
    assert_entry(&r, 0, ADMIN "things.update|7||inval|null|null");
    /* What was done is told as done, what failed afterwards as failed. */
    do_ask(&r, 504, "PATCH", "/api/v1/things/7", "", "{\"name\":\"half\"}");
    assert_entry(&r, 1,
                 ADMIN "things.update|7|first|success|{\"name\":\"first\"}|{\"name\":\"half\"}");
    assert_entry(&r, 0, ADMIN "things.update|7|first|timeout|null|{\"name\":\"half\"}");
    room_close(&r);
}

static void test_trail__tells_refusals_but_not_of_strangers(void **state)
{
    room r;
    rest_reply reply;
    (void)state;
    room_open(&r);
    do_ask(&r, 403, "GET", "/api/v1/hidden", "", NULL);
    assert_entry(&r, 0, "Administrator|session|192.0.2.1|hidden|hidden.read|||forbidden|null|null");
    do_ask(&r, 403, "PATCH", "/api/v1/things/7", "Sec-Fetch-Site: cross-site\n", "{}");
    assert_entry(&r, 0, ADMIN "things.update|7||forbidden|null|null");
    int before = count(&r);
    for (int i = 0; i < 100; i++) { /* a page that asks again and again */
        do_ask(&r, 403, "GET", "/api/v1/hidden", "", NULL);
    }
    assert_in_range(count(&r), before + 10, before + 30);
    before = count(&r);
    for (int i = 0; i < 50; i++) {
        rest_ask(&r.f, "PATCH", "/api/v1/things/7", "", "{\"name\":\"x\"}", &reply);
        assert_int_equal(reply.status, 401);
        rest_reply_fini(&reply);
        rest_ask(&r.f, "POST", "/api/v1/login", "", "{\"user\":7}", &reply);
        assert_int_equal(reply.status, 422);
        rest_reply_fini(&reply);
        rest_ask(&r.f, "POST", "/api/v1/hidden", "", NULL, &reply);
        assert_int_equal(reply.status, 401);
        rest_reply_fini(&reply);
    }
    assert_int_equal(count(&r), before);
    /* Guessing is bounded, and so is what the log says about it. */
    r.f.remote = "192.0.2.66";
    for (int i = 0; i < 60; i++) {
        rest_ask(&r.f, "POST", "/api/v1/login", "", "{\"user\":\"x\",\"password\":\"y\"}", &reply);
        rest_reply_fini(&reply);
    }
    assert_in_range(count(&r), before + 10, before + 30);
    room_close(&r);
}

static void test_trail__is_for_system_managers(void **state) // ACC-97
{
    room r;
    rest_reply reply;
    (void)state;
    room_open(&r);
    rest_ask(&r.f, "GET", "/api/v1/audit-log", "", NULL, &reply);
    assert_int_equal(reply.status, 401);
    rest_reply_fini(&reply);
    ask(&r, 201, "POST", "/api/v1/tokens", "", "{\"name\":\"t\",\"role\":\"user\"}", &reply);
    char token[256];
    (void)snprintf(token, sizeof(token), "Authorization: Bearer %s\n",
                   rest_reply_text(&reply, "token"));
    /* The token itself is in nobody's log. */
    cJSON *items = entries(&r);
    char *all = cJSON_PrintUnformatted(items);
    assert_null(strstr(all, rest_reply_text(&reply, "token")));
    assert_null(strstr(all, REST_PASSWORD));
    cJSON_free(all);
    cJSON_Delete(items);
    rest_reply_fini(&reply);
    rest_ask(&r.f, "GET", "/api/v1/audit-log", token, NULL, &reply);
    assert_int_equal(reply.status, 403);
    rest_reply_fini(&reply);
    rest_ask(&r.f, "GET", "/api/v1/audit-log/verify", token, NULL, &reply);
    assert_int_equal(reply.status, 403);
    rest_reply_fini(&reply);
    assert_entry(&r, 0,
                 "Administrator|token|192.0.2.1|audit-log|audit-log.verify.read|||forbidden|null|"
                 "null");
    ask(&r, 200, "GET", "/api/v1/audit-log/verify", "", NULL, &reply);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(reply.json, "whole")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(reply.json, "broken")));
    rest_reply_fini(&reply);
    /* ACC-98: the choice of a category. */
    ask(&r, 200, "GET", "/api/v1/audit-log?f=category:eq:tokens", "", NULL, &reply);
    assert_int_equal(json_get_i64(reply.json, "total", 0), 1);
    rest_reply_fini(&reply);
    ask(&r, 200, "GET", "/api/v1/audit-log?f=result:ne:success&f=way:eq:token&sort=at", "", NULL,
        &reply);
    assert_int_equal(json_get_i64(reply.json, "total", 0), 2);
    rest_reply_fini(&reply);
    room_close(&r);
}

/* ---- clients behind proxies ---- */

static const char *client_of(const char *proxies, bool standard, const char *peer,
                             const char *headers)
{
    static char text[64];
    rest_fixture f;
    rest_reply reply;
    char assignment[256];
    conf *c = conf_new();
    assert_non_null(c);
    (void)snprintf(assignment, sizeof(assignment), "http.trusted_proxies=%s", proxies);
    assert_int_equal(conf_set(c, assignment, NULL), PLATEN_OK);
    assert_int_equal(
        conf_set(c, standard ? "http.proxy_header=forwarded" : "http.proxy_header=x-forwarded-for",
                 NULL),
        PLATEN_OK);
    rest_fixture_open_with(&f, c);
    f.remote = peer;
    rest_ask(&f, "POST", "/api/v1/login", headers, "{\"user\":\"x\",\"password\":\"y\"}", &reply);
    rest_reply_fini(&reply);
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    assert_int_equal(store_read(f.store, &conn, NULL), PLATEN_OK);
    assert_int_equal(
        store_prepare_text(conn, "SELECT address FROM audit_entry WHERE seq = 1", &st, NULL),
        PLATEN_OK);
    assert_int_equal(store_step(st, NULL), PLATEN_OK);
    (void)snprintf(text, sizeof(text), "%s", store_text(st, 0));
    store_reset(st);
    store_read_end(conn);
    rest_fixture_close(&f);
    conf_free(c);
    return text;
}

static void test_forwarded__believes_only_named_proxies(void **state)
{
    static const char all[] = "10.0.0.0/8 fd00::/8, 192.0.2.1";
    (void)state;
    /* Nobody is named, or somebody else asks. */
    assert_string_equal(client_of("", false, "10.0.0.1", "X-Forwarded-For: 203.0.113.9\n"),
                        "10.0.0.1");
    assert_string_equal(client_of(all, false, "198.51.100.1", "X-Forwarded-For: 203.0.113.9\n"),
                        "198.51.100.1");
    assert_string_equal(client_of(all, false, "10.0.0.1", "X-Forwarded-For: 203.0.113.9\n"),
                        "203.0.113.9");
    assert_string_equal(client_of(all, false, "10.0.0.1", ""), "10.0.0.1");
    /* What the client wrote itself stands to the left of what the proxy wrote. */
    assert_string_equal(
        client_of(all, false, "10.0.0.1", "X-Forwarded-For: 1.1.1.1, 203.0.113.9\n"),
        "203.0.113.9");
    /* Proxies in a row; lines of their own. */
    assert_string_equal(client_of(all, false, "10.0.0.1",
                                  "X-Forwarded-For: 1.1.1.1\n"
                                  "X-Forwarded-For: 203.0.113.9,  10.2.3.4\n"
                                  "X-Forwarded-For: 192.0.2.1\n"),
                        "203.0.113.9");
    /* Nonsense ends the search at the last that was known. */
    assert_string_equal(
        client_of(all, false, "10.0.0.1", "X-Forwarded-For: 1.1.1.1, evil, 10.9.9.9\n"),
        "10.9.9.9");
    assert_string_equal(client_of(all, false, "10.0.0.1", "X-Forwarded-For: \n"), "10.0.0.1");
    assert_string_equal(client_of(all, false, "fd00::1", "X-Forwarded-For: [2001:db8::7]:4711\n"),
                        "2001:db8::7");
    /* The other header is never looked at. */
    assert_string_equal(client_of(all, false, "10.0.0.1", "Forwarded: for=203.0.113.9\n"),
                        "10.0.0.1");
    assert_string_equal(client_of(all, true, "10.0.0.1", "X-Forwarded-For: 203.0.113.9\n"),
                        "10.0.0.1");
    assert_string_equal(
        client_of(all, true, "10.0.0.1", "Forwarded: proto=https;For=\"[2001:db8::7]:80\";by=x\n"),
        "2001:db8::7");
    /* An open quotation mark swallows nothing. */
    assert_string_equal(client_of(all, true, "10.0.0.1",
                                  "Forwarded: for=\"1.1.1.1, for=unknown, for=203.0.113.9\n"),
                        "203.0.113.9");
    assert_string_equal(client_of(all, true, "10.0.0.1", "Forwarded: for=_hidden\n"), "10.0.0.1");
}

/* ---- versions ---- */

static void etag_of(room *r, const char *method, char etag[160])
{
    rest_reply reply;
    ask(r, 200, method, "/api/v1/things/7", "", NULL, &reply);
    (void)snprintf(etag, 160, "%s", rest_reply_header(&reply, "ETag"));
    rest_reply_fini(&reply);
    assert_true(etag[0] == '"');
}

static void patch_with(room *r, int status, const char *before, const char *etag,
                       const char *behind)
{
    char header[512];
    (void)snprintf(header, sizeof(header), "%s%s%s\n", before, etag, behind);
    do_ask(r, status, "PATCH", "/api/v1/things/7", header, "{\"name\":\"again\"}");
}

static void test_version__refuses_what_somebody_else_changed(void **state)
{
    room r;
    char first[160];
    char etag[160];
    char header[256];
    rest_reply reply;
    (void)state;
    room_open(&r);
    etag_of(&r, "GET", first);
    etag_of(&r, "HEAD", etag);
    assert_string_equal(first, etag);
    /* A PATCH answers the new version, and that is what GET says. */
    (void)snprintf(header, sizeof(header), "If-Match: %s\n", first);
    ask(&r, 200, "PATCH", "/api/v1/things/7", header, "{\"name\":\"second\"}", &reply);
    (void)snprintf(etag, sizeof(etag), "%s", rest_reply_header(&reply, "ETag"));
    rest_reply_fini(&reply);
    assert_string_not_equal(etag, first);
    char now[160];
    etag_of(&r, "GET", now);
    assert_string_equal(etag, now);
    /* The old one is refused, and nothing is changed. */
    ask(&r, 412, "PATCH", "/api/v1/things/7", header, "{\"name\":\"third\"}", &reply);
    assert_string_equal(rest_reply_text(&reply, "code"), "conflict");
    rest_reply_fini(&reply);
    assert_string_equal(thing.name, "second");
    do_ask(&r, 412, "DELETE", "/api/v1/things/7", header, NULL);
    assert_entry(&r, 0, ADMIN "things.delete|7||conflict|null|null");
    /* What moves by itself is no edit; but it is no longer the same answer. */
    thing.seen++;
    (void)snprintf(header, sizeof(header), "If-None-Match: %s\n", now);
    do_ask(&r, 200, "GET", "/api/v1/things/7", header, NULL);
    patch_with(&r, 200, "If-Match: ", now, "");
    room_close(&r);
}

static void test_version__compares_by_the_rules(void **state) // RFC 9110, 8.8.3.2 and 13.1
{
    room r;
    char etag[160];
    char header[256];
    (void)state;
    room_open(&r);
    do_ask(&r, 200, "PATCH", "/api/v1/things/7", "", "{\"name\":\"again\"}");
    etag_of(&r, "GET", etag);
    patch_with(&r, 200, "If-Match: ", etag, "");
    patch_with(&r, 200, "If-Match: \"x\", ", etag, " , \"y\"");
    patch_with(&r, 200, "If-Match:  * ", "", "");
    patch_with(&r, 412, "If-Match: W/", etag, ""); /* a weak one never fits */
    patch_with(&r, 412, "If-Match: \"x\"", "", "");
    patch_with(&r, 412, "If-Match: \"\"", "", "");
    patch_with(&r, 412, "If-Match: nonsense", "", "");
    patch_with(&r, 412, "If-Match: x", etag, "");
    patch_with(&r, 412, "If-None-Match: W/", etag, "");
    patch_with(&r, 412, "If-None-Match: *", "", "");
    patch_with(&r, 200, "If-None-Match: \"x\"", "", "");
    do_ask(&r, 404, "PATCH", "/api/v1/things/8", "If-Match: \"x\"\n", "{\"name\":\"n\"}");
    /* What has no version of its own must not seem to be guarded. */
    do_ask(&r, 412, "POST", "/api/v1/things", "If-Match: *\n", "{\"name\":\"n\"}");
    do_ask(&r, 412, "POST", "/api/v1/things/7/push", "If-Match: *\n", NULL);
    (void)snprintf(header, sizeof(header), "If-None-Match: \"x\", W/%s\n", etag);
    do_ask(&r, 304, "GET", "/api/v1/things/7", header, NULL);
    do_ask(&r, 304, "HEAD", "/api/v1/things/7", header, NULL);
    room_close(&r);
}

static void test_version__names_packed_bytes_otherwise(void **state)
{
    room r;
    rest_reply reply;
    char plain[160];
    char packed[160];
    char header[256];
    (void)state;
    room_open(&r);
    ask(&r, 200, "GET", "/api/v1/things", "", NULL, &reply);
    (void)snprintf(plain, sizeof(plain), "%s", rest_reply_header(&reply, "ETag"));
    rest_reply_fini(&reply);
    ask(&r, 200, "GET", "/api/v1/things", "Accept-Encoding: gzip\n", NULL, &reply);
    (void)snprintf(packed, sizeof(packed), "%s", rest_reply_header(&reply, "ETag"));
    assert_string_equal(rest_reply_header(&reply, "Content-Encoding"), "gzip");
    rest_reply_fini(&reply);
    assert_string_not_equal(plain, packed);
    (void)snprintf(header, sizeof(header), "Accept-Encoding: gzip\nIf-None-Match: %s\n", packed);
    do_ask(&r, 304, "GET", "/api/v1/things", header, NULL);
    (void)snprintf(header, sizeof(header), "If-None-Match: %s\n", packed);
    do_ask(&r, 200, "GET", "/api/v1/things", header, NULL);
    room_close(&r);
}

typedef struct editor {
    room *r;
    const char *header;
    int status;
} editor;

static void *edit(void *user)
{
    editor *e = user;
    rest_reply reply;
    char headers[2048];
    (void)snprintf(headers, sizeof(headers), "%s%s", e->r->headers, e->header);
    rest_ask(&e->r->f, "PATCH", "/api/v1/things/7", headers, "{\"name\":\"mine\"}", &reply);
    e->status = reply.status;
    rest_reply_fini(&reply);
    return NULL;
}

static void test_version__two_cannot_both_pass(void **state)
{
    enum { EDITORS = 8 };
    room r;
    char etag[160];
    char header[256];
    pthread_t threads[EDITORS];
    editor editors[EDITORS];
    int done = 0;
    (void)state;
    room_open(&r);
    etag_of(&r, "GET", etag);
    thing.slow_ms = 30;
    (void)snprintf(header, sizeof(header), "If-Match: %s\n", etag);
    for (int i = 0; i < EDITORS; i++) {
        editors[i] = (editor){&r, header, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, edit, &editors[i]), 0);
    }
    for (int i = 0; i < EDITORS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(editors[i].status == 200 || editors[i].status == 412);
        done += editors[i].status == 200 ? 1 : 0;
    }
    assert_int_equal(done, 1);
    room_close(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trail__tells_setup_and_login),
        cmocka_unit_test(test_trail__tells_what_platen_does_by_itself),
        cmocka_unit_test(test_trail__tells_changes_with_before_and_after),
        cmocka_unit_test(test_trail__tells_what_failed),
        cmocka_unit_test(test_trail__tells_refusals_but_not_of_strangers),
        cmocka_unit_test(test_trail__is_for_system_managers),
        cmocka_unit_test(test_forwarded__believes_only_named_proxies),
        cmocka_unit_test(test_version__refuses_what_somebody_else_changed),
        cmocka_unit_test(test_version__compares_by_the_rules),
        cmocka_unit_test(test_version__names_packed_bytes_otherwise),
        cmocka_unit_test(test_version__two_cannot_both_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
