/* Reads of objects, versions, retries, pace, deadlines, cancelling, threads. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"

static const fake_value values[] = {
    {"1.3.6.1.2.1.1.1.0", PLATEN_SNMP_OCTETS, 0, "a printer"},
    {"1.3.6.1.2.1.1.2.0", PLATEN_SNMP_OID, 0, "1.3.6.1.4.1.11"},
    {"1.3.6.1.2.1.1.3.0", PLATEN_SNMP_TIMETICKS, 4711, NULL},
    {"1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "lp07"},
    {"1.3.6.1.2.1.43.1.0", PLATEN_SNMP_INTEGER, -3, NULL},
};
#define VALUES (sizeof values / sizeof *values)

typedef struct bench {
    snmpeng *engine;
    snmpeng_credential *credential;
    fake *device;
    outcome out;
} bench;

static void begin(bench *b, const snmpeng_options *options, fake_hook hook)
{
    memset(b, 0, sizeof *b);
    b->engine = engine_begin(options);
    b->credential = community("public");
    b->device = fake_begin("127.0.0.1", values, VALUES, hook);
}

static void end(bench *b)
{
    engine_end(b->engine);
    snmpeng_credential_unref(b->credential);
    fake_end(b->device);
}

static void run(bench *b, const snmpeng_plan *plan, snmpeng_version version, uint32_t flags)
{
    snmpeng_request request = request_to("127.0.0.1", fake_port(b->device), b->credential, plan);
    request.version = version;
    request.flags = flags;
    read_wait(b->engine, &request, &b->out);
}

static const char whole_system[] = "1.3.6.1.2.1.1.1.0 s:a printer\n"
                                   "1.3.6.1.2.1.1.2.0 o:1.3.6.1.4.1.11\n"
                                   "1.3.6.1.2.1.1.3.0 43:4711\n"
                                   "1.3.6.1.2.1.1.5.0 s:lp07\n";

static void test_engine__gets_objects(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, NULL);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", "g1.3.6.1.2.1.1.3.0", "g1.3.6.1.2.1.1.2.0",
                                 "g1.3.6.1.2.1.1.1.0", "g1.3.6.1.2.1.1.9.0", NULL);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_int_equal(b.out.version, SNMPENG_V2C);
    assert_string_equal(b.out.text, whole_system);
    assert_int_equal(fake_requests(b.device), 1);
    snmpeng_plan_free(plan);
    end(&b);
}

/* v1 answers a GET that has one unknown object with an error: it is asked again without it. */
static void test_engine__v1_drops_unknown_objects_one_by_one(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, NULL);
    snmpeng_plan *plan =
        plan_of("g1.3.6.1.2.1.1.1.0", "g1.3.6.1.2.1.1.8.0", "g1.3.6.1.2.1.1.2.0",
                "g1.3.6.1.2.1.1.3.0", "g1.3.6.1.2.1.1.9.0", "g1.3.6.1.2.1.1.5.0", NULL);
    run(&b, plan, SNMPENG_V1, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_int_equal(b.out.version, SNMPENG_V1);
    assert_string_equal(b.out.text, whole_system);
    assert_int_equal(fake_requests(b.device), 3);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool too_big(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (q->count <= 2) {
        return false;
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 1, 0, NULL, 0, reply);
    return true;
}

static void test_engine__splits_what_is_too_big(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, too_big);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.1.0", "g1.3.6.1.2.1.1.2.0", "g1.3.6.1.2.1.1.3.0",
                                 "g1.3.6.1.2.1.1.5.0", "g1.3.6.1.2.1.43.1.0", NULL);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_int_equal(b.out.count, 5);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool has_object(const fake_request *q, const char *content, size_t length)
{
    for (uint32_t i = 0; i < q->count; i++) {
        if (q->binds[i].name.length == length &&
            memcmp(q->binds[i].name.value, content, length) == 0) {
            return true;
        }
    }
    return false;
}

