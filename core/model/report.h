/*
 * What a device said: the facts that drivers report on the agent, as they travel to the manager.
 * The structs of supplies, parts, alerts and counters are the SDK's (platen/driver.h).
 *
 * A report is built by one thread in its own arena. Adding cleans text (UTF-8, no control
 * characters), bounds it, and drops what is over the limits, so that a hostile device cannot make
 * a report larger than REPORT_MAX_JSON or so.
 */
#ifndef PLATEN_MODEL_REPORT_H
#define PLATEN_MODEL_REPORT_H

#include <cjson/cJSON.h>

#include <platen/driver.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/words.h"

#define REPORT_TEXT 255    /* longest one-line fact in bytes, cut at a character */
#define REPORT_ROWS 200    /* most supplies, alerts, counters each; parts: of each kind */
#define REPORT_FIRMWARE 64 /* most firmware components */
#define REPORT_FIELDS 20   /* PLATEN_FIELD_ numbers are below this */

typedef struct report_firmware {
    const char *component;
    const char *version;
} report_firmware;

typedef struct report {
    arena *arena;                    /* owned */
    const char *text[REPORT_FIELDS]; /* by PLATEN_FIELD_; NULL: not reported */
    int64_t integer[REPORT_FIELDS];  /* by PLATEN_FIELD_; REPORT_NONE: not reported */
    uint32_t rank[REPORT_FIELDS];    /* of the driver that reported the field */
    const char *macs[8];
    size_t mac_count;
    report_firmware *firmware;
    size_t firmware_count;
    platen_supply *supplies;
    size_t supply_count;
    platen_part *parts;
    size_t part_count;
    platen_alert *alerts;
    size_t alert_count;
    platen_counter *counters;
    size_t counter_count;
    size_t dropped; /* rows over the limits */
    bool failed;    /* out of memory on the way */
} report;

#define REPORT_NONE INT64_MIN

report *report_new(void); /* NULL when there is no memory */
void report_free(report *r);

/* The `rank` is the driver's: a field of a lower rank does not replace one of a higher rank. Rows
 * of one key (counters: key; supplies and parts: part + key) replace each other the same way. */
void report_set_text(report *r, uint32_t rank, uint32_t field, const char *value, size_t length);
void report_set_integer(report *r, uint32_t rank, uint32_t field, int64_t value);
void report_add_firmware(report *r, const char *component, const char *version);
void report_add_supply(report *r, const platen_supply *supply);
void report_add_part(report *r, const platen_part *part);
void report_add_alert(report *r, const platen_alert *alert);
void report_add_counter(report *r, const platen_counter *counter);

/*
 * The JSON form, members in a fixed order, absent where not reported:
 * {"name","manufacturer","model","serial","firmware","location","contact","macs":[],"uuid",
 *  "hostname","description","link","state","page_count","page_unit","color","object_id","asset",
 *  "firmware_parts":[{"component","version"}],
 *  "supplies":[{"key","class":"consumed|receptacle","description","type","color","unit","part",
 *    "serial","source","capacity","level","percent","clamped"}],
 *  "parts":[{"part":"input|output|cover|finisher|console","key","name","description","type","media",
 *    "unit","state","capacity","level","percent"}],
 *  "alerts":[{"severity","training","group","group_index","code","location","uptime","text",
 *    "source"}],
 *  "counters":[{"key","unit","source","value"}],"uptime"}
 * Numbers -1, -2, -3 travel as they are; supplies, parts, alerts, counters are sorted by key.
 */
void report_write(const report *r, json_writer *w, const char *key);

/* Reads that form; hostile input is bounded as above. The tree is not kept. */
platen_code report_read(const cJSON *tree, report **out, platen_error *err);

/* A hash of all that counts as a change: everything but uptime. */
uint64_t report_hash(const report *r);

/* "service", "error", "warning", "normal" of what the report says (MON-34 to MON-36, DEV-118). */
const char *report_severity(const report *r);

/* The same of one alert; the worst is the largest. */
device_severity report_alert_severity(const platen_alert *alert);

/* Lowest known percent over the supplies that are consumed or have room; -1 when none is known. */
int report_lowest_supply(const report *r);

#endif
