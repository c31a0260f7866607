/* Accounts, own data, second factor, reset, tokens: the routes as a client sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/user_reset.h"
#include "core/rest/access.h"
#include "tests/unit/rest/rest_fixture.h"
#include "tests/unit/store/fixture.h"

#define ANNA_PASSWORD "Battery-staple-8"

/* The router on a store of either kind. */
typedef struct world {
    rest_fixture rest; /* first: what the tests see */
    fixture *store;
} world;

static bool on_pgsql;

static int open_world(void **state)
{
    world *w = calloc(1, sizeof(*w));
    void *inner = NULL;
    assert_non_null(w);
    if ((on_pgsql ? fixture_pgsql : fixture_sqlite)(&inner) != 0) {
        return 1;
    }
    w->store = inner;
    rest_fixture_open_on(&w->rest, NULL, w->store->s);
    rest_fixture_set_up(&w->rest);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    void *inner = w->store;
    rest_fixture_close(&w->rest);
    free(w);
    return fixture_end(&inner);
}

/* ---- asking ---- */

static void ask(rest_fixture *f, const char *method, const char *path, const char *headers,
                const char *body, rest_reply *reply)
{
    char target[256];
    (void)snprintf(target, sizeof(target), "/api/v1%s", path);
    rest_ask(f, method, target, headers, body, reply);
}

/* The answer is not looked at beyond its status. */
static void expect(rest_fixture *f, int status, const char *method, const char *path,
                   const char *headers, const char *body)
{
    rest_reply reply;
    ask(f, method, path, headers, body, &reply);
    if (reply.status != status) {
        fail_msg("%s %s answers %d, not %d: %s", method, path, reply.status, status, reply.body);
    }
    rest_reply_fini(&reply);
}

/* 422 at `pointer`. */
static void expect_fault(rest_fixture *f, const char *pointer, const char *method, const char *path,
                         const char *headers, const char *body)
{
    rest_reply reply;
    ask(f, method, path, headers, body, &reply);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "errors"), 0);
    const char *at = cJSON_GetStringValue(cJSON_GetObjectItem(first, "pointer"));
    if (reply.status != 422 || at == NULL || strcmp(at, pointer) != 0) {
        fail_msg("%s %s answers %d at %s, not 422 at %s", method, path, reply.status,
                 at != NULL ? at : "nothing", pointer);
    }
    rest_reply_fini(&reply);
}

/* Makes "anna" with more members; her id. */
static void make_anna(rest_fixture *f, const char *admin, const char *more, char id[32])
{
    char body[512];
    rest_reply reply;
    (void)snprintf(body, sizeof(body),
                   "{\"name\":\"anna\",\"password\":\"" ANNA_PASSWORD
                   "\",\"email\":\"anna@example.com\",%s}",
                   more);
    ask(f, "POST", "/users", admin, body, &reply);
    if (reply.status != 201) {
        fail_msg("%d %s", reply.status, reply.body);
    }
    (void)snprintf(id, 32, "%s", rest_reply_text(&reply, "id"));
    rest_reply_fini(&reply);
}

/* Cookie and CSRF token of a login; "" when it is refused. Returns the status. */
static int login(rest_fixture *f, const char *user, const char *password, const char *code,
                 char headers[1024])
{
    char body[512];
    char cookie[512];
    rest_reply reply;
    (void)snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\"%s%s%s}", user,
                   password, code != NULL ? ",\"code\":\"" : "", code != NULL ? code : "",
                   code != NULL ? "\"" : "");
    ask(f, "POST", "/login", "User-Agent: Test \x01 browser\n", body, &reply);
    int status = reply.status;
    headers[0] = '\0';
    if (status == 200) {
        (void)snprintf(cookie, sizeof(cookie), "%s", rest_reply_header(&reply, "Set-Cookie"));
        cookie[strcspn(cookie, ";")] = '\0';
        (void)snprintf(headers, 1024, "Cookie: %s\nX-CSRF-Token: %s\n", cookie,
                       rest_reply_text(&reply, "csrf"));
    }
    rest_reply_fini(&reply);
    return status;
}

