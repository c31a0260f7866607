/* tcp/1 against real sockets: slow, silent, flooding, half-closing peers; works taken back. */
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

#include "core/agent/turns.h"
#include "core/base/clock.h"
#include "peer.h"

static const platen_tcp *const tcp = &iface_tcp_table;
static turns the_turns;

static int setup(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* as platend does */
    turns_init(&the_turns);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_null(the_turns.first); /* nobody keeps a turn */
    turns_fini(&the_turns);
    return 0;
}

static platen_code open_to(platen_work *w, const peer *p, uint32_t flags, platen_tcp_session **s,
                           platen_error *err)
{
    platen_tcp_options o = PLATEN_TCP_OPTIONS_INIT;
    o.port = p->port;
    o.flags = flags;
    o.timeout_ms = 1000;
    return tcp->open(w, &o, s, err);
}

static void nap(unsigned ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&time, NULL);
}

/* ---- peers ---- */

static void echo(int client, peer *p)
{
    char data[4096];
    ssize_t got;
    (void)p;
    while ((got = recv(client, data, sizeof(data), 0)) > 0) {
        assert_int_equal(send(client, data, (size_t)got, MSG_NOSIGNAL), got);
    }
}

static void drip(int client, peer *p)
{
    static const char text[] = "READY\r\nrest";
    for (size_t i = 0; i + 1 < sizeof(text) && !atomic_load(&p->stopping); i++) {
        (void)send(client, &text[i], 1, MSG_NOSIGNAL);
        nap(10);
    }
}

static void silent(int client, peer *p)
{
    (void)client;
    while (!atomic_load(&p->stopping)) {
        nap(10);
    }
}

static void flood(int client, peer *p)
{
    char data[4096];
    memset(data, 'x', sizeof(data));
    while (!atomic_load(&p->stopping) && send(client, data, sizeof(data), MSG_NOSIGNAL) > 0) {
        /* on and on */
    }
}

static void hangs_up(int client, peer *p)
{
    const struct linger at_once = {1, 0};
    char first;
    (void)p;
    (void)!read(client, &first, 1); /* before that the opening itself might hear of it */
    (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void tls_echo(int client, peer *p)
{
    SSL *ssl = SSL_new(p->tls);
    char data[256];
    SSL_set_fd(ssl, client);
    if (SSL_accept(ssl) == 1) {
        int got = SSL_read(ssl, data, sizeof(data));
        if (got > 0) {
            (void)SSL_write(ssl, data, got);
        }
    }
    SSL_free(ssl); /* without goodbye, as devices do */
}

/* ---- what comes and goes ---- */

static void test_tcp__sends_and_receives(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 0;
    peer_open(&p, echo);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(tcp->send(s, "@PJL INFO ID\r\nX", 15, 1000, &err), PLATEN_OK);
    assert_int_equal(tcp->receive_until(s, "\r\n", 2, data, sizeof(data), 1000, &length, &err),
                     PLATEN_OK);
    assert_int_equal(length, 14);
    assert_memory_equal(data, "@PJL INFO ID\r\n", 14);
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err), PLATEN_OK);
    assert_int_equal(length, 1); /* what came behind the pattern was kept */
    assert_int_equal(tcp->shut(s, &err), PLATEN_OK);
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err), PLATEN_OK);
    assert_int_equal(length, 0); /* the end, and again */
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err), PLATEN_OK);
    assert_int_equal(length, 0);
    tcp->close(s);
    tcp->close(NULL);
    peer_close(&p);
}

static void test_tcp__megabytes_go_and_come(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    static char out[65536], in[65536];
    peer_open(&p, echo);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    for (int round = 0; round < 16; round++) {
        memset(out, 'a' + round, sizeof(out));
        assert_int_equal(tcp->send(s, out, sizeof(out), 2000, &err), PLATEN_OK);
        for (size_t done = 0; done < sizeof(in);) {
            size_t got = 0;
            assert_int_equal(tcp->receive(s, in + done, sizeof(in) - done, 2000, &got, &err),
                             PLATEN_OK);
            assert_true(got > 0);
            done += got;
        }
        assert_memory_equal(in, out, sizeof(in));
    }
    reach_end(&w.reach);
    assert_null(w.reach.sessions);
    peer_close(&p);
}

