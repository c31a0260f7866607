/* Parts of a report as the REST API shows them: ready-made JSON for device_state. */
#ifndef PLATEN_MODEL_REPORT_JSON_H
#define PLATEN_MODEL_REPORT_JSON_H

#include "core/model/report.h"

void report_json_supplies(const report *r, strbuf *out);
void report_json_parts(const report *r, uint32_t part, strbuf *out); /* PLATEN_PART_... */
void report_json_firmware(const report *r, strbuf *out);
void report_json_macs(const report *r, strbuf *out);
void report_json_counters(const report *r, strbuf *out);                 /* {"total":1,...} */
void report_json_counter_rows(const report *r, int64_t at, strbuf *out); /* with unit, source */

#endif
