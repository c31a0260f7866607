/* Column widths, alignment and cutting. Main thread. */
#include "core/cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "core/cli/width.h"

#define GAP 2       /* between columns */
#define NARROWEST 4 /* a column is not cut further */
#define WIDEST 60   /* more only where the terminal has room */

void table_init(table *t, FILE *out, size_t limit, const char *const *titles, size_t count)
{
    memset(t, 0, sizeof(*t));
    t->out = out;
    t->limit = limit;
    t->count = count > TABLE_COLUMNS ? TABLE_COLUMNS : count;
    for (size_t i = 0; i < t->count; i++) {
        t->columns[i].title = titles[i];
        t->columns[i].width = width_of(titles[i]);
        t->columns[i].number = true;
    }
    strbuf_init(&t->line);
}

static void free_sample(table *t)
{
    for (size_t i = 0; t->cells != NULL && i < t->rows * t->count; i++) {
        free(t->cells[i]);
    }
    free(t->cells);
    t->cells = NULL;
    t->rows = 0;
}

void table_fini(table *t)
{
    free_sample(t);
    strbuf_fini(&t->line);
}

static size_t total_width(const table *t)
{
    size_t total = t->count > 0 ? (t->count - 1) * GAP : 0;
    for (size_t i = 0; i < t->count; i++) {
        total += t->columns[i].width;
    }
    return total;
}

/* Takes from the widest column, a step at a time, until the row fits. */
static void shrink(table *t)
{
    while (t->limit > 0 && total_width(t) > t->limit) {
        table_column *widest = &t->columns[0];
        for (size_t i = 1; i < t->count; i++) {
            if (t->columns[i].width > widest->width) {
                widest = &t->columns[i];
            }
        }
        if (widest->width <= NARROWEST) {
            return;
        }
        widest->width--;
    }
}

static platen_code write_row(table *t, const char *const *texts, platen_error *err)
{
    strbuf_clear(&t->line);
    for (size_t i = 0; i < t->count; i++) {
        const table_column *column = &t->columns[i];
        bool last = i + 1 == t->count;
        size_t wide = width_of(texts[i]);
        size_t room = t->limit == 0 && wide > column->width ? wide : column->width;
        size_t blank = wide < room ? room - wide : 0;
        for (size_t j = 0; column->number && j < blank; j++) {
            strbuf_append_char(&t->line, ' ');
        }
        size_t taken = width_append(&t->line, texts[i], room);
        for (size_t j = taken; !last && !column->number && j < room; j++) {
            strbuf_append_char(&t->line, ' ');
        }
        if (!last) {
            strbuf_append(&t->line, "  ");
        }
    }
    while (t->line.length > 0 && t->line.data[t->line.length - 1] == ' ') {
        t->line.data[--t->line.length] = '\0';
    }
    strbuf_append_char(&t->line, '\n');
    if (t->line.failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a table row");
    }
    if (fwrite(t->line.data, 1, t->line.length, t->out) != t->line.length) {
        return error_set(err, PLATEN_E_IO, "output cannot be written");
    }
    return PLATEN_OK;
}

static platen_code start(table *t, platen_error *err)
{
    const char *titles[TABLE_COLUMNS];
    for (size_t i = 0; i < t->count; i++) {
        table_column *column = &t->columns[i];
        column->number = column->number && t->rows > 0;
        for (size_t row = 0; row < t->rows; row++) {
            size_t wide = width_of(t->cells[row * t->count + i]);
            if (wide > WIDEST && t->limit > 0) {
                wide = WIDEST;
            }
            column->width = wide > column->width ? wide : column->width;
        }
        titles[i] = column->title;
    }
    shrink(t);
    t->started = true;
    platen_code rc = write_row(t, titles, err);
    for (size_t row = 0; rc == PLATEN_OK && row < t->rows; row++) {
        rc = write_row(t, (const char *const *)(t->cells + row * t->count), err);
    }
    free_sample(t);
    return rc;
}

platen_code table_add(table *t, const char *const *texts, const bool *numbers, platen_error *err)
{
    if (t->started) {
        return write_row(t, texts, err);
    }
    if (t->cells == NULL) {
        t->cells = calloc(TABLE_SAMPLE * (t->count > 0 ? t->count : 1), sizeof(*t->cells));
        if (t->cells == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a table");
        }
    }
    t->rows++;
    for (size_t i = 0; i < t->count; i++) {
        char *copy = strdup(texts[i]);
        if (copy == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a table");
        }
        t->cells[(t->rows - 1) * t->count + i] = copy;
        if (!numbers[i] && texts[i][0] != '\0') {
            t->columns[i].number = false;
        }
    }
    return t->rows == TABLE_SAMPLE ? start(t, err) : PLATEN_OK;
}

platen_code table_end(table *t, platen_error *err)
{
    return t->started ? PLATEN_OK : start(t, err);
}
