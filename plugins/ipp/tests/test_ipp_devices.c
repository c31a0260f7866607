/*
 * The whole driver against devices that behave, misbehave and attack: the right answer or the right
 * code, and always in time.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "device.h"
#include "fake_host.h"

#define PATIENCE_MS 2000
#define GRACE_MS 600 /* over the deadline, for a busy test host */

static fake_host *host;
static fake_result result;

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One work on a port of this host with PATIENCE_MS of time. */
static void run_as(uint32_t kind, uint32_t port, char memo[FAKE_MEMO], const char *user,
                   const char *password)
{
    platen_target target = PLATEN_TARGET_INIT;
    fake_result_fini(&result);
    target.address = "127.0.0.1";
    target.port = port;
    target.user = user;
    target.password = password;
    target.deadline = now_ms() + PATIENCE_MS;
    fake_host_run(host, kind, &target, memo, &result);
    assert_int_equal(result.finished, 1);
    assert_true(result.took_ms < PATIENCE_MS + GRACE_MS);
}

static void run(uint32_t kind, uint32_t port, char memo[FAKE_MEMO])
{
    run_as(kind, port, memo, "", "");
}

static platen_code status_of(device *d)
{
    char memo[FAKE_MEMO] = "";
    run(PLATEN_WORK_STATUS, device_port(d), memo);
    device_stop(d);
    return result.code;
}

/* ---- devices that behave ---- */

static ipp_t *printer_message(void)
{
    ipp_t *message = device_message(IPP_STATUS_OK);
    (void)ippAddString(message, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-make-and-model", NULL,
                       "Konica Minolta bizhub 9");
    (void)ippAddInteger(message, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state", IPP_PSTATE_IDLE);
    return message;
}

static bool answer_printer(device *d, const device_request *r, void *user)
{
    (void)d;
    (void)user;
    if (strncmp(r->head, "POST /ipp/print ", 16) != 0) {
        return device_http(r, 404, "", "text/html", "no", 2);
    }
    return device_ipp(r, printer_message());
}

static void test_probe__prefers_tls_and_remembers_the_way(void **state)
{
    char memo[FAKE_MEMO] = "";
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_printer, NULL);
    run(PLATEN_WORK_PROBE, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_OK);
    assert_int_equal(result.sureness, 90);
    assert_string_equal(memo, "1 tls 2.0 /ipp/print");
    size_t requests = device_requests(d);
    run(PLATEN_WORK_INFORMATION, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_OK);
    assert_int_equal(device_requests(d), requests + 1); /* no search any more */
    assert_true(fake_result_has(&result, "text manufacturer=Konica Minolta"));
    assert_true(fake_result_has(&result, "text model=bizhub 9"));
    device_stop(d);
}

static void test_probe__takes_clear_text_where_that_is_all(void **state)
{
    char memo[FAKE_MEMO] = "";
    (void)state;
    device *d = device_start(DEVICE_NO_TLS, answer_printer, NULL);
    run(PLATEN_WORK_PROBE, device_port(d), memo);
    assert_int_equal(result.sureness, 90);
    assert_string_equal(memo, "1 clear 2.0 /ipp/print");
    device_stop(d);
}

static bool answer_old(device *d, const device_request *r, void *user)
{
    if (strncmp(r->head, "POST /ipp ", 10) == 0 && device_version(r) == 20) {
        return device_ipp(r, device_message(IPP_STATUS_ERROR_VERSION_NOT_SUPPORTED));
    }
    if (strncmp(r->head, "POST /ipp ", 10) == 0) {
        return device_ipp(r, printer_message());
    }
    (void)d;
    (void)user;
    return device_ipp(r, device_message(IPP_STATUS_ERROR_NOT_FOUND));
}

static void test_probe__finds_older_paths_and_versions(void **state)
{
    char memo[FAKE_MEMO] = "1 tls 2.0 /ipp/print"; /* what an earlier firmware had */
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_old, NULL);
    run(PLATEN_WORK_STATUS, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_OK);
    assert_string_equal(memo, "1 tls 1.1 /ipp");
    device_stop(d);
}

