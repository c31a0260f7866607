/* The parts of the driver that need no device: lists of key and value, names of alerts, and the
 * facts that a decoded answer leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cups/cups.h>

#include "../facts.h"
#include "../keyvalue.h"
#include "../message.h"
#include "../reason.h"
#include "../unit.h"
#include "fake_host.h"

/* ---- keyvalue ---- */

static void test_keyvalue__reads_supplies_and_device_ids(void **state)
{
    static const char supply[] = "index=1;class=supplyThatIsConsumed; LEVEL = 20 ;colorantname=;x";
    static const char id[] = "MFG:ACME Corp.;CMD:PCL,PS;MDL:Laser 9;SN: A1:B2 ;";
    keyvalue list;
    keyvalue_pair pair;
    char value[KEYVALUE_VALUE];
    (void)state;
    keyvalue_init(&list, supply, sizeof(supply) - 1, '=');
    assert_true(keyvalue_next(&list, &pair));
    assert_string_equal(pair.key, "index");
    assert_string_equal(pair.value, "1");
    assert_true(keyvalue_find(&list, "level", value));
    assert_string_equal(value, "20");
    assert_false(keyvalue_find(&list, "colorantname", value));
    assert_false(keyvalue_find(&list, "x", value));
    keyvalue_init(&list, id, sizeof(id) - 1, ':');
    assert_true(keyvalue_find(&list, "mfg", value));
    assert_string_equal(value, "ACME Corp.");
    assert_true(keyvalue_find(&list, "sn", value));
    assert_string_equal(value, "A1:B2");
}

static void test_keyvalue__keeps_quoted_semicolons(void **state)
{
    static const char text[] = "name=\"Tray 1; upper\";size=12\" roll;level=5";
    keyvalue list;
    char value[KEYVALUE_VALUE];
    (void)state;
    keyvalue_init(&list, text, sizeof(text) - 1, '=');
    assert_true(keyvalue_find(&list, "name", value));
    assert_string_equal(value, "Tray 1; upper");
    assert_true(keyvalue_find(&list, "size", value));
    assert_string_equal(value, "12\" roll");
    assert_true(keyvalue_find(&list, "level", value));
    assert_string_equal(value, "5");
}

static void test_keyvalue__bounds_hostile_octets(void **state)
{
    char text[70000];
    keyvalue list;
    keyvalue_pair pair;
    size_t pairs = 0;
    (void)state;
    memset(text, 'x', sizeof(text));
    keyvalue_init(&list, text, sizeof(text), '=');
    assert_false(keyvalue_next(&list, &pair));
    text[3] = '=';
    keyvalue_init(&list, text, sizeof(text), '=');
    assert_true(keyvalue_next(&list, &pair));
    assert_int_equal(strlen(pair.value), KEYVALUE_VALUE - 1);
    for (size_t i = 0; i + 4 <= sizeof(text); i += 4) {
        memcpy(text + i, "a=b;", 4);
    }
    keyvalue_init(&list, text, sizeof(text), '=');
    while (keyvalue_next(&list, &pair)) {
        pairs++;
    }
    assert_int_equal(pairs, KEYVALUE_PAIRS);
    keyvalue_init(&list, "a=1\0002;b=\0;\0=x", 14, '=');
    assert_true(keyvalue_next(&list, &pair));
    assert_string_equal(pair.value, "1 2");
    keyvalue_init(&list, NULL, 5, '=');
    assert_false(keyvalue_next(&list, &pair));
}

static void test_keyvalue__integers_are_whole_or_nothing(void **state)
{
    int64_t number = 42;
    (void)state;
    assert_true(keyvalue_integer("-3", &number));
    assert_int_equal(number, -3);
    assert_true(keyvalue_integer("2147483647", &number));
    assert_int_equal(number, INT32_MAX);
    number = 42;
    assert_false(keyvalue_integer("2147483648", &number));
    assert_false(keyvalue_integer("99999999999999999999999", &number));
    assert_false(keyvalue_integer("", &number));
    assert_false(keyvalue_integer("-", &number));
    assert_false(keyvalue_integer("12 sheets", &number));
    assert_int_equal(number, 42);
}

