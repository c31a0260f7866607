/*
 * A fake host for driver plugins: loads one plugin, plays a recorded device to it, and keeps what
 * it reports. For tests only; one thread, one kit at a time a thread.
 *
 * What a plugin does against the contract of <platen/driver.h> and <platen/snmp.h> (finish twice, a
 * read within a read, a struct of the wrong size) is noted in `misuse` and fails the test.
 */
#ifndef PLATEN_TESTKIT_H
#define PLATEN_TESTKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/driver.h>
#include <platen/error.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

typedef struct testkit testkit;

/* One reported thing, its texts owned by the report. */
typedef struct testkit_text {
    uint32_t field;
    char *value;
} testkit_text;

typedef struct testkit_integer {
    uint32_t field;
    int64_t value;
} testkit_integer;

typedef struct testkit_firmware {
    char *component;
    char *version;
} testkit_firmware;

typedef struct testkit_change {
    char path[64];
    char from[256];
    char to[256];
} testkit_change;

#define TESTKIT_CHANGES 32
#define TESTKIT_LOG 8192

typedef struct testkit_report {
    uint32_t sureness;
    uint32_t hints; /* of hint() */
    char *why;      /* NULL when sure() was not called */
    size_t text_count;
    testkit_text *texts;
    size_t integer_count;
    testkit_integer *integers;
    size_t firmware_count;
    testkit_firmware *firmwares;
    size_t counter_count;
    platen_counter *counters;
    size_t supply_count;
    platen_supply *supplies;
    size_t part_count;
    platen_part *parts;
    size_t alert_count;
    platen_alert *alerts;
    unsigned finished; /* how often finish() was called */
    platen_code code;
    platen_error error; /* of finish(), code OK when it gave none */
    unsigned reads;     /* calls of snmp/1 read() */
    unsigned requests;  /* GETs and GETBULKs a plain SNMPv2c engine would have sent for them */
    /* Of PLATEN_WORK_ACT. */
    unsigned sets;   /* calls of snmp/1 set() */
    unsigned waits;  /* calls of driver/1 later() */
    uint64_t waited; /* ms, all together */
    size_t change_count;
    testkit_change changes[TESTKIT_CHANGES];
    char log[TESTKIT_LOG]; /* the lines of act_log(), each with its level's number before it */
    char skipped[64];      /* code of skip(), "" not called */
    char warned[64];       /* code of warn() */
    char reason[320];      /* the text of either */
    char *data;            /* what data() brought, as it is; NULL: nothing */
} testkit_report;

/* Where a fault strikes. */
typedef enum testkit_fault {
    TESTKIT_FAULT_NONE,
    TESTKIT_FAULT_PLAN,    /* plan() fails */
    TESTKIT_FAULT_READ,    /* read() fails */
    TESTKIT_FAULT_BREAK,   /* the read ends with the code, half of it read */
    TESTKIT_FAULT_SILENCE, /* the read ends with the code, nothing read */
    TESTKIT_FAULT_SET,     /* set() fails */
    TESTKIT_FAULT_LATER,   /* later() fails */
    TESTKIT_FAULT_DATA,    /* data() fails */
} testkit_fault;

/* `folder` is what conf/1 gives as the plugin's folder. NULL when there is no memory. */
testkit *testkit_new(const platen_plugin *plugin, const char *folder);
/* From a shared object; NULL with the reason in `err`. */
testkit *testkit_open(const char *path, const char *folder, platen_error *err);
/* Unloads what is loaded. NULL is fine. */
void testkit_free(testkit *kit);

/* Handshake and load(); again after testkit_unload(). */
platen_code testkit_load(testkit *kit, platen_error *err);
void testkit_unload(testkit *kit);
const platen_driver *testkit_driver(const testkit *kit); /* the first it registered, or NULL */

/* What it declared with action(), NULL nothing of that id; the texts are the plugin's. */
const platen_action *testkit_action(const testkit *kit, const char *id);

/* The device: a recording in snmprec form (OID|TAG|VALUE a line; of a repeated OID the first
 * counts, damaged lines are passed over), from a file or from text. Clears the memo. */
platen_code testkit_device_file(testkit *kit, const char *path, platen_error *err);
platen_code testkit_device_text(testkit *kit, const char *text, platen_error *err);

/* Changes one instance: a line as in a recording; an empty value part removes it. */
platen_code testkit_device_set(testkit *kit, const char *line, platen_error *err);

const char *testkit_memo(const testkit *kit);
void testkit_memo_set(testkit *kit, const char *memo);

/* The nth call (from 1) of that kind fails with the code in the runs to come. */
void testkit_fail(testkit *kit, testkit_fault fault, unsigned nth, platen_code code);

/* What the works of kind PLATEN_WORK_ACT to come are told; the texts are borrowed. */
void testkit_act(testkit *kit, const platen_act *act);

/* How the device takes a SET: an error-status (0: the values are written into the recording), or
 * one of these. NULL: it takes everything. */
#define TESTKIT_SET_LOST (-1)    /* not done, no answer */
#define TESTKIT_SET_UNHEARD (-2) /* done, the answer was lost */
#define TESTKIT_SET_IGNORED (-3) /* not done, and said to be */
typedef int testkit_on_set(testkit *kit, const platen_snmp_value *values, uint32_t count,
                           void *user);
/* Called when the time of a later() passes, which in a test it does at once. */
typedef void testkit_on_wait(testkit *kit, uint32_t ms, void *user);
void testkit_hooks(testkit *kit, testkit_on_set *on_set, testkit_on_wait *on_wait, void *user);
/* While silent the device answers nothing. */
void testkit_silent(testkit *kit, bool silent);

/* Runs one work to its end. The report is the kit's until the next run. */
const testkit_report *testkit_run(testkit *kit, uint32_t kind);

/* What the plugin did wrong so far, NULL nothing. */
const char *testkit_misuse(const testkit *kit);

/* The nth (from 0) text or the integer of a field; NULL or `otherwise` when it is not there. */
const char *testkit_text_at(const testkit_report *report, uint32_t field, size_t nth);
int64_t testkit_integer_of(const testkit_report *report, uint32_t field, int64_t otherwise);
const platen_supply *testkit_supply_of(const testkit_report *report, const char *key);
const platen_counter *testkit_counter_of(const testkit_report *report, const char *key);
const platen_part *testkit_part_of(const testkit_report *report, uint32_t part, const char *key);
const testkit_change *testkit_change_of(const testkit_report *report, const char *path);
const char *testkit_firmware_of(const testkit_report *report, const char *component);

#endif