static void test_tls__old_keys_are_taken_old_versions_are_not(void **state)
{
    char memo[FAKE_MEMO] = "";
    (void)state;
    device *d = device_start(DEVICE_WEAK_KEY, answer_printer, NULL);
    run(PLATEN_WORK_PROBE, device_port(d), memo);
    assert_string_equal(memo, "1 tls 2.0 /ipp/print");
    device_stop(d);
    memo[0] = '\0';
    d = device_start(DEVICE_OLD_TLS, answer_printer, NULL);
    run(PLATEN_WORK_PROBE, device_port(d), memo);
    assert_string_equal(memo, "1 clear 2.0 /ipp/print");
    device_stop(d);
}

static bool answer_wrong_in_clear(device *d, const device_request *r, void *user)
{
    return r->tls ? answer_printer(d, r, user) : false;
}

static void test_tls__only_old_versions_is_a_protocol_error(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_OLD_TLS, answer_wrong_in_clear, NULL)),
                     PLATEN_E_PROTOCOL);
}

static void test_memo__of_another_plugin_version_is_ignored(void **state)
{
    static const char *const memos[] = {"2 tls 2.0 /ipp/print",
                                        "1 tls 2.0 ipp/print",
                                        "1 tls 3.0 /ipp/print",
                                        "1 ssl 2.0 /ipp",
                                        "1 tls 2.0",
                                        "1 tls 2.0 /ipp/print x",
                                        "garbage",
                                        "1 tls 2.0 /a\nb"};
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_printer, NULL);
    for (size_t i = 0; i < sizeof(memos) / sizeof(memos[0]); i++) {
        char memo[FAKE_MEMO];
        (void)snprintf(memo, sizeof(memo), "%s", memos[i]);
        run(PLATEN_WORK_STATUS, device_port(d), memo);
        assert_int_equal(result.code, PLATEN_OK);
        assert_string_equal(memo, "1 tls 2.0 /ipp/print");
    }
    device_stop(d);
}

/* ---- credentials ---- */

static bool answer_basic(device *d, const device_request *r, void *user)
{
    bool *in_clear = user;
    /* "admin:secret" */
    bool given = strstr(r->head, "Authorization: Basic YWRtaW46c2VjcmV0\r\n") != NULL;
    if (given && !r->tls) {
        *in_clear = true;
    }
    return given
               ? answer_printer(d, r, NULL)
               : device_http(r, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "text/html", "", 0);
}

static void test_auth__password_goes_into_tls_only(void **state)
{
    char memo[FAKE_MEMO] = "";
    bool in_clear = false;
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_basic, &in_clear);
    run_as(PLATEN_WORK_STATUS, device_port(d), memo, "admin", "secret");
    assert_int_equal(result.code, PLATEN_OK);
    run(PLATEN_WORK_STATUS, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_E_AUTH);
    assert_non_null(strstr(result.text, "HTTP 401"));
    device_stop(d);
    memo[0] = '\0';
    d = device_start(DEVICE_NO_TLS, answer_basic, &in_clear);
    run_as(PLATEN_WORK_STATUS, device_port(d), memo, "admin", "secret");
    assert_int_equal(result.code, PLATEN_E_AUTH);
    assert_null(strstr(result.text, "secret"));
    assert_false(in_clear);
    device_stop(d);
}

/* ---- devices that say no ---- */

static bool answer_status(device *d, const device_request *r, void *user)
{
    (void)d;
    return device_http(r, *(const int *)user, "", "text/html", "<html>", 6);
}

static void test_http__statuses_become_codes(void **state)
{
    static const struct {
        int status;
        platen_code code;
    } cases[] = {
        {401, PLATEN_E_AUTH},        {403, PLATEN_E_AUTH},        {404, PLATEN_E_UNSUPPORTED},
        {405, PLATEN_E_UNSUPPORTED}, {426, PLATEN_E_UNSUPPORTED}, {503, PLATEN_E_DEVICE},
        {500, PLATEN_E_DEVICE},      {200, PLATEN_E_PROTOCOL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char want[32];
        int status = cases[i].status;
        assert_int_equal(status_of(device_start(DEVICE_TLS, answer_status, &status)),
                         cases[i].code);
        (void)snprintf(want, sizeof(want), "HTTP %d", status);
        assert_non_null(strstr(result.text, want));
    }
}

static void test_probe__of_a_web_server_is_a_plain_no(void **state)
{
    char memo[FAKE_MEMO] = "";
    int status = 404;
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_status, &status);
    run(PLATEN_WORK_PROBE, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_OK);
    assert_int_equal(result.sureness, 0);
    assert_non_null(strstr(result.why, "HTTP 404"));
    assert_string_equal(memo, "");
    device_stop(d);
}

