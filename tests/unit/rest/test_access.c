/* Set-up, login, sessions, CSRF, tokens, roles, limits: the router as a client sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/user.h"
#include "core/rest/access.h"
#include "core/rest/metrics.h"
#include "core/rest/setup.h"
#include "tests/unit/rest/rest_fixture.h"

static int open_fixture(void **state)
{
    rest_fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    rest_fixture_open(f, NULL);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    rest_fixture_close(*state);
    free(*state);
    return 0;
}

static void assert_problem(rest_reply *reply, int status, const char *code)
{
    assert_int_equal(reply->status, status);
    assert_string_equal(rest_reply_header(reply, "Content-Type"), "application/problem+json");
    assert_string_equal(rest_reply_text(reply, "code"), code);
    assert_string_equal(rest_reply_text(reply, "type"), "about:blank");
    assert_true(cJSON_GetObjectItem(reply->json, "status")->valueint == status);
    assert_true(cJSON_IsArray(cJSON_GetObjectItem(reply->json, "errors")));
    assert_true(cJSON_IsObject(cJSON_GetObjectItem(reply->json, "params")));
    rest_reply_fini(reply);
}

static const char *first_pointer(const rest_reply *reply)
{
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(reply->json, "errors"), 0);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(first, "pointer"));
    return text != NULL ? text : "";
}

static void test_rest_setup__works_once(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    char token[SETUP_TOKEN_TEXT];
    rest_ask(f, "GET", "/api/v1/setup", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(reply.json, "needed")));
    rest_reply_fini(&reply);

    rest_ask(f, "POST", "/api/v1/setup", "",
             "{\"token\":\"wrong\",\"password\":\"Correct-horse-7\",\"email\":\"a@b.example\"}",
             &reply);
    assert_problem(&reply, 403, "forbidden");

    rest_fixture_set_up(f);
    rest_ask(f, "GET", "/api/v1/setup", "", NULL, &reply);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reply.json, "needed")));
    rest_reply_fini(&reply);
    rest_ask(f, "POST", "/api/v1/setup", "",
             "{\"token\":\"wrong\",\"password\":\"Correct-horse-7\",\"email\":\"a@b.example\"}",
             &reply);
    assert_problem(&reply, 409, "state");
    assert_int_equal(setup_token_ensure(f->store, f->folder, token, NULL), PLATEN_OK);
    assert_string_equal(token, "");
}

static void test_rest_setup__token_survives_restart(void **state)
{
    rest_fixture *f = *state;
    char token[SETUP_TOKEN_TEXT];
    assert_true(strlen(f->setup_token) >= 32);
    assert_int_equal(setup_token_ensure(f->store, f->folder, token, NULL), PLATEN_OK);
    assert_string_equal(token, f->setup_token);
}

// ACC-03
static void test_rest_setup__refuses_weak_passwords(void **state)
{
    static const char *const weak[] = {"Ab1-",          "alllowercase1",    "Password1!",
                                       "administrator", "NOLOWERNODIGIT-X", "12345678901234"};
    rest_fixture *f = *state;
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
        char body[256];
        rest_reply reply;
        f->remote = i % 2 == 0 ? "192.0.2.7" : "192.0.2.8";
        (void)snprintf(body, sizeof(body),
                       "{\"token\":\"%s\",\"password\":\"%s\",\"email\":\"a@b.example\"}",
                       f->setup_token, weak[i]);
        rest_ask(f, "POST", "/api/v1/setup", "", body, &reply);
        assert_string_equal(first_pointer(&reply), "/password");
        assert_problem(&reply, 422, "inval");
    }
}

static void test_rest_login__sets_a_careful_cookie(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_ask(f, "POST", "/api/v1/login", "",
             "{\"user\":\"administrator\",\"password\":\"" REST_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    const char *cookie = rest_reply_header(&reply, "Set-Cookie");
    assert_true(strncmp(cookie, "platen_session=", 15) == 0);
    assert_non_null(strstr(cookie, "; HttpOnly"));
    assert_non_null(strstr(cookie, "; Secure"));
    assert_non_null(strstr(cookie, "; SameSite=Strict"));
    assert_non_null(strstr(cookie, "; Path=/"));
    assert_null(strstr(cookie, "Max-Age")); // ACC-12
    assert_string_equal(rest_reply_header(&reply, "Cache-Control"), "no-store");
    assert_true(strlen(rest_reply_text(&reply, "csrf")) >= 24);
    const cJSON *user = cJSON_GetObjectItem(reply.json, "user");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(user, "role")), "system-manager");
    rest_reply_fini(&reply);

    rest_ask(f, "POST", "/api/v1/login", "",
             "{\"user\":\"Administrator\",\"password\":\"" REST_PASSWORD "\",\"remember\":true}",
             &reply);
    assert_non_null(strstr(rest_reply_header(&reply, "Set-Cookie"), "Max-Age=432000")); // ACC-11
    rest_reply_fini(&reply);
}

static void login_fails(rest_fixture *f, const char *user, const char *password, char *detail)
{
    char body[256];
    rest_reply reply;
    (void)snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\"}", user, password);
    rest_ask(f, "POST", "/api/v1/login", "", body, &reply);
    (void)snprintf(detail, 320, "%s", rest_reply_text(&reply, "detail"));
    assert_problem(&reply, 401, "unauthenticated");
}

static void test_rest_login__tells_nothing_and_locks(void **state)
{
    rest_fixture *f = *state;
    char nobody[320];
    char wrong[320];
    rest_fixture_set_up(f);
    login_fails(f, "nobody", "Wrong-pass-1", nobody);
    for (int i = 0; i < 5; i++) {
        login_fails(f, "Administrator", "Wrong-pass-1", wrong);
        assert_string_equal(nobody, wrong);
    }
    login_fails(f, "Administrator", REST_PASSWORD, wrong); // ACC-38: locked, right or wrong
    assert_string_equal(nobody, wrong);
    assert_int_equal(user_reset_password(f->store, NULL, "Another-horse-8", NULL), PLATEN_OK);
    rest_reply reply;
    rest_ask(f, "POST", "/api/v1/login", "",
             "{\"user\":\"Administrator\",\"password\":\"Another-horse-8\"}", &reply);
    assert_int_equal(reply.status, 200);
    rest_reply_fini(&reply);
}

static void test_rest_login__limits_attempts_by_address(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    int status = 0;
    int attempts = 0;
    rest_fixture_set_up(f);
    f->remote = "198.51.100.9";
    do {
        rest_ask(f, "POST", "/api/v1/login", "",
                 "{\"user\":\"nobody\",\"password\":\"Wrong-pass-1\"}", &reply);
        status = reply.status;
        if (status == 429) {
            assert_true(strtol(rest_reply_header(&reply, "Retry-After"), NULL, 10) >= 1);
        }
        rest_reply_fini(&reply);
    } while (status == 401 && ++attempts < 100);
    assert_int_equal(status, 429);
    assert_in_range(attempts, 15, 25);
    f->remote = "198.51.100.10"; /* others are not hindered */
    rest_ask(f, "POST", "/api/v1/login", "",
             "{\"user\":\"Administrator\",\"password\":\"" REST_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    rest_reply_fini(&reply);
}

