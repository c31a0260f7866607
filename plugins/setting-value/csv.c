/* CSV of settings, in and out. */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fault.h"
#include "import_parts.h"

#define COLUMNS 5u
#define CELL_MAX 16384u /* bytes of a cell */

static const char *const names[COLUMNS] = {"path", "value", "kind", "category", "case"};

/* ---- reading cells ---- */

typedef struct reader {
    const char *at;
    const char *end;
    char *cell; /* CELL_MAX + 1 bytes */
    size_t length;
    unsigned line;     /* where `at` is */
    unsigned row_line; /* where the row began */
    unsigned items;    /* so far */
    char between;
    bool quoted; /* the cell was in quotes */
} reader;

typedef enum ending { CELL_ENDS, ROW_ENDS, FILE_ENDS } ending;

static platen_code add_char(reader *r, char c, platen_error *err)
{
    if (r->length == CELL_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "line %u: a cell of more than %u bytes", r->line,
                     CELL_MAX);
    }
    if (c == '\0') {
        return fault(err, PLATEN_E_MALFORMED, "line %u: a byte that is no text", r->line);
    }
    r->line += c == '\n' ? 1 : 0;
    r->cell[r->length++] = c;
    return PLATEN_OK;
}

/* Behind the opening quote, to behind the closing one. */
static platen_code read_quoted(reader *r, platen_error *err)
{
    unsigned line = r->line;
    while (r->at < r->end) {
        char c = *r->at++;
        if (c == '"' && (r->at == r->end || *r->at != '"')) {
            return PLATEN_OK;
        }
        r->at += c == '"' ? 1 : 0; /* a doubled one is one */
        PLATEN_TRY(add_char(r, c, err));
    }
    return fault(err, PLATEN_E_MALFORMED, "line %u: quotes are opened and not closed", line);
}

/* How the cell ends: takes the separator or the line's end. */
static platen_code read_end(reader *r, ending *how, platen_error *err)
{
    if (r->at == r->end) {
        *how = FILE_ENDS;
        return PLATEN_OK;
    }
    char c = *r->at++;
    *how = c == r->between ? CELL_ENDS : ROW_ENDS;
    if (c == r->between) {
        return PLATEN_OK;
    }
    if (c == '\r' && r->at < r->end && *r->at == '\n') {
        r->at++;
    } else if (c != '\n' && c != '\r') {
        return fault(err, PLATEN_E_MALFORMED, "line %u: something stands behind closing quotes",
                     r->line);
    }
    r->line++;
    return PLATEN_OK;
}

static platen_code read_cell(reader *r, ending *how, platen_error *err)
{
    r->length = 0;
    r->quoted = r->at < r->end && *r->at == '"';
    if (r->quoted) {
        r->at++;
        PLATEN_TRY(read_quoted(r, err));
    }
    while (!r->quoted && r->at < r->end && *r->at != r->between && *r->at != '\n' &&
           *r->at != '\r') {
        PLATEN_TRY(add_char(r, *r->at++, err));
    }
    r->cell[r->length] = '\0';
    return read_end(r, how, err);
}

/* ---- rows ---- */

typedef struct row {
    char *cells[COLUMNS]; /* owned; NULL: there is none */
    size_t count;
} row;

static void row_clear(row *r)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        free(r->cells[i]);
    }
    memset(r, 0, sizeof(*r));
}

static platen_code read_row(reader *r, row *out, bool *last, platen_error *err)
{
    ending how = CELL_ENDS;
    r->row_line = r->line;
    while (how == CELL_ENDS) {
        PLATEN_TRY(read_cell(r, &how, err));
        if (out->count == COLUMNS) {
            return fault(err, PLATEN_E_MALFORMED, "line %u: more than %u cells", r->row_line,
                         COLUMNS);
        }
        out->cells[out->count] = strdup(r->cell);
        if (out->cells[out->count++] == NULL) {
            return fault_memory(err, "a line");
        }
    }
    *last = how == FILE_ENDS;
    return PLATEN_OK;
}

