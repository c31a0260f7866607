/* Supplies, trays, bins, covers, panel, finisher, alerts and state, on fictional devices. */
#include "kit.h"

static const platen_supply *supply(const testkit_report *report, const char *key)
{
    const platen_supply *found = testkit_supply_of(report, key);
    if (found == NULL) {
        fail_msg("no supply %s", key);
    }
    return found;
}

static const platen_part *part(const testkit_report *report, uint32_t kind, const char *key)
{
    const platen_part *found = testkit_part_of(report, kind, key);
    if (found == NULL) {
        fail_msg("no part %u %s", kind, key);
    }
    return found;
}

static void test_status__levels(void **state)
{
    static const struct {
        const char *key;
        int32_t percent;
        uint32_t clamped;
        uint32_t class_of;
    } wants[] = {
        {"marker.1.1", 100, 1, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.2", PLATEN_LEVEL_OTHER, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.3", PLATEN_LEVEL_SOME, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.4", PLATEN_LEVEL_UNKNOWN, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.5", 45, 0, PLATEN_SUPPLY_CONSUMED}, /* the unit says percent */
        {"marker.1.6", PLATEN_LEVEL_UNKNOWN, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.7", PLATEN_LEVEL_UNKNOWN, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.8", 100, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.9", 13, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.10", PLATEN_LEVEL_UNKNOWN, 0, PLATEN_SUPPLY_CONSUMED},
        {"marker.1.11", 5, 0, PLATEN_SUPPLY_RECEPTACLE}, /* the room left */
        {"marker.1.12", 30, 0, PLATEN_SUPPLY_RECEPTACLE},
        {"marker.1.13", 40, 0, PLATEN_SUPPLY_RECEPTACLE},
    };
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "levels");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        const platen_supply *got = supply(report, wants[i].key);
        if (got->percent != wants[i].percent) {
            fail_msg("%s: %d, not %d", wants[i].key, got->percent, wants[i].percent);
        }
        assert_int_equal(got->clamped, wants[i].clamped);
        assert_int_equal(got->class_of, wants[i].class_of);
    }
    assert_null(testkit_supply_of(report, "marker.1.27")); /* an index of three arcs is no row */
    kit_close(kit);
}

static void test_status__colors_in_many_languages(void **state)
{
    static const char *const wants[][2] = {
        {"marker.1.14", "black"},  {"marker.1.15", "black"},   {"marker.1.16", "black"},
        {"marker.1.17", "yellow"}, {"marker.1.18", "yellow"},  {"marker.1.19", "cyan"},
        {"marker.1.20", "yellow"}, {"marker.1.21", "magenta"}, {"marker.1.22", "black"},
        {"marker.1.23", ""},                                /* several */
        {"marker.1.24", "black"},  {"marker.1.25", "cyan"}, /* by prtMarkerColorant */
    };
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "levels");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        kit_same(wants[i][0], supply(report, wants[i][0])->color, wants[i][1]);
    }
    assert_int_equal(testkit_integer_of(report, PLATEN_FIELD_COLOR, -1), 1);
    kit_close(kit);
}

/* The host cleans: octets that are no UTF-8 come through as they are. */
static void test_status__latin1_is_passed_on(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "levels");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("octets", supply(report, "marker.1.14")->description, "Toner noir \xe9\xf6");
    kit_close(kit);
}

static void test_status__supply_texts_are_split(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "samsung");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("name", supply(report, "marker.1.1")->description, "Black Toner Cartridge");
    kit_same("serial", supply(report, "marker.1.1")->serial, "CRUM-12T34567890");
    kit_set(kit, "1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Toner Cartridge S/N:CRUM-");
    report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("cut serial", supply(report, "marker.1.1")->serial, "");
    kit_set(kit, "1.3.6.1.2.1.43.11.1.1.6.1.1|4|Fuser, PN 126T1;SNunknown");
    report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("name", supply(report, "marker.1.1")->description, "Fuser");
    kit_same("part", supply(report, "marker.1.1")->part, "126T1");
    kit_same("serial", supply(report, "marker.1.1")->serial, "");
    kit_close(kit);
}