static void test_rest_session__needs_csrf_for_changes(void **state)
{
    rest_fixture *f = *state;
    char headers[1024];
    char bare[1024];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, headers, sizeof(headers));
    (void)snprintf(bare, sizeof(bare), "%.*s\n", (int)strcspn(headers, "\n"), headers);

    rest_ask(f, "GET", "/api/v1/me", bare, NULL, &reply);
    assert_int_equal(reply.status, 200);
    rest_reply_fini(&reply);
    rest_ask(f, "PATCH", "/api/v1/me", bare, "{\"preferences\":{\"theme\":\"dark\"}}", &reply);
    assert_problem(&reply, 403, "forbidden");
    char wrong[1100];
    (void)snprintf(wrong, sizeof(wrong), "%sX-CSRF-Token: AAAA\n", bare);
    rest_ask(f, "PATCH", "/api/v1/me", wrong, "{\"preferences\":{\"theme\":\"dark\"}}", &reply);
    assert_problem(&reply, 403, "forbidden");
    (void)snprintf(wrong, sizeof(wrong), "%sSec-Fetch-Site: cross-site\n", headers);
    rest_ask(f, "PATCH", "/api/v1/me", wrong, "{\"preferences\":{\"theme\":\"dark\"}}", &reply);
    assert_problem(&reply, 403, "forbidden");
    rest_ask(f, "PATCH", "/api/v1/me", headers, "{\"preferences\":{\"theme\":\"dark\"}}", &reply);
    assert_int_equal(reply.status, 200);
    rest_reply_fini(&reply);
}