/* genErr for sysUpTime, without saying where. */
static bool bad_uptime(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    if (!has_object(q, "\x2b\x06\x01\x02\x01\x01\x03\x00", 8)) {
        return false;
    }
    *length = fake_reply(q, q->version, WIRE_RESPONSE, q->id, 5, 0, NULL, 0, reply);
    return true;
}

static void test_engine__isolates_a_faulty_object(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, bad_uptime);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.1.0", "g1.3.6.1.2.1.1.2.0", "g1.3.6.1.2.1.1.3.0",
                                 "g1.3.6.1.2.1.1.5.0", NULL);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_int_equal(b.out.count, 3);
    assert_null(strstr(b.out.text, "4711"));
    snmpeng_plan_free(plan);
    plan = plan_of("g1.3.6.1.2.1.1.3.0", NULL);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_E_DEVICE);
    assert_int_equal(b.out.count, 0);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool silent_once(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)q;
    (void)reply;
    *length = 0;
    return fake_number(f) == 1;
}

static void test_engine__repeats_what_is_lost(void **state)
{
    (void)state;
    bench b;
    snmpeng_stats stats;
    begin(&b, NULL, silent_once);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    snmpeng_stats_get(b.engine, &stats);
    assert_int_equal(stats.sent, 1);
    assert_int_equal(stats.resent, 1);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool silent(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    (void)q;
    (void)reply;
    *length = 0;
    return true;
}

static int64_t elapsed(bench *b, const snmpeng_plan *plan, uint32_t flags)
{
    int64_t from = clock_mono();
    run(b, plan, SNMPENG_V2C, flags);
    return clock_mono() - from;
}

/* DEV-37, DEV-38: 100 ms, 3 sends: 300 ms, of which jitter may take 12. */
static void test_engine__gives_up_after_timeout_and_retries(void **state)
{
    (void)state;
    bench b;
    snmpeng_options options = {.timeout_ms = 100, .tries = 3};
    begin(&b, &options, silent);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    int64_t ms = elapsed(&b, plan, 0);
    assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
    assert_non_null(strstr(b.out.error, "127.0.0.1"));
    assert_int_equal(fake_requests(b.device), 3);
    assert_in_range(ms, 285, 2000); /* the machine may be busy */
    ms = elapsed(&b, plan, SNMPENG_ONE_TRY);
    assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
    assert_int_equal(fake_requests(b.device), 4);
    assert_in_range(ms, 95, 1000);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool only_v1(fake *f, const fake_request *request, uint8_t *reply, size_t *length)
{
    *length = request->version == SNMPENG_V1 ? fake_answer(f, request, reply) : 0;
    return true;
}

static bool only_v2c(fake *f, const fake_request *request, uint8_t *reply, size_t *length)
{
    *length = request->version == SNMPENG_V2C ? fake_answer(f, request, reply) : 0;
    return true;
}

/* One that fell silent is asked in the other version at last, and in no more time. */
static void test_engine__last_try_in_the_other_version(void **state)
{
    (void)state;
    static const struct {
        fake_hook hook;
        snmpeng_version asked, answers;
    } cases[] = {{only_v1, SNMPENG_V2C, SNMPENG_V1}, {only_v2c, SNMPENG_V1, SNMPENG_V2C}};
    snmpeng_options options = {.timeout_ms = 100, .tries = 3};
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    for (size_t i = 0; i < 2; i++) {
        bench b;
        begin(&b, &options, cases[i].hook);
        run(&b, plan, cases[i].asked, SNMPENG_OTHER_LAST);
        assert_int_equal(b.out.code, PLATEN_OK);
        assert_int_equal(b.out.version, cases[i].answers);
        assert_int_equal(fake_requests(b.device), 3);
        run(&b, plan, cases[i].asked,
            SNMPENG_OTHER_LAST | SNMPENG_ONE_TRY); /* there is no second */
        assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
        run(&b, plan, cases[i].answers, SNMPENG_OTHER_LAST);
        assert_int_equal(fake_requests(b.device), 5);
        end(&b);
    }
    snmpeng_plan_free(plan);
}

typedef struct lateness {
    atomic_int late, done;
    int late_at_done;
    platen_code code;
} lateness;

static void is_late(void *user)
{
    lateness *l = user;
    atomic_fetch_add(&l->late, 1);
}

static void late_done(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    lateness *l = user;
    l->late_at_done = atomic_load(&l->late);
    l->code = (platen_code)result->code;
    atomic_store(&l->done, 1);
}

static bool second_time(fake *f, const fake_request *request, uint8_t *reply, size_t *length)
{
    *length = fake_number(f) >= 2 ? fake_answer(f, request, reply) : 0;
    return true;
}

/* Whoever asked is told once that there was no answer in the first wait, and not otherwise. */
static void test_engine__tells_when_an_answer_is_late(void **state)
{
    (void)state;
    static const struct {
        fake_hook hook;
        platen_code code;
        int late;
    } cases[] = {{NULL, PLATEN_OK, 0}, {second_time, PLATEN_OK, 1}, {silent, PLATEN_E_TIMEOUT, 1}};
    snmpeng_options options = {.timeout_ms = 200, .tries = 3};
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    for (size_t i = 0; i < 3; i++) {
        bench b;
        lateness l = {0};
        begin(&b, &options, cases[i].hook);
        snmpeng_request request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
        request.timeout_ms = 200;
        request.late = is_late;
        request.done = late_done;
        request.user = &l;
        assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_OK);
        for (int ms = 0; ms < 20000 && atomic_load(&l.done) == 0; ms++) {
            struct timespec nap = {0, 1000000};
            (void)nanosleep(&nap, NULL);
        }
        assert_int_equal(l.code, cases[i].code);
        assert_int_equal(l.late_at_done, cases[i].late);
        end(&b);
    }
    snmpeng_plan_free(plan);
}

static void test_engine__ends_at_the_deadline(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, silent);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
    int64_t from = clock_mono();
    request.deadline = from + 60;
    request.tries = 10;
    read_wait(b.engine, &request, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
    assert_non_null(strstr(b.out.error, "deadline"));
    assert_in_range(clock_mono() - from, 55, 1000);
    snmpeng_plan_free(plan);
    end(&b);
}

static bool v1_only(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    (void)f;
    (void)reply;
    *length = 0;
    return q->version != SNMPENG_V1;
}

static void test_engine__falls_back_to_v1_when_told(void **state)
{
    (void)state;
    bench b;
    snmpeng_options options = {.timeout_ms = 100, .tries = 2, .window = 2};
    begin(&b, &options, v1_only);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", "w1.3.6.1.2.1.43", NULL);
    run(&b, plan, SNMPENG_V2C, SNMPENG_V1_RETRY);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_int_equal(b.out.version, SNMPENG_V1);
    assert_string_equal(b.out.text, "1.3.6.1.2.1.1.5.0 s:lp07\n1.3.6.1.2.1.43.1.0 02:-3\n");
    /* v2c, v1, and then v1 only: two steps of the walk */
    assert_int_equal(fake_requests(b.device), 4);
    run(&b, plan, SNMPENG_V2C, 0);
    assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
    snmpeng_plan_free(plan);
    end(&b);
}

/* Nobody listens there: the kernel says so. */
static void test_engine__tells_unreachable_at_once(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, NULL);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.2", 1, b.credential, plan);
    int64_t from = clock_mono();
    request.timeout_ms = 5000;
    read_wait(b.engine, &request, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_UNREACHABLE);
    assert_non_null(strstr(b.out.error, "127.0.0.2"));
    assert_true(clock_mono() - from < 1000);
    /* A broadcast address: the kernel does not even take it, nor does it stop what comes after. */
    request = request_to("255.255.255.255", 161, b.credential, plan);
    request.timeout_ms = 5000;
    pending *broadcast = read_begin(b.engine, &request);
    request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
    read_wait(b.engine, &request, &b.out);
    assert_int_equal(b.out.code, PLATEN_OK);
    read_end_wait(broadcast, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_UNREACHABLE);
    assert_true(clock_mono() - from < 2000);
    snmpeng_plan_free(plan);
    end(&b);
}

