/*
 * XLSX: the library writes a file, which is handed on when it is whole. With constant_memory it
 * keeps one row; what is written before lies in temporary files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "core/base/text.h"
#include "core/report/sheet_private.h"

#define CELL_MAX 32767u /* characters, of the format */
#define NAME_MAX_XLSX 31u
#define COLUMN_WIDTH 18
#define DAY_MS 86400000.0
#define DAYS_TO_1970 25569.0 /* of the format's calendar */

struct xlsx {
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *bold, *time;
    char path[64];
    bool closed;
};

/* A page's name has at most 31 characters and none of []:*?/\ and is not quoted. */
static void page_name(char name[NAME_MAX_XLSX + 1], const char *title)
{
    size_t length = 0;
    for (; title != NULL && *title != '\0' && length < NAME_MAX_XLSX; title++) {
        if ((unsigned char)*title >= 0x20u && (unsigned char)*title < 0x7fu &&
            strchr("[]:*?/\\'", *title) == NULL) {
            name[length++] = *title;
        }
    }
    name[length] = '\0';
    if (length == 0 || name[0] == ' ') {
        (void)snprintf(name, NAME_MAX_XLSX + 1, "Platen");
    }
}

static platen_code make_file(xlsx *x, platen_error *err)
{
    (void)snprintf(x->path, sizeof(x->path), "%s/platen-sheet-XXXXXX", P_tmpdir);
    int file = mkstemp(x->path);
    if (file < 0) {
        x->path[0] = '\0';
        return error_set(err, PLATEN_E_IO, "no temporary file for a sheet in %s", P_tmpdir);
    }
    (void)close(file);
    return PLATEN_OK;
}

platen_code xlsx_new(const char *title, size_t columns, xlsx **out, platen_error *err)
{
    char name[NAME_MAX_XLSX + 1];
    xlsx *x = calloc(1, sizeof(*x));
    if (x == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a sheet");
    }
    *out = x;
    PLATEN_TRY(make_file(x, err));
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    page_name(name, title);
    x->book = workbook_new_opt(x->path, &options);
    x->page = x->book != NULL ? workbook_add_worksheet(x->book, name) : NULL;
    if (x->page == NULL) {
        return error_set(err, PLATEN_E_IO, "a sheet cannot be made");
    }
    x->bold = workbook_add_format(x->book);
    x->time = workbook_add_format(x->book);
    if (x->bold == NULL || x->time == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a sheet");
    }
    format_set_bold(x->bold);
    format_set_num_format(x->time, "yyyy-mm-dd hh:mm:ss");
    (void)worksheet_set_column(x->page, 0, (lxw_col_t)(columns > 0 ? columns - 1 : 0), COLUMN_WIDTH,
                               NULL);
    worksheet_freeze_panes(x->page, 1, 0);
    return PLATEN_OK;
}

void xlsx_head(xlsx *x, size_t column, const char *text)
{
    (void)worksheet_write_string(x->page, 0, (lxw_col_t)column, text, x->bold);
}

void xlsx_text(xlsx *x, int64_t row, size_t column, const char *text)
{
    strbuf cell;
    strbuf_init(&cell);
    strbuf_append(&cell, sheet_is_formula(text) ? "'" : "");
    strbuf_append_n(&cell, text, text_cut(text, strlen(text), CELL_MAX - 1));
    if (!cell.failed) {
        (void)worksheet_write_string(x->page, (lxw_row_t)row, (lxw_col_t)column, cell.data, NULL);
    }
    strbuf_fini(&cell);
}

void xlsx_number(xlsx *x, int64_t row, size_t column, double value)
{
    (void)worksheet_write_number(x->page, (lxw_row_t)row, (lxw_col_t)column, value, NULL);
}

void xlsx_time(xlsx *x, int64_t row, size_t column, int64_t ms)
{
    (void)worksheet_write_number(x->page, (lxw_row_t)row, (lxw_col_t)column,
                                 (double)ms / DAY_MS + DAYS_TO_1970, x->time);
}

static platen_code hand_on(FILE *file, sheet_sink sink, void *user, platen_error *err)
{
    char block[16384];
    size_t length = 0;
    while ((length = fread(block, 1, sizeof(block), file)) > 0) {
        PLATEN_TRY(sink(block, length, user, err));
    }
    return ferror(file) == 0 ? PLATEN_OK
                             : error_set(err, PLATEN_E_IO, "a sheet cannot be read again");
}

platen_code xlsx_end(xlsx *x, sheet_sink sink, void *user, platen_error *err)
{
    x->closed = true;
    lxw_error failed = workbook_close(x->book); /* frees */
    if (failed != LXW_NO_ERROR) {
        return error_set(err, PLATEN_E_IO, "a sheet cannot be written: %s", lxw_strerror(failed));
    }
    FILE *file = fopen(x->path, "rbe");
    if (file == NULL) {
        return error_set(err, PLATEN_E_IO, "a sheet cannot be read again");
    }
    platen_code rc = hand_on(file, sink, user, err);
    (void)fclose(file);
    return rc;
}

void xlsx_free(xlsx *x)
{
    if (x == NULL) {
        return;
    }
    if (x->book != NULL && !x->closed) {
        (void)workbook_close(x->book); /* the only way to end it */
    }
    if (x->path[0] != '\0') {
        (void)unlink(x->path);
    }
    free(x);
}