static void test_rest_session__ends_with_logout(void **state)
{
    rest_fixture *f = *state;
    char headers[1024];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, headers, sizeof(headers));
    rest_ask(f, "POST", "/api/v1/logout", headers, NULL, &reply);
    assert_int_equal(reply.status, 204);
    assert_non_null(strstr(rest_reply_header(&reply, "Set-Cookie"), "Max-Age=0"));
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/me", headers, NULL, &reply);
    assert_problem(&reply, 401, "unauthenticated");
}

static void test_rest_session__get_writes_nothing(void **state)
{
    rest_fixture *f = *state;
    char headers[1024];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, headers, sizeof(headers));
    rest_ask(f, "GET", "/api/v1/me", headers, NULL, &reply); /* notes the first use */
    rest_reply_fini(&reply);
    uint64_t before = store_version(f->store);
    for (int i = 0; i < 20; i++) {
        rest_ask(f, "GET", "/api/v1/system", headers, NULL, &reply);
        assert_int_equal(reply.status, 200);
        rest_reply_fini(&reply);
    }
    assert_int_equal(store_version(f->store), before);
}

static void make_token(rest_fixture *f, const char *session, const char *role, char *headers,
                       size_t size, char *id)
{
    char body[128];
    rest_reply reply;
    (void)snprintf(body, sizeof(body), "{\"name\":\"test\",\"role\":\"%s\",\"expires\":null}",
                   role);
    rest_ask(f, "POST", "/api/v1/tokens", session, body, &reply);
    assert_int_equal(reply.status, 201);
    assert_true(strncmp(rest_reply_text(&reply, "token"), "plt_", 4) == 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(reply.json, "expires")));
    (void)snprintf(headers, size, "Authorization: Bearer %s\n", rest_reply_text(&reply, "token"));
    (void)snprintf(id, 32, "%s", rest_reply_text(&reply, "id"));
    rest_reply_fini(&reply);
}

static void test_rest_tokens__work_until_ended(void **state)
{
    rest_fixture *f = *state;
    char session[1024];
    char token[256];
    char id[32];
    char path[64];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, session, sizeof(session));
    make_token(f, session, "system-manager", token, sizeof(token), id);
    rest_ask(f, "PATCH", "/api/v1/me", token, "{\"preferences\":{\"a\":1}}", &reply); /* no CSRF */
    assert_int_equal(reply.status, 200);
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/tokens?q=test", token, NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "total")->valueint, 1);
    assert_null(strstr(reply.body, "plt_"));
    rest_reply_fini(&reply);
    (void)snprintf(path, sizeof(path), "/api/v1/tokens/%s", id);
    rest_ask(f, "DELETE", path, session, NULL, &reply);
    assert_int_equal(reply.status, 204);
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/me", token, NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "WWW-Authenticate"), "Bearer realm=\"platen\"");
    assert_problem(&reply, 401, "unauthenticated");
}

static void test_rest_tokens__have_their_own_role(void **state)
{
    rest_fixture *f = *state;
    char session[1024];
    char token[256];
    char id[32];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, session, sizeof(session));
    make_token(f, session, "user", token, sizeof(token), id);
    rest_ask(f, "GET", "/api/v1/me", token, NULL, &reply);
    assert_string_equal(rest_reply_text(&reply, "role"), "user");
    rest_reply_fini(&reply);
    rest_ask(f, "POST", "/api/v1/tokens", token, "{\"name\":\"up\",\"role\":\"system-manager\"}",
             &reply);
    assert_problem(&reply, 403, "forbidden");
}

