/* /webhooks, /outbox and the preferences of mail, asked without sockets; nothing is sent. */
#include "rest_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/notify/notify.h"
#include "core/rest/rest_mail.h"
#include "core/rest/rest_outbox.h"
#include "core/rest/rest_preferences.h"
#include "core/rest/rest_webhooks.h"

typedef struct office {
    rest_fixture f;
    char headers[768];
} office;

static int set_up(void **state)
{
    office *o = calloc(1, sizeof(*o));
    assert_non_null(o);
    *state = o;
    rest_fixture_open(&o->f, NULL);
    const notify_options options = {.store = o->f.store,
                                    .key = o->f.services.key,
                                    .version = "test",
                                    .address = "https://platen.example"};
    assert_int_equal(notify_new(&options, &o->f.services.notify, NULL), PLATEN_OK);
    assert_int_equal(rest_preferences_add(o->f.rest, NULL), PLATEN_OK);
    assert_int_equal(rest_mail_add(o->f.rest, NULL), PLATEN_OK);
    assert_int_equal(rest_webhooks_add(o->f.rest, NULL), PLATEN_OK);
    assert_int_equal(rest_outbox_add(o->f.rest, NULL), PLATEN_OK);
    rest_fixture_set_up(&o->f);
    rest_fixture_login(&o->f, o->headers, sizeof(o->headers));
    return 0;
}

static int tear_down(void **state)
{
    office *o = *state;
    notify *n = o->f.services.notify;
    rest_fixture_close(&o->f);
    notify_free(n);
    free(o);
    return 0;
}

/* Asks and checks the status; the JSON is the caller's. */
static cJSON *ask(office *o, int status, const char *method, const char *path, const char *body)
{
    rest_reply reply;
    char target[128];
    (void)snprintf(target, sizeof(target), "/api/v1%s", path);
    rest_ask(&o->f, method, target, o->headers, body, &reply);
    if (reply.status != status) {
        fail_msg("%s %s answers %d: %s", method, path, reply.status, reply.body);
    }
    cJSON *json = reply.json;
    reply.json = NULL;
    rest_reply_fini(&reply);
    return json;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));
    return text != NULL ? text : "";
}

#define HOOK                                                                                       \
    "{\"name\":\"Tickets\",\"url\":\"https://tickets.example/in\",\"token\":\"s3cret\","           \
    "\"events\":[\"device-added\",\"run-ended\"]}"

// PRF-19 to PRF-25
static void test_rest_webhooks__life(void **state)
{
    office *o = *state;
    char path[64];
    cJSON *made = ask(o, 201, "POST", "/webhooks", HOOK);
    assert_string_equal(text_of(made, "name"), "Tickets");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(made, "token_set")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(made, "active")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(made, "last")));
    assert_null(cJSON_GetObjectItem(made, "token"));
    char *words = cJSON_PrintUnformatted(cJSON_GetObjectItem(made, "events"));
    assert_string_equal(words, "[\"device-added\",\"run-ended\"]");
    cJSON_free(words);
    (void)snprintf(path, sizeof(path), "/webhooks/%s", text_of(made, "id"));
    cJSON_Delete(made);
    assert_true(notify_wants(o->f.services.notify, NOTIFY_RUN_ENDED));
    cJSON *patched = ask(o, 200, "PATCH", path, "{\"events\":[\"agent-down\"],\"token\":null}");
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(patched, "token_set")));
    assert_string_equal(text_of(patched, "url"), "https://tickets.example/in");
    cJSON_Delete(patched);
    assert_false(notify_wants(o->f.services.notify, NOTIFY_RUN_ENDED));
    assert_true(notify_wants(o->f.services.notify, NOTIFY_AGENT_DOWN));
    cJSON_Delete(ask(o, 409, "POST", "/webhooks", HOOK));
    cJSON *list = ask(o, 200, "GET", "/webhooks", NULL);
    assert_int_equal(cJSON_GetObjectItem(list, "total")->valueint, 1);
    cJSON_Delete(list);
    cJSON_Delete(ask(o, 204, "DELETE", path, NULL));
    cJSON_Delete(ask(o, 404, "GET", path, NULL));
    assert_false(notify_wants(o->f.services.notify, NOTIFY_AGENT_DOWN));
}

