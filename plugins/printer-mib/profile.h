/*
 * Vendor profiles: what differs from maker to maker, as data. Read from profiles/<id>.json at
 * load() and immutable afterwards, so any thread may read them; profiles/schema.json documents the
 * form.
 */
#ifndef PRINTER_MIB_PROFILE_H
#define PRINTER_MIB_PROFILE_H

#include <regex.h>

#include <platen/plugin.h>

#include "oid.h"

#define PROFILE_WORD 32u

/* Where a text comes from. */
typedef enum source_from {
    SOURCE_OID,
    SOURCE_SYS_DESCR,
    SOURCE_DEVICE_DESCR,
    SOURCE_PRINTER_NAME,
    SOURCE_PRINTER_SERIAL,
    SOURCE_SYS_NAME,
    SOURCE_DEVICE_ID,
} source_from;

typedef struct source {
    source_from from;
    oid object;              /* of SOURCE_OID */
    char key[PROFILE_WORD];  /* of SOURCE_DEVICE_ID */
    char name[PROFILE_WORD]; /* of firmware components */
    bool matches;            /* only what `match` captures counts */
    uint32_t capture;        /* which one */
    regex_t match;
} source;

typedef struct source_list {
    uint32_t count;
    source *at;
} source_list;

/* Names of other makers that sell what this one makes; `words` lead their texts. */
typedef struct brand {
    char manufacturer[64];
    uint32_t word_count;
    char (*words)[PROFILE_WORD];
} brand;

typedef struct counter_scalar {
    char key[PROFILE_WORD];
    char unit[PROFILE_WORD];
    uint32_t oid_count; /* more than one: their sum */
    oid oids[4];
} counter_scalar;

typedef struct counter_row {
    char key[PROFILE_WORD];
    char unit[PROFILE_WORD];
    uint32_t type_count;
    int64_t types[8]; /* the sum of the rows of these types */
    bool matches;     /* else rows whose label matches */
    regex_t match;
} counter_row;

/* Two columns of one table, joined by their index: what it counts, and how many. */
typedef struct counter_table {
    oid kind;
    oid value;
    uint32_t row_count;
    counter_row *rows;
} counter_table;

/* An octet string of records of equal size: a code octet first, a big-endian number last. */
typedef struct record_row {
    uint32_t code;
    char key[PROFILE_WORD]; /* of counters */
    char unit[PROFILE_WORD];
    char type[PROFILE_WORD]; /* of supplies: a type name, its beginning is enough */
    char color[PROFILE_WORD];
} record_row;

typedef struct record_set {
    oid object;
    uint32_t size;
    int64_t divide;
    uint32_t row_count;
    record_row *rows;
} record_set;

/* What is left of a supply, where the standard object only says "some" or "unknown". */
typedef struct percent_source {
    oid object;
    char type[PROFILE_WORD];
    char color[PROFILE_WORD];
} percent_source;

/* Supply texts that carry part and serial numbers: which capture is which, 0 none. */
typedef struct text_rule {
    regex_t match;
    char literal[PROFILE_WORD]; /* what every text that matches holds, "": not known */
    uint32_t description;
    uint32_t part;
    uint32_t serial;
} text_rule;

/* Two columns with names and versions of firmware parts. */
typedef struct component_table {
    oid name;
    oid version;
} component_table;

typedef struct profile {
    char id[PROFILE_WORD];
    char manufacturer[64];
    uint32_t enterprise_count;
    uint32_t *enterprises;
    uint32_t word_count;
    char (*words)[PROFILE_WORD];
    uint32_t brand_count;
    brand *brands;
    bool carrier;          /* its agents also front for other makers' printers */
    source_list device_id; /* besides the two that every device is asked for */
    uint32_t object_id_count;
    oid *object_ids;      /* prefixes of sysObjectID that only printers have */
    source_list evidence; /* any of them present: a printer even without the Printer MIB */
    source_list model;
    source_list serial;
    source_list firmware;
    source_list name;
    source_list components;
    uint32_t component_table_count;
    component_table *component_tables;
    uint32_t model_cut_count;
    regex_t *model_cuts; /* the model ends where one of them matches */
    uint32_t model_denied_count;
    regex_t *model_denied; /* texts that name no model */
    uint32_t scalar_count;
    counter_scalar *scalars;
    uint32_t table_count;
    counter_table *tables;
    uint32_t counter_record_count;
    record_set *counter_records;
    uint32_t percent_count;
    percent_source *percents;
    uint32_t percent_record_count;
    record_set *percent_records;
    uint32_t text_count;
    text_rule *texts;
    bool waste_level_is_fill;   /* quirk: receptacles tell what is in them */
    bool count_unit_is_sheets;  /* quirk: the life count is sheets, whatever the unit says */
    struct vendor_plans *plans; /* SNMP thread, see plans.c; not this file's */
} profile;

typedef struct profile_set {
    uint32_t count;
    profile *at;
} profile_set;

/* The profile that every device falls back to; always there. */
#define PROFILE_GENERIC "generic"

/* Reads every *.json of the folder but schema.json. The error names file, member and line. */
platen_code profile_set_load(profile_set *set, const platen_host *host, const char *folder,
                             platen_error *err);
/* The same of several folders, NULL-terminated; the first one has the generic profile. An id or an
 * enterprise number that two of them claim is an error. */
platen_code profile_set_load_all(profile_set *set, const platen_host *host,
                                 const char *const *folders, platen_error *err);
void profile_set_fini(profile_set *set);

const profile *profile_by_id(const profile_set *set, const char *id);
const profile *profile_by_enterprise(const profile_set *set, uint32_t enterprise);
const profile *profile_generic(const profile_set *set);

/* The maker whose name leads the text (the longest such name), or NULL. `of` (may be NULL) gets the
 * profile, `length` (may be NULL) how much of the text is the name. */
const char *profile_maker(const profile_set *set, const char *text, const profile **of,
                          size_t *length);

/* The capture of a source's expression in `text` into `out` (all of it without expression). */
bool source_capture(const source *from, const char *text, char *out, size_t size);

#endif