static void run(rest_fixture *f, const char *sql)
{
    rest_fixture_run(f, sql);
}

/* ---- accounts ---- */

// ACC-61, ACC-62, ACC-63, ACC-64, ACC-66, ACC-68
static void test_users__are_made_listed_changed_and_removed(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char anna[1024];
    char id[32];
    char path[64];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    make_anna(f, admin, "\"role\":\"device-manager\",\"functions\":[\"devices\",\"tasks\"]", id);
    ask(f, "GET", "/users?f=role:eq:device-manager", admin, NULL, &reply);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "total")->valueint, 1);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "items"), 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(row, "name")), "anna");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(row, "kind")), "local");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(row, "all_regions")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(row, "locked_until")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(row, "functions")), 2);
    rest_reply_fini(&reply);

    assert_int_equal(login(f, "anna", ANNA_PASSWORD, NULL, anna), 200);
    expect(f, 403, "GET", "/users", anna, NULL);
    expect(f, 403, "GET", "/roles", anna, NULL);
    (void)snprintf(path, sizeof(path), "/users/%s", id);
    expect(f, 403, "PATCH", path, anna, "{\"role\":\"system-manager\"}");
    expect(f, 200, "PATCH", path, admin, "{\"email\":\"new@example.com\"}");
    ask(f, "GET", path, admin, NULL, &reply);
    assert_string_equal(rest_reply_text(&reply, "email"), "new@example.com");
    assert_string_equal(rest_reply_text(&reply, "role"), "device-manager");
    assert_int_equal(cJSON_GetObjectItem(reply.json, "sessions")->valueint, 1);
    rest_reply_fini(&reply);
    expect(f, 204, "DELETE", path, admin, NULL);
    expect(f, 401, "GET", "/me", anna, NULL); /* at once */
    expect(f, 404, "GET", path, admin, NULL);
    expect(f, 404, "DELETE", path, admin, NULL);
}

static void test_users__input_is_checked_at_its_place(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char id[32];
    rest_fixture_login(f, admin, sizeof(admin));
#define NAMED(name, rest)                                                                          \
    "{\"name\":\"" name "\",\"password\":\"" ANNA_PASSWORD "\",\"role\":\"device-manager\"" rest "}"
    expect_fault(f, "/functions/1", "POST", "/users", admin,
                 NAMED("b", ",\"functions\":[\"devices\",\"flying\"]"));
    expect_fault(f, "/regions/0", "POST", "/users", admin, NAMED("b", ",\"regions\":[\"7\"]"));
    expect_fault(f, "/regions/0", "POST", "/users", admin, NAMED("b", ",\"regions\":[\"x\"]"));
    expect_fault(f, "/name", "POST", "/users", admin, NAMED("CORP\\\\b", ""));
    expect_fault(f, "/email", "POST", "/users", admin, NAMED("b", ",\"email\":\"a\\nb@c.d\""));
    expect_fault(f, "/password", "POST", "/users", admin,
                 "{\"name\":\"b\",\"password\":\"Password1!\",\"role\":\"user\"}");
    expect_fault(f, "/regions", "POST", "/users", admin, /* ACC-88 */
                 "{\"name\":\"b\",\"password\":\"" ANNA_PASSWORD
                 "\",\"role\":\"system-manager\",\"all_regions\":false}");
    expect_fault(f, "/more", "POST", "/users", admin, NAMED("b", ",\"more\":1"));
    make_anna(f, admin, "\"role\":\"user\"", id);
    expect(f, 409, "POST", "/users", admin, NAMED("ANNA", ""));
    expect(f, 409, "PATCH", "/users/1", admin, "{\"role\":\"user\"}"); /* ACC-06 */
    expect(f, 409, "DELETE", "/users/1", admin, NULL);
}