static void test_rest_tokens__expire(void **state)
{
    rest_fixture *f = *state;
    char session[1024];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, session, sizeof(session));
    rest_ask(f, "POST", "/api/v1/tokens", session,
             "{\"name\":\"old\",\"role\":\"user\",\"expires\":\"2020-01-01T00:00:00Z\"}", &reply);
    assert_string_equal(first_pointer(&reply), "/expires");
    assert_problem(&reply, 422, "inval");
}

static void test_rest_me__merges_preferences(void **state)
{
    rest_fixture *f = *state;
    char headers[1024];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, headers, sizeof(headers));
    rest_ask(f, "PATCH", "/api/v1/me", headers,
             "{\"preferences\":{\"theme\":\"dark\",\"columns\":[\"name\"],\"x\":1}}", &reply);
    rest_reply_fini(&reply);
    rest_ask(f, "PATCH", "/api/v1/me", headers,
             "{\"preferences\":{\"theme\":\"light\",\"x\":null}}", &reply);
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/me", headers, NULL, &reply);
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(reply.json, "preferences"));
    assert_string_equal(text, "{\"columns\":[\"name\"],\"theme\":\"light\"}");
    cJSON_free(text);
    rest_reply_fini(&reply);
}

static void test_rest__speaks_http(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    rest_ask(f, "GET", "/api/v1/nothing", "", NULL, &reply);
    assert_problem(&reply, 404, "not-found");
    rest_ask(f, "DELETE", "/api/v1/setup", "", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Allow"), "GET, HEAD, POST");
    assert_problem(&reply, 405, "method");
    rest_ask(f, "GET", "/api/v1/me", "", NULL, &reply);
    assert_problem(&reply, 401, "unauthenticated");
    rest_ask(f, "POST", "/api/v1/login", "Content-Type: text/plain\n", "{}", &reply);
    assert_true(reply.closed);
    assert_problem(&reply, 415, "media-type");
    rest_ask(f, "POST", "/api/v1/login", "", "{\"user\":", &reply);
    assert_problem(&reply, 400, "malformed");
    rest_ask(f, "POST", "/api/v1/login", "", NULL, &reply);
    assert_problem(&reply, 400, "malformed");
    rest_ask(f, "POST", "/api/v1/login", "", "{\"user\":\"a\",\"password\":5,\"more\":1}", &reply);
    assert_string_equal(first_pointer(&reply), "/password");
    assert_problem(&reply, 422, "inval");
    rest_ask(f, "HEAD", "/api/v1/setup", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body_length, 0);
    assert_true(strtol(rest_reply_header(&reply, "Content-Length"), NULL, 10) > 10);
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/me?a=%zz", "", NULL, &reply);
    assert_problem(&reply, 400, "malformed");
    rest_ask(f, "GET", "/api/v1/me?", "Authorization: Basic YTpi\n", NULL, &reply);
    assert_problem(&reply, 401, "unauthenticated");
}

static void test_rest__answers_with_care(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    rest_ask(f, "GET", "/api/v1/setup", "", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(rest_reply_header(&reply, "Cache-Control"), "no-store");
    assert_string_equal(rest_reply_header(&reply, "Referrer-Policy"), "no-referrer");
    assert_non_null(
        strstr(rest_reply_header(&reply, "Content-Security-Policy"), "frame-ancestors 'none'"));
    assert_non_null(strstr(rest_reply_header(&reply, "Strict-Transport-Security"), "max-age="));
    assert_true(strlen(rest_reply_header(&reply, "X-Request-Id")) > 3);
    char etag[64];
    (void)snprintf(etag, sizeof(etag), "If-None-Match: %s\n", rest_reply_header(&reply, "ETag"));
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/setup", etag, NULL, &reply);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body_length, 0);
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/api/v1/setup", "Host: localhost:8443\n", NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Strict-Transport-Security"), "");
    rest_reply_fini(&reply);
}

