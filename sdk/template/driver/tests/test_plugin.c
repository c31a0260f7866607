/* The driver on the fake host: it takes its device, reads it, and fails as it should. */
#include <stdio.h>
#include <string.h>

#include "testkit.h"

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);               \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

static int test(testkit *kit, platen_error *err)
{
    EXPECT(testkit_load(kit, err) == PLATEN_OK);
    EXPECT(testkit_device_file(kit, TEST_FOLDER "/device.snmprec", err) == PLATEN_OK);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_PROBE);
    EXPECT(report->code == PLATEN_OK && report->sureness == 90);
    report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    EXPECT(report->code == PLATEN_OK);
    EXPECT(strcmp(testkit_text_at(report, PLATEN_FIELD_SERIAL, 0), "A-000001") == 0);
    EXPECT(strcmp(testkit_text_at(report, PLATEN_FIELD_FIRMWARE, 0), "1.0.7") == 0);
    testkit_fail(kit, TESTKIT_FAULT_SILENCE, 1, PLATEN_E_TIMEOUT);
    report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    EXPECT(report->code == PLATEN_E_TIMEOUT);
    EXPECT(testkit_misuse(kit) == NULL);
    return 0;
}

int main(void)
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = testkit_open(PLUGIN_FILE, PLUGIN_FOLDER, &err);
    int failed = kit != NULL ? test(kit, &err) : 1;
    if (failed != 0) {
        (void)fprintf(stderr, "%s\n", err.text);
    }
    testkit_free(kit);
    return failed;
}
