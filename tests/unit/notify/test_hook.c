/* Webhooks to a real HTTPS server: MON-39, MON-40, PRF-26. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/notify/hook.h"

static delivery_verdict post(const server *s, const char *scheme, const char *path,
                             const char *token, const char *ca)
{
    char url[256];
    const delivery_options options = {.ca_file = ca, .version = "test", .timeout_s = 3};
    delivery *d = NULL;
    delivery_verdict v;
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d%s", scheme, s->port, path);
    const hook_request request = {.url = url,
                                  .token = token,
                                  .event = "device-added",
                                  .mark = "mark1",
                                  .manager = "https://platen.example",
                                  .data = "{\"count\":1}",
                                  .at = 1769847330000,
                                  .now = 1769847331000};
    assert_ok(hook_delivery(&request, &options, &d, error));
    delivery_perform(d, &v);
    delivery_free(d);
    return v;
}

static const char *const *https(void)
{
    static const char *arguments[8];
    const char *const all[] = {"--cert", world_certs()->certificate, "--key", world_certs()->key,
                               NULL};
    memcpy(arguments, all, sizeof(all));
    return arguments;
}

static const char *header(const cJSON *request, const char *name)
{
    const cJSON *headers = cJSON_GetObjectItem(request, "headers");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(headers, name));
    return text != NULL ? text : "";
}

static void test_hook__what_is_posted(void **state)
{
    (void)state;
    server s = {0};
    server_start(&s, "hook-server.py", 0, https());
    delivery_verdict v = post(&s, "https", "/in", "s3cret", world_certs()->ca);
    assert_int_equal(v.outcome, DELIVERY_DONE);
    assert_int_equal(v.status, 204);
    assert_int_equal(post(&s, "https", "/in", "", world_certs()->ca).outcome, DELIVERY_DONE);
    cJSON *all = server_received(&s, "hooks");
    const cJSON *first = cJSON_GetArrayItem(all, 0);
    const char *body = cJSON_GetStringValue(cJSON_GetObjectItem(first, "body"));
    assert_string_equal(body, "{\"id\":\"mark1\",\"event\":\"device-added\","
                              "\"at\":\"2026-01-31T08:15:30.000Z\","
                              "\"manager\":\"https://platen.example\",\"data\":{\"count\":1}}");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(first, "method")), "POST");
    assert_string_equal(header(first, "content-type"), "application/json");
    assert_string_equal(header(first, "user-agent"), "Platen/test");
    assert_string_equal(header(first, "x-platen-event"), "device-added");
    assert_string_equal(header(first, "x-platen-delivery"), "mark1");
    assert_string_equal(header(first, "x-platen-token"), "s3cret"); // MON-39
    strbuf signature;
    strbuf_init(&signature);
    hook_sign(&signature, "s3cret", 1769847331000, body, strlen(body));
    assert_string_equal(header(first, "x-platen-signature"), signature.data);
    strbuf_fini(&signature);
    const cJSON *second = cJSON_GetArrayItem(all, 1);
    assert_string_equal(header(second, "x-platen-token"), "");
    assert_string_equal(header(second, "x-platen-signature"), "");
    cJSON_Delete(all);
    server_stop(&s);
}

/* printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key */
static void test_hook__signature_is_hmac_sha256(void **state)
{
    (void)state;
    strbuf out;
    strbuf_init(&out);
    hook_sign(&out, "key", INT64_C(1700000000999), "{\"a\":1}", 7);
    assert_string_equal(out.data,
                        "t=1700000000,v1="
                        "a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03");
    strbuf_fini(&out);
}

