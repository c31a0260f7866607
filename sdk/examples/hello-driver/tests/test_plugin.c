/* The driver on the fake host. */
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

static int reads(testkit *kit)
{
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_PROBE);
    EXPECT(report->code == PLATEN_OK && report->sureness == 90);
    report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    EXPECT(report->code == PLATEN_OK && report->requests == 1);
    EXPECT(strcmp(testkit_text_at(report, PLATEN_FIELD_SERIAL, 0), "A-000001") == 0);
    EXPECT(testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1) == 1234);
    return 0;
}

static int greets(testkit *kit)
{
    platen_act act = PLATEN_ACT_INIT;
    act.action = "hello.greet";
    act.settings = "{\"text\":\"hello\"}";
    act.flags = PLATEN_ACT_PREVIEW;
    testkit_act(kit, &act);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_ACT);
    EXPECT(report->code == PLATEN_OK && report->sets == 0);
    EXPECT(strcmp(testkit_change_of(report, "panel")->to, "hello") == 0);
    act.flags = 0;
    testkit_act(kit, &act);
    report = testkit_run(kit, PLATEN_WORK_ACT);
    EXPECT(report->code == PLATEN_OK && report->sets == 1);
    EXPECT(strcmp(report->data, "{\"shown\":true}") == 0);
    act.settings = "{\"text\":\"a \\\"quote\\\"\"}";
    testkit_act(kit, &act);
    report = testkit_run(kit, PLATEN_WORK_ACT);
    EXPECT(report->code == PLATEN_E_INVAL || report->sets == 1);
    testkit_silent(kit, true);
    act.settings = "{\"text\":\"hello\"}";
    testkit_act(kit, &act);
    EXPECT(testkit_run(kit, PLATEN_WORK_ACT)->code == PLATEN_E_TIMEOUT);
    return 0;
}

static int test(testkit *kit, platen_error *err)
{
    EXPECT(testkit_load(kit, err) == PLATEN_OK);
    EXPECT(testkit_device_file(kit, TEST_FOLDER "/device.snmprec", err) == PLATEN_OK);
    EXPECT(reads(kit) == 0);
    EXPECT(greets(kit) == 0);
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