static void test_rest_webhooks__refuses(void **state)
{
    office *o = *state;
    static const char *const bad[] = {
        "{\"name\":\"x\",\"url\":\"https://a.example/\"}",
        "{\"name\":\"\",\"url\":\"https://a.example/\",\"events\":[]}",
        "{\"name\":\"x\",\"url\":\"ftp://a.example/\",\"events\":[]}",
        "{\"name\":\"x\",\"url\":\"file:///etc/passwd\",\"events\":[]}",
        "{\"name\":\"x\",\"url\":\"https://u:p@a.example/\",\"events\":[]}",
        "{\"name\":\"x\",\"url\":\"https://a.example/\",\"events\":[\"target-failed\"]}",
        "{\"name\":\"x\",\"url\":\"https://a.example/\",\"events\":[\"run-ended\",\"run-ended\"]}",
        "{\"name\":\"x\",\"url\":\"https://a.example/\",\"events\":[],\"token\":\"a\\r\\nX: y\"}",
        "{\"name\":\"x\",\"url\":\"https://a.example/\",\"events\":[],\"token\":\"with space\"}",
        "{\"name\":\"x\",\"url\":\"https://a.example/\",\"events\":[],\"id\":\"7\"}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cJSON_Delete(ask(o, 422, "POST", "/webhooks", bad[i]));
    }
    cJSON *problem = ask(o, 422, "POST", "/webhooks", bad[2]);
    const cJSON *error = cJSON_GetArrayItem(cJSON_GetObjectItem(problem, "errors"), 0);
    assert_string_equal(text_of(error, "pointer"), "/url");
    cJSON_Delete(problem);
}

/* The schema's words are those that can be sent, each of them. */
static void test_rest_webhooks__every_event_is_offered(void **state)
{
    office *o = *state;
    strbuf body;
    strbuf_init(&body);
    strbuf_append(&body, "{\"name\":\"all\",\"url\":\"https://a.example/\",\"events\":[");
    for (unsigned i = 0; i < NOTIFY_EVENTS; i++) {
        strbuf_appendf(&body, "%s\"%s\"", i > 0 ? "," : "", notify_event_word((notify_event)i));
    }
    strbuf_append(&body, "]}");
    assert_non_null(strstr(body.data, "[" NOTIFY_EVENT_WORDS "]"));
    cJSON *made = ask(o, 201, "POST", "/webhooks", body.data);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(made, "events")), NOTIFY_EVENTS);
    cJSON_Delete(made);
    strbuf_fini(&body);
}

// PRF-04 to PRF-08
static void test_rest_mail__preferences(void **state)
{
    office *o = *state;
    cJSON *all = ask(o, 200, "GET", "/preferences", NULL);
    const cJSON *mail = cJSON_GetObjectItem(all, "mail");
    assert_int_equal(cJSON_GetObjectItem(mail, "port")->valueint, 465);
    assert_string_equal(text_of(mail, "security"), "tls");
    cJSON_Delete(all);
    static const char *const bad[] = {
        "{\"mail\":{\"sender\":\"nobody\"}}",
        "{\"mail\":{\"sender\":\"a@b\\r\\nBcc: c@d\"}}",
        "{\"mail\":{\"host\":\"mail example\"}}",
        "{\"mail\":{\"host\":\"mail.example/x\"}}",
        "{\"mail\":{\"host\":\"mail.example:25\"}}",
        "{\"mail\":{\"port\":0}}",
        "{\"mail\":{\"port\":65536}}",
        "{\"mail\":{\"security\":\"ssl\"}}",
        "{\"mail\":{\"secret\":\"x\"}}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cJSON_Delete(ask(o, 422, "PATCH", "/preferences", bad[i]));
    }
    cJSON_Delete(ask(o, 409, "POST", "/preferences/mail/test", NULL)); // ACC-19
    all = ask(o, 200, "PATCH", "/preferences",
              "{\"mail\":{\"sender\":\"platen@example.com\",\"host\":\"127.0.0.1\",\"port\":1,"
              "\"security\":\"starttls\",\"authentication\":true,\"user\":\"u\","
              "\"password\":\"hush\"}}");
    mail = cJSON_GetObjectItem(all, "mail");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(mail, "password_set")));
    assert_null(cJSON_GetObjectItem(mail, "password"));
    cJSON_Delete(all);
    assert_true(notify_mail_ready(o->f.services.notify));
    cJSON *problem = ask(o, 502, "POST", "/preferences/mail/test", NULL); // PRF-09
    assert_string_equal(text_of(problem, "code"), "unreachable");
    assert_non_null(strstr(text_of(problem, "detail"), "127.0.0.1"));
    assert_null(strstr(text_of(problem, "detail"), "hush"));
    cJSON_Delete(problem);
    cJSON_Delete(ask(o, 200, "PATCH", "/preferences", "{\"mail\":{\"host\":\"::1\"}}"));
}