/* Taken away is gone at the next request, of sessions and of tokens (ACC-50). */
static void test_users__reduced_rights_hold_at_once(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char anna[1024];
    char token[128];
    char id[32];
    char path[64];
    rest_reply reply;
    run(f, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
           "VALUES ('R', 'r', 'UTC', '[]', '[]', 1)");
    rest_fixture_login(f, admin, sizeof(admin));
    make_anna(f, admin, "\"role\":\"system-manager\"", id);
    assert_int_equal(login(f, "anna", ANNA_PASSWORD, NULL, anna), 200);
    ask(f, "POST", "/tokens", anna, "{\"name\":\"t\",\"role\":\"system-manager\"}", &reply);
    (void)snprintf(token, sizeof(token), "Authorization: Bearer %s\n",
                   rest_reply_text(&reply, "token"));
    rest_reply_fini(&reply);
    expect(f, 200, "GET", "/users", token, NULL);
    expect(f, 200, "GET", "/users", anna, NULL);
    (void)snprintf(path, sizeof(path), "/users/%s", id);
    expect(f, 200, "PATCH", path, admin,
           "{\"role\":\"device-manager\",\"functions\":[\"reports\"],\"regions\":[\"1\"]}");
    expect(f, 403, "GET", "/users", token, NULL);
    expect(f, 403, "GET", "/users", anna, NULL);
    ask(f, "GET", "/me", token, NULL, &reply);
    assert_string_equal(rest_reply_text(&reply, "role"), "device-manager");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(reply.json, "functions")), 1);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reply.json, "all_regions")));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(reply.json, "regions")), 1);
    rest_reply_fini(&reply);
    expect(f, 403, "POST", "/tokens", anna, "{\"name\":\"t\",\"role\":\"system-manager\"}");
    expect(f, 403, "POST", "/tokens", anna,
           "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"devices\"]}");
    expect_fault(f, "/regions/0", "POST", "/tokens", anna,
                 "{\"name\":\"t\",\"role\":\"user\",\"regions\":[\"2\"]}");
    run(f, "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) "
           "VALUES ('S', 's', 'UTC', '[]', '[]', 1)");
    expect(f, 403, "POST", "/tokens", anna,
           "{\"name\":\"t\",\"role\":\"user\",\"regions\":[\"2\"]}");
    expect(f, 201, "POST", "/tokens", anna,
           "{\"name\":\"t\",\"role\":\"user\",\"regions\":[\"1\"]}");
    /* A region that somebody has cannot be removed behind the list's back. */
    ask(f, "GET", "/users?f=name:eq:anna", admin, NULL, &reply);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "items"), 0);
    const cJSON *regions = cJSON_GetObjectItem(row, "regions");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(regions, 0)), "1");
    rest_reply_fini(&reply);
}

// ACC-38, ACC-41
static void test_users__are_unlocked_by_hand(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char anna[1024];
    char id[32];
    char path[64];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    make_anna(f, admin, "\"role\":\"user\"", id);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(login(f, "anna", "Wrong-pass-1", NULL, anna), 401);
    }
    assert_int_equal(login(f, "anna", ANNA_PASSWORD, NULL, anna), 401);
    (void)snprintf(path, sizeof(path), "/users/%s", id);
    ask(f, "GET", path, admin, NULL, &reply);
    assert_true(strlen(rest_reply_text(&reply, "locked_until")) > 10);
    rest_reply_fini(&reply);
    (void)snprintf(path, sizeof(path), "/users/%s/unlock", id);
    expect(f, 204, "POST", path, admin, NULL);
    assert_int_equal(login(f, "anna", ANNA_PASSWORD, NULL, anna), 200);
    expect(f, 403, "POST", path, anna, NULL);
    expect(f, 404, "POST", "/users/99/unlock", admin, NULL);
}

static void test_roles__say_what_can_be_granted(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    ask(f, "GET", "/roles", admin, NULL, &reply);
    const cJSON *items = cJSON_GetObjectItem(reply.json, "items");
    assert_int_equal(cJSON_GetArraySize(items), 3);
    const cJSON *functions = cJSON_GetObjectItem(cJSON_GetArrayItem(items, 1), "functions");
    assert_true(cJSON_GetArraySize(functions) >= 8);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(functions, 0), "menu")),
        "devices");
    rest_reply_fini(&reply);
}