/* A list of reads that are told nothing, so that they can be cancelled. */
typedef struct cancelling {
    snmpeng *engine;
    snmpeng_read *read;
} cancelling;

static void cancel_now(void *user)
{
    cancelling *c = user;
    snmpeng_cancel(c->engine, c->read);
    snmpeng_cancel(c->engine, c->read); /* twice does no harm */
}

static void test_engine__cancels_in_flight_and_in_the_queue(void **state)
{
    (void)state;
    bench b;
    snmpeng_options options = {.timeout_ms = 5000, .tries = 1, .in_flight = 1};
    begin(&b, &options, silent);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
    pending *flying = read_begin(b.engine, &request);
    pending *queued = read_begin(b.engine, &request);
    while (fake_requests(b.device) == 0) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    cancelling second = {b.engine, pending_handle(queued)};
    cancelling first = {b.engine, pending_handle(flying)};
    assert_int_equal(snmpeng_post(b.engine, cancel_now, &second, NULL), PLATEN_OK);
    read_end_wait(queued, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_CANCELLED);
    assert_int_equal(snmpeng_post(b.engine, cancel_now, &first, NULL), PLATEN_OK);
    read_end_wait(flying, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_CANCELLED);
    assert_int_equal(fake_requests(b.device), 1);
    snmpeng_plan_free(plan);
    end(&b);
}

