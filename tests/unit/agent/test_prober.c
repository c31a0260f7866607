/* The port prober against real sockets on the loopback net. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/agent/pool.h"
#include "core/agent/prober.h"
#include "core/base/clock.h"

static atomic_uint answered;

static void done(prober_question *question)
{
    (void)question;
    atomic_fetch_add(&answered, 1);
}

static int listen_on(const char *address, uint16_t *port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t length = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)inet_pton(AF_INET, address, &sa.sin_addr);
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 1024), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    *port = ntohs(sa.sin_port);
    return fd;
}

static prober *start(unsigned timeout_ms, unsigned in_flight, unsigned per_second)
{
    prober_options options = {timeout_ms, in_flight, per_second};
    prober *p = NULL;
    assert_int_equal(prober_new(&options, &p, NULL), PLATEN_OK);
    assert_int_equal(prober_start(p, NULL), PLATEN_OK);
    atomic_store(&answered, 0);
    return p;
}

static void wait_for(unsigned count)
{
    for (int i = 0; i < 2000 && atomic_load(&answered) < count; i++) {
        struct timespec nap = {0, 5000000};
        (void)nanosleep(&nap, NULL);
    }
    assert_int_equal(atomic_load(&answered), count);
}

static void test_prober__tells_open_refused_and_silent_apart(void **state)
{
    (void)state;
    uint16_t open_port = 0;
    uint16_t closed_port = 0;
    int fd = listen_on("127.0.0.1", &open_port);
    (void)close(listen_on("127.0.0.1", &closed_port));
    prober *p = start(200, 8, 100000);
    prober_question q = {.ports = {closed_port, open_port}, .done = done};
    assert_true(net_parse("127.0.0.1", &q.address));
    prober_ask(p, &q);
    wait_for(1);
    assert_int_equal(q.answers[0], PROBER_REFUSED);
    assert_int_equal(q.answers[1], PROBER_OPEN);
    q.any = true; /* one sign of life is enough */
    prober_ask(p, &q);
    wait_for(2);
    assert_int_equal(q.answers[0], PROBER_REFUSED);
    assert_int_equal(q.answers[1], PROBER_SILENT);
    prober_free(p);
    (void)close(fd);
}

/* A listener whose queue is full answers no SYN: as silent as a host behind a firewall. */
static void test_prober__gives_up_on_the_silent(void **state)
{
    (void)state;
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t length = sizeof(sa);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fillers[4];
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &length), 0);
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (const struct sockaddr *)&sa, sizeof(sa));
    }
    prober *p = start(200, 8, 100000);
    prober_question q = {.ports = {ntohs(sa.sin_port)}, .done = done};
    assert_true(net_parse("127.0.0.1", &q.address));
    int64_t begun = clock_mono();
    prober_ask(p, &q);
    wait_for(1);
    assert_int_equal(q.answers[0], PROBER_SILENT);
    assert_in_range(clock_mono() - begun, 190, 1500);
    prober_free(p);
    for (size_t i = 0; i < 4; i++) {
        (void)close(fillers[i]);
    }
    (void)close(fd);
}

/* More questions than places, more than the pace: all are answered, none before its time. */
static void test_prober__keeps_pace_and_bound(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    prober_question *q = calloc(COUNT, sizeof(*q));
    uint16_t closed_port = 0;
    (void)close(listen_on("127.0.0.1", &closed_port));
    prober *p = start(200, 4, 1000);
    int64_t begun = clock_mono();
    for (size_t i = 0; i < COUNT; i++) {
        q[i] = (prober_question){.ports = {closed_port}, .done = done};
        assert_true(net_parse("127.0.0.1", &q[i].address));
        prober_ask(p, &q[i]);
    }
    wait_for(COUNT);
    assert_true(clock_mono() - begun >= 200); /* 300 at 1000 a second, the first 50 at once */
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(q[i].answers[0], PROBER_REFUSED);
    }
    prober_free(p);
    free(q);
}

