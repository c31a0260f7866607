/* fetch/0 against a real socket: answers, logins, redirects, bounds, works taken back. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "core/agent/turns.h"
#include "core/base/clock.h"
#include "peer.h"

static turns the_turns;
static char seen[8192]; /* the last request */

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    turns_init(&the_turns);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(the_turns.first);
    turns_fini(&the_turns);
    return 0;
}

/* ---- the device ---- */

static void say(SSL *ssl, int client, const char *text)
{
    if (ssl != NULL) {
        (void)SSL_write(ssl, text, (int)strlen(text));
    } else {
        (void)send(client, text, strlen(text), MSG_NOSIGNAL);
    }
}

static void flood(int client, const peer *p)
{
    static char data[65536];
    memset(data, 'x', sizeof(data));
    while (!atomic_load(&p->stopping) && send(client, data, sizeof(data), MSG_NOSIGNAL) > 0) {
        /* on and on */
    }
}

static void answer(SSL *ssl, int client, peer *p)
{
    char text[512];
    if (strncmp(seen, "GET /there ", 11) == 0 || strncmp(seen, "POST ", 5) == 0 ||
        (strstr(seen, "Authorization: ") != NULL)) {
        say(ssl, client,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Serial: 42\r\n"
            "Content-Length: 5\r\n\r\nhello");
    } else if (strncmp(seen, "GET /moved ", 11) == 0) {
        say(ssl, client,
            "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n");
    } else if (strncmp(seen, "GET /away ", 10) == 0) {
        (void)snprintf(text, sizeof(text),
                       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:%u/there\r\n"
                       "Content-Length: 0\r\n\r\n",
                       p->port);
        say(ssl, client, text);
    } else if (strncmp(seen, "GET /secret ", 12) == 0) {
        say(ssl, client,
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"p\", nonce=\"1\", "
            "qop=\"auth\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    } else if (strncmp(seen, "GET /flood ", 11) == 0) {
        say(ssl, client, "HTTP/1.1 200 OK\r\n\r\n");
        flood(client, p);
    } else if (strncmp(seen, "GET /head ", 10) == 0) {
        say(ssl, client, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 10000; i++) {
            say(ssl, client, "X-Filling: a header among many\r\n");
        }
    } else {
        while (!atomic_load(&p->stopping)) { /* silent */
            const struct timespec nap = {0, 10000000};
            (void)nanosleep(&nap, NULL);
        }
    }
}

static void serve(int client, peer *p)
{
    SSL *ssl = p->tls != NULL ? SSL_new(p->tls) : NULL;
    size_t length = 0;
    if (ssl != NULL) {
        SSL_set_fd(ssl, client);
        if (SSL_accept(ssl) != 1) {
            SSL_free(ssl);
            return;
        }
    }
    memset(seen, 0, sizeof(seen));
    while (strstr(seen, "\r\n\r\n") == NULL && length + 1 < sizeof(seen)) {
        ssize_t got = ssl != NULL ? SSL_read(ssl, seen + length, (int)(sizeof(seen) - 1 - length))
                                  : recv(client, seen + length, sizeof(seen) - 1 - length, 0);
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    if (length > 0) {
        answer(ssl, client, p);
    }
    SSL_free(ssl);
}

typedef struct got {
    unsigned times, status;
    uint64_t length;
    char type[64], body[64], headers[512];
} got;

static void take(const platen_fetch_answer *a, void *user)
{
    got *g = user;
    g->times++;
    g->status = a->status;
    g->length = a->length;
    (void)snprintf(g->type, sizeof(g->type), "%s", a->type);
    (void)snprintf(g->body, sizeof(g->body), "%.60s", (const char *)a->body);
    (void)snprintf(g->headers, sizeof(g->headers), "%s", a->headers);
}

static platen_code fetch(platen_work *w, const peer *p, const char *path, uint32_t flags, got *g,
                         platen_error *err)
{
    platen_fetch_request q = PLATEN_FETCH_REQUEST_INIT;
    memset(g, 0, sizeof(*g));
    q.port = p->port;
    q.path = path;
    q.flags = flags;
    q.timeout_ms = 1000;
    return iface_fetch_table.fetch(w, &q, take, g, err);
}

/* ---- the tests ---- */

static void test_fetch__answers(void **state)
{
    (void)state;
    static const char *const headers[] = {"X-Ask: yes", NULL};
    peer p;
    platen_work w;
    got g;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_work(&w, &the_turns);
    assert_int_equal(fetch(&w, &p, "/there", 0, &g, &err), PLATEN_OK);
    assert_int_equal(g.times, 1);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body, "hello");
    assert_string_equal(g.type, "text/plain");
    assert_non_null(strstr(g.headers, "X-Serial: 42\n"));
    platen_fetch_request q = PLATEN_FETCH_REQUEST_INIT;
    q.method = "POST";
    q.port = p.port;
    q.headers = headers;
    q.body = "a=1";
    q.body_length = 3;
    assert_int_equal(iface_fetch_table.fetch(&w, &q, take, &g, &err), PLATEN_OK);
    assert_non_null(strstr(seen, "X-Ask: yes\r\n"));
    assert_non_null(strstr(seen, "Content-Length: 3\r\n"));
    peer_close(&p);
}

static void test_fetch__tls(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    got g;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_tls(&p);
    peer_work(&w, &the_turns);
    assert_int_equal(fetch(&w, &p, "/there", PLATEN_FETCH_TLS, &g, &err), PLATEN_OK);
    assert_string_equal(g.body, "hello");
    peer_close(&p);
}

static void test_fetch__redirects_stay_at_the_device(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    got g;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_work(&w, &the_turns);
    assert_int_equal(fetch(&w, &p, "/moved", 0, &g, &err), PLATEN_OK);
    assert_int_equal(g.status, 302);
    assert_int_equal(fetch(&w, &p, "/moved", PLATEN_FETCH_FOLLOW, &g, &err), PLATEN_OK);
    assert_int_equal(g.status, 200);
    assert_int_equal(fetch(&w, &p, "/away", PLATEN_FETCH_FOLLOW, &g, &err), PLATEN_OK);
    assert_int_equal(g.status, 302); /* another host: that is the answer */
    peer_close(&p);
}

static void test_fetch__password_only_as_digest_in_the_clear(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    got g;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_work(&w, &the_turns);
    w.user = "admin";
    w.password = "s3cret";
    assert_int_equal(fetch(&w, &p, "/secret", 0, &g, &err), PLATEN_OK);
    assert_int_equal(g.status, 401); /* without the flag nobody logs in */
    assert_int_equal(fetch(&w, &p, "/secret", PLATEN_FETCH_USER, &g, &err), PLATEN_OK);
    assert_int_equal(g.status, 200);
    assert_non_null(strstr(seen, "Authorization: Digest username=\"admin\""));
    assert_null(strstr(seen, "s3cret"));
    w.user = "";
    assert_int_equal(fetch(&w, &p, "/secret", PLATEN_FETCH_USER, &g, &err), PLATEN_E_AUTH);
    assert_int_equal(g.times, 0);
    peer_close(&p);
}

static void test_fetch__bounds(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    got g;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_work(&w, &the_turns);
    assert_int_equal(fetch(&w, &p, "/flood", 0, &g, &err), PLATEN_E_TOO_LARGE);
    assert_int_equal(fetch(&w, &p, "/head", 0, &g, &err), PLATEN_E_TOO_LARGE);
    int64_t begun = clock_mono();
    assert_int_equal(fetch(&w, &p, "/silent", 0, &g, &err), PLATEN_E_TIMEOUT);
    assert_in_range(clock_mono() - begun, 900, 3000);
    assert_int_equal(g.times, 0);
    peer_close(&p);
    assert_int_equal(fetch(&w, &p, "/there", 0, &g, &err), PLATEN_E_UNREACHABLE);
}

static void *take_back(void *user)
{
    const struct timespec nap = {0, 100000000};
    platen_work *w = user;
    (void)nanosleep(&nap, NULL);
    atomic_store(&w->taken, true);
    return NULL;
}

static void test_fetch__work_taken_back(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    got g;
    pthread_t other;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, serve);
    peer_work(&w, &the_turns);
    assert_int_equal(pthread_create(&other, NULL, take_back, &w), 0);
    int64_t begun = clock_mono();
    assert_int_equal(fetch(&w, &p, "/silent", 0, &g, &err), PLATEN_E_CANCELLED);
    assert_in_range(clock_mono() - begun, 50, 900);
    (void)pthread_join(other, NULL);
    peer_close(&p);
}