static void test_rest_outbox__shows_and_removes(void **state)
{
    office *o = *state;
    notify *n = o->f.services.notify;
    user_record who = {
        .id = 1, .name = "Ada", .email = "ada@example.com", .preferences = "{\"language\":\"fr\"}"};
    char path[64];
    cJSON_Delete(ask(o, 201, "POST", "/webhooks",
                     "{\"name\":\"Locks\",\"url\":\"https://a.example/\","
                     "\"events\":[\"login-locked\"]}"));
    cJSON_Delete(ask(o, 200, "PATCH", "/preferences",
                     "{\"mail\":{\"sender\":\"platen@example.com\",\"host\":\"127.0.0.1\"}}"));
    assert_int_equal(notify_password_reset(n, &who, "KEY-1", clock_now() + 60000, NULL), PLATEN_OK);
    assert_int_equal(notify_login_locked(n, &who, "192.0.2.9", clock_now(), NULL), PLATEN_OK);
    cJSON *list = ask(o, 200, "GET", "/outbox?sort=id", NULL);
    char *all = cJSON_PrintUnformatted(list);
    assert_null(strstr(all, "KEY-1"));
    cJSON_free(all);
    const cJSON *items = cJSON_GetObjectItem(list, "items");
    assert_int_equal(cJSON_GetArraySize(items), 3);
    const cJSON *mail = cJSON_GetArrayItem(items, 0);
    assert_string_equal(text_of(mail, "kind"), "mail");
    assert_string_equal(text_of(mail, "to"), "ada@example.com");
    assert_string_equal(text_of(mail, "subject"), "Réinitialiser votre mot de passe Platen");
    assert_string_equal(text_of(mail, "state"), "waiting");
    const cJSON *hook = cJSON_GetArrayItem(items, 2);
    assert_string_equal(text_of(hook, "kind"), "webhook");
    assert_string_equal(text_of(hook, "to"), "Locks");
    assert_string_equal(text_of(hook, "subject"), "login-locked");
    (void)snprintf(path, sizeof(path), "/outbox/%s", text_of(mail, "id"));
    cJSON_Delete(list);
    list = ask(o, 200, "GET", "/outbox?f=kind:eq:webhook&f=state:eq:waiting", NULL);
    assert_int_equal(cJSON_GetObjectItem(list, "total")->valueint, 1);
    cJSON_Delete(list);
    list = ask(o, 200, "GET", "/outbox?f=state:eq:failed", NULL);
    assert_int_equal(cJSON_GetObjectItem(list, "total")->valueint, 0);
    cJSON_Delete(list);
    cJSON_Delete(ask(o, 204, "DELETE", path, NULL));
    cJSON_Delete(ask(o, 404, "DELETE", path, NULL));
    cJSON_Delete(ask(o, 404, "POST", "/outbox/999/retry", NULL));
}

/* PRF-01: others see none of it. */
static void test_rest_notify__for_system_managers(void **state)
{
    office *o = *state;
    cJSON *token =
        ask(o, 201, "POST", "/tokens", "{\"name\":\"reader\",\"role\":\"user\",\"expires\":null}");
    char headers[256];
    static const char *const paths[] = {"/api/v1/webhooks", "/api/v1/outbox"};
    (void)snprintf(headers, sizeof(headers), "Authorization: Bearer %s\n", text_of(token, "token"));
    for (size_t i = 0; i < 2; i++) {
        rest_reply reply;
        rest_ask(&o->f, "GET", paths[i], headers, NULL, &reply);
        assert_int_equal(reply.status, 403);
        rest_reply_fini(&reply);
    }
    cJSON_Delete(token);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_rest_webhooks__life),
        TEST(test_rest_webhooks__refuses),
        TEST(test_rest_webhooks__every_event_is_offered),
        TEST(test_rest_mail__preferences),
        TEST(test_rest_outbox__shows_and_removes),
        TEST(test_rest_notify__for_system_managers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
