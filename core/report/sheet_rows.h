/*
 * Sheets of rows that are JSON objects, as the REST API has them: the members of the first row are
 * the columns. An object of numbers ("counts") has a column a member ("counts.total"), a list of
 * values is one cell ("a; b"), anything else that is no value is a cell of JSON. Times of RFC 3339
 * are times.
 */
#ifndef PLATEN_REPORT_SHEET_ROWS_H
#define PLATEN_REPORT_SHEET_ROWS_H

#include <cjson/cJSON.h>

#include "core/report/sheet.h"

typedef struct sheet_rows sheet_rows;

/* Whether a member of rows is wanted. */
typedef bool (*sheet_wants)(const char *member, void *user);

typedef struct sheet_rows_options {
    sheet_options sheet;
    const char *const *spare; /* the columns when there are no rows */
    size_t spare_count;
    sheet_wants wants; /* NULL: all */
    void *user;
} sheet_rows_options;

/* Nothing is written before the first row or the end. Borrows what the options point to. */
platen_code sheet_rows_new(const sheet_rows_options *options, sheet_rows **out, platen_error *err);
platen_code sheet_rows_put(sheet_rows *r, const cJSON *row, platen_error *err);
platen_code sheet_rows_end(sheet_rows *r, platen_error *err);
void sheet_rows_free(sheet_rows *r);

#endif
