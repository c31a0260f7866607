/* The download port against whoever is not the device: paths, addresses, logins, methods. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "core/base/clock.h"
#include "device.h"

#define DEVICE "127.0.0.23"

static char base[128]; /* "https://127.0.0.1:1234" */

static platen_serve_place begin(platen_work *w)
{
    work_of(w, DEVICE);
    platen_serve_place p = publish(w, "one", "secret settings");
    (void)snprintf(base, sizeof(base), "%.*s", (int)(strrchr(p.url, '/') - p.url), p.url);
    return p;
}

static void test_serve__other_address(void **state)
{
    house *h = *state;
    platen_work w;
    platen_serve_place p = begin(&w);
    assert_int_equal(fetch_from(h, "127.0.0.24", p.url, "admin:right"), 404);
    assert_null(strstr(h->body, "secret"));
    assert_null(strstr(h->headers, "WWW-Authenticate"));
    assert_string_equal(look_at(&w, "one").refusal, "another address than the device's");
    assert_int_equal(look_at(&w, "one").fetches, 0);
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
}

static void test_serve__paths(void **state)
{
    house *h = *state;
    platen_work w;
    platen_serve_place p = begin(&w);
    const char *token = strrchr(p.url, '/') + 1;
    static const char *const paths[] = {"/",
                                        "/one",
                                        "/download",
                                        "/..",
                                        "/../../etc/passwd",
                                        "/%2e%2e/%2e%2e/etc/passwd",
                                        "/place-0",
                                        "/certs/server.key",
                                        "/platen.key",
                                        "/?a=b",
                                        "//",
                                        "/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                        "/%00"};
    char url[512];
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        (void)snprintf(url, sizeof(url), "%s%s", base, paths[i]);
        long status = fetch_from(h, DEVICE, url, "admin:right");
        if (status != 404 && status != 400) {
            fail_msg("%s answers %ld", paths[i], status);
        }
    }
    static const char *const around[] = {"%s/%s/", "%s//%s", "%s/%s.csv", "%s/a/%s", "%s/%s%%00"};
    for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(url, sizeof(url), around[i], base, token);
#pragma GCC diagnostic pop
        long status = fetch_from(h, DEVICE, url, "admin:right");
        assert_true(status == 404 || status == 400);
    }
    (void)snprintf(url, sizeof(url), "%s/%.42s", base, token);
    assert_int_equal(fetch_from(h, DEVICE, url, "admin:right"), 404);
    (void)snprintf(url, sizeof(url), "%s?query", p.url);
    assert_int_equal(fetch_from(h, DEVICE, url, "admin:right"), 200); /* a query changes nothing */
}

static void test_serve__logins(void **state)
{
    house *h = *state;
    platen_work w;
    platen_serve_place p = begin(&w);
    static const char *const headers[] = {
        "Authorization: Basic",          "Authorization: Basic ====",
        "Authorization: Basic YWRtaW4=", /* admin, no colon */
        "Authorization: Bearer abc",     "Authorization: Digest username=\"admin\"",
        "Authorization: Basic YQBiOmM="}; /* a NUL */
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        assert_int_equal(ask_from(h, DEVICE, p.url, NULL, "GET", headers[i]), 401);
    }
    char many[3000] = "Authorization: Basic ";
    memset(many + strlen(many), 'A', 2900);
    assert_int_equal(ask_from(h, DEVICE, p.url, NULL, "GET", many), 401);
    assert_int_equal(fetch_from(h, DEVICE, p.url, NULL), 401);
    assert_non_null(strstr(h->headers, "WWW-Authenticate: Basic"));
    assert_int_equal(look_at(&w, "one").refused,
                     0); /* a login that was not shown is no wrong one */
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
}

/* Who guesses is stopped, and others are not. */
static void test_serve__guessing(void **state)
{
    house *h = *state;
    platen_work w;
    platen_work v;
    platen_serve_place p = begin(&w);
    char login[32];
    work_of(&v, "127.0.0.25");
    platen_serve_place q = publish(&v, "one", "text");
    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(login, sizeof(login), "admin:guess%u", i);
        assert_int_equal(fetch_from(h, DEVICE, p.url, login), 401);
    }
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 429);
    assert_non_null(strstr(h->headers, "Retry-After: 300"));
    assert_string_equal(look_at(&w, "one").refusal, "too many wrong passwords");
    assert_int_equal(look_at(&w, "one").fetches, 0);
    assert_int_equal(fetch_from(h, "127.0.0.25", q.url, "admin:right"), 200);
    w.password = "new"; /* a new login begins anew */
    (void)publish(&w, "one", "secret settings");
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:new"), 200);
}

static void test_serve__methods(void **state)
{
    house *h = *state;
    platen_work w;
    platen_serve_place p = begin(&w);
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        assert_int_equal(ask_from(h, DEVICE, p.url, "admin:right", methods[i], NULL), 405);
    }
    assert_int_equal(look_at(&w, "one").fetches, 0);
}

/* Half a request, and a client that goes away, take nobody's time. */
static void test_serve__broken(void **state)
{
    house *h = *state;
    platen_work w;
    struct sockaddr_in to = {.sin_family = AF_INET};
    work_of(&w, DEVICE);
    house_stop(h);
    h->http = true;
    house_start(h);
    platen_serve_place p = publish(&w, "one", "text");
    to.sin_port = htons((uint16_t)serve_port(h->serve, false));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    static const char *const texts[] = {"GET / HT", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n",
                                        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
        (void)send(fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL);
        (void)close(fd);
    }
    assert_int_equal(fetch_from(h, DEVICE, p.url, "admin:right"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_serve__other_address, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__paths, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__logins, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__guessing, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__methods, house_open, house_close),
        cmocka_unit_test_setup_teardown(test_serve__broken, house_open, house_close),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
