/* The timer wheel. */
#include "support.h"

#include <string.h>

#include "core/snmp/wheel.h"

#define TIMERS 2000

typedef struct item {
    wheel_timer timer;
    int64_t due;
    int64_t fired;
} item;

typedef struct world {
    wheel wheel;
    item items[TIMERS];
    int64_t now;
    int fired;
    item *other; /* removed by the first to fire */
} world;

static world w;

static void fire(wheel_timer *timer, void *user)
{
    (void)user;
    item *i = (item *)(void *)timer;
    assert_true(i->fired == 0);
    i->fired = w.now;
    w.fired++;
    if (w.other != NULL) {
        wheel_remove(&w.wheel, &w.other->timer);
        w.other = NULL;
    }
}

static void begin(int64_t now)
{
    memset(&w, 0, sizeof w);
    w.now = now;
    wheel_init(&w.wheel, now);
}

static void test_wheel__fires_each_once_and_in_time(void **state)
{
    (void)state;
    begin(1000003);
    uint32_t random = 1;
    for (int i = 0; i < TIMERS; i++) {
        random = random * 1664525u + 1013904223u;
        w.items[i].due = w.now + (int64_t)(random >> 8) % 30000; /* several turns of the wheel */
        wheel_add(&w.wheel, &w.items[i].timer, w.items[i].due);
    }
    assert_int_equal(w.wheel.count, TIMERS);
    while (w.fired < TIMERS) {
        int64_t next = wheel_next(&w.wheel);
        assert_true(next != INT64_MAX);
        w.now = next > w.now ? next : w.now + 1;
        wheel_run(&w.wheel, w.now, fire, NULL);
    }
    for (int i = 0; i < TIMERS; i++) {
        assert_true(w.items[i].fired >= w.items[i].due);
        assert_true(w.items[i].fired <= w.items[i].due + 2 * WHEEL_TICK);
    }
    assert_true(wheel_next(&w.wheel) == INT64_MAX);
}

static void test_wheel__forgets_what_is_removed(void **state)
{
    (void)state;
    begin(0);
    wheel_add(&w.wheel, &w.items[0].timer, 10);
    wheel_add(&w.wheel, &w.items[1].timer, 10);
    wheel_add(&w.wheel, &w.items[1].timer, 500); /* moved */
    wheel_remove(&w.wheel, &w.items[0].timer);
    wheel_remove(&w.wheel, &w.items[0].timer);
    w.now = 499;
    wheel_run(&w.wheel, w.now, fire, NULL);
    assert_int_equal(w.fired, 0);
    w.now = 505;
    wheel_run(&w.wheel, w.now, fire, NULL);
    assert_int_equal(w.fired, 1);
    assert_int_equal(w.wheel.count, 0);
}

static void test_wheel__one_that_fires_removes_another(void **state)
{
    (void)state;
    begin(0);
    wheel_add(&w.wheel, &w.items[0].timer, 8);
    wheel_add(&w.wheel, &w.items[1].timer, 8);
    w.other = &w.items[1];
    w.now = 20;
    wheel_run(&w.wheel, w.now, fire, NULL);
    assert_int_equal(w.fired, 1);
    assert_true(w.items[1].fired == 0);
}

static void test_wheel__survives_a_long_sleep(void **state)
{
    (void)state;
    begin(0);
    for (int i = 0; i < 100; i++) {
        wheel_add(&w.wheel, &w.items[i].timer, i * 700);
    }
    w.now = 10000000;
    wheel_run(&w.wheel, w.now, fire, NULL);
    assert_int_equal(w.fired, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wheel__fires_each_once_and_in_time),
        cmocka_unit_test(test_wheel__forgets_what_is_removed),
        cmocka_unit_test(test_wheel__one_that_fires_removes_another),
        cmocka_unit_test(test_wheel__survives_a_long_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
