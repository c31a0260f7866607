/*
 * Every host call fails in turn, every read breaks off in turn: the work ends exactly once, with
 * the failure's code and a reason, and nothing leaks (run with AddressSanitizer).
 */
#include "kit.h"

static const uint32_t works[] = {PLATEN_WORK_PROBE, PLATEN_WORK_INFORMATION, PLATEN_WORK_STATUS,
                                 PLATEN_WORK_COUNTERS};
static const char *const devices[] = {"full", "hp", "zebra", "decoy-server", "absurd", "row-30"};

/* Runs all works with the nth call failing; true when a call failed. */
static bool strike(const char *device, testkit_fault fault, unsigned nth, platen_code code)
{
    bool struck = false;
    for (size_t i = 0; i < 4u; i++) {
        testkit *kit = kit_open(); /* plans are compiled once a load */
        kit_device(kit, device);
        testkit_fail(kit, fault, nth, code);
        const testkit_report *report = testkit_run(kit, works[i]);
        assert_int_equal(report->finished, 1);
        if (report->code != PLATEN_OK) {
            struck = true;
            assert_int_equal(report->code, code);
            assert_true(report->error.text[0] != '\0');
            assert_int_equal(report->error.code, code);
        }
        testkit_fail(kit, TESTKIT_FAULT_NONE, 0, PLATEN_OK);
        (void)kit_run(kit, works[i]); /* and the next visit is well again */
        kit_close(kit);
    }
    return struck;
}

static void loop(testkit_fault fault, platen_code code)
{
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        unsigned nth = 1;
        while (strike(devices[i], fault, nth, code)) {
            nth++;
            assert_true(nth < 20u);
        }
        assert_true(nth > 1u);
    }
}

static void test_faults__plan_fails(void **state)
{
    (void)state;
    loop(TESTKIT_FAULT_PLAN, PLATEN_E_NOMEM);
}

static void test_faults__read_fails(void **state)
{
    (void)state;
    loop(TESTKIT_FAULT_READ, PLATEN_E_UNAVAILABLE);
}

/* A read that ends early may still have told enough, so a work may succeed; it must end. */
static void end_early(testkit_fault fault, platen_code code)
{
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        for (unsigned nth = 1; nth < 6u; nth++) {
            (void)strike(devices[i], fault, nth, code);
        }
    }
}

static void test_faults__read_breaks_off(void **state)
{
    (void)state;
    end_early(TESTKIT_FAULT_BREAK, PLATEN_E_TIMEOUT);
    end_early(TESTKIT_FAULT_BREAK, PLATEN_E_PROTOCOL);
}

static void test_faults__no_answer(void **state)
{
    (void)state;
    end_early(TESTKIT_FAULT_SILENCE, PLATEN_E_TIMEOUT);
    assert_true(strike("full", TESTKIT_FAULT_SILENCE, 1, PLATEN_E_UNREACHABLE));
    assert_true(strike("full", TESTKIT_FAULT_SILENCE, 1, PLATEN_E_AUTH));
}

static void test_faults__cancelled(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth < 4u; nth++) {
        assert_true(strike("hp", TESTKIT_FAULT_SILENCE, nth, PLATEN_E_CANCELLED) || nth > 2u);
    }
}

/* Identity is complete without the vendor's objects: their silence does not spoil the visit. */
static void test_faults__vendor_objects_may_be_silent(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "hp");
    testkit_fail(kit, TESTKIT_FAULT_SILENCE, 2, PLATEN_E_TIMEOUT);
    const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
    kit_same("model", testkit_text_at(report, PLATEN_FIELD_MODEL, 0), "LaserJet T9000 MFP");
    kit_close(kit);
}

/* Error bits are not taken for the alerts of a table that was not read to its end. */
static void test_faults__broken_tables_learn_nothing(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    char memo[256];
    (void)snprintf(memo, sizeof(memo), "%s", testkit_memo(kit));
    testkit_fail(kit, TESTKIT_FAULT_BREAK, 2, PLATEN_E_TIMEOUT);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_STATUS);
    assert_int_equal(report->code, PLATEN_E_TIMEOUT);
    assert_string_equal(testkit_memo(kit), memo);
    kit_close(kit);
}

static void test_faults__unknown_work(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    const testkit_report *report = testkit_run(kit, 99);
    assert_int_equal(report->finished, 1);
    assert_int_equal(report->code, PLATEN_E_UNSUPPORTED);
    kit_close(kit);
}

static void test_faults__load_and_unload_twice(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = kit_open();
    (void)state;
    testkit_unload(kit);
    assert_int_equal(testkit_load(kit, &err), PLATEN_OK);
    assert_string_equal(testkit_driver(kit)->id, "printer-mib");
    kit_device(kit, "hp");
    (void)kit_run(kit, PLATEN_WORK_STATUS);
    kit_close(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults__plan_fails),
        cmocka_unit_test(test_faults__read_fails),
        cmocka_unit_test(test_faults__read_breaks_off),
        cmocka_unit_test(test_faults__no_answer),
        cmocka_unit_test(test_faults__cancelled),
        cmocka_unit_test(test_faults__vendor_objects_may_be_silent),
        cmocka_unit_test(test_faults__broken_tables_learn_nothing),
        cmocka_unit_test(test_faults__unknown_work),
        cmocka_unit_test(test_faults__load_and_unload_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
