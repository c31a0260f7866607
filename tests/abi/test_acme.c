/* An action of a plugin of somebody else, played by the kit that such plugins are tested with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "testkit.h"

static void test_acme__declares_and_blinks(void **state)
{
    (void)state;
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = testkit_open(ACME_FILE, "/nonexistent", &err);
    assert_non_null(kit);
    assert_int_equal(testkit_load(kit, &err), PLATEN_OK);
    const platen_action *action = testkit_action(kit, "acme.blink");
    assert_non_null(action);
    assert_string_equal(action->title, "[Acme] Blink");
    assert_int_equal(action->flags, PLATEN_ACTION_WRITES);
    assert_null(testkit_action(kit, "acme.other"));
    platen_act act = PLATEN_ACT_INIT;
    act.action = "acme.blink";
    act.settings = "{\"times\":3}";
    testkit_act(kit, &act);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_ACT);
    assert_int_equal(report->code, PLATEN_OK);
    assert_string_equal(testkit_change_of(report, "blinked")->to, "3");
    assert_string_equal(report->log, "0 blinks 3 times\n");
    act.flags = PLATEN_ACT_PREVIEW;
    testkit_act(kit, &act);
    assert_string_equal(testkit_run(kit, PLATEN_WORK_ACT)->log, "0 would blink 3 times\n");
    assert_null(testkit_misuse(kit));
    testkit_unload(kit);
    assert_null(testkit_action(kit, "acme.blink"));
    testkit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_acme__declares_and_blinks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