static void count_cancelled(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    if (result->code == PLATEN_E_CANCELLED) {
        atomic_fetch_add((atomic_int *)user, 1);
    }
}

static void test_engine__stopping_tells_everyone(void **state)
{
    (void)state;
    bench b;
    atomic_int cancelled = 0;
    snmpeng_options options = {.timeout_ms = 5000, .in_flight = 3};
    begin(&b, &options, silent);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
    request.done = count_cancelled;
    request.user = &cancelled;
    for (int i = 0; i < 10; i++) {
        request.flags = i % 2 == 0 ? SNMPENG_PACED : 0;
        assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_OK);
    }
    snmpeng_stop(b.engine);
    assert_int_equal(atomic_load(&cancelled), 10);
    assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_E_STATE);
    assert_int_equal(snmpeng_post(b.engine, cancel_now, NULL, NULL), PLATEN_E_STATE);
    snmpeng_free(b.engine);
    snmpeng_credential_unref(b.credential);
    fake_end(b.device);
    snmpeng_plan_free(plan);
}

static void test_engine__never_started_still_tells_everyone(void **state)
{
    (void)state;
    snmpeng *e;
    atomic_int cancelled = 0;
    snmpeng_credential *c = community("public");
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    assert_int_equal(snmpeng_new(NULL, &e, NULL), PLATEN_OK);
    snmpeng_request request = request_to("127.0.0.1", 9, c, plan);
    request.done = count_cancelled;
    request.user = &cancelled;
    assert_int_equal(snmpeng_submit(e, &request, NULL, NULL), PLATEN_OK);
    snmpeng_stop(e);
    assert_int_equal(atomic_load(&cancelled), 1);
    snmpeng_free(e);
    snmpeng_credential_unref(c);
    snmpeng_plan_free(plan);
}

static void test_engine__refuses_requests_that_cannot_be(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, NULL);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", 9, b.credential, plan);
    assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_E_INVAL);
    request.done = count_cancelled;
    request.version = SNMPENG_V3; /* with a community */
    assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_E_INVAL);
    request.version = (snmpeng_version)2;
    assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_E_INVAL);
    request.version = SNMPENG_V2C;
    request.credential = NULL;
    assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_E_INVAL);
    snmpeng_plan_free(plan);
    end(&b);
}

