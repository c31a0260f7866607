/* Names of time zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/zone.h"

static void test_zone__knows_the_databases_names(void **state)
{
    static const char *const zones[] = {"Europe/Berlin", "America/Argentina/Buenos_Aires",
                                        "UTC",           "Etc/GMT+5",
                                        "Asia/Calcutta", "Asia/Kolkata"};
    (void)state;
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        assert_int_equal(zone_check(zones[i], NULL), PLATEN_OK);
    }
}

static void test_zone__refuses_others(void **state)
{
    static const char *const wrong[] = {"",         "Europe/Nowhere", "../../etc/passwd", "berlin",
                                        "Europe/",  "/etc/localtime", "Europe/berlin",    "d",
                                        "tzdata.zi"};
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(zone_check(wrong[i], &err), PLATEN_E_INVAL);
    }
    assert_non_null(strstr(err.text, "'tzdata.zi'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone__knows_the_databases_names),
        cmocka_unit_test(test_zone__refuses_others),
    };
    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
