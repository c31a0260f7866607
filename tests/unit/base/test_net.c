/* Addresses and ranges (SYS-144, DEV-47). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/net.h"

static void check(const char *text, const char *first, const char *last, uint64_t count)
{
    net_range range;
    char buffer[NET_TEXT];
    assert_int_equal(net_range_parse(text, &range, NULL), PLATEN_OK);
    assert_string_equal(net_format(&range.first, buffer), first);
    assert_string_equal(net_format(&range.last, buffer), last);
    assert_int_equal(net_range_count(&range), count);
}

// SYS-144, DEV-47
static void test_net__ranges(void **state)
{
    (void)state;
    check("10.1.2.3", "10.1.2.3", "10.1.2.3", 1);
    check(" 10.1.2.3 - 10.1.3.2 ", "10.1.2.3", "10.1.3.2", 256);
    check("10.1.2.3-9", "10.1.2.3", "10.1.2.9", 7);
    check("10.1.2.0/24", "10.1.2.1", "10.1.2.254", 254);
    check("10.1.2.77/16", "10.1.0.1", "10.1.255.254", 65534);
    check("10.1.2.4/31", "10.1.2.4", "10.1.2.5", 2);
    check("10.1.2.4/32", "10.1.2.4", "10.1.2.4", 1);
    check("2001:db8::1", "2001:db8::1", "2001:db8::1", 1);
    check("2001:db8::/120", "2001:db8::", "2001:db8::ff", 256);
    check("2001:db8::1-2001:db8::10", "2001:db8::1", "2001:db8::10", 16);
}

static void test_net__refuses_bad_ranges(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "printer",
                                        "10.1.2",
                                        "10.1.2.300",
                                        "10.1.2.0/33",
                                        "10.1.2.0/",
                                        "10.1.2.9-3",
                                        "10.1.2.3-",
                                        "10.1.2.3-::1",
                                        "/24",
                                        "10.1.2.0/24x",
                                        "10.1.2.0/-1",
                                        "1.2.3.4-5.6.7",
                                        "::/129"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        net_range range;
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(net_range_parse(wrong[i], &range, &err), PLATEN_E_INVAL);
        assert_true(err.text[0] != '\0');
    }
    net_range range;
    assert_int_equal(net_range_parse("10.0.0.0/7", &range, NULL), PLATEN_E_TOO_LARGE);
    assert_int_equal(net_range_parse("2001:db8::/64", &range, NULL), PLATEN_E_TOO_LARGE);
    assert_int_equal(net_range_parse("10.0.0.0/8", &range, NULL), PLATEN_OK);
}

static void test_net__sockaddr_goes_both_ways(void **state)
{
    (void)state;
    static const char *const texts[] = {"192.0.2.7", "2001:db8::7", "::1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        net_address address;
        net_address back;
        struct sockaddr_storage sa;
        uint16_t port = 0;
        char text[NET_TEXT];
        assert_true(net_parse(texts[i], &address));
        assert_true(net_to_sockaddr(&address, 161, &sa) > 0);
        assert_true(net_from_sockaddr((struct sockaddr *)&sa, &back, &port));
        assert_true(net_from_sockaddr((struct sockaddr *)&sa, &back, NULL));
        assert_int_equal(port, 161);
        assert_int_equal(net_compare(&address, &back), 0);
        assert_string_equal(net_format(&back, text), texts[i]);
    }
}

static void test_net__next_and_contains(void **state)
{
    (void)state;
    net_range range;
    net_address at;
    uint64_t count = 0;
    assert_int_equal(net_range_parse("10.0.254.250-10.1.0.5", &range, NULL), PLATEN_OK);
    for (at = range.first; net_range_contains(&range, &at); assert_true(net_next(&at))) {
        count++;
    }
    assert_int_equal(count, net_range_count(&range));
    memset(at.bytes, 0xff, sizeof(at.bytes));
    assert_false(net_next(&at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_net__ranges),
        cmocka_unit_test(test_net__refuses_bad_ranges),
        cmocka_unit_test(test_net__sockaddr_goes_both_ways),
        cmocka_unit_test(test_net__next_and_contains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