// DEV-124
static void test_status__inputs(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    const platen_part *tray = part(report, PLATEN_PART_INPUT, "1.1");
    kit_same("name", tray->name, "Tray 1");
    kit_same("description", tray->description, "Cassette");
    kit_same("media", tray->media, "na_letter");
    kit_same("type", tray->type, "sheetFeedAutoRemovableTray");
    kit_same("unit", tray->unit, "sheets");
    kit_same("state", tray->state, "ok");
    assert_int_equal(tray->percent, 50);
    kit_same("state", part(report, PLATEN_PART_INPUT, "1.2")->state, "empty");
    assert_null(testkit_part_of(report, PLATEN_PART_INPUT, "1.3")); /* "Auto Select" */
    tray = part(report, PLATEN_PART_INPUT, "1.4");
    assert_int_equal(tray->percent, PLATEN_LEVEL_SOME);
    kit_same("unit", tray->unit, "metres");
    kit_close(kit);
}

static void test_status__outputs_covers_console(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("bin", part(report, PLATEN_PART_OUTPUT, "1.1")->state, "full");
    kit_same("bin", part(report, PLATEN_PART_OUTPUT, "1.1")->name, "Top");
    kit_same("cover", part(report, PLATEN_PART_COVER, "1.1")->state, "open");
    kit_same("cover", part(report, PLATEN_PART_COVER, "1.2")->state, "interlockClosed");
    kit_same("line", part(report, PLATEN_PART_CONSOLE, "1.1")->description, "Ready to copy");
    assert_null(testkit_part_of(report, PLATEN_PART_CONSOLE, "1.2"));
    kit_close(kit);
}

// DEV-125
static void test_status__finisher(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("type", part(report, PLATEN_PART_FINISHER, "1.1")->type, "stitcher");
    assert_int_equal(part(report, PLATEN_PART_FINISHER, "1.1")->percent, 20);
    const platen_supply *staples = supply(report, "finisher.1.1");
    kit_same("type", staples->type, "staples");
    kit_same("source", staples->source, "finSupply");
    assert_int_equal(staples->percent, 25);
    kit_close(kit);
}

// DEV-116 DEV-119 DEV-120 DEV-121
static void test_status__alerts(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "full");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    assert_int_equal(report->alert_count, 2);
    const platen_alert *first = &report->alerts[0];
    assert_int_equal(first->severity, PLATEN_SEVERITY_CRITICAL);
    assert_int_equal(first->training, 3);
    assert_int_equal(first->group, 8);
    assert_int_equal(first->group_index, 2);
    assert_int_equal(first->code, 808);
    assert_int_equal(first->location, -1);
    assert_int_equal(first->uptime, 15000);
    kit_same("text", first->text, "Tray 2 is empty");
    kit_same("source", first->source, "prtAlert");
    const platen_alert *odd = &report->alerts[1]; /* numbers that the MIB does not know */
    assert_int_equal(odd->severity, PLATEN_SEVERITY_OTHER);
    assert_int_equal(odd->training, 2);
    assert_int_equal(odd->group, 1);
    assert_int_equal(odd->group_index, -1);
    assert_int_equal(odd->code, 1);
    assert_int_equal(odd->uptime, -1);
    kit_close(kit);
}

typedef struct bit {
    const char *octets;
    uint32_t severity;
    uint32_t training;
    uint32_t group;
    uint32_t code;
} bit;

static void test_status__alerts_from_error_bits(void **state)
{
    static const bit bits[] = {
        {"8000", 4, 3, 8, 807}, {"40", 3, 3, 8, 808},   {"20", 4, 3, 11, 1104},
        {"10", 3, 3, 11, 1101}, {"08", 3, 3, 6, 3},     {"04", 3, 3, 13, 8},
        {"02", 3, 3, 5, 22},    {"01", 4, 5, 5, 1},     {"0080", 4, 3, 8, 801},
        {"0040", 4, 3, 9, 901}, {"0020", 3, 3, 11, 9},  {"0010", 4, 3, 9, 902},
        {"0008", 3, 3, 9, 903}, {"0004", 4, 3, 8, 808}, {"0002", 4, 5, 5, 11},
    };
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "bits");
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        char line[80];
        (void)snprintf(line, sizeof(line), "1.3.6.1.2.1.25.3.5.1.2.1|4x|%s", bits[i].octets);
        kit_set(kit, line);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
        assert_int_equal(report->alert_count, 1);
        const platen_alert *got = &report->alerts[0];
        if (got->severity != bits[i].severity || got->training != bits[i].training ||
            got->group != bits[i].group || got->code != bits[i].code) {
            fail_msg("%s: severity %u training %u group %u code %u", bits[i].octets, got->severity,
                     got->training, got->group, got->code);
        }
        kit_same("source", got->source, "hrPrinterDetectedErrorState");
    }
    kit_set(kit, "1.3.6.1.2.1.25.3.5.1.2.1|4x|0c20");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 3);
    /* A device that is down needs the service now. */
    kit_set(kit, "1.3.6.1.2.1.25.3.5.1.2.1|4x|01");
    kit_set(kit, "1.3.6.1.2.1.25.3.2.1.5.1|2|5");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alerts[0].severity,
                     PLATEN_SEVERITY_CRITICAL);
    kit_close(kit);
}

