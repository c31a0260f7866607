/*
 * Tables as files: CSV (RFC 4180, UTF-8), plain text (a line a row, cells parted by tabs) and XLSX
 * (ISO/IEC 29500, through libxlsxwriter). Rows are written as they come: the memory does not grow
 * with them. One thread at a time.
 *
 * Texts that a spreadsheet program would take for a formula are made harmless (DECISIONS, Devices):
 * what begins with one of = + - @, a tab or a carriage return gets a tab before it (CSV, text) or
 * an apostrophe (XLSX). Numbers and times do not.
 */
#ifndef PLATEN_REPORT_SHEET_H
#define PLATEN_REPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define SHEET_COLUMNS_MAX 500
#define SHEET_ROWS_MAX 1000000 /* of XLSX: more are PLATEN_E_TOO_LARGE */

typedef enum sheet_format { SHEET_CSV, SHEET_TEXT, SHEET_XLSX } sheet_format;

/* "csv", "text", "xlsx"; false for another word. */
bool sheet_format_of(const char *word, sheet_format *out);
const char *sheet_media_type(sheet_format format); /* of HTTP and mails */
const char *sheet_suffix(sheet_format format);     /* of a file's name: ".csv" */

/* Takes bytes of the file, in order. What is not PLATEN_OK ends the sheet with it. */
typedef platen_code (*sheet_sink)(const void *data, size_t length, void *user, platen_error *err);

typedef struct sheet_options {
    sheet_format format;
    const char *title; /* of the page of an XLSX file: cut and cleaned; NULL: "Platen" */
    bool mark;         /* a CSV file begins with the UTF-8 mark, for programs that guess */
    sheet_sink sink;
    void *user;
} sheet_options;

typedef struct sheet sheet;

/* The first row are the names of the columns. PLATEN_E_IO when no temporary file can be made. */
platen_code sheet_new(const sheet_options *options, const char *const *columns, size_t count,
                      sheet **out, platen_error *err);

/* The next cell of the row; more than there are columns are left out, missing ones are empty. */
void sheet_text(sheet *s, const char *value); /* NULL: empty; UTF-8, else it is escaped */
void sheet_number(sheet *s, double value);
void sheet_whole(sheet *s, int64_t value);
void sheet_time(sheet *s, int64_t ms); /* UTC; 0: empty */
void sheet_empty(sheet *s);

platen_code sheet_row_end(sheet *s, platen_error *err);

/* Writes what is left. The sheet is freed in any case by sheet_free(). */
platen_code sheet_end(sheet *s, platen_error *err);
void sheet_free(sheet *s);

#endif