/* ---- reasons ---- */

static void parsed(const char *keyword, uint32_t severity, uint32_t group, uint32_t code)
{
    reason found;
    assert_true(reason_parse(keyword, strlen(keyword), &found));
    if (found.severity != severity || found.group != group || found.code != code) {
        print_error("%s: severity %u group %u code %u\n", keyword, found.severity, found.group,
                    found.code);
    }
    assert_int_equal(found.severity, severity);
    assert_int_equal(found.group, group);
    assert_int_equal(found.code, code);
}

static void test_reason__keywords_have_the_numbers_of_the_mib(void **state)
{
    (void)state;
    parsed("media-empty-warning", PLATEN_SEVERITY_WARNING, 8, 808);
    parsed("media-jam-error", PLATEN_SEVERITY_CRITICAL, 13, 8);
    parsed("media-jam", PLATEN_SEVERITY_CRITICAL, 13, 8); /* RFC 8011: no suffix is an error */
    parsed("toner-low", PLATEN_SEVERITY_WARNING, 11, 1104);
    parsed("toner-empty", PLATEN_SEVERITY_CRITICAL, 11, 1101);
    parsed("marker-supply-low-report", PLATEN_SEVERITY_OTHER, 11, 12);
    parsed("cover-open", PLATEN_SEVERITY_CRITICAL, 6, 3);
    parsed("door-open", PLATEN_SEVERITY_CRITICAL, 5, 501);
    parsed("input-media-size-change-report", PLATEN_SEVERITY_OTHER, 8, 802);
    parsed("output-mailbox-select-failure", PLATEN_SEVERITY_CRITICAL, 9, 904);
    parsed("marker-fuser-thermistor-failure-error", PLATEN_SEVERITY_CRITICAL, 10, 1004);
    parsed("stapler-almost-empty-warning", PLATEN_SEVERITY_WARNING, 30, 12);
    parsed("puncher-motor-failure", PLATEN_SEVERITY_CRITICAL, 30, 33);
    parsed("subunit-offline", PLATEN_SEVERITY_CRITICAL, 1, 22);
    parsed("printer-nms-reset-report", PLATEN_SEVERITY_OTHER, 5, 505);
    parsed("com.example-strange", PLATEN_SEVERITY_CRITICAL, 1, 1);
    parsed("Cover_Open-Warning", PLATEN_SEVERITY_WARNING, 6, 3);
}

static void test_reason__refuses_what_is_no_alert(void **state)
{
    char huge[500];
    reason found;
    (void)state;
    memset(huge, 'a', sizeof(huge));
    assert_false(reason_parse("none", 4, &found));
    assert_false(reason_parse("", 0, &found));
    assert_false(reason_parse(NULL, 0, &found));
    assert_false(reason_parse(huge, sizeof(huge), &found));
    assert_false(reason_parse("a\0b", 3, &found));
    assert_true(reason_parse("-error", 6, &found)); /* nothing before the suffix: kept as it is */
}

static void test_reason__labels_ignore_case(void **state)
{
    (void)state;
    assert_int_equal(reason_code("coverOpen"), 3);
    assert_int_equal(reason_code("COVEROPEN"), 3);
    assert_int_equal(reason_code("nonsense"), 1);
    assert_int_equal(reason_group("markerSupplies"), 11);
    assert_int_equal(reason_severity("critical"), PLATEN_SEVERITY_CRITICAL);
    assert_int_equal(reason_severity("warningBinaryChangeEvent"), PLATEN_SEVERITY_WARNING_BINARY);
    assert_int_equal(reason_training("fieldService"), 5);
    assert_int_equal(reason_training("x"), 2);
}