static void test_hook__urls(void **state)
{
    (void)state;
    static const char *const good[] = {"https://example.org/hook?a=b", "http://10.1.2.3:8080/x",
                                       "https://[2001:db8::1]:8443/"};
    static const char *const bad[] = {"",
                                      "example.org",
                                      "ftp://example.org/",
                                      "file:///etc/passwd",
                                      "smtp://example.org",
                                      "https://user@example.org/",
                                      "https://user:word@example.org/",
                                      "https:///x",
                                      "https://example.org/a b",
                                      "https://example.org/\r\nX: y",
                                      "https://ex\xc3\xa4mple.org/"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_null(hook_url_wrong(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hook_url_wrong(bad[i]) == NULL) {
            fail_msg("'%s' is taken", bad[i]);
        }
    }
    char longest[2100];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest, "https://", 8);
    longest[2001] = '\0';
    assert_non_null(hook_url_wrong(longest));
}

static void test_hook__verdicts(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        delivery_outcome outcome;
        platen_code code;
        long status;
    } table[] = {
        {"/status/200", DELIVERY_DONE, PLATEN_OK, 200},
        {"/status/400", DELIVERY_LATER, PLATEN_E_DEVICE, 400},
        {"/status/410", DELIVERY_LATER, PLATEN_E_DEVICE, 410},
        {"/status/429", DELIVERY_BLOCKED, PLATEN_E_DEVICE, 429},
        {"/status/500", DELIVERY_BLOCKED, PLATEN_E_DEVICE, 500},
        {"/redirect", DELIVERY_LATER, PLATEN_E_DEVICE, 302},
        {"/slow/30", DELIVERY_BLOCKED, PLATEN_E_TIMEOUT, 0},
        {"/drop", DELIVERY_BLOCKED, PLATEN_E_UNREACHABLE, 0},
    };
    server s = {0};
    server_start(&s, "hook-server.py", 0, https());
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        delivery_verdict v = post(&s, "https", table[i].path, "t", world_certs()->ca);
        if (v.outcome != table[i].outcome || v.code != table[i].code ||
            v.status != table[i].status) {
            fail_msg("%s: outcome %d, code %d, status %ld, '%s'", table[i].path, (int)v.outcome,
                     (int)v.code, v.status, v.text);
        }
    }
    assert_int_equal(server_count(&s, "hooks"), sizeof(table) / sizeof(table[0]));
    assert_int_equal(post(&s, "https", "/after/7", "t", world_certs()->ca).wait_ms, 7000);
    assert_int_equal(post(&s, "https", "/after/999999", "t", world_certs()->ca).wait_ms, 3600000);
    server_stop(&s);
}

static void test_hook__wrong_certificate(void **state)
{
    (void)state;
    server s = {0};
    server_start(&s, "hook-server.py", 0, https());
    delivery_verdict v = post(&s, "https", "/in", "s3cret", NULL);
    assert_int_equal(v.outcome, DELIVERY_BLOCKED);
    assert_int_equal(v.code, PLATEN_E_PROTOCOL);
    assert_non_null(strstr(v.text, "certificate"));
    assert_int_equal(server_count(&s, "hooks"), 0); /* the token has not left the house */
    server_stop(&s);
}

/* PRF-26, MON-40: no proxy, whatever the environment says. */
static void test_hook__no_proxy(void **state)
{
    (void)state;
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};
    server s = {0};
    server_start(&s, "hook-server.py", 0, NULL);
    for (size_t i = 0; i < 5; i++) {
        setenv(names[i], "http://127.0.0.1:1", 1);
    }
    delivery_verdict v = post(&s, "http", "/in", "", NULL);
    for (size_t i = 0; i < 5; i++) {
        unsetenv(names[i]);
    }
    assert_int_equal(v.outcome, DELIVERY_DONE);
    server_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hook__what_is_posted),
        cmocka_unit_test(test_hook__signature_is_hmac_sha256),
        cmocka_unit_test(test_hook__urls),
        cmocka_unit_test(test_hook__verdicts),
        cmocka_unit_test(test_hook__wrong_certificate),
        cmocka_unit_test(test_hook__no_proxy),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_certs_remove();
    curl_global_cleanup();
    return failed;
}