/* Which cell is which column: of the line that names them. False: it is none. */
static bool read_names(const row *r, size_t columns[COLUMNS], size_t *count)
{
    bool path = false;
    bool value = false;
    for (size_t i = 0; i < r->count; i++) {
        size_t k = 0;
        while (k < COLUMNS && strcasecmp(names[k], r->cells[i]) != 0) {
            k++;
        }
        if (k == COLUMNS) {
            return false;
        }
        columns[i] = k;
        path = path || k == 0;
        value = value || k == 1;
    }
    *count = r->count;
    return path && value;
}

/* ---- settings ---- */

/* A leading tab or apostrophe before what a spreadsheet takes for a formula is the mark of exports.
 */
static const char *without_mark(const char *text)
{
    bool marked = (text[0] == '\t' || text[0] == '\'') && text[1] != '\0' &&
                  strchr("=+-@\t\r", text[1]) != NULL;
    return marked ? text + 1 : text;
}

/* true, false, or a number as JSON writes it; else a text. NULL: no memory. */
static cJSON *guess_value(const char *text)
{
    const char *end = NULL;
    bool scalar = strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
                  (strspn(text, "0123456789-.eE+") == strlen(text) && text[0] != '\0');
    bool padded = text[0] == '0' && text[1] >= '0' && text[1] <= '9';
    cJSON *value = scalar && !padded ? cJSON_ParseWithOpts(text, &end, 1) : NULL;
    return value != NULL ? value : cJSON_CreateString(text);
}

/* What cannot be is left as text, and refused with the item. */
cJSON *import_value(const char *text, const char *kind)
{
    bool is_text = kind != NULL && (strcmp(kind, "text") == 0 || strcmp(kind, "enum") == 0);
    return is_text ? cJSON_CreateString(text) : guess_value(text);
}

const char *import_kind(const cJSON *value)
{
    if (cJSON_IsNumber(value)) {
        bool whole = value->valuedouble >= -9007199254740992.0 &&
                     value->valuedouble <= 9007199254740992.0 &&
                     value->valuedouble - (double)(int64_t)value->valuedouble == 0.0;
        return whole ? "integer" : "number";
    }
    return cJSON_IsBool(value) ? "boolean" : "text";
}

static platen_code make_item(const row *r, const size_t columns[COLUMNS], cJSON *array,
                             platen_error *err)
{
    const char *of[COLUMNS] = {NULL};
    cJSON *one = cJSON_CreateObject();
    if (one == NULL || !cJSON_AddItemToArray(array, one)) {
        cJSON_Delete(one);
        return fault_memory(err, "a setting");
    }
    for (size_t i = 0; i < r->count; i++) {
        of[columns[i]] = r->cells[i];
    }
    for (size_t k = 2; k < COLUMNS; k++) {
        of[k] = of[k] != NULL && of[k][0] != '\0' ? of[k] : NULL;
    }
    cJSON *value = import_value(without_mark(of[1]), of[2]);
    const char *kind = of[2] != NULL ? of[2] : import_kind(value);
    bool good = cJSON_AddStringToObject(one, names[0], without_mark(of[0])) != NULL &&
                cJSON_AddItemToObject(one, names[1], value) &&
                cJSON_AddStringToObject(one, names[2], kind) != NULL &&
                (of[3] == NULL || cJSON_AddStringToObject(one, names[3], of[3]) != NULL) &&
                (of[4] == NULL || cJSON_AddStringToObject(one, names[4], of[4]) != NULL);
    return good ? PLATEN_OK : fault_memory(err, "a setting");
}

platen_code import_check(const cJSON *items, unsigned line, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    item_list one;
    cJSON *array = cJSON_CreateArray();
    (void)cJSON_AddItemToArray(array, cJSON_Duplicate(items->child->prev, 1));
    platen_code rc = items_take(array, &one, &why);
    items_fini(&one);
    return rc == PLATEN_OK ? rc : fault(err, rc, "line %u: %.250s", line, why.text);
}

static platen_code take_row(reader *at, const row *r, const size_t columns[COLUMNS], size_t count,
                            cJSON *items, platen_error *err)
{
    if (r->count == 1 && r->cells[0][0] == '\0') {
        return PLATEN_OK; /* an empty line */
    }
    if (r->count < 2 || r->count > count) {
        return fault(err, PLATEN_E_MALFORMED, "line %u: %zu cells, there must be 2 to %zu",
                     at->row_line, r->count, count);
    }
    PLATEN_TRY(make_item(r, columns, items, err));
    if (++at->items > ITEMS_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "line %u: more than %u settings", at->row_line,
                     ITEMS_MAX);
    }
    return import_check(items, at->row_line, err);
}