static void test_tcp__tls(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 0;
    peer_open(&p, tls_echo);
    peer_tls(&p);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, PLATEN_TCP_TLS, &s, &err), PLATEN_OK);
    assert_int_equal(tcp->send(s, "hello", 5, 1000, &err), PLATEN_OK);
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err), PLATEN_OK);
    assert_memory_equal(data, "hello", 5);
    assert_int_equal(tcp->shut(s, &err), PLATEN_E_UNSUPPORTED);
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err), PLATEN_OK);
    assert_int_equal(length, 0);
    tcp->close(s);
    peer_close(&p);
}

static void test_tcp__no_tls_is_said(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, drip);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, PLATEN_TCP_TLS, &s, &err), PLATEN_E_PROTOCOL);
    assert_non_null(strstr(err.text, "tls"));
    assert_null(s);
    peer_close(&p);
}

/* ---- peers that are no good ---- */

static void test_tcp__slow_peer(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 0;
    peer_open(&p, drip);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(tcp->receive_until(s, "\r\n", 2, data, sizeof(data), 2000, &length, &err),
                     PLATEN_OK);
    assert_int_equal(length, 7);
    assert_int_equal(tcp->receive_until(s, "\r\n", 2, data, sizeof(data), 2000, &length, &err),
                     PLATEN_E_PROTOCOL); /* it closes after "rest" */
    assert_int_equal(length, 4);
    assert_memory_equal(data, "rest", 4);
    tcp->close(s);
    peer_close(&p);
}

static void test_tcp__silent_peer_ends_by_the_call_s_time(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 99;
    peer_open(&p, silent);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    int64_t begun = clock_mono();
    assert_int_equal(tcp->receive(s, data, sizeof(data), 200, &length, &err), PLATEN_E_TIMEOUT);
    assert_in_range(clock_mono() - begun, 190, 1500);
    assert_int_equal(length, 99);
    atomic_store(&w.deadline, clock_now() + 150);
    begun = clock_mono();
    assert_int_equal(tcp->receive(s, data, sizeof(data), 60000, &length, &err), PLATEN_E_TIMEOUT);
    assert_in_range(clock_mono() - begun, 100, 1500);
    tcp->close(s);
    peer_close(&p);
}

static void test_tcp__flood_is_bounded(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    static char data[100000];
    size_t length = 0;
    peer_open(&p, flood);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(tcp->receive_until(s, "\r\n", 2, data, sizeof(data), 5000, &length, &err),
                     PLATEN_E_TOO_LARGE);
    assert_int_equal(length, sizeof(data));
    /* A peer that sends for ever holds nobody for longer than the call's time. */
    int64_t begun = clock_mono();
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && clock_mono() - begun < 300) {
        rc = tcp->receive(s, data, sizeof(data), 100, &length, &err);
    }
    assert_int_equal(rc, PLATEN_OK);
    tcp->close(s);
    peer_close(&p);
}

static void test_tcp__peer_that_does_not_read(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    static char data[1 << 20];
    platen_code rc = PLATEN_OK;
    peer_open(&p, silent);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    for (int i = 0; i < 64 && rc == PLATEN_OK; i++) {
        rc = tcp->send(s, data, sizeof(data), 200, &err);
    }
    assert_int_equal(rc, PLATEN_E_TIMEOUT);
    tcp->close(s);
    peer_close(&p);
}

static void test_tcp__reset(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 0;
    peer_open(&p, hangs_up);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(tcp->send(s, "?", 1, 1000, &err), PLATEN_OK);
    assert_int_equal(tcp->receive(s, data, sizeof(data), 1000, &length, &err),
                     PLATEN_E_UNREACHABLE);
    tcp->close(s);
    peer_close(&p);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_E_UNREACHABLE); /* nobody listens now */
}

