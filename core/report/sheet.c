/* Sheets, and the two formats that are lines of text. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/sheet_private.h"

#define UTF8_MARK "\xef\xbb\xbf"

static const struct {
    const char *word, *media, *suffix;
} formats[] = {
    [SHEET_CSV] = {"csv", "text/csv; charset=utf-8; header=present", ".csv"},
    [SHEET_TEXT] = {"text", "text/plain; charset=utf-8", ".txt"},
    [SHEET_XLSX] = {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    ".xlsx"},
};

bool sheet_format_of(const char *word, sheet_format *out)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].word, word) == 0) {
            *out = (sheet_format)i;
            return true;
        }
    }
    return false;
}

const char *sheet_media_type(sheet_format format)
{
    return formats[format].media;
}

const char *sheet_suffix(sheet_format format)
{
    return formats[format].suffix;
}

bool sheet_is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

/* ---- cells of text ---- */

/* RFC 4180, section 2. */
static void csv_cell(strbuf *line, const char *text, bool tab)
{
    size_t length = strlen(text);
    bool quoted = tab || strpbrk(text, "\",\r\n\t") != NULL ||
                  (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));
    strbuf_append(line, quoted ? "\"" : "");
    strbuf_append(line, tab ? "\t" : "");
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            strbuf_append_char(line, '"');
        }
        strbuf_append_char(line, *text);
    }
    strbuf_append(line, quoted ? "\"" : "");
}

/* One line a row: tabs and ends of lines within a cell are spaces. */
static void text_cell(strbuf *line, const char *text)
{
    for (; *text != '\0'; text++) {
        bool space = *text == '\t' || *text == '\n' || *text == '\r';
        strbuf_append_char(line, space ? ' ' : *text);
    }
}

static void put_cell(sheet *s, const char *text, bool typed)
{
    if (s->column > 0) {
        strbuf_append_char(&s->line, s->options.format == SHEET_CSV ? ',' : '\t');
    }
    if (s->options.format == SHEET_CSV) {
        csv_cell(&s->line, text, !typed && sheet_is_formula(text));
    } else {
        text_cell(&s->line, text);
    }
}

static bool takes_cell(const sheet *s)
{
    return s->column < s->columns;
}

/* ---- cells ---- */

void sheet_text(sheet *s, const char *value)
{
    strbuf clean;
    if (!takes_cell(s)) {
        return;
    }
    strbuf_init(&clean);
    if (value != NULL && !text_is_utf8(value, strlen(value))) {
        text_from_device(&clean, value, strlen(value));
        value = clean.failed ? "" : clean.data;
    }
    if (value == NULL || value[0] == '\0') {
        sheet_empty(s);
    } else if (s->book != NULL) {
        xlsx_text(s->book, s->rows, s->column++, value);
    } else {
        put_cell(s, value, false);
        s->column++;
    }
    strbuf_fini(&clean);
}

void sheet_number(sheet *s, double value)
{
    char text[32];
    if (!takes_cell(s)) {
        return;
    }
    if (!isfinite(value)) {
        sheet_empty(s);
    } else if (s->book != NULL) {
        xlsx_number(s->book, s->rows, s->column++, value);
    } else {
        (void)snprintf(text, sizeof(text), "%.15g", value);
        put_cell(s, text, true);
        s->column++;
    }
}

void sheet_whole(sheet *s, int64_t value)
{
    char text[32];
    if (!takes_cell(s)) {
        return;
    }
    if (s->book != NULL) {
        xlsx_number(s->book, s->rows, s->column++, (double)value);
    } else {
        (void)snprintf(text, sizeof(text), "%lld", (long long)value);
        put_cell(s, text, true);
        s->column++;
    }
}

void sheet_time(sheet *s, int64_t ms)
{
    char text[CLOCK_TEXT];
    if (!takes_cell(s)) {
        return;
    }
    if (ms == 0) {
        sheet_empty(s);
    } else if (s->book != NULL) {
        xlsx_time(s->book, s->rows, s->column++, ms);
    } else {
        put_cell(s, clock_format(ms, text), true);
        s->column++;
    }
}

void sheet_empty(sheet *s)
{
    if (takes_cell(s)) {
        if (s->book == NULL) {
            put_cell(s, "", true);
        }
        s->column++;
    }
}

/* ---- rows ---- */

static platen_code put_line(sheet *s, platen_error *err)
{
    strbuf_append(&s->line, s->options.format == SHEET_CSV ? "\r\n" : "\n");
    platen_code rc = s->line.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for a row of a table")
                         : s->options.sink(s->line.data, s->line.length, s->options.user, err);
    strbuf_clear(&s->line);
    return rc;
}

platen_code sheet_row_end(sheet *s, platen_error *err)
{
    while (takes_cell(s)) {
        sheet_empty(s);
    }
    s->column = 0;
    s->rows++;
    if (s->book == NULL) {
        return put_line(s, err);
    }
    return s->rows <= SHEET_ROWS_MAX ? PLATEN_OK
                                     : error_set(err, PLATEN_E_TOO_LARGE,
                                                 "more than %d rows in one sheet", SHEET_ROWS_MAX);
}

static platen_code put_head(sheet *s, const char *const *columns, platen_error *err)
{
    if (s->options.format == SHEET_CSV && s->options.mark) {
        strbuf_append(&s->line, UTF8_MARK);
    }
    for (size_t i = 0; i < s->columns; i++) {
        if (s->book != NULL) {
            xlsx_head(s->book, i, columns[i]);
        } else {
            sheet_text(s, columns[i]);
        }
    }
    s->column = 0;
    s->rows = 1;
    return s->book != NULL ? PLATEN_OK : put_line(s, err);
}

platen_code sheet_new(const sheet_options *options, const char *const *columns, size_t count,
                      sheet **out, platen_error *err)
{
    sheet *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a table");
    }
    s->options = *options;
    s->columns = count <= SHEET_COLUMNS_MAX ? count : SHEET_COLUMNS_MAX;
    strbuf_init(&s->line);
    platen_code rc = options->format == SHEET_XLSX
                         ? xlsx_new(options->title, s->columns, &s->book, err)
                         : PLATEN_OK;
    if (rc == PLATEN_OK) {
        rc = put_head(s, columns, err);
    }
    if (rc != PLATEN_OK) {
        sheet_free(s);
        return rc;
    }
    *out = s;
    return PLATEN_OK;
}

platen_code sheet_end(sheet *s, platen_error *err)
{
    return s->book != NULL ? xlsx_end(s->book, s->options.sink, s->options.user, err) : PLATEN_OK;
}

void sheet_free(sheet *s)
{
    if (s != NULL) {
        xlsx_free(s->book);
        strbuf_fini(&s->line);
        free(s);
    }
}