static bool answer_ipp_status(device *d, const device_request *r, void *user)
{
    (void)d;
    return device_ipp(r, device_message(*(const int *)user));
}

static void test_ipp__statuses_become_codes(void **state)
{
    static const struct {
        int status;
        platen_code code;
        const char *text;
    } cases[] = {
        {IPP_STATUS_ERROR_BUSY, PLATEN_E_DEVICE,
         "get-printer-attributes on /ipp/print (tls): server-error-busy (0x0507)"},
        {IPP_STATUS_ERROR_NOT_AUTHENTICATED, PLATEN_E_AUTH, "(0x0402)"},
        {IPP_STATUS_ERROR_NOT_AUTHORIZED, PLATEN_E_AUTH, "(0x0403)"},
        {IPP_STATUS_ERROR_FORBIDDEN, PLATEN_E_AUTH, "(0x0401)"},
        {IPP_STATUS_ERROR_NOT_FOUND, PLATEN_E_UNSUPPORTED, "(0x0406)"},
        {IPP_STATUS_ERROR_INTERNAL, PLATEN_E_DEVICE, "(0x0500)"},
        {0x7abc, PLATEN_E_DEVICE, "(0x7abc)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int status = cases[i].status;
        assert_int_equal(status_of(device_start(DEVICE_TLS, answer_ipp_status, &status)),
                         cases[i].code);
        assert_non_null(strstr(result.text, cases[i].text));
    }
}

/* ---- devices that misbehave ---- */

static bool answer_close(device *d, const device_request *r, void *user)
{
    (void)d;
    (void)r;
    (void)user;
    return false;
}

static void test_garbage__closing_at_once(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_close, NULL)), PLATEN_E_PROTOCOL);
    assert_int_equal(status_of(device_start(DEVICE_NO_TLS, answer_close, NULL)), PLATEN_E_PROTOCOL);
}

static void test_garbage__nobody_listens(void **state)
{
    char memo[FAKE_MEMO] = "";
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_close, NULL);
    uint32_t port = device_port(d);
    device_stop(d);
    run(PLATEN_WORK_STATUS, port, memo);
    assert_int_equal(result.code, PLATEN_E_UNREACHABLE);
    assert_true(result.took_ms < 500);
}

static bool answer_never(device *d, const device_request *r, void *user)
{
    (void)r;
    (void)user;
    while (device_sleep(d, 100)) {
        continue;
    }
    return false;
}

static void test_garbage__silence(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_never, NULL)), PLATEN_E_TIMEOUT);
    assert_int_equal(status_of(device_start(DEVICE_NO_TLS, answer_never, NULL)), PLATEN_E_TIMEOUT);
}

static bool answer_drip(device *d, const device_request *r, void *user)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nX: ";
    (void)user;
    for (size_t i = 0; i < sizeof(head) - 1; i++) {
        if (!device_send(r->connection, head + i, 1) || !device_sleep(d, 50)) {
            return false;
        }
    }
    while (device_send(r->connection, "x", 1) && device_sleep(d, 50)) {
        continue;
    }
    return false;
}

static void test_garbage__slow_drip_of_headers(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_drip, NULL)), PLATEN_E_TIMEOUT);
}

static void test_garbage__slow_drip_of_tls(void **state)
{
    char memo[FAKE_MEMO] = "1 tls 2.0 /ipp/print";
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_DRIP_TLS, answer_never, NULL)),
                     PLATEN_E_TIMEOUT);
    device *d = device_start(DEVICE_DRIP_TLS, answer_never, NULL);
    run(PLATEN_WORK_STATUS, device_port(d), memo); /* with a remembered way too */
    assert_int_equal(result.code, PLATEN_E_TIMEOUT);
    device_stop(d);
    d = device_start(DEVICE_DRIP_TLS, answer_printer, NULL);
    memo[0] = '\0';
    run(PLATEN_WORK_STATUS, device_port(d), memo); /* and clear text is still tried in time */
    assert_int_equal(result.code, PLATEN_OK);
    device_stop(d);
}

