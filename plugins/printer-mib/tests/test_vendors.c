/*
 * Each vendor's way to say model, serial number, firmware and counters, and what is no printer at
 * all, on fictional devices.
 */
#include "kit.h"

typedef struct expectation {
    const char *device;
    const char *manufacturer;
    const char *model;
    const char *serial;
    const char *firmware;
    const char *name;
    int64_t page_count;
} expectation;

static const expectation expectations[] = {
    {"hp", "HP", "LaserJet T9000 MFP", "CNTST00001", "2309025_582082", "print-1", 12000},
    {"ricoh", "Gestetner", "MP T7000", "W1T000001", "2.14", "copier-east", 5000},
    {"canon", "Canon", "iR-T C5000", "TST00042", "71.28", "print-1", 3000},
    {"canon-small", "Canon", "LBP-T100", NULL, NULL, "print-1", 3000},
    {"kyocera", "Kyocera", "TASKalfa T300ci", "VTS0000001", "2NM_2000.004.103", "KM000001", 800},
    {"utax", "UTAX", "P-T4030DN", "LTS0000007", NULL, "print-1", 1000},
    {"konica", "Develop", "ineo+ T224e", NULL, "G00-45", "print-1", 4000},
    {"xerox", "Xerox", "Phaser T6180", "XTS123456", "20.103.07", "print-1", 9000},
    {"lexmark", "Lexmark", "T9650", "79TEST1", "NR.APS.N504", "print-1", 7000},
    {"toshiba-by-lexmark", "Toshiba", "e-STUDIO T38CS", "7TST00009", "NH63.CY.N632", "print-1",
     1000},
    {"brother", "Brother", "HL-T5000DW", "E7TST0001", "ZA", "print-1", -1},
    {"epson", "Epson", "WF-T5690", "TSTX00001", NULL, "print-1", 600},
    {"sharp", "Sharp", "MX-T264N", "0505570001", "1.07", "print-1", 300},
    {"oki", "OKI", "C5T50 n", "AFTEST0001", "04.02", "print-1", -1},
    {"toshiba", "Toshiba", "B-EXT4T1", "2303TST0001", "B3.1A", "print-1", 1000},
    {"samsung", "Samsung", "CLX-T3300", "Z60TST0000001", "1.16.01.32", "print-1", 1000},
    {"dell", "Dell", "3T10cn Color Laser", "7TST001", "05.09.09", "print-1", 1000},
    {"fujifilm", "Fuji Xerox", "DocuCentre-T C2260", "TC000001", "1.34.2", "print-1", 1000},
    {"zebra", "Zebra", "ZT-T410", "99J000001", "V75.20.01Z", "print-1", -1},
    {"pantum", "Pantum", "M7T00DW", "CA1TST0001", "1.2.6", "print-1", 1000},
    {"net-snmp-printer", "Sindoh", "D330e T", "SDT0001", NULL, "print-1", 1000},
    {"print-server", "Epson", "LQ-T590", NULL, NULL, "print-1", 1000},
    {"row-3", "Kyocera", "FS-T1370DN", "ROW3000001", NULL, "print-1", 1000},
    {"row-30", "Kyocera", "FS-T1370DN", "ROW3000002", NULL, "print-1", 321},
};

static void test_vendors__identity(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
        const expectation *want = &expectations[i];
        char what[80];
        kit_device(kit, want->device);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
        (void)snprintf(what, sizeof(what), "%s: manufacturer", want->device);
        kit_same(what, testkit_text_at(report, PLATEN_FIELD_MANUFACTURER, 0), want->manufacturer);
        (void)snprintf(what, sizeof(what), "%s: model", want->device);
        kit_same(what, testkit_text_at(report, PLATEN_FIELD_MODEL, 0), want->model);
        (void)snprintf(what, sizeof(what), "%s: serial", want->device);
        kit_same(what, testkit_text_at(report, PLATEN_FIELD_SERIAL, 0), want->serial);
        (void)snprintf(what, sizeof(what), "%s: firmware", want->device);
        kit_same(what, testkit_text_at(report, PLATEN_FIELD_FIRMWARE, 0), want->firmware);
        (void)snprintf(what, sizeof(what), "%s: name", want->device);
        kit_same(what, testkit_text_at(report, PLATEN_FIELD_NAME, 0), want->name);
        assert_int_equal(testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1), want->page_count);
    }
    kit_close(kit);
}

