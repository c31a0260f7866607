/* Registration conditions, identity keys' words and the small enumerations. */
#include "core/model/condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/model/device_identity.h"
#include "core/model/words.h"

static bool met(const char *text)
{
    cJSON *tree = NULL;
    report *r = report_new();
    assert_non_null(r);
    assert_int_equal(json_parse(text, strlen(text), &tree, NULL), PLATEN_OK);
    report_set_text(r, 1, PLATEN_FIELD_MANUFACTURER, "Acme", SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_MODEL, "LaserFast 300", SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_LOCATION, "Room 7", SIZE_MAX);
    bool result = condition_met(tree, r, "10.1.2.3", "printer1.example");
    cJSON_Delete(tree);
    report_free(r);
    return result;
}

#define ONE(field, op, value) "{\"field\":\"" field "\",\"op\":\"" op "\",\"value\":\"" value "\"}"

static void test_condition__operators_ignore_case(void **state)
{
    (void)state;
    // DEV-49
    assert_true(met("[" ONE("manufacturer", "eq", "ACME") "]"));
    assert_false(met("[" ONE("manufacturer", "eq", "acm") "]"));
    assert_true(met("[" ONE("manufacturer", "ne", "other") "]"));
    assert_false(met("[" ONE("manufacturer", "ne", "aCME") "]"));
    assert_true(met("[" ONE("model", "begins", "laser") "]"));
    assert_false(met("[" ONE("model", "begins", "fast") "]"));
    assert_true(met("[" ONE("model", "ends", "FAST 300") "]"));
    assert_false(met("[" ONE("model", "ends", "a much longer text than the model") "]"));
    assert_true(met("[" ONE("model", "contains", "fast") "]"));
    assert_false(met("[" ONE("model", "contains", "slow") "]"));
    assert_false(met("[" ONE("model", "resembles", "LaserFast 300") "]"));
}

static void test_condition__fields(void **state)
{
    (void)state;
    assert_true(met("[]"));
    assert_true(condition_met(NULL, NULL, "", ""));
    assert_true(met("[" ONE("address", "begins", "10.1.") "]"));
    assert_true(met("[" ONE("hostname", "ends", ".EXAMPLE") "]"));
    assert_true(met("[" ONE("location", "eq", "room 7") "]")); // DEV-52
    assert_false(met("[" ONE("serial", "eq", "1") "]"));
    assert_true(met("[" ONE("serial", "eq", "") "]")); /* not reported is empty */
    assert_false(met("[" ONE("shoe size", "eq", "44") "]"));
}

static void test_condition__values_of_a_field_are_alternatives(void **state)
{
    (void)state;
    // DEV-49, DEV-96
    assert_true(met("[" ONE("model", "begins", "x") "," ONE("model", "begins", "laser") "]"));
    assert_false(met("[" ONE("model", "begins", "laser") "," ONE("manufacturer", "eq", "x") "]"));
    assert_true(met("[" ONE("model", "begins", "laser") "," ONE("manufacturer", "eq", "acme") "]"));
    assert_true(met("[" ONE("model", "eq", "x") "," ONE("manufacturer", "eq", "acme") "," ONE(
        "model", "contains", "300") "]"));
}

static void test_condition__hostile_settings(void **state)
{
    (void)state;
    assert_false(met("[1]"));
    assert_false(met("[{\"field\":7,\"op\":null,\"value\":[]}]"));
    assert_false(met("[{}]"));
}

static void test_identity__words_that_are_no_serial_number(void **state)
{
    (void)state;
    static const char *const lies[] = {"",        "1",          "12",  "000000", "XXXXXXXX",
                                       "unknown", "None",       "N/A", "NULL",   "Default",
                                       "......",  "0123456789", "n/a", "empty"};
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        assert_false(identity_serial_is_real(lies[i]));
    }
    assert_true(identity_serial_is_real("CN12345"));
    assert_true(identity_serial_is_real("0000001"));
    assert_false(identity_mac_is_real("00:00:00:00:00:00"));
    assert_false(identity_mac_is_real("FF:FF:FF:FF:FF:FF"));
    assert_false(identity_mac_is_real("00:00:00:00:12:34"));
    assert_false(identity_mac_is_real("3c2af4bff51b"));
    assert_false(identity_mac_is_real(""));
    assert_true(identity_mac_is_real("3c:2a:f4:bf:f5:1b"));
}

static void test_identity__keys(void **state)
{
    (void)state;
    report *r = report_new();
    identity who;
    assert_non_null(r);
    report_set_text(r, 1, PLATEN_FIELD_MODEL, "LaserFast", SIZE_MAX);
    identity_of(&who, r->arena, r, 3, "10.1.2.3");
    assert_int_equal(who.count, 1);
    assert_int_equal(who.strong, 0);
    assert_string_equal(who.keys[0], "weak:3:10.1.2.3:laserfast");
    report_set_text(r, 1, PLATEN_FIELD_UUID, "urn:uuid:4509A320-00A0-008F-00B6-002507510eca",
                    SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_MAC, "00:00:00:00:00:00", SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_MAC, "3C:2A:F4:BF:F5:1B", SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_SERIAL, "CN123", SIZE_MAX);
    report_set_text(r, 1, PLATEN_FIELD_MANUFACTURER, "Acme", SIZE_MAX);
    identity_of(&who, r->arena, r, 3, "10.1.2.3");
    assert_int_equal(who.strong, 3); /* serial and manufacturer, MAC, UUID; never the address */
    assert_string_equal(who.keys[0], "serial:acme:cn123");
    assert_string_equal(who.keys[1], "mac:3c:2a:f4:bf:f5:1b");
    assert_string_equal(who.keys[2], "uuid:4509a320-00a0-008f-00b6-002507510eca");
    assert_int_equal(who.count, 4); /* the weak key behind them finds what said less before */
    assert_string_equal(who.keys[3], "weak:3:10.1.2.3:laserfast");
    report_free(r);
}

static void test_words__all_ways(void **state)
{
    (void)state;
    for (int i = DEVICE_ON; i <= DEVICE_POWER_UNKNOWN; i++) {
        assert_int_equal(device_power_from(device_power_word(i)), i);
    }
    for (int i = DEVICE_NORMAL; i <= DEVICE_SERVICE; i++) {
        assert_int_equal(device_severity_from(device_severity_word(i)), i);
    }
    assert_string_equal(device_power_word(-1), "unknown");
    assert_string_equal(device_power_word(99), "unknown");
    assert_int_equal(device_power_from("asleep"), DEVICE_POWER_UNKNOWN);
    assert_string_equal(device_severity_word(-1), "normal");
    assert_string_equal(device_severity_word(INT64_MAX), "normal");
    assert_string_equal(alert_severity_word(3), "critical");
    assert_string_equal(alert_severity_word(5), "warning");
    assert_string_equal(alert_severity_word(-3), "other");
    assert_string_equal(alert_training_word(5), "field-service");
    assert_string_equal(alert_training_word(-1), "unknown");
    assert_string_equal(alert_training_word(INT64_MAX), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_condition__operators_ignore_case),
        cmocka_unit_test(test_condition__fields),
        cmocka_unit_test(test_condition__values_of_a_field_are_alternatives),
        cmocka_unit_test(test_condition__hostile_settings),
        cmocka_unit_test(test_identity__words_that_are_no_serial_number),
        cmocka_unit_test(test_identity__keys),
        cmocka_unit_test(test_words__all_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
