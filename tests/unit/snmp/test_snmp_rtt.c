/* How long devices take to answer, and what follows from it for what is not answered. */
#include "support.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/snmp/rtt.h"

#define TIMES 16

static const fake_value values[] = {
    {"1.3.6.1.2.1.1.3.0", PLATEN_SNMP_TIMETICKS, 4711, NULL},
    {"1.3.6.1.2.1.1.5.0", PLATEN_SNMP_OCTETS, 0, "lp07"},
};

/* ---- the estimate ---- */

static void test_rtt__repeats_after_a_few_round_trips(void **state)
{
    (void)state;
    snmpeng_rtt rtt = {0};
    assert_int_equal(rtt_repeat(&rtt, 1000), 1000); /* nothing is known */
    for (int i = 0; i < 20; i++) {
        rtt_note(&rtt, 10);
    }
    assert_int_equal(snmpeng_rtt_ms(&rtt), 10);
    assert_int_equal(rtt_repeat(&rtt, 1000), 210);
    assert_int_equal(rtt_repeat(&rtt, 100), 100); /* no longer than the time-out */
    assert_false(rtt_is_long(&rtt));
}

static void test_rtt__follows_a_device_that_becomes_slow(void **state)
{
    (void)state;
    snmpeng_rtt rtt = {0};
    rtt_note(&rtt, 10);
    rtt_note(&rtt, 400);
    assert_true(rtt_repeat(&rtt, 1000) > 400); /* at once: it is not asked twice again */
    for (int i = 0; i < 40; i++) {
        rtt_note(&rtt, 400);
    }
    assert_true(rtt_is_long(&rtt));
    assert_in_range(rtt_repeat(&rtt, 1000), 590, 620);
    for (int i = 0; i < 60; i++) {
        rtt_note(&rtt, 5);
    }
    assert_in_range(rtt_repeat(&rtt, 1000), 200, 220);
}

static void test_rtt__takes_any_time(void **state)
{
    (void)state;
    snmpeng_rtt rtt = {0};
    rtt_note(&rtt, 0); /* is known all the same */
    assert_true(rtt_is_known(&rtt));
    rtt_note(&rtt, -5);
    assert_in_range(rtt_repeat(&rtt, 1000), 200, 202);
    for (int i = 0; i < 100; i++) {
        rtt_note(&rtt, INT64_MAX);
    }
    assert_int_equal(snmpeng_rtt_ms(&rtt), 60000); /* the longest time-out */
    assert_int_equal(rtt_repeat(&rtt, 5000), 5000);
}

/* ---- the engine ---- */

static _Atomic int64_t times[TIMES];  /* at which requests came */
static atomic_int lost_from, lost_to; /* requests that are not answered, from 1 */

static bool loses(fake *f, const fake_request *q, uint8_t *reply, size_t *length)
{
    int number = fake_number(f);
    if (number <= TIMES) {
        atomic_store(&times[number - 1], clock_mono());
    }
    bool lost = number >= atomic_load(&lost_from) && number <= atomic_load(&lost_to);
    *length = lost ? 0 : fake_answer(f, q, reply);
    return true;
}

static int64_t between(int request, int later)
{
    return atomic_load(&times[later - 1]) - atomic_load(&times[request - 1]);
}

typedef struct bench {
    snmpeng *engine;
    snmpeng_credential *credential;
    snmpeng_plan *plan;
    fake *device;
    snmpeng_rtt rtt;
    outcome out;
    int64_t took;
} bench;

static void begin(bench *b, int from, int to)
{
    snmpeng_options options = {.timeout_ms = 1200, .tries = 3};
    memset(b, 0, sizeof *b);
    atomic_store(&lost_from, from);
    atomic_store(&lost_to, to);
    b->engine = engine_begin(&options);
    b->credential = community("public");
    b->plan = plan_of("g1.3.6.1.2.1.1.5.0", NULL);
    b->device = fake_begin("127.0.0.1", values, sizeof values / sizeof *values, loses);
}

static void end(bench *b)
{
    engine_end(b->engine);
    snmpeng_plan_free(b->plan);
    snmpeng_credential_unref(b->credential);
    fake_end(b->device);
}

static void ask(bench *b, uint32_t flags)
{
    snmpeng_request request = request_to("127.0.0.1", fake_port(b->device), b->credential, b->plan);
    request.flags = flags;
    request.rtt = &b->rtt;
    int64_t from = clock_mono();
    read_wait(b->engine, &request, &b->out);
    b->took = clock_mono() - from;
}