static void test_status__low_toner_of_ink_is_low_ink(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "ink");
    kit_set(kit, "1.3.6.1.2.1.25.3.5.1.2.1|4x|20");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alerts[0].code, 1105);
    kit_close(kit);
}

static void test_status__state(void **state)
{
    static const struct {
        const char *device_status;
        const char *printer_status;
        const char *word;
    } wants[] = {
        {"2", "3", "idle"},    {"2", "4", "printing"}, {"3", "5", "warmup"}, {"2", "1", "other"},
        {"4", "3", "testing"}, {"5", "1", "down"},     {"2", "99", NULL},
    };
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "bits");
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        char line[80];
        (void)snprintf(line, sizeof(line), "1.3.6.1.2.1.25.3.2.1.5.1|2|%s", wants[i].device_status);
        kit_set(kit, line);
        (void)snprintf(line, sizeof(line), "1.3.6.1.2.1.25.3.5.1.1.1|2|%s",
                       wants[i].printer_status);
        kit_set(kit, line);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
        kit_same("state", testkit_text_at(report, PLATEN_FIELD_STATE, 0), wants[i].word);
    }
    kit_close(kit);
}

/* The printer's row of hrDeviceTable counts, not the processor's (which is down). */
static void test_status__printer_row_other_than_1(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "row-3");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("state", testkit_text_at(report, PLATEN_FIELD_STATE, 0), "idle");
    assert_int_equal(supply(report, "marker.3.1")->percent, 40);
    assert_int_equal(testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1), 1000);
    kit_device(kit, "row-30"); /* beyond the rows that have a plan of their own */
    report = kit_run(kit, PLATEN_WORK_STATUS);
    kit_same("state", testkit_text_at(report, PLATEN_FIELD_STATE, 0), "idle");
    assert_int_equal(testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1), 321);
    kit_close(kit);
}

/* Agents misnumber hrDeviceIndex in the Printer MIB; only print servers of several printers mean
 * it. */
static void test_status__rows_of_other_devices(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "quiet");
    kit_set(kit, "1.3.6.1.2.1.43.11.1.1.9.2.1|2|5");
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->supply_count, 2);
    kit_set(kit, "1.3.6.1.2.1.25.3.2.1.2.2|6|1.3.6.1.2.1.25.3.1.5");
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    assert_int_equal(report->supply_count, 1);
    kit_same("key", report->supplies[0].key, "marker.1.1");
    kit_close(kit);
}

/* What a device does not have is not asked for again. */
static void test_status__steady_poll_is_short(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "quiet");
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    unsigned first = kit_run(kit, PLATEN_WORK_STATUS)->requests;
    const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
    assert_true(report->requests < first);
    assert_int_equal(report->requests, 2); /* scalars, supplies */
    assert_int_equal(report->reads, 2);
    kit_close(kit);
}

static void test_status__a_new_part_is_found_after_information(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "quiet");
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    (void)kit_run(kit, PLATEN_WORK_STATUS);
    kit_set(kit, "1.3.6.1.2.1.43.6.1.1.2.1.1|4|New cover");
    kit_set(kit, "1.3.6.1.2.1.43.6.1.1.3.1.1|2|4");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->part_count, 0);
    (void)kit_run(kit, PLATEN_WORK_INFORMATION);
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->part_count, 1);
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->part_count, 1);
    kit_close(kit);
}

static void put_alert(testkit *kit)
{
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.2.1.1|2|3");
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.4.1.1|2|6");
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.7.1.1|2|3");
}