static void test_unit__is_spelt_as_elsewhere(void **state)
{
    (void)state;
    assert_string_equal(unit_name("tenthsOfMilliliters"), "tenthsOfMillilitres");
    assert_string_equal(unit_name("percent"), "percent");
    assert_string_equal(unit_name("unknown"), "");
}

/* ---- facts ---- */

static fake_result result;

/* An empty answer to put attributes into. */
static ipp_t *answer_new(void)
{
    message_thread_init();
    return ippNew();
}

static void text(ipp_t *answer, const char *name, const char *value)
{
    (void)ippAddString(answer, IPP_TAG_PRINTER, IPP_TAG_TEXT, name, NULL, value);
}

/* Adds an octetString of one attribute after the other. */
static void octets(ipp_t *answer, const char *name, const char *value)
{
    ipp_attribute_t *attribute = ippFindAttribute(answer, name, IPP_TAG_STRING);
    if (attribute == NULL) {
        (void)ippAddOctetString(answer, IPP_TAG_PRINTER, name, value, (int)strlen(value));
    } else {
        (void)ippSetOctetString(answer, &attribute, ippGetCount(attribute), value,
                                (int)strlen(value));
    }
}

/* Reports what `tell` finds in the answer, which is deleted. */
static void report(ipp_t *answer, void (*tell)(const facts *f))
{
    fake_result_fini(&result);
    platen_work *work = fake_work_new(PLATEN_WORK_STATUS, &result);
    facts f = {fake_host_drivers(NULL), work, answer};
    tell(&f);
    fake_work_free(work);
    ippDelete(answer);
}

static void said(const char *line)
{
    if (!fake_result_has(&result, line)) {
        for (size_t i = 0; i < result.count; i++) {
            print_error("  %s\n", result.lines[i]);
        }
        print_error("there is no: %s\n", line);
    }
    assert_true(fake_result_has(&result, line));
}

static void test_identity__device_id_is_better_than_the_name(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    text(answer, "printer-device-id", "MFG:HP;MDL:OfficeJet 9;SERN:CN123;CMD:PCL;");
    text(answer, "printer-make-and-model", "Other Name 1");
    text(answer, "printer-serial-number", "not this");
    text(answer, "printer-dns-sd-name", "HP OfficeJet [ABCDEF]");
    text(answer, "printer-name", "ipp/print");
    text(answer, "printer-location", "Hall");
    (void)ippAddString(answer, IPP_TAG_PRINTER, IPP_TAG_URI, "printer-uuid", NULL,
                       "urn:uuid:0a5ba7c4-db03-332c-5c43-7c32720c385d");
    (void)ippAddString(answer, IPP_TAG_PRINTER, IPP_TAG_URI, "printer-more-info", NULL,
                       "javascript:alert(1)");
    (void)ippAddBoolean(answer, IPP_TAG_PRINTER, "color-supported", 1);
    report(answer, facts_identity);
    said("text manufacturer=HP");
    said("text model=OfficeJet 9");
    said("text serial=CN123");
    said("text name=HP OfficeJet [ABCDEF]");
    said("text location=Hall");
    said("text uuid=0a5ba7c4-db03-332c-5c43-7c32720c385d");
    said("integer color=1");
    assert_false(fake_result_has(&result, "text link=*"));
}

static void test_identity__name_is_split_where_nothing_else_tells(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    text(answer, "printer-make-and-model", "KONICA MINOLTA bizhub C250i");
    report(answer, facts_identity);
    said("text manufacturer=KONICA MINOLTA");
    said("text model=bizhub C250i");
    answer = answer_new();
    text(answer, "printer-make-and-model", "LaserThing");
    report(answer, facts_identity);
    said("text model=LaserThing");
    assert_false(fake_result_has(&result, "text manufacturer=*"));
    answer = answer_new();
    text(answer, "printer-make-and-model", "Unknown");
    report(answer, facts_identity);
    assert_int_equal(result.count, 0);
}