/* ---- own data ---- */

// ACC-67
static void test_me__changes_the_password(void **state)
{
    rest_fixture *f = *state;
    char first[1024];
    char second[1024];
    char again[1024];
    rest_fixture_login(f, first, sizeof(first));
    rest_fixture_login(f, second, sizeof(second));
    expect_fault(f, "/current", "PUT", "/me/password", first,
                 "{\"current\":\"Wrong-pass-1\",\"password\":\"" ANNA_PASSWORD "\"}");
    expect_fault(f, "/password", "PUT", "/me/password", first,
                 "{\"current\":\"" REST_PASSWORD "\",\"password\":\"short\"}");
    expect(f, 204, "PUT", "/me/password", first,
           "{\"current\":\"" REST_PASSWORD "\",\"password\":\"" ANNA_PASSWORD "\"}");
    expect(f, 200, "GET", "/me", first, NULL);
    expect(f, 401, "GET", "/me", second, NULL); /* all others end */
    assert_int_equal(login(f, "Administrator", REST_PASSWORD, NULL, again), 401);
    assert_int_equal(login(f, "Administrator", ANNA_PASSWORD, NULL, again), 200);
}

static void test_me__sessions_are_listed_and_ended(void **state)
{
    rest_fixture *f = *state;
    char first[1024];
    char second[1024];
    char path[64];
    rest_reply reply;
    f->remote = "192.0.2.77";
    assert_int_equal(login(f, "Administrator", REST_PASSWORD, NULL, first), 200);
    assert_int_equal(login(f, "Administrator", REST_PASSWORD, NULL, second), 200);
    ask(f, "GET", "/me/sessions", second, NULL, &reply);
    const cJSON *items = cJSON_GetObjectItem(reply.json, "items");
    assert_int_equal(cJSON_GetArraySize(items), 2);
    const cJSON *mine = cJSON_GetArrayItem(items, 0);
    const cJSON *other = cJSON_GetArrayItem(items, 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(mine, "current")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(other, "current")));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(other, "browser")),
                        "Test browser"); /* no control characters */
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(other, "address")), "192.0.2.77");
    (void)snprintf(path, sizeof(path), "/me/sessions/%s",
                   cJSON_GetStringValue(cJSON_GetObjectItem(other, "id")));
    rest_reply_fini(&reply);
    expect(f, 204, "DELETE", path, second, NULL);
    expect(f, 404, "DELETE", path, second, NULL);
    expect(f, 401, "GET", "/me", first, NULL);
    expect(f, 200, "GET", "/me", second, NULL);
    expect(f, 204, "DELETE", "/users/1/sessions", second, NULL);
    expect(f, 401, "GET", "/me", second, NULL);
}

/* A token is a program's: it does not touch how its owner logs in. */
static void test_me__tokens_change_nothing_of_logins(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char token[128];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    ask(f, "POST", "/tokens", admin,
        "{\"name\":\"t\",\"role\":\"system-manager\",\"expires\":\"2099-01-01T00:00:00Z\"}",
        &reply);
    (void)snprintf(token, sizeof(token), "Authorization: Bearer %s\n",
                   rest_reply_text(&reply, "token"));
    rest_reply_fini(&reply);
    expect(f, 403, "PUT", "/me/password", token,
           "{\"current\":\"" REST_PASSWORD "\",\"password\":\"" ANNA_PASSWORD "\"}");
    expect(f, 403, "POST", "/me/second-factor", token, "{\"password\":\"" REST_PASSWORD "\"}");
    expect(f, 403, "PATCH", "/me", token, "{\"email\":\"thief@example.com\"}");
    expect(f, 403, "POST", "/tokens", token, "{\"name\":\"longer\",\"role\":\"user\"}");
    expect(f, 403, "POST", "/tokens", token,
           "{\"name\":\"longer\",\"role\":\"user\",\"expires\":\"2099-01-01T00:00:01Z\"}");
    expect(f, 201, "POST", "/tokens", token,
           "{\"name\":\"shorter\",\"role\":\"user\",\"expires\":\"2098-01-01T00:00:00Z\"}");
    expect(f, 200, "PATCH", "/me", admin, "{\"email\":\"me@example.com\"}");
    expect_fault(f, "/email", "PATCH", "/me", admin, "{\"email\":\"nowhere\"}");
}

