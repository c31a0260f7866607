/* Semantic versions: what is one, and which is later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pack/version.h"

static void test_version__what_is_one(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0.0",         "1.2.3",       "10.20.30", "999999999.0.1",
                                       "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x-y"};
    static const char *const bad[] = {"",         "1",      "1.2",    "1.2.3.4",        "01.2.3",
                                      "1.02.3",   "v1.2.3", "1.2.3-", "1.2.3-a..b",     "1.2.3+5",
                                      "1.2.3-01", " 1.2.3", "1.2.3 ", "1000000000.0.0", "-1.2.3",
                                      "1.2.x",    "1.2.3-ä"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(version_parse(good[i], NULL));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(version_parse(bad[i], NULL));
    }
    assert_false(version_parse(NULL, NULL));
}

static void test_version__order(void **state)
{
    (void)state;
    /* semver.org, section 11, and some more */
    static const char *const order[] = {
        "nothing",    "0.9.9",        "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
        "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
        "1.0.1",      "1.2.0",        "1.10.0",        "2.0.0"};
    size_t count = sizeof(order) / sizeof(order[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int got = version_compare_text(order[i], order[j]);
            assert_int_equal(got < 0 ? -1 : got > 0, i < j ? -1 : i > j);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version__what_is_one),
        cmocka_unit_test(test_version__order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