static void test_identity__firmware_has_components(void **state)
{
    static const char *const names[] = {"main", "network"};
    static const char *const versions[] = {"1.2.3", "4.5"};
    static const char *const patches[] = {"", "p1"};
    (void)state;
    ipp_t *answer = answer_new();
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-firmware-name", 2, NULL,
                        names);
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-firmware-string-version", 2,
                        NULL, versions);
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-firmware-patches", 2, NULL,
                        patches);
    report(answer, facts_identity);
    said("text firmware=1.2.3");
    said("firmware main=1.2.3");
    said("firmware network=4.5");
    said("firmware network patches=p1");
    assert_int_equal(result.count, 4);
}

static void test_supply__percent_only_where_it_is_known(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    octets(answer, "printer-supply",
           "index=3;class=supplyThatIsConsumed;type=toner;unit=impressions;maxcapacity=8000;level="
           "2000;colorantname=Black;");
    octets(answer, "printer-supply", "index=1;type=toner;unit=percent;maxcapacity=-2;level=33;");
    octets(answer, "printer-supply", "index=2;type=opc;unit=percent;maxcapacity=100;level=-3;");
    octets(answer, "printer-supply",
           "index=4;type=toner;unit=unknown;maxcapacity=-2;level=33;colorantname=unknown;");
    octets(answer, "printer-supply", "index=5;type=toner;maxcapacity=100;level=250;");
    octets(answer, "printer-supply", "index=6;type=toner;maxcapacity=100;level=-99;");
    octets(answer, "printer-supply",
           "index=7;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;"
           "level=25;");
    report(answer, facts_supplies);
    said("supply marker.1.3 class=1 type=toner color=black unit=impressions capacity=8000 "
         "level=2000 percent=25 clamped=0 source=ipp description=");
    said("supply marker.1.1 class=1 type=toner color= unit=percent capacity=-2 level=33 percent=33 "
         "clamped=0*");
    said(
        "supply marker.1.2 class=1 type=opc color= unit=percent capacity=100 level=-3 percent=-3*");
    said("supply marker.1.4 class=1 type=toner color= unit= capacity=-2 level=33 percent=-2*");
    said("supply marker.1.5 class=1 type=toner color= unit= capacity=100 level=250 percent=100 "
         "clamped=1*");
    said("supply marker.1.6 class=1 type=toner color= unit= capacity=100 level=-2 percent=-2*");
    said("supply marker.1.7 class=2 type=wasteToner color= unit=percent capacity=100 level=25 "
         "percent=25*");
}

static void test_supply__places_count_where_indexes_repeat(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    octets(answer, "printer-supply", "index=1;type=toner;level=1;maxcapacity=10;");
    octets(answer, "printer-supply", "index=1;type=ink;level=2;maxcapacity=10;");
    report(answer, facts_supplies);
    said("supply marker.1.1 class=1 type=toner*");
    said("supply marker.1.2 class=1 type=ink*");
}

static void test_supply__marker_lists_of_older_devices(void **state)
{
    static const char *const names[] = {"Black", "Waste", "Tricolor"};
    static const char *const types[] = {"toner-cartridge", "waste-toner", "ink"};
    static const char *const colors[] = {"#000000", "none", "#00FFFF#FF00FF#FFFF00"};
    static const int levels[] = {40, 30, -3};
    (void)state;
    ipp_t *answer = answer_new();
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_NAME, "marker-names", 3, NULL, names);
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "marker-types", 3, NULL, types);
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_NAME, "marker-colors", 3, NULL, colors);
    (void)ippAddIntegers(answer, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "marker-levels", 3, levels);
    report(answer, facts_supplies);
    said("supply marker.1.1 class=1 type=tonerCartridge color=black unit=percent capacity=100 "
         "level=40 percent=40 clamped=0 source=ipp description=Black");
    /* 30 percent full: 70 are left. */
    said("supply marker.1.2 class=2 type=wasteToner color= unit=percent capacity=100 level=30 "
         "percent=70*");
    said("supply marker.1.3 class=1 type=ink color=#00FFFF#FF00FF#FFFF00 unit=percent capacity=-2 "
         "level=-3 percent=-3*");
}