static void test_vendors__probe_is_sure(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
        kit_device(kit, expectations[i].device);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_PROBE);
        if (report->sureness < 60u) {
            fail_msg("%s: sureness %u, %s", expectations[i].device, report->sureness, report->why);
        }
    }
    kit_close(kit);
}

static void test_vendors__decoys_are_refused_with_a_reason(void **state)
{
    static const char *const decoys[] = {"decoy-ups",    "decoy-switch", "decoy-tape",
                                         "decoy-camera", "decoy-server", "decoy-spooler"};
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(decoys) / sizeof(decoys[0]); i++) {
        kit_device(kit, decoys[i]);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_PROBE);
        if (report->sureness != 0 || report->why == NULL || report->why[0] == '\0') {
            fail_msg("%s: sureness %u", decoys[i], report->sureness);
        }
    }
    kit_close(kit);
}

/* A printer whose agent shows only the system group is known by its maker's object id. */
static void test_vendors__bare_agent_of_a_printer_line(void **state)
{
    testkit *kit = kit_open();
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    assert_int_equal(testkit_device_text(kit,
                                         "1.3.6.1.2.1.1.1.0|4|RICOH MP T4000 1.02 / RICOH\n"
                                         "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.367.1.1\n",
                                         &err),
                     PLATEN_OK);
    assert_int_equal(kit_run(kit, PLATEN_WORK_PROBE)->sureness, 60);
    const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
    kit_same("model", testkit_text_at(report, PLATEN_FIELD_MODEL, 0), "MP T4000");
    kit_same("firmware", testkit_text_at(report, PLATEN_FIELD_FIRMWARE, 0), "1.02");
    kit_close(kit);
}

typedef struct count {
    const char *device;
    const char *key;
    const char *unit;
    const char *source;
    int64_t value; /* -1: must not be there */
} count;

static const count counts[] = {
    {"hp", "total", "impressions", "prtMarkerLifeCount", 12000},
    {"hp", "mono", "impressions", "vendor:hp", 7000},
    {"hp", "color", "impressions", "vendor:hp", 5000},
    {"hp", "duplex", "sheets", "vendor:hp", 900},
    {"ricoh", "copy.color", "impressions", "vendor:ricoh", 42},
    {"ricoh", "scan", "scans", "vendor:ricoh", 7},
    {"canon", "mono", "impressions", "vendor:canon", 2000},
    {"canon", "color", "impressions", "vendor:canon", 1000},
    {"canon-small", "mono", "impressions", "vendor:canon", 3000},
    {"kyocera", "copy.color", "impressions", "vendor:kyocera", 40},
    {"konica", "print.color", "impressions", "vendor:konica-minolta", 1500},
    /* 5000 + 3950 is within 1 % of 9000. */
    {"xerox", "mono", "impressions", "vendor:xerox", 5000},
    {"xerox", "scan", "scans", "vendor:xerox", 11},
    /* 5000 + 100 is not: only the standard count is shown. */
    {"xerox-sums-wrong", "total", "impressions", "prtMarkerLifeCount", 9000},
    {"xerox-sums-wrong", "mono", "", "", -1},
    {"xerox-sums-wrong", "copy.mono", "", "", -1},
    {"lexmark", "mono", "impressions", "vendor:lexmark", 6950},
    {"lexmark", "copy.mono", "impressions", "vendor:lexmark", 20},
    {"brother", "total", "impressions", "vendor:brother", 2500},
    {"brother", "color", "impressions", "vendor:brother", 100},
    {"epson", "color", "impressions", "vendor:epson", 400},
    {"sharp", "color", "impressions", "vendor:sharp", 50},
    {"oki", "total", "impressions", "vendor:oki", 1234},
    {"markers", "total", "sheets", "prtMarkerLifeCount", 4711},
    {"markers", "marker.1", "impressions", "prtMarkerLifeCount", 0},
    {"markers", "marker.3", "", "", -1},
};