/* The pace: 500 packets a second for reads of a sweep; others are not held up by it. */
typedef struct paced {
    atomic_int done;
    int64_t times[1000];
} paced;

static void note_time(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    paced *p = user;
    (void)version;
    assert_int_equal(result->code, PLATEN_OK);
    int n = atomic_load(&p->done);
    p->times[n] = clock_mono();
    atomic_store(&p->done, n + 1);
}

static void test_engine__keeps_the_pace(void **state)
{
    (void)state;
    static paced p;
    bench b;
    snmpeng_options options = {.packets_per_second = 500, .timeout_ms = 2000};
    begin(&b, &options, NULL);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    snmpeng_request request = request_to("127.0.0.1", fake_port(b.device), b.credential, plan);
    request.flags = SNMPENG_PACED;
    request.done = note_time;
    request.user = &p;
    for (int i = 0; i < 500; i++) {
        assert_int_equal(snmpeng_submit(b.engine, &request, NULL, NULL), PLATEN_OK);
    }
    int64_t from = clock_mono();
    request.flags = 0;
    read_wait(b.engine, &request, &b.out);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_true(clock_mono() - from < 500); /* not behind the 500 */
    while (atomic_load(&p.done) < 500) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    int64_t span = p.times[499] - p.times[0];
    assert_in_range(span, 950, 4000); /* 499 intervals of 2 ms; the machine may be busy */
    /* 50 in 100 ms, a 25th more to make up for what was late, and 5 at once after a pause; the
     * times are those of the answers, which come late too. */
    for (int i = 0; i + 70 < 500; i++) {
        assert_true(p.times[i + 70] - p.times[i] >= 90);
    }
    snmpeng_plan_free(plan);
    end(&b);
}

/* Many threads hand in reads at once. */
typedef struct crowd {
    bench *b;
    const snmpeng_plan *plan;
    atomic_int good;
    atomic_int posts;
} crowd;

static void count_good(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    if (result->code == PLATEN_OK && result->count == 1) {
        atomic_fetch_add(&((crowd *)user)->good, 1);
    }
}

static void count_post(void *user)
{
    crowd *c = user;
    assert_true(snmpeng_on_thread(c->b->engine));
    atomic_fetch_add(&c->posts, 1);
}

static void *hand_in_many(void *user)
{
    crowd *c = user;
    snmpeng_request request =
        request_to("127.0.0.1", fake_port(c->b->device), c->b->credential, c->plan);
    request.done = count_good;
    request.user = c;
    request.timeout_ms = 3000;
    for (int i = 0; i < 250; i++) {
        if (snmpeng_submit(c->b->engine, &request, NULL, NULL) != PLATEN_OK) {
            break;
        }
        (void)snmpeng_post(c->b->engine, count_post, c, NULL);
    }
    return NULL;
}

static void test_engine__takes_reads_from_any_thread(void **state)
{
    (void)state;
    bench b;
    pthread_t threads[4];
    snmpeng_options options = {.in_flight = 16};
    begin(&b, &options, NULL);
    assert_false(snmpeng_on_thread(b.engine));
    crowd c = {.b = &b, .plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL)};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hand_in_many, &c), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 1000 && atomic_load(&c.good) < 1000; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_int_equal(atomic_load(&c.good), 1000);
    assert_int_equal(atomic_load(&c.posts), 1000);
    end(&b);
    snmpeng_plan_free((snmpeng_plan *)(uintptr_t)c.plan);
}

/* A feeder hands in reads as others end, and the queue stays short. */
typedef struct feeding {
    bench *b;
    const snmpeng_plan *plan;
    int left;
    atomic_int done;
    uint64_t most;
} feeding;

static void fed(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    (void)result;
    atomic_fetch_add(&((feeding *)user)->done, 1);
}