static bool answer_drip_body(device *d, const device_request *r, void *user)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 900000\r\n\r\n";
    (void)user;
    (void)device_send(r->connection, head, sizeof(head) - 1);
    while (device_send(r->connection, "\x02", 1) && device_sleep(d, 30)) {
        continue;
    }
    return false;
}

static void test_garbage__slow_drip_of_the_body(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_drip_body, NULL)), PLATEN_E_TIMEOUT);
    assert_non_null(strstr(result.text, "bytes"));
}

static bool answer_endless(device *d, const device_request *r, void *user)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n";
    char block[4096];
    (void)d;
    (void)user;
    memset(block, 0x44, sizeof(block));
    (void)device_send(r->connection, head, sizeof(head) - 1);
    while (device_send(r->connection, block, sizeof(block))) {
        continue;
    }
    return false;
}

static void test_garbage__endless_answer(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_endless, NULL)), PLATEN_E_PROTOCOL);
    assert_non_null(strstr(result.text, "1048576"));
}

static bool answer_endless_headers(device *d, const device_request *r, void *user)
{
    char line[1024];
    (void)d;
    (void)user;
    memset(line, 'x', sizeof(line));
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    (void)device_send(r->connection, "HTTP/1.1 200 OK\r\n", 17);
    while (device_send(r->connection, line, sizeof(line))) {
        continue;
    }
    return false;
}

static void test_garbage__endless_headers(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_NO_TLS, answer_endless_headers, NULL)),
                     PLATEN_E_PROTOCOL);
}

static bool answer_huge_promise(device *d, const device_request *r, void *user)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: "
        "99999999999\r\n\r\n";
    (void)d;
    (void)user;
    (void)device_send(r->connection, head, sizeof(head) - 1);
    return false;
}

static void test_garbage__promise_of_a_huge_answer(void **state)
{
    (void)state;
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_huge_promise, NULL)),
                     PLATEN_E_PROTOCOL);
}

typedef struct octets {
    const void *data;
    size_t length;
} octets;

static bool answer_octets(device *d, const device_request *r, void *user)
{
    const octets *body = user;
    (void)d;
    return device_http(r, 200, "", "application/ipp", body->data, body->length);
}

static void test_garbage__ipp_that_is_none(void **state)
{
    /* A value that is longer than the message; no end; too short. */
    static const uint8_t overlong[] = {2, 0, 0, 0, 0, 0, 0, 1, 4, 0x41, 0, 1, 'a', 0xff, 0xff, 'x'};
    static const uint8_t endless[] = {2, 0, 0, 0, 0, 0, 0, 1, 4, 0x21, 0, 1, 'a', 0, 4, 0, 0, 0, 1};
    static const octets bodies[] = {{overlong, sizeof(overlong)},
                                    {endless, sizeof(endless)},
                                    {"\x02\x00", 2},
                                    {"", 0},
                                    {"HTTP/1.1 200 OK\r\n", 17}};
    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        octets body = bodies[i];
        assert_int_equal(status_of(device_start(DEVICE_TLS, answer_octets, &body)),
                         PLATEN_E_PROTOCOL);
        assert_non_null(strstr(result.text, "no whole ipp message"));
    }
}

static void test_garbage__collections_nested_without_end(void **state)
{
    static uint8_t nested[8 + 100000 * 10];
    octets body = {nested, sizeof(nested)};
    size_t at = 9;
    (void)state;
    memcpy(nested, "\x02\x00\x00\x00\x00\x00\x00\x01\x04", 9);
    /* begCollection "a", then memberAttrName "a" and begCollection again and again. */
    memcpy(nested + at, "\x34\x00\x01\x61\x00\x00", 6);
    at += 6;
    while (at + 11 <= sizeof(nested)) {
        memcpy(nested + at, "\x4a\x00\x00\x00\x01\x61\x34\x00\x00\x00\x00", 11);
        at += 11;
    }
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_octets, &body)), PLATEN_E_PROTOCOL);
}

static bool answer_redirect(device *d, const device_request *r, void *user)
{
    char header[96];
    (void)d;
    (void)snprintf(header, sizeof(header), "Location: http://127.0.0.1:%u/ipp/print\r\n",
                   device_port(user));
    return device_http(r, 302, header, "text/html", "", 0);
}

