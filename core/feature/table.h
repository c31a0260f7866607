/*
 * The table that a plugin writes (sdk/include/platen/report.h): into a file, or into memory for a
 * panel. One thread.
 */
#ifndef PLATEN_FEATURE_TABLE_H
#define PLATEN_FEATURE_TABLE_H

#include <platen/report.h>

#include "core/base/json.h"
#include "core/feature/feature_private.h"
#include "core/feature/visible.h"
#include "core/report/sheet.h"

struct platen_table {
    const char *id;               /* of report or panel, for texts */
    const platen_column *columns; /* the host's copies */
    size_t count;
    const visible *devices; /* of who asks */
    const char *language;
    sheet *sheet;           /* a report; else NULL */
    cJSON *rows;            /* a panel: arrays of cells, PLATEN_PANEL_ROWS at most; else NULL */
    cJSON *cells;           /* of the panel's row */
    char page[64], key[64]; /* where the next cell leads to; "": nowhere */
    bool open;              /* a row has begun */
    bool shown;             /* and is written: its device may be seen */
    size_t cell;            /* the next one */
    int64_t written;
    platen_code code; /* of the first failure */
    platen_error why;
};

/* Ends the last row. */
platen_code table_end(platen_table *t, platen_error *err);

platen_code table_row(platen_table *t, int64_t device, platen_error *err);
void table_text(platen_table *t, const char *value);
void table_integer(platen_table *t, int64_t value);
void table_real(platen_table *t, double value);
void table_time(platen_table *t, int64_t ms);
void table_null(platen_table *t);
bool table_sees(platen_table *t, int64_t device);
const char *table_language(platen_table *t);
void table_link(platen_table *t, const char *page, const char *key);

#endif