/* The first answer tells how fast the device is: what is lost after it does not cost a time-out. */
static void test_rtt__repeats_what_is_lost_soon(void **state)
{
    (void)state;
    bench b;
    begin(&b, 2, 2);
    ask(&b, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_true(rtt_is_known(&b.rtt));
    ask(&b, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_in_range(b.took, 180, 900);
    assert_int_equal(fake_requests(b.device), 3);
    end(&b);
}

/* Nothing is known of the first one: a whole time-out, as ever. With a pace too. */
static void test_rtt__waits_a_time_out_where_nothing_is_known(void **state)
{
    (void)state;
    bench b;
    begin(&b, 1, 1);
    ask(&b, 0);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_in_range(b.took, 1120, 2400);
    end(&b);
    begin(&b, 2, 2);
    ask(&b, 0);
    ask(&b, SNMPENG_PACED);
    assert_int_equal(b.out.code, PLATEN_OK);
    assert_in_range(b.took, 1120, 2400);
    end(&b);
}

/* DEV-37, DEV-38: however the tries are spread, there are no more of them, and a silent device
 * costs tries x time-out. One that was heard just now is asked three times in a second; one that
 * may be down for a moment is asked again later. */
static void test_rtt__spreads_the_tries_over_the_same_time(void **state)
{
    (void)state;
    for (int heard = 0; heard < 2; heard++) {
        bench b;
        begin(&b, 2, 100);
        ask(&b, 0);
        ask(&b, heard ? SNMPENG_HEARD : 0);
        assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
        assert_in_range(b.took, 3590, 6000);
        assert_int_equal(fake_requests(b.device), 4);
        assert_in_range(between(2, 3), 180, 900);
        if (heard) {
            assert_in_range(between(2, 4), 500, 1300);
        } else {
            assert_in_range(between(2, 4), 1500, 3000);
        }
        end(&b);
    }
}

static atomic_int late;

static void is_late(void *user)
{
    (void)user;
    atomic_fetch_add(&late, 1);
}

/* That a second try went out soon is no reason to call the device late. */
static void test_rtt__is_late_after_a_time_out(void **state)
{
    (void)state;
    static const struct {
        int to, late;
        platen_code code;
    } cases[] = {{2, 0, PLATEN_OK}, {100, 1, PLATEN_E_TIMEOUT}};
    for (size_t i = 0; i < 2; i++) {
        bench b;
        begin(&b, 2, cases[i].to);
        ask(&b, 0);
        atomic_store(&late, 0);
        snmpeng_request request =
            request_to("127.0.0.1", fake_port(b.device), b.credential, b.plan);
        request.rtt = &b.rtt;
        request.late = is_late;
        request.flags = SNMPENG_HEARD;
        read_wait(b.engine, &request, &b.out);
        assert_int_equal(b.out.code, cases[i].code);
        assert_int_equal(atomic_load(&late), cases[i].late);
        end(&b);
    }
}

/* A device that takes long is asked for two things at once, any other for one after the other. */
static void test_rtt__asks_a_slow_device_for_two_things_at_once(void **state)
{
    (void)state;
    for (unsigned together = 1; together <= 2; together++) {
        bench b;
        begin(&b, 1, 100);
        snmpeng_plan_free(b.plan);
        b.plan = plan_of("g1.3.6.1.2.1.1.5.0", "w1.3.6.1.2.1.43.10", "w1.3.6.1.2.1.43.11", NULL);
        rtt_note(&b.rtt, together == 1 ? 20 : 400);
        snmpeng_request request =
            request_to("127.0.0.1", fake_port(b.device), b.credential, b.plan);
        request.rtt = &b.rtt;
        request.deadline = clock_mono() + 150;
        read_wait(b.engine, &request, &b.out);
        assert_int_equal(b.out.code, PLATEN_E_TIMEOUT);
        assert_int_equal(fake_requests(b.device), together);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rtt__repeats_after_a_few_round_trips),
        cmocka_unit_test(test_rtt__follows_a_device_that_becomes_slow),
        cmocka_unit_test(test_rtt__takes_any_time),
        cmocka_unit_test(test_rtt__repeats_what_is_lost_soon),
        cmocka_unit_test(test_rtt__waits_a_time_out_where_nothing_is_known),
        cmocka_unit_test(test_rtt__spreads_the_tries_over_the_same_time),
        cmocka_unit_test(test_rtt__is_late_after_a_time_out),
        cmocka_unit_test(test_rtt__asks_a_slow_device_for_two_things_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