static platen_code read_rows(reader *r, cJSON *items, platen_error *err)
{
    size_t columns[COLUMNS] = {0, 1, 2, 3, 4};
    size_t count = COLUMNS;
    bool last = r->at == r->end;
    bool first = true;
    while (!last) {
        row cells = {0};
        platen_code rc = read_row(r, &cells, &last, err);
        if (rc == PLATEN_OK && !(first && read_names(&cells, columns, &count))) {
            if (first) {
                for (size_t i = 0; i < COLUMNS; i++) {
                    columns[i] = i;
                }
            }
            rc = take_row(r, &cells, columns, count, items, err);
        }
        row_clear(&cells);
        PLATEN_TRY(rc);
        first = false;
    }
    return PLATEN_OK;
}

/* What stands first in the first line, outside quotes. */
static char find_between(const char *text, size_t length)
{
    bool quoted = false;
    for (size_t i = 0; i < length && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        quoted = text[i] == '"' ? !quoted : quoted;
        if (!quoted && (text[i] == ',' || text[i] == ';')) {
            return text[i];
        }
    }
    return ',';
}

platen_code import_csv(const char *text, size_t length, item_list *out, platen_error *err)
{
    *out = (item_list){NULL, 0, NULL};
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    reader r = {.at = text, .end = text + length, .line = 1, .row_line = 1};
    cJSON *items = cJSON_CreateArray();
    r.between = find_between(text, length);
    r.cell = malloc(CELL_MAX + 1);
    platen_code rc = r.cell != NULL && items != NULL ? read_rows(&r, items, err)
                                                     : fault_memory(err, "a CSV file");
    free(r.cell);
    if (rc == PLATEN_OK && r.items == 0) {
        rc = fault(err, PLATEN_E_INVAL, "the file has no settings");
    }
    if (rc != PLATEN_OK) {
        cJSON_Delete(items);
        return rc;
    }
    return items_take(items, out, err);
}

/* ---- writing ---- */

typedef struct text {
    char *data;
    size_t length;
    size_t room;
    bool failed;
} text;

static void append(text *t, const char *more, size_t length)
{
    if (t->length + length + 1 > t->room) {
        size_t room = (t->room + length + 1) * 2;
        char *data = realloc(t->data, room);
        t->failed = t->failed || data == NULL;
        if (data == NULL) {
            return;
        }
        t->data = data;
        t->room = room;
    }
    memcpy(t->data + t->length, more, length);
    t->length += length;
    t->data[t->length] = '\0';
}

/* In quotes where it needs them; a formula gets a tab before it. */
static void append_cell(text *t, const char *cell, const char *behind)
{
    bool formula = cell[0] != '\0' && strchr("=+-@\t\r", cell[0]) != NULL;
    bool quotes = formula || strpbrk(cell, ",;\"\r\n") != NULL;
    append(t, "\"", quotes ? 1 : 0);
    append(t, "\t", formula ? 1 : 0);
    for (; *cell != '\0'; cell++) {
        append(t, "\"", *cell == '"' ? 1 : 0);
        append(t, cell, 1);
    }
    append(t, "\"", quotes ? 1 : 0);
    append(t, behind, strlen(behind));
}

char *export_csv(const item_list *items)
{
    static const char head[] = "path,value,kind,category,case\r\n";
    text t = {NULL, 0, 0, false};
    char value[ITEM_TEXT_MAX + 1];
    append(&t, head, sizeof(head) - 1);
    for (uint32_t k = 0; k < items->count && !t.failed; k++) {
        const item *i = &items->at[k];
        const char scope[2] = {i->scope, '\0'};
        bool number = cJSON_IsNumber(i->value); /* a negative one is no formula */
        item_value_text(i->value, value, sizeof(value));
        append_cell(&t, i->path, ",");
        append(&t, value, number ? strlen(value) : 0);
        append_cell(&t, number ? "" : value, ",");
        append_cell(&t, item_kind_word(i->kind), ",");
        append_cell(&t, i->category, ",");
        append_cell(&t, scope, "\r\n");
    }
    if (t.failed) {
        free(t.data);
        return NULL;
    }
    return t.data;
}