static void test_alert__table_with_its_texts(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    octets(answer, "printer-alert",
           "code=coverOpen;index=3;severity=critical;training=untrained;group=cover;groupindex=2;"
           "location=7;time=1234");
    octets(answer, "printer-alert", "index=4;severity=critical"); /* no code: no alert */
    text(answer, "printer-alert-description", "Open the front");
    (void)ippAddString(answer, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "printer-state-reasons", NULL,
                       "cover-open-error");
    report(answer, facts_alerts);
    said("alert severity=3 training=3 group=6 index=2 code=3 location=7 uptime=12340 source=ipp "
         "text=Open the front");
    assert_int_equal(result.count, 1); /* the reason says the same */
}

static void test_alert__reasons_where_the_table_is_silent(void **state)
{
    static const char *const reasons[] = {"media-jam-error", "toner-low-warning", "none"};
    (void)state;
    ipp_t *answer = answer_new();
    octets(answer, "printer-alert", "code=markerTonerAlmostEmpty;severity=warning");
    (void)ippAddStrings(answer, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "printer-state-reasons", 3, NULL,
                        reasons);
    report(answer, facts_alerts);
    said("alert severity=4 training=2 group=11 index=-1 code=1104*");
    said("alert severity=3 training=2 group=13 index=-1 code=8 location=-1 uptime=-1 source=ipp "
         "text=media-jam");
    assert_int_equal(result.count, 2);
}

static void test_tray__levels_and_states(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    octets(answer, "printer-input-tray",
           "type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;maxcapacity=250;level=100;"
           "status=0;name=Tray 1;unit=sheets;medianame=na_letter_8.5x11in;");
    octets(answer, "printer-input-tray", "index=5;maxcapacity=100;level=0;status=19;name=Tray 2;");
    octets(answer, "printer-input-tray", "maxcapacity=100;level=-3;status=13;name=Tray 3;");
    octets(answer, "printer-output-tray",
           "type=unRemovableBin;maxcapacity=200;remaining=0;status=8;name=Top;");
    octets(answer, "printer-finisher",
           "type=stapler;unit=items;maxcapacity=1;index=1;presentonoff=on;status=3;");
    report(answer, facts_parts);
    said("part 1 1.1 type=sheetFeedAutoRemovableTray media=na_letter_8.5x11in unit=sheets state=ok "
         "capacity=250 level=100 percent=40 name=Tray 1 description=");
    said("part 1 1.5 type= media= unit= state=empty capacity=100 level=0 percent=0 name=Tray 2*");
    said("part 1 1.3 type= media= unit= state=warning capacity=100 level=-3 percent=-3*");
    said("part 2 1.1 type=unRemovableBin media= unit= state=full capacity=200 level=0 percent=0*");
    said("part 4 1.1 type=stapler media= unit=items state=broken capacity=1 level=-2*");
}

