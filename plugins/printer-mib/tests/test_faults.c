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

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A tag and a value of any kind for a line of a recording. */
static size_t random_value(uint32_t *seed, char *out, size_t size)
{
    static const char *const fixed[] = {
        "2|-2147483648",
        "2|2147483647",
        "2|-1",
        "70|18446744073709551615",
        "65|4294967295",
        "67|4294967295",
        "6|0.0",
        "6|1.3.6.1.2.1.25.3.1.5",
        "5|",
        "4|",
        "64|255.255.255.255",
        "4|MFG:;MDL:;;:SN",
        "4|HP HP HP HP",
        "2|0",
        "2|3",
        "4|;,;,",
        "4|S/N",
        "4|/ 1.35 / ",
    };
    uint32_t which = next_random(seed) % 24u;
    if (which < sizeof(fixed) / sizeof(fixed[0])) {
        return (size_t)snprintf(out, size, "%s", fixed[which]);
    }
    size_t length = (size_t)snprintf(out, size, "4x|");
    for (uint32_t octets = next_random(seed) % 400u; octets > 0; octets--) {
        length += (size_t)snprintf(out + length, size - length, "%02x", next_random(seed) & 0xffu);
    }
    return length;
}

/* Keeps the objects of a device and replaces one value in three. */
static void play_mutant(testkit *kit, const char *name, uint32_t *seed)
{
    static char text[262144];
    char path[1024];
    char line[2048];
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(path, sizeof(path), "%s/%s.snmprec", DATA_FOLDER, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL && length + 4096u < sizeof(text)) {
        char *value = strchr(line, '|');
        if (value != NULL && next_random(seed) % 3u == 0) {
            value[1] = '\0';
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", line);
            length += random_value(seed, text + length, 2048);
            length += (size_t)snprintf(text + length, sizeof(text) - length, "\n");
        } else {
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", line);
        }
    }
    (void)fclose(file);
    assert_int_equal(testkit_device_text(kit, text, &err), PLATEN_OK);
    for (size_t i = 0; i < 4u; i++) {
        const testkit_report *report = testkit_run(kit, works[i]);
        assert_int_equal(report->finished, 1);
        assert_int_equal(report->code, PLATEN_OK);
    }
}

/* Whatever stands in the objects: works end well and report nothing impossible. */
static void test_faults__random_values(void **state)
{
    static const char *const names[] = {"full",    "levels",  "hp",    "ricoh",  "lexmark",
                                        "brother", "samsung", "xerox", "konica", "row-30"};
    testkit *kit = kit_open();
    uint32_t seed = 20261121u;
    (void)state;
    for (unsigned round = 0; round < 60u; round++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            play_mutant(kit, names[i], &seed);
            const char *misuse = testkit_misuse(kit);
            if (misuse != NULL) {
                fail_msg("%s, round %u: %s", names[i], round, misuse);
            }
        }
    }
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
        cmocka_unit_test(test_faults__random_values),
        cmocka_unit_test(test_faults__load_and_unload_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
