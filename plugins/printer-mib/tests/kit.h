/* What the tests of this plugin share: a loaded kit and the paths of plugin and data. */
#ifndef PRINTER_MIB_TESTS_KIT_H
#define PRINTER_MIB_TESTS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testkit.h"

/* The plugin, loaded; ends the test when it does not load. */
static inline testkit *kit_open(void)
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = testkit_open(PLUGIN_FILE, PLUGIN_FOLDER, &err);
    if (kit == NULL || testkit_load(kit, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return kit;
}

/* Plays a device of the folder with test data. */
static inline void kit_device(testkit *kit, const char *name)
{
    platen_error err = PLATEN_ERROR_INIT;
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s/%s.snmprec", DATA_FOLDER, name);
    if (testkit_device_file(kit, path, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

static inline void kit_set(testkit *kit, const char *line)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (testkit_device_set(kit, line, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

static inline void kit_close(testkit *kit)
{
    const char *misuse = testkit_misuse(kit);
    if (misuse != NULL) {
        fail_msg("%s", misuse);
    }
    testkit_free(kit);
}

/* The work failed with that code, and the words are in its text. */
static inline void kit_expect_failure(const testkit_report *report, platen_code code,
                                      const char *words)
{
    assert_int_equal(report->code, code);
    if (strstr(report->error.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, report->error.text);
    }
}

/* Runs a work that is to succeed. */
static inline const testkit_report *kit_run(testkit *kit, uint32_t kind)
{
    const testkit_report *report = testkit_run(kit, kind);
    if (report->finished != 1u || report->code != PLATEN_OK) {
        fail_msg("work %u: finished %u times, %s", kind, report->finished, report->error.text);
    }
    return report;
}

/* NULL-safe comparison of texts. */
static inline void kit_same(const char *what, const char *got, const char *want)
{
    if (got == NULL ? want != NULL : want == NULL || strcmp(got, want) != 0) {
        fail_msg("%s is '%s', not '%s'", what, got == NULL ? "(none)" : got,
                 want == NULL ? "(none)" : want);
    }
}

#endif
