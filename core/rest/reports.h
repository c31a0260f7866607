/*
 * Reports as tables (MON-82, MON-88 to MON-93): of the devices of some regions, chosen ones or all,
 * and of the audit log. Any thread but the store's writer; a connection is held for 500 rows at a
 * time.
 */
#ifndef PLATEN_REST_REPORTS_H
#define PLATEN_REST_REPORTS_H

#include "core/model/region.h"
#include "core/report/sheet.h"
#include "core/rest/schema.h"
#include "core/store/store.h"

typedef enum overview_type {
    OVERVIEW_DEVICES,
    OVERVIEW_FIRMWARE,
    OVERVIEW_CONSUMABLES,
    OVERVIEW_COUNTERS, /* every counter of each device since it was made */
    OVERVIEW_STATUS,   /* the shares of time that devices spent in a state */
    OVERVIEW_AUDIT_LOG,
    OVERVIEW_TOTALS, /* totals.h: of each device */
    OVERVIEW_SUMS,   /* of all devices together */
    OVERVIEW_TYPES
} overview_type;

/* Periods of totals (MON-57 to MON-60). */
typedef enum totals_unit { TOTALS_DAILY, TOTALS_WEEKLY, TOTALS_MONTHLY, TOTALS_YEARLY } totals_unit;

bool overview_of(const char *word, overview_type *out);
const char *overview_word(overview_type type);
const char *overview_title(overview_type type); /* "Device Information" */

struct overview_ask;

/* A report that somebody else brings: a plugin. */
typedef struct overview_source {
    const char *id;    /* "hello.greetings" */
    const char *title; /* a key of the bringer's words, or plain text */
    const char *const *columns;
    size_t column_count;
    const char *settings; /* JSON Schema of an object, or NULL */
    const char *(*title_in)(const struct overview_source *source, const char *language);
    platen_code (*write)(const struct overview_source *source, store *s,
                         const struct overview_ask *ask, sheet *out, int64_t *rows,
                         platen_error *err);
    void *user;
} overview_source;

/* Borrowed until it is taken out. Start-up thread only. PLATEN_E_EXISTS, PLATEN_E_TOO_LARGE. */
platen_code overview_add(const overview_source *source, platen_error *err);
void overview_remove(const overview_source *source);
const overview_source *overview_source_at(size_t index); /* NULL behind the last */
const overview_source *overview_source_find(const char *id);

/* Whether settings (NULL: none) keep the schema of a report that somebody brought. `report` (may be
 * NULL) hears what is wrong. */
platen_code overview_check(const overview_source *source, const cJSON *settings,
                           schema_report report, void *user, platen_error *err);

typedef struct overview_ask {
    overview_type type;
    const overview_source *source; /* instead of `type`; NULL: none */
    const char *settings;          /* of `source`: JSON of an object */
    const char *language;          /* of `source`: of who reads; NULL: English */
    region_set regions;            /* devices of these */
    const region_set *only;        /* only these devices; NULL: all */
    int64_t days;                  /* of OVERVIEW_STATUS and OVERVIEW_AUDIT_LOG: back from now */
    const char *category;          /* of OVERVIEW_AUDIT_LOG; NULL: all */
    totals_unit unit;              /* of OVERVIEW_TOTALS and OVERVIEW_SUMS */
    /* of OVERVIEW_COUNTERS, OVERVIEW_TOTALS and OVERVIEW_SUMS; NULL: all */
    bool (*wants)(const char *counter, void *user);
    void *user;
} overview_ask;

/* Writes the table; `*rows` counts its rows. */
platen_code overview_write(store *s, const overview_ask *ask, const sheet_options *options,
                           int64_t *rows, platen_error *err);

#endif