static void test_vendors__counters(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        const count *want = &counts[i];
        kit_device(kit, want->device);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_COUNTERS);
        const platen_counter *got = testkit_counter_of(report, want->key);
        if (want->value < 0) {
            assert_null(got);
            continue;
        }
        if (got == NULL || got->value != want->value) {
            fail_msg("%s: %s is %lld, not %lld", want->device, want->key,
                     got == NULL ? -1LL : (long long)got->value, (long long)want->value);
        }
        kit_same("unit", got->unit, want->unit);
        kit_same("source", got->source, want->source);
    }
    kit_close(kit);
}

/* The vendor's percent stands in only where the standard object has none. */
static void test_vendors__supply_percents(void **state)
{
    static const struct {
        const char *device;
        const char *key;
        int32_t percent;
        const char *source;
    } wants[] = {
        {"brother", "marker.1.1", 53, "vendor:brother"},
        {"brother", "marker.1.2", 50, "prtMarkerSupplies"},
        {"oki", "marker.1.1", 61, "vendor:oki"},
        {"oki", "marker.1.2", 30, "prtMarkerSupplies"},
        {"samsung", "marker.1.1", 35, "vendor:samsung"},
    };
    testkit *kit = kit_open();
    (void)state;
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        kit_device(kit, wants[i].device);
        const testkit_report *report = kit_run(kit, PLATEN_WORK_STATUS);
        const platen_supply *got = testkit_supply_of(report, wants[i].key);
        assert_non_null(got);
        assert_int_equal(got->percent, wants[i].percent);
        kit_same("source", got->source, wants[i].source);
    }
    kit_close(kit);
}

static void test_vendors__firmware_components(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "hp");
    kit_same("card", testkit_firmware_of(kit_run(kit, PLATEN_WORK_INFORMATION), "Jetdirect"),
             "V.41.20");
    kit_device(kit, "konica");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
    kit_same("controller", testkit_firmware_of(report, "Controller"), "A2XK0Y0");
    kit_same("printer", testkit_firmware_of(report, "Printer"), NULL); /* "-" is no version */
    kit_device(kit, "xerox");
    kit_same("engine", testkit_firmware_of(kit_run(kit, PLATEN_WORK_INFORMATION), "IOT"),
             "05.09.00");
    kit_device(kit, "brother");
    kit_same("card", testkit_firmware_of(kit_run(kit, PLATEN_WORK_INFORMATION), "network card"),
             "1.05");
    kit_close(kit);
}

/* Up before down, wired before wireless, self-made last; zero and loopback never. */
static void test_vendors__mac_addresses(void **state)
{
    testkit *kit = kit_open();
    (void)state;
    kit_device(kit, "hp");
    const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
    kit_same("first", testkit_text_at(report, PLATEN_FIELD_MAC, 0), "00:16:3e:00:00:01");
    kit_same("second", testkit_text_at(report, PLATEN_FIELD_MAC, 1), "00:16:3e:00:00:02");
    kit_same("third", testkit_text_at(report, PLATEN_FIELD_MAC, 2), "02:00:aa:bb:cc:01");
    kit_same("fourth", testkit_text_at(report, PLATEN_FIELD_MAC, 3), NULL);
    kit_close(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendors__identity),
        cmocka_unit_test(test_vendors__probe_is_sure),
        cmocka_unit_test(test_vendors__decoys_are_refused_with_a_reason),
        cmocka_unit_test(test_vendors__bare_agent_of_a_printer_line),
        cmocka_unit_test(test_vendors__counters),
        cmocka_unit_test(test_vendors__supply_percents),
        cmocka_unit_test(test_vendors__firmware_components),
        cmocka_unit_test(test_vendors__mac_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
