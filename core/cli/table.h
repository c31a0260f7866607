/*
 * Tables for people. The first rows decide the widths of the columns; later rows are written as
 * they come, so that a list of any length needs little memory.
 */
#ifndef PLATEN_CLI_TABLE_H
#define PLATEN_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define TABLE_COLUMNS 64
#define TABLE_SAMPLE 200 /* rows that are kept to decide widths */

typedef struct table_column {
    const char *title;
    size_t width;
    bool number; /* all values so far are: to the right */
} table_column;

typedef struct table {
    FILE *out;
    size_t limit; /* columns of the terminal, 0: none */
    table_column columns[TABLE_COLUMNS];
    size_t count;
    char **cells; /* of the sample, row by row */
    size_t rows;  /* in the sample */
    bool started; /* widths are decided, the head is written */
    strbuf line;
} table;

/* The titles stay the caller's. */
void table_init(table *t, FILE *out, size_t limit, const char *const *titles, size_t count);
void table_fini(table *t);

/* One text and one flag (the value is a number) for each column; texts are copied. */
platen_code table_add(table *t, const char *const *texts, const bool *numbers, platen_error *err);

/* Writes what is still kept. Without any row only the head is written. */
platen_code table_end(table *t, platen_error *err);

#endif