/* ---- automatic logout ---- */

// ACC-42: what pages ask by themselves is no sign of life
static void test_session__background_requests_are_no_use(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char background[1100];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    (void)snprintf(background, sizeof(background), "%sX-Platen-Background: 1\n", admin);
    ask(f, "GET", "/me", background, NULL, &reply);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "logout_minutes")->valueint, 30);
    rest_reply_fini(&reply);
    /* As if the last use had been 29 minutes ago, and nothing were remembered. */
    run(f, "UPDATE user_session SET last_used = last_used - 1740000, created = created - 1740000");
    rest_fixture_forget(f);
    expect(f, 200, "GET", "/me", background, NULL);
    run(f, "UPDATE user_session SET last_used = last_used - 120000");
    rest_fixture_forget(f);
    expect(f, 401, "GET", "/me", background, NULL); /* the request a moment ago put off nothing */
    expect(f, 401, "GET", "/me", admin, NULL);

    rest_fixture_login(f, admin, sizeof(admin));
    run(f, "UPDATE user_session SET last_used = last_used - 1740000");
    rest_fixture_forget(f);
    expect(f, 200, "GET", "/me", admin, NULL); /* a use */
    rest_fixture_forget(f);
    (void)snprintf(background, sizeof(background), "%sX-Platen-Background: 1\n", admin);
    expect(f, 200, "GET", "/me", background, NULL);
}

/* ---- second factor ---- */

static void test_factor__is_set_up_and_ended(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    expect_fault(f, "/password", "POST", "/me/second-factor", admin,
                 "{\"password\":\"Wrong-pass-1\"}");
    expect(f, 409, "PUT", "/me/second-factor", admin, "{\"code\":\"123456\"}");
    ask(f, "POST", "/me/second-factor", admin, "{\"password\":\"" REST_PASSWORD "\"}", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(strlen(rest_reply_text(&reply, "secret")), 32);
    assert_memory_equal(rest_reply_text(&reply, "uri"),
                        "otpauth://totp/Platen:Administrator?secret=", 43);
    const char *svg = rest_reply_text(&reply, "qr");
    assert_memory_equal(svg, "<svg ", 5);
    assert_null(strstr(svg, "script"));
    assert_null(strstr(svg, "style"));
    rest_reply_fini(&reply);
    expect_fault(f, "/code", "PUT", "/me/second-factor", admin, "{\"code\":\"12345x\"}");
    expect(f, 204, "POST", "/me/second-factor/disable", admin,
           "{\"password\":\"" REST_PASSWORD "\"}");
    expect(f, 409, "PUT", "/me/second-factor", admin, "{\"code\":\"123456\"}");
    expect(f, 204, "DELETE", "/users/1/second-factor", admin, NULL);
}

/* ---- forgotten passwords ---- */

// ACC-15, ACC-17, ACC-18
static void test_reset__tells_nobody_anything(void **state)
{
    rest_fixture *f = *state;
    char admin[1024];
    char body[256];
    char texts[2][512];
    arena *a = arena_new();
    user_reset reset;
    rest_reply reply;
    rest_fixture_login(f, admin, sizeof(admin));
    expect(f, 202, "POST", "/login/reset", "", "{\"user\":\"nobody\"}");
    expect(f, 202, "POST", "/login/reset", "", "{\"user\":\"Administrator\"}");
    for (int i = 0; i < 2; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"user\":\"%s\",\"key\":\"aaaa-bbbb\",\"password\":\"" ANNA_PASSWORD "\"}",
                       i == 0 ? "nobody" : "Administrator");
        ask(f, "POST", "/login/reset/confirm", "", body, &reply);
        assert_int_equal(reply.status, 422);
        (void)snprintf(texts[i], sizeof(texts[i]), "%s", rest_reply_text(&reply, "detail"));
        rest_reply_fini(&reply);
    }
    assert_string_equal(texts[0], texts[1]);
    run(f, "UPDATE user_reset SET created = 1");
    assert_int_equal(user_reset_begin(f->store, a, "Administrator", &reset, NULL), PLATEN_OK);
    (void)snprintf(body, sizeof(body),
                   "{\"user\":\"Administrator\",\"key\":\"%s\",\"password\":\"weak\"}", reset.key);
    expect_fault(f, "/password", "POST", "/login/reset/confirm", "", body);
    (void)snprintf(body, sizeof(body),
                   "{\"user\":\"Administrator\",\"key\":\"%s\",\"password\":\"" ANNA_PASSWORD "\"}",
                   reset.key);
    expect(f, 204, "POST", "/login/reset/confirm", "", body);
    expect(f, 401, "GET", "/me", admin, NULL); /* sessions have ended */
    expect_fault(f, "/key", "POST", "/login/reset/confirm", "", body);
    assert_int_equal(login(f, "Administrator", ANNA_PASSWORD, NULL, admin), 200);
    arena_free(a);
}

