/* What the writers of the formats share. */
#ifndef PLATEN_REPORT_SHEET_PRIVATE_H
#define PLATEN_REPORT_SHEET_PRIVATE_H

#include "core/base/strbuf.h"
#include "core/report/sheet.h"

typedef struct xlsx xlsx; /* sheet_xlsx.c */

struct sheet {
    sheet_options options;
    size_t columns;
    size_t column; /* of the next cell */
    int64_t rows;
    strbuf line; /* of CSV and text; of XLSX a text being cleaned */
    xlsx *book;
};

/* Whether a spreadsheet program would take the text for a formula. */
bool sheet_is_formula(const char *text);

platen_code xlsx_new(const char *title, size_t columns, xlsx **out, platen_error *err);
void xlsx_head(xlsx *x, size_t column, const char *text);
void xlsx_text(xlsx *x, int64_t row, size_t column, const char *text);
void xlsx_number(xlsx *x, int64_t row, size_t column, double value);
void xlsx_time(xlsx *x, int64_t row, size_t column, int64_t ms);
/* Closes the file and hands it to the sink. */
platen_code xlsx_end(xlsx *x, sheet_sink sink, void *user, platen_error *err);
void xlsx_free(xlsx *x);

#endif