static void test_rest__packs_what_is_long(void **state)
{
    rest_fixture *f = *state;
    char session[1100];
    rest_reply reply;
    rest_fixture_set_up(f);
    rest_fixture_login(f, session, sizeof(session) - 40);
    rest_ask(f, "GET", "/api/v1/openapi.json", session, NULL, &reply);
    assert_int_equal(reply.status, 200);
    size_t plain = reply.body_length;
    assert_string_equal(rest_reply_text(&reply, "openapi"), "3.1.0");
    assert_non_null(cJSON_GetObjectItem(
        cJSON_GetObjectItem(cJSON_GetObjectItem(reply.json, "paths"), "/tokens/{id}"), "delete"));
    rest_reply_fini(&reply);
    size_t length = strlen(session);
    (void)snprintf(session + length, sizeof(session) - length, "Accept-Encoding: br, gzip\n");
    rest_ask(f, "GET", "/openapi.json", session, NULL, &reply);
    assert_string_equal(rest_reply_header(&reply, "Content-Encoding"), "gzip");
    assert_true(reply.body_length < plain / 3);
    assert_memory_equal(reply.body, "\x1f\x8b", 2);
    rest_reply_fini(&reply);
}

static bool ailing(char *text, size_t size, void *user)
{
    (void)snprintf(text, size, "%s", (const char *)user);
    return false;
}

static void append_line(strbuf *out, void *user)
{
    strbuf_appendf(out, "platen_test_total %d\n", *(int *)user);
}

static void test_rest__shows_health_and_metrics(void **state)
{
    static char reason[] = "no disk";
    static int seven = 7;
    rest_fixture *f = *state;
    char session[1024];
    rest_reply reply;
    rest_ask(f, "GET", "/healthz", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(rest_reply_text(&reply, "status"), "ok");
    rest_reply_fini(&reply);
    assert_int_equal(rest_add_health(f->rest, "disk", ailing, reason, NULL), PLATEN_OK);
    assert_int_equal(rest_add_metrics(f->rest, append_line, &seven, NULL), PLATEN_OK);
    rest_ask(f, "GET", "/healthz", "", NULL, &reply);
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.body, "no disk"));
    rest_reply_fini(&reply);
    rest_ask(f, "GET", "/metrics", "", NULL, &reply);
    assert_problem(&reply, 401, "unauthenticated");
    rest_fixture_set_up(f);
    rest_fixture_login(f, session, sizeof(session));
    rest_ask(f, "GET", "/metrics", session, NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, "platen_http_requests_total{status=\"2xx\"}"));
    assert_non_null(strstr(reply.body, "\nplaten_test_total 7\n"));
    rest_reply_fini(&reply);
}

static void test_access_cookie__finds_the_whole_name(void **state)
{
    char value[32];
    (void)state;
    assert_true(access_cookie("a=1; platen_session=xyz; b=2", ACCESS_COOKIE, value, sizeof(value)));
    assert_string_equal(value, "xyz");
    assert_false(access_cookie("xplaten_session=xyz", ACCESS_COOKIE, value, sizeof(value)));
    assert_false(access_cookie("platen_session=", ACCESS_COOKIE, value, sizeof(value)));
    assert_false(access_cookie("platen_session", ACCESS_COOKIE, value, sizeof(value)));
    assert_false(access_cookie(NULL, ACCESS_COOKIE, value, sizeof(value)));
    assert_false(access_cookie("platen_session=0123456789012345678901234567890123456789",
                               ACCESS_COOKIE, value, sizeof(value)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rest_setup__works_once),
        TEST(test_rest_setup__token_survives_restart),
        TEST(test_rest_setup__refuses_weak_passwords),
        TEST(test_rest_login__sets_a_careful_cookie),
        TEST(test_rest_login__tells_nothing_and_locks),
        TEST(test_rest_login__limits_attempts_by_address),
        TEST(test_rest_session__needs_csrf_for_changes),
        TEST(test_rest_session__ends_with_logout),
        TEST(test_rest_session__get_writes_nothing),
        TEST(test_rest_tokens__work_until_ended),
        TEST(test_rest_tokens__have_their_own_role),
        TEST(test_rest_tokens__expire),
        TEST(test_rest_me__merges_preferences),
        TEST(test_rest__speaks_http),
        TEST(test_rest__answers_with_care),
        TEST(test_rest__packs_what_is_long),
        TEST(test_rest__shows_health_and_metrics),
        cmocka_unit_test(test_access_cookie__finds_the_whole_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