/* ---- works taken back, turns ---- */

static void *take_back(void *user)
{
    platen_work *w = user;
    nap(100);
    atomic_store(&w->taken, true);
    return NULL;
}

static void test_tcp__work_taken_back(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    pthread_t other;
    platen_tcp_session *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    char data[64];
    size_t length = 0;
    peer_open(&p, silent);
    peer_work(&w, &the_turns);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(pthread_create(&other, NULL, take_back, &w), 0);
    int64_t begun = clock_mono();
    assert_int_equal(tcp->receive(s, data, sizeof(data), 10000, &length, &err), PLATEN_E_CANCELLED);
    assert_in_range(clock_mono() - begun, 50, 1000);
    assert_int_equal(tcp->send(s, "x", 1, 1000, &err), PLATEN_E_CANCELLED);
    (void)pthread_join(other, NULL);
    reach_end(&w.reach);
    assert_int_equal(open_to(&w, &p, 0, &s, &err), PLATEN_E_CANCELLED);
    peer_close(&p);
}

static void test_tcp__one_client_at_a_time(void **state)
{
    (void)state;
    peer p;
    platen_work first, second;
    platen_tcp_session *s = NULL, *t = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    peer_open(&p, echo);
    peer_work(&first, &the_turns);
    peer_work(&second, &the_turns);
    assert_int_equal(open_to(&first, &p, 0, &s, &err), PLATEN_OK);
    assert_int_equal(open_to(&second, &p, 0, &t, &err), PLATEN_E_UNAVAILABLE);
    assert_non_null(strstr(err.text, "another work"));
    tcp->close(s);
    assert_int_equal(open_to(&second, &p, 0, &t, &err), PLATEN_OK);
    tcp->close(t);
    peer_close(&p);
}

static void test_tcp__misuse(void **state)
{
    (void)state;
    peer p;
    platen_work w;
    platen_tcp_session *s = NULL, *open[PLATEN_TCP_SESSIONS];
    platen_tcp_options o = PLATEN_TCP_OPTIONS_INIT;
    platen_error err = PLATEN_ERROR_INIT;
    char data[8];
    size_t length = 0;
    peer_open(&p, silent);
    peer_work(&w, &the_turns);
    assert_int_equal(tcp->open(NULL, &o, &s, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->open(&w, NULL, &s, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL); /* no port */
    o.port = 70000;
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL);
    o.port = p.port;
    o.flags = 2;
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL);
    o.flags = 0;
    o.timeout_ms = 0;
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL);
    o.timeout_ms = 1000;
    o.size--;
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL);
    o.size++;
    assert_int_equal(tcp->open(&w, &o, NULL, &err), PLATEN_E_INVAL);
    w.reach.blocking = false;
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_STATE);
    w.reach.blocking = true;
    for (size_t i = 0; i < PLATEN_TCP_SESSIONS; i++) {
        assert_int_equal(tcp->open(&w, &o, &open[i], &err), PLATEN_OK);
    }
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_STATE);
    assert_int_equal(tcp->send(NULL, "x", 1, 100, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->send(open[0], NULL, 1, 100, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->send(open[0], "x", 1, 0, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->receive(open[0], data, 0, 100, &length, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->receive(open[0], data, sizeof(data), 100, NULL, &err), PLATEN_E_INVAL);
    assert_int_equal(tcp->receive_until(open[0], "", 0, data, sizeof(data), 100, &length, &err),
                     PLATEN_E_INVAL);
    assert_int_equal(tcp->shut(NULL, &err), PLATEN_E_INVAL);
    reach_end(&w.reach);
    atomic_store(&w.finished, true);
    assert_int_equal(tcp->open(&w, &o, &s, &err), PLATEN_E_INVAL);
    peer_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tcp__sends_and_receives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__megabytes_go_and_come, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__tls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__no_tls_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__slow_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__silent_peer_ends_by_the_call_s_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_tcp__flood_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__peer_that_does_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__work_taken_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__one_client_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp__misuse, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