static void test_fetch__misuse(void **state)
{
    (void)state;
    static const char *const bad[] = {"Host: other",       "X: a\r\nY: b",         "no colon",
                                      "Content-Length: 9", "Authorization: Basic", "A b: c"};
    static const char *const paths[] = {"", "there", "/a b", "/a\r\nX: y"};
    platen_work w;
    got g = {0};
    platen_error err = PLATEN_ERROR_INIT;
    platen_fetch_request q = PLATEN_FETCH_REQUEST_INIT;
    const platen_fetch *f = &iface_fetch_table;
    peer_work(&w, &the_turns);
    assert_int_equal(f->fetch(NULL, &q, take, &g, &err), PLATEN_E_INVAL);
    assert_int_equal(f->fetch(&w, NULL, take, &g, &err), PLATEN_E_INVAL);
    assert_int_equal(f->fetch(&w, &q, NULL, &g, &err), PLATEN_E_INVAL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *const headers[] = {bad[i], NULL};
        q.headers = headers;
        assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
        q.headers = NULL;
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        q.path = paths[i];
        assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
    }
    q.path = "/";
    q.method = "get";
    assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
    q.method = "GET";
    q.flags = 8;
    assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
    q.flags = 0;
    q.answer_max = 0;
    assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
    q.answer_max = 100;
    q.body_length = PLATEN_FETCH_BODY_MAX + 1;
    assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_INVAL);
    q.body_length = 0;
    w.reach.blocking = false;
    assert_int_equal(f->fetch(&w, &q, take, &g, &err), PLATEN_E_STATE);
    assert_int_equal(g.times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fetch__answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch__tls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch__redirects_stay_at_the_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch__password_only_as_digest_in_the_clear, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_fetch__bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch__work_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch__misuse, setup, teardown),
    };
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
