/* The order of a search: every address once, subnets taking turns, nothing held in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/agent/ranges.h"
#include "core/base/map.h"

static ranges *make(const char *const *texts)
{
    ranges *r = ranges_new();
    assert_non_null(r);
    for (size_t i = 0; texts[i] != NULL; i++) {
        net_range range;
        platen_error err = PLATEN_ERROR_INIT;
        if (net_range_parse(texts[i], &range, &err) != PLATEN_OK) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(ranges_add(r, &range, &err), PLATEN_OK);
    }
    ranges_seal(r);
    return r;
}

/* Walks to the end: every address of the ranges once and no other; the smallest distance between
 * two of one /24 goes to `nearest`. */
static uint64_t walk(const char *const *texts, size_t *nearest)
{
    ranges *r = make(texts);
    map *seen = map_new();
    map *last = map_new(); /* block -> position + 1 */
    net_address a;
    uintptr_t at = 0;
    *nearest = SIZE_MAX;
    while (ranges_next(r, &a)) {
        void *old = NULL;
        at++;
        assert_true(ranges_contains(r, &a));
        assert_true(map_set(seen, &a, sizeof(a), r, &old));
        assert_null(old); /* not twice */
        uintptr_t before = (uintptr_t)map_get(last, a.bytes, 15);
        if (before != 0 && at - before < *nearest) {
            *nearest = at - before;
        }
        assert_true(map_set(last, a.bytes, 15, (void *)at, NULL));
    }
    assert_false(ranges_next(r, &a)); /* the end stays the end */
    uint64_t count = ranges_count(r);
    assert_int_equal(at, count);
    map_free(seen, NULL);
    map_free(last, NULL);
    ranges_free(r);
    return count;
}

static void test_ranges__visits_every_address_once(void **state)
{
    (void)state;
    size_t nearest = 0;
    const char *const none[] = {NULL};
    const char *const one[] = {"10.1.2.3", NULL};
    const char *const net[] = {"10.1.2.0/24", NULL};
    const char *const odd[] = {"10.1.1.250-10.1.3.7", "10.1.9.1", "10.1.9.255", NULL};
    const char *const six[] = {"2001:db8::fe-2001:db8::203", "10.0.0.0/30", NULL};
    assert_int_equal(walk(none, &nearest), 0);
    assert_int_equal(walk(one, &nearest), 1);
    assert_int_equal(walk(net, &nearest), 254);
    assert_int_equal(walk(odd, &nearest), 6 + 256 + 8 + 2);
    assert_int_equal(walk(six, &nearest), 0x203 - 0xfe + 1 + 2);
}

static void test_ranges__merges_what_overlaps(void **state)
{
    (void)state;
    size_t nearest = 0;
    const char *const same[] = {"10.1.2.0/24", "10.1.2.0/24", "10.1.2.7", NULL};
    const char *const chain[] = {"10.1.2.100-10.1.3.20", "10.1.2.1-10.1.2.120",
                                 "10.1.3.10-10.1.3.40", "10.1.3.41-10.1.3.50", NULL};
    const char *const inner[] = {"10.1.0.0/16", "10.1.7.0/24", "10.1.255.254", NULL};
    assert_int_equal(walk(same, &nearest), 254);
    assert_int_equal(walk(chain, &nearest), 255 + 51);
    assert_int_equal(walk(inner, &nearest), 65534);
}

/* A subnet is not hit again before the others have had their turn. */
static void test_ranges__subnets_take_turns(void **state)
{
    (void)state;
    size_t nearest = 0;
    const char *const sixteen[] = {"10.1.0.0/20", NULL};
    const char *const pieces[] = {"10.1.0.1-10.1.0.100", "10.1.0.150-10.1.0.250", "10.1.1.0/24",
                                  "10.2.0.0/23",         "10.3.0.0-10.3.3.255",   NULL};
    (void)walk(sixteen, &nearest);
    assert_true(nearest >= 15); /* the first and last block lack one address */
    (void)walk(pieces, &nearest);
    assert_true(nearest >= 5); /* 8 blocks, some with gaps */
}

/* Random ranges in a small space, held against a plain set. */
static void test_ranges__random_sets(void **state)
{
    (void)state;
    unsigned seed = 7;
    for (int round = 0; round < 300; round++) {
        char texts[8][64];
        const char *list[9] = {NULL};
        bool wanted[2048] = {false};
        int count = 1 + rand_r(&seed) % 8;
        for (int i = 0; i < count; i++) {
            int from = rand_r(&seed) % 2048;
            int to = from + rand_r(&seed) % (2048 - from);
            (void)snprintf(texts[i], sizeof(texts[i]), "10.0.%d.%d-10.0.%d.%d", from / 256,
                           from % 256, to / 256, to % 256);
            list[i] = texts[i];
            for (int k = from; k <= to; k++) {
                wanted[k] = true;
            }
        }
        ranges *r = make(list);
        net_address a;
        while (ranges_next(r, &a)) {
            size_t k = (size_t)a.bytes[14] * 256 + a.bytes[15];
            assert_true(wanted[k]);
            wanted[k] = false;
        }
        for (size_t k = 0; k < 2048; k++) {
            assert_false(wanted[k]);
        }
        ranges_free(r);
    }
}

/* 16 million addresses: no list of them is made. */
static void test_ranges__a_large_range_costs_nothing(void **state)
{
    (void)state;
    const char *const large[] = {"10.0.0.0/8", NULL};
    ranges *r = make(large);
    net_address a;
    net_address first;
    assert_int_equal(ranges_count(r), 16777214);
    assert_true(ranges_next(r, &first));
    for (int i = 0; i < 65534; i++) { /* all other blocks come before this one again */
        assert_true(ranges_next(r, &a));
        assert_memory_not_equal(a.bytes, first.bytes, 15);
    }
    ranges_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges__visits_every_address_once),
        cmocka_unit_test(test_ranges__merges_what_overlaps),
        cmocka_unit_test(test_ranges__subnets_take_turns),
        cmocka_unit_test(test_ranges__random_sets),
        cmocka_unit_test(test_ranges__a_large_range_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
