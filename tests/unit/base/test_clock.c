/* Times in RFC 3339, durations in ISO 8601. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "core/base/clock.h"

static void check(const char *text, int64_t want)
{
    int64_t got = -1;
    assert_true(clock_parse(text, &got));
    assert_int_equal(got, want);
}

static void test_clock__parses_every_offset(void **state)
{
    (void)state;
    check("1970-01-01T00:00:00Z", 0);
    check("1970-01-01T01:30:00+01:30", 0);
    check("1969-12-31T19:00:00.5-05:00", 500);
    check("2000-02-29T12:00:00.123456789Z", 951825600123);
    check("2026-11-20t10:00:00z", 1795168800000);
}

static void test_clock__refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "2026",
                                        "2026-02-29T00:00:00Z",
                                        "2026-13-01T00:00:00Z",
                                        "2026-01-01",
                                        "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:00:00",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00+25:00",
                                        "2026-01-01T00:00:00Zx",
                                        "2026-1-1T00:00:00Z"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t ms = 7;
        assert_false(clock_parse(wrong[i], &ms));
        assert_int_equal(ms, 7);
    }
}

static void test_clock__formats_what_it_parses(void **state)
{
    (void)state;
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        int64_t ms = (int64_t)(x % 4102444800000u);
        char text[CLOCK_TEXT];
        int64_t back = -1;
        assert_true(clock_parse(clock_format(ms, text), &back));
        assert_int_equal(back, ms);
    }
    char text[CLOCK_TEXT];
    assert_string_equal(clock_format(951825600123, text), "2000-02-29T12:00:00.123Z");
    assert_string_equal(clock_format(-1, text), "1969-12-31T23:59:59.999Z");
}

static void test_clock__durations(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_true(clock_parse_duration("P1DT2H3M4S", &ms));
    assert_int_equal(ms, 93784000);
    assert_true(clock_parse_duration("PT5M", &ms));
    assert_int_equal(ms, 300000);
    assert_false(clock_parse_duration("P", &ms));
    assert_false(clock_parse_duration("5M", &ms));
    assert_false(clock_parse_duration("P5M", &ms)); /* months have no length */
    assert_false(clock_parse_duration("PT", &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__parses_every_offset),
        cmocka_unit_test(test_clock__refuses_what_is_no_time),
        cmocka_unit_test(test_clock__formats_what_it_parses),
        cmocka_unit_test(test_clock__durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