static void test_login__says_what_it_offers_and_bounds_bodies(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    ask(f, "GET", "/login", "", NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(reply.json, "password")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reply.json, "directory")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reply.json, "kerberos")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(reply.json, "reset"))); /* no mail server */
    rest_reply_fini(&reply);
    size_t size = 1 << 20;
    char *huge = malloc(size + 64);
    assert_non_null(huge);
    int at = snprintf(huge, 64, "{\"user\":\"Administrator\",\"password\":\"");
    memset(huge + at, 'x', size);
    memcpy(huge + (size_t)at + size, "\"}", 3);
    ask(f, "POST", "/login", "", huge, &reply);
    assert_int_equal(reply.status, 413); /* before a byte of it is read */
    assert_true(reply.closed);
    rest_reply_fini(&reply);
    huge[at + 5000] = '"';
    huge[at + 5001] = '}';
    huge[at + 5002] = '\0';
    expect_fault(f, "/password", "POST", "/login", "", huge);
    free(huge);
}

static void test_token__many_wrong_ones_are_slowed_down(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    int status = 401;
    int count = 0;
    f->remote = "198.51.100.44";
    while (status == 401 && count++ < 200) {
        ask(f, "GET", "/me", "Authorization: Bearer plt_wrong\n", NULL, &reply);
        status = reply.status;
        rest_reply_fini(&reply);
    }
    assert_int_equal(status, 429);
    assert_in_range(count, 50, 80);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_users__are_made_listed_changed_and_removed),
        TEST(test_users__input_is_checked_at_its_place),
        TEST(test_users__reduced_rights_hold_at_once),
        TEST(test_users__are_unlocked_by_hand),
        TEST(test_roles__say_what_can_be_granted),
        TEST(test_me__changes_the_password),
        TEST(test_me__sessions_are_listed_and_ended),
        TEST(test_me__tokens_change_nothing_of_logins),
        TEST(test_session__background_requests_are_no_use),
        TEST(test_factor__is_set_up_and_ended),
        TEST(test_reset__tells_nobody_anything),
        TEST(test_login__says_what_it_offers_and_bounds_bodies),
        TEST(test_token__many_wrong_ones_are_slowed_down),
    };
    int failed = cmocka_run_group_tests_name("users on SQLite", tests, NULL, NULL);
    if (fixture_pgsql_start()) {
        on_pgsql = true;
        failed += cmocka_run_group_tests_name("users on PostgreSQL", tests, NULL, NULL);
        fixture_pgsql_stop();
    }
    return failed;
}