/* No descriptor is left: the host is asked when there is one again, and is not called silent. */
static void test_prober__waits_for_descriptors(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct rlimit before;
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t length = sizeof(sa);
    prober_question *q = calloc(COUNT + 1, sizeof(*q));
    uint16_t closed_port = 0;
    (void)close(listen_on("127.0.0.1", &closed_port));
    int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fillers[4];
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(deaf, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(deaf, 0), 0);
    assert_int_equal(getsockname(deaf, (struct sockaddr *)&sa, &length), 0);
    for (size_t i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (const struct sockaddr *)&sa, sizeof(sa));
    }
    prober *p = start(300, 64, 100000);
    int highest = dup(0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit tight = {(rlim_t)highest + 2, before.rlim_max};
    (void)close(highest);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    for (size_t i = 0; i < COUNT + 1; i++) { /* deaf ones hold the few descriptors for a while */
        q[i] = (prober_question){.ports = {i < 4 ? ntohs(sa.sin_port) : closed_port}, .done = done};
        assert_true(net_parse("127.0.0.1", &q[i].address));
        prober_ask(p, &q[i]);
    }
    wait_for(COUNT + 1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 4; i < COUNT + 1; i++) {
        assert_int_equal(q[i].answers[0], PROBER_REFUSED);
    }
    prober_free(p);
    for (size_t i = 0; i < 4; i++) {
        (void)close(fillers[i]);
    }
    (void)close(deaf);
    free(q);
}

static void test_prober__stop_answers_all(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    prober_question q[COUNT];
    uint16_t closed_port = 0;
    (void)close(listen_on("127.0.0.1", &closed_port));
    prober *p = start(10000, 2, 20);
    for (size_t i = 0; i < COUNT; i++) {
        q[i] = (prober_question){.ports = {closed_port}, .done = done};
        assert_true(net_parse("127.0.0.1", &q[i].address));
        prober_ask(p, &q[i]);
    }
    prober_stop(p);
    assert_int_equal(atomic_load(&answered), COUNT);
    prober_ask(p, &q[0]); /* after the end: answered at once */
    assert_int_equal(atomic_load(&answered), COUNT + 1);
    prober_free(p);
}

/* ---- the pool ---- */

typedef struct task {
    pool_item item;
    unsigned nap_ms;
} task;

static atomic_uint ran, dropped, running, most_running;

static void run_task(pool_item *item)
{
    const task *t = (const task *)(const void *)item;
    unsigned now = atomic_fetch_add(&running, 1) + 1;
    unsigned most = atomic_load(&most_running);
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now)) {
        /* somebody else raised it */
    }
    struct timespec nap = {0, (long)t->nap_ms * 1000000L};
    (void)nanosleep(&nap, NULL);
    atomic_fetch_sub(&running, 1);
    atomic_fetch_add(&ran, 1);
}

static void drop_task(pool_item *item)
{
    (void)item;
    atomic_fetch_add(&dropped, 1);
}

static void test_pool__bounds_threads_and_drops_what_waits(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    task tasks[COUNT];
    pool *p = NULL;
    atomic_store(&ran, 0);
    assert_int_equal(pool_new(4, &p, NULL), PLATEN_OK);
    for (size_t i = 0; i < COUNT; i++) {
        tasks[i] = (task){{NULL, run_task, drop_task}, 5};
        pool_put(p, &tasks[i].item);
    }
    for (int i = 0; i < 1000 && atomic_load(&ran) < COUNT; i++) {
        struct timespec nap = {0, 5000000};
        (void)nanosleep(&nap, NULL);
    }
    assert_int_equal(atomic_load(&ran), COUNT);
    assert_in_range(atomic_load(&most_running), 2, 4);
    for (size_t i = 0; i < COUNT; i++) {
        tasks[i].nap_ms = 50;
        pool_put(p, &tasks[i].item);
    }
    pool_stop(p);
    assert_int_equal(atomic_load(&ran) + atomic_load(&dropped), 2 * COUNT);
    assert_true(atomic_load(&dropped) >= COUNT - 8);
    pool_put(p, &tasks[0].item);
    assert_int_equal(atomic_load(&ran) + atomic_load(&dropped), 2 * COUNT + 1);
    pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prober__tells_open_refused_and_silent_apart),
        cmocka_unit_test(test_prober__gives_up_on_the_silent),
        cmocka_unit_test(test_prober__keeps_pace_and_bound),
        cmocka_unit_test(test_prober__waits_for_descriptors),
        cmocka_unit_test(test_prober__stop_answers_all),
        cmocka_unit_test(test_pool__bounds_threads_and_drops_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