static void test_state__uptime_and_message(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    (void)ippAddInteger(answer, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state", IPP_PSTATE_STOPPED);
    (void)ippAddInteger(answer, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "printer-up-time", INT32_MAX);
    text(answer, "printer-state-message", "Check the tray");
    report(answer, facts_state);
    said("text state=down");
    said("integer uptime=2147483647000");
    said("part 5 ipp.1 type= media= unit= state= capacity=-2 level=-2 percent=-2 name= "
         "description=Check the tray");
}

static void test_counters__are_not_negative(void **state)
{
    (void)state;
    ipp_t *answer = answer_new();
    (void)ippAddInteger(answer, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "printer-impressions-completed",
                        -1);
    (void)ippAddInteger(answer, IPP_TAG_PRINTER, IPP_TAG_INTEGER, "printer-media-sheets-completed",
                        77);
    report(answer, facts_counters);
    said("counter sheets sheets ipp 77");
    said("integer page_count=77");
    said("text page_unit=sheets");
    assert_int_equal(result.count, 3);
}

static void test_facts__wrong_types_are_no_facts(void **state)
{
    static const char *const names[] = {"printer-make-and-model",
                                        "printer-device-id",
                                        "printer-state",
                                        "printer-alert",
                                        "printer-supply",
                                        "marker-names",
                                        "printer-input-tray",
                                        "printer-uuid",
                                        "printer-contact-col",
                                        "color-supported",
                                        "printer-state-reasons",
                                        "printer-up-time",
                                        "printer-firmware-string-version"};
    (void)state;
    void (*const tell[])(const facts *) = {facts_identity, facts_state, facts_alerts,
                                           facts_supplies, facts_parts, facts_counters};
    for (size_t i = 0; i < sizeof(tell) / sizeof(tell[0]); i++) {
        ipp_t *answer = answer_new();
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            (void)ippAddRange(answer, IPP_TAG_PRINTER, names[j], 1, 2);
        }
        report(answer, tell[i]);
        assert_int_equal(result.count, 0);
        answer = answer_new();
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            (void)ippAddOutOfBand(answer, IPP_TAG_PRINTER, IPP_TAG_UNKNOWN, names[j]);
        }
        report(answer, tell[i]);
        assert_int_equal(result.count, 0);
    }
}

/* ---- messages ---- */

static void test_message__requests_are_what_they_should_be(void **state)
{
    static const char *const attributes[] = {"printer-state", "printer-alert", NULL};
    uint8_t bytes[MESSAGE_REQUEST];
    size_t length = 0;
    message_request request = {11, 7, "ipp://10.0.0.1:631/ipp", attributes};
    (void)state;
    message_thread_init();
    assert_int_equal(message_write(&request, bytes, &length), PLATEN_OK);
    /* Version 1.1, Get-Printer-Attributes, request 7, operation attributes. */
    assert_memory_equal(bytes, "\x01\x01\x00\x0b\x00\x00\x00\x07\x01", 9);
    assert_int_equal(bytes[length - 1], IPP_TAG_END);
    ipp_t *again = message_read(bytes, length);
    assert_non_null(again);
    assert_int_equal(ippGetCount(ippFindAttribute(again, "requested-attributes", IPP_TAG_KEYWORD)),
                     2);
    ippDelete(again);
    for (size_t cut = 0; cut < length; cut++) {
        assert_null(message_read(bytes, cut));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyvalue__reads_supplies_and_device_ids),
        cmocka_unit_test(test_keyvalue__keeps_quoted_semicolons),
        cmocka_unit_test(test_keyvalue__bounds_hostile_octets),
        cmocka_unit_test(test_keyvalue__integers_are_whole_or_nothing),
        cmocka_unit_test(test_reason__keywords_have_the_numbers_of_the_mib),
        cmocka_unit_test(test_reason__refuses_what_is_no_alert),
        cmocka_unit_test(test_reason__labels_ignore_case),
        cmocka_unit_test(test_unit__is_spelt_as_elsewhere),
        cmocka_unit_test(test_identity__device_id_is_better_than_the_name),
        cmocka_unit_test(test_identity__name_is_split_where_nothing_else_tells),
        cmocka_unit_test(test_identity__firmware_has_components),
        cmocka_unit_test(test_supply__percent_only_where_it_is_known),
        cmocka_unit_test(test_supply__places_count_where_indexes_repeat),
        cmocka_unit_test(test_supply__marker_lists_of_older_devices),
        cmocka_unit_test(test_alert__table_with_its_texts),
        cmocka_unit_test(test_alert__reasons_where_the_table_is_silent),
        cmocka_unit_test(test_tray__levels_and_states),
        cmocka_unit_test(test_state__uptime_and_message),
        cmocka_unit_test(test_counters__are_not_negative),
        cmocka_unit_test(test_facts__wrong_types_are_no_facts),
        cmocka_unit_test(test_message__requests_are_what_they_should_be),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fake_result_fini(&result);
    return failed;
}