static void feed(void *user)
{
    feeding *f = user;
    snmpeng_stats stats;
    snmpeng_stats_get(f->b->engine, &stats);
    f->most = stats.in_flight + stats.queued > f->most ? stats.in_flight + stats.queued : f->most;
    snmpeng_request request =
        request_to("127.0.0.1", fake_port(f->b->device), f->b->credential, f->plan);
    request.done = fed;
    request.user = f;
    for (int i = 0; i < 8 && f->left > 0; i++, f->left--) {
        (void)snmpeng_submit(f->b->engine, &request, NULL, NULL);
    }
}

static void test_engine__asks_the_feeder(void **state)
{
    (void)state;
    bench b;
    snmpeng_options options = {.in_flight = 8, .timeout_ms = 2000};
    begin(&b, &options, NULL);
    feeding f = {.b = &b, .plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL), .left = 300};
    snmpeng_set_feeder(b.engine, 12, feed, &f);
    for (int i = 0; i < 1000 && atomic_load(&f.done) < 300; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    assert_int_equal(atomic_load(&f.done), 300);
    end(&b);
    assert_true(f.most < 12 + 8);
    snmpeng_plan_free((snmpeng_plan *)(uintptr_t)f.plan);
}

/* Also while no read ends: a sweep that begins with silent addresses. */
static void test_engine__asks_the_feeder_until_there_are_enough(void **state)
{
    (void)state;
    bench b;
    snmpeng_stats stats = {0};
    snmpeng_options options = {.in_flight = 100, .timeout_ms = 5000};
    begin(&b, &options, silent);
    feeding f = {.b = &b, .plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL), .left = 300};
    snmpeng_set_feeder(b.engine, 40, feed, &f);
    for (int i = 0; i < 400 && stats.in_flight < 40; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        snmpeng_stats_get(b.engine, &stats);
    }
    assert_in_range(stats.in_flight, 40, 47); /* 8 at a time */
    end(&b);
    snmpeng_plan_free((snmpeng_plan *)(uintptr_t)f.plan);
}

static void test_engine__reads_over_ipv6(void **state)
{
    (void)state;
    bench b;
    begin(&b, NULL, NULL);
    snmpeng_plan *plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    /* Nobody is there; that the kernel says so shows that the request went out. */
    snmpeng_request request = request_to("::1", 1, b.credential, plan);
    read_wait(b.engine, &request, &b.out);
    assert_int_equal(b.out.code, PLATEN_E_UNREACHABLE);
    snmpeng_plan_free(plan);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine__gets_objects),
        cmocka_unit_test(test_engine__v1_drops_unknown_objects_one_by_one),
        cmocka_unit_test(test_engine__splits_what_is_too_big),
        cmocka_unit_test(test_engine__isolates_a_faulty_object),
        cmocka_unit_test(test_engine__repeats_what_is_lost),
        cmocka_unit_test(test_engine__gives_up_after_timeout_and_retries),
        cmocka_unit_test(test_engine__last_try_in_the_other_version),
        cmocka_unit_test(test_engine__tells_when_an_answer_is_late),
        cmocka_unit_test(test_engine__ends_at_the_deadline),
        cmocka_unit_test(test_engine__falls_back_to_v1_when_told),
        cmocka_unit_test(test_engine__tells_unreachable_at_once),
        cmocka_unit_test(test_engine__cancels_in_flight_and_in_the_queue),
        cmocka_unit_test(test_engine__stopping_tells_everyone),
        cmocka_unit_test(test_engine__never_started_still_tells_everyone),
        cmocka_unit_test(test_engine__refuses_requests_that_cannot_be),
        cmocka_unit_test(test_engine__keeps_the_pace),
        cmocka_unit_test(test_engine__takes_reads_from_any_thread),
        cmocka_unit_test(test_engine__asks_the_feeder),
        cmocka_unit_test(test_engine__asks_the_feeder_until_there_are_enough),
        cmocka_unit_test(test_engine__reads_over_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