/* An alert that the event counter tells of is seen at once, and its end as well. */
static void test_status__alerts_are_skipped_only_safely(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "quiet");
    (void)kit_run(kit, PLATEN_WORK_STATUS);
    put_alert(kit); /* the counter stands still: the agent could not have this row */
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 0);
    kit_set(kit, "1.3.6.1.2.1.43.5.1.1.19.1|65|10");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 1);
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 1);
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.2.1.1|2|");
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.4.1.1|2|");
    kit_set(kit, "1.3.6.1.2.1.43.18.1.1.7.1.1|2|");
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 0);
    put_alert(kit);
    kit_set(kit, "1.3.6.1.2.1.1.3.0|67|100"); /* restarted, and counted up to the same number */
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 1);
    kit_close(kit);
}

static void test_status__alerts_without_counter_are_always_walked(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "bits");
    (void)kit_run(kit, PLATEN_WORK_STATUS);
    put_alert(kit);
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->alert_count, 1);
    kit_close(kit);
}

/* A memo from elsewhere changes nothing but the number of packets. */
static void test_status__hostile_memos(void **state)
{
    static const char *const memos[] = {
        "v1 p=hp r=4294967295 t=99999 e=x a=-9 u=9999999999999999999",
        "v1 p= r=0",
        "v1 p=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa r=1",
        "v2 what",
        "v1 = = == p r t",
        "\xff\xfe",
    };
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(memos) / sizeof(memos[0]); i++) {
        kit_device(kit, "full");
        testkit_memo_set(kit, memos[i]);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
        assert_int_equal(report->supply_count, 2);
        assert_int_equal(report->alert_count, 2);
    }
    kit_close(kit);
}

static void test_status__absurd_types(void **state)
{
    static const uint32_t works[] = {PLATEN_WORK_PROBE, PLATEN_WORK_INFORMATION, PLATEN_WORK_STATUS,
                                     PLATEN_WORK_COUNTERS};
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "absurd");
    for (size_t i = 0; i < 4u; i++) {
        const testkit_report *report = kit_run(kit, works[i]);
        assert_int_equal(testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1), -1);
        assert_null(testkit_text_at(report, PLATEN_FIELD_SERIAL, 0));
        assert_null(testkit_text_at(report, PLATEN_FIELD_MAC, 0));
        assert_int_equal(report->counter_count, 0);
        if (works[i] == PLATEN_WORK_STATUS) {
            assert_int_equal(supply(report, "marker.1.1")->percent, PLATEN_LEVEL_UNKNOWN);
        }
    }
    kit_close(kit);
}

/* Only so many rows of a table, whatever the device sends. */
static void test_status__too_many_rows(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "quiet");
    for (int i = 1; i <= 400; i++) {
        char line[80];
        (void)snprintf(line, sizeof(line), "1.3.6.1.2.1.43.11.1.1.9.1.%d|2|5", i);
        kit_set(kit, line);
    }
    assert_int_equal(kit_run(kit, PLATEN_WORK_STATUS)->supply_count, 200);
    kit_close(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status__levels),
        cmocka_unit_test(test_status__colors_in_many_languages),
        cmocka_unit_test(test_status__latin1_is_passed_on),
        cmocka_unit_test(test_status__supply_texts_are_split),
        cmocka_unit_test(test_status__inputs),
        cmocka_unit_test(test_status__outputs_covers_console),
        cmocka_unit_test(test_status__finisher),
        cmocka_unit_test(test_status__alerts),
        cmocka_unit_test(test_status__alerts_from_error_bits),
        cmocka_unit_test(test_status__low_toner_of_ink_is_low_ink),
        cmocka_unit_test(test_status__state),
        cmocka_unit_test(test_status__printer_row_other_than_1),
        cmocka_unit_test(test_status__rows_of_other_devices),
        cmocka_unit_test(test_status__steady_poll_is_short),
        cmocka_unit_test(test_status__a_new_part_is_found_after_information),
        cmocka_unit_test(test_status__alerts_are_skipped_only_safely),
        cmocka_unit_test(test_status__alerts_without_counter_are_always_walked),
        cmocka_unit_test(test_status__hostile_memos),
        cmocka_unit_test(test_status__absurd_types),
        cmocka_unit_test(test_status__too_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
