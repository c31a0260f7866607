/* Collects what a driver reports: copies of everything. */
#ifndef PLATEN_TESTKIT_REPORT_H
#define PLATEN_TESTKIT_REPORT_H

#include "testkit.h"

/* Each gives false when there is no memory. */
bool report_add_text(testkit_report *to, uint32_t field, const char *value, size_t length);
bool report_add_integer(testkit_report *to, uint32_t field, int64_t value);
bool report_add_firmware(testkit_report *to, const char *component, const char *version);
bool report_add_counter(testkit_report *to, const platen_counter *counter);
bool report_add_supply(testkit_report *to, const platen_supply *supply);
bool report_add_part(testkit_report *to, const platen_part *part);
bool report_add_alert(testkit_report *to, const platen_alert *alert);
void report_clear(testkit_report *of);

#endif