static void test_garbage__redirect_is_not_followed(void **state)
{
    (void)state;
    device *other = device_start(DEVICE_TLS, answer_printer, NULL);
    assert_int_equal(status_of(device_start(DEVICE_TLS, answer_redirect, other)),
                     PLATEN_E_UNSUPPORTED);
    assert_int_equal(device_connections(other), 0);
    device_stop(other);
}

static void test_environment__proxy_is_not_used(void **state)
{
    char memo[FAKE_MEMO] = "";
    (void)state;
    (void)setenv("http_proxy", "http://127.0.0.1:9/", 1);
    (void)setenv("https_proxy", "http://127.0.0.1:9/", 1);
    (void)setenv("ALL_PROXY", "http://127.0.0.1:9/", 1);
    device *d = device_start(DEVICE_TLS, answer_printer, NULL);
    run(PLATEN_WORK_STATUS, device_port(d), memo);
    assert_int_equal(result.code, PLATEN_OK);
    device_stop(d);
    (void)unsetenv("http_proxy");
    (void)unsetenv("https_proxy");
    (void)unsetenv("ALL_PROXY");
}

static void test_deadline__that_is_over_asks_nobody(void **state)
{
    char memo[FAKE_MEMO] = "";
    platen_target target = PLATEN_TARGET_INIT;
    (void)state;
    device *d = device_start(DEVICE_TLS, answer_printer, NULL);
    fake_result_fini(&result);
    target.address = "127.0.0.1";
    target.port = device_port(d);
    target.deadline = now_ms() - 1;
    fake_host_run(host, PLATEN_WORK_STATUS, &target, memo, &result);
    assert_int_equal(result.finished, 1);
    assert_int_equal(result.code, PLATEN_E_TIMEOUT);
    assert_int_equal(device_connections(d), 0);
    device_stop(d);
}

static void test_driver__is_registered_as_agreed(void **state)
{
    const platen_driver *driver = fake_host_driver(host);
    char memo[FAKE_MEMO] = "";
    (void)state;
    assert_string_equal(driver->id, "ipp");
    assert_int_equal(driver->flags, PLATEN_DRIVER_BLOCKING);
    assert_int_equal(driver->transport, PLATEN_TRANSPORT_TCP);
    assert_int_equal(driver->port, 631);
    assert_int_equal(driver->rank, 40);
    run(99, 1, memo);
    assert_int_equal(result.code, PLATEN_E_UNSUPPORTED);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_driver__is_registered_as_agreed),
        cmocka_unit_test(test_probe__prefers_tls_and_remembers_the_way),
        cmocka_unit_test(test_probe__takes_clear_text_where_that_is_all),
        cmocka_unit_test(test_probe__finds_older_paths_and_versions),
        cmocka_unit_test(test_tls__old_keys_are_taken_old_versions_are_not),
        cmocka_unit_test(test_tls__only_old_versions_is_a_protocol_error),
        cmocka_unit_test(test_memo__of_another_plugin_version_is_ignored),
        cmocka_unit_test(test_auth__password_goes_into_tls_only),
        cmocka_unit_test(test_http__statuses_become_codes),
        cmocka_unit_test(test_probe__of_a_web_server_is_a_plain_no),
        cmocka_unit_test(test_ipp__statuses_become_codes),
        cmocka_unit_test(test_garbage__closing_at_once),
        cmocka_unit_test(test_garbage__nobody_listens),
        cmocka_unit_test(test_garbage__silence),
        cmocka_unit_test(test_garbage__slow_drip_of_headers),
        cmocka_unit_test(test_garbage__slow_drip_of_tls),
        cmocka_unit_test(test_garbage__slow_drip_of_the_body),
        cmocka_unit_test(test_garbage__endless_answer),
        cmocka_unit_test(test_garbage__endless_headers),
        cmocka_unit_test(test_garbage__promise_of_a_huge_answer),
        cmocka_unit_test(test_garbage__ipp_that_is_none),
        cmocka_unit_test(test_garbage__collections_nested_without_end),
        cmocka_unit_test(test_garbage__redirect_is_not_followed),
        cmocka_unit_test(test_environment__proxy_is_not_used),
        cmocka_unit_test(test_deadline__that_is_over_asks_nobody),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PLUGIN\n", argv[0]);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* for the devices' side of TLS */
    host = fake_host_open(argv[1]);
    if (host == NULL) {
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fake_result_fini(&result);
    fake_host_close(host);
    return failed;
}
