/* Rows and cells. What is wrong with a cell is told by the next row. */
#include "core/feature/table.h"

#include <math.h>
#include <string.h>

#include "core/base/text.h"

static void failed(platen_table *t, platen_code code, const char *what)
{
    if (t->code == PLATEN_OK) {
        const char *key = t->cell < t->count ? t->columns[t->cell].key : "behind the last";
        t->code = error_set(&t->why, code, "'%.100s': %s, column '%.60s'", t->id, what, key);
    }
}

/* Whether a cell of that kind may stand here; moves on. False: it is not to be written. */
static bool cell(platen_table *t, unsigned types, const char *what)
{
    if (t == NULL || !t->open || t->code != PLATEN_OK) {
        if (t != NULL && t->code == PLATEN_OK) {
            failed(t, PLATEN_E_STATE, "a cell before the first row");
        }
        return false;
    }
    if (t->cell >= t->count || (types & 1u << t->columns[t->cell].type) == 0) {
        failed(t, PLATEN_E_INVAL, what);
        return false;
    }
    t->cell++;
    return t->shown;
}

/* {"value","page","row"} for a cell that leads somewhere. */
static cJSON *linked(platen_table *t, cJSON *value)
{
    cJSON *cell = cJSON_CreateObject();
    if (cJSON_AddStringToObject(cell, "page", t->page) == NULL ||
        cJSON_AddStringToObject(cell, "row", t->key) == NULL ||
        !cJSON_AddItemToObject(cell, "value", value)) {
        cJSON_Delete(cell);
        cJSON_Delete(value);
        return NULL;
    }
    return cell;
}

static void put(platen_table *t, cJSON *value)
{
    if (t->page[0] != '\0' && value != NULL) {
        value = linked(t, value);
        t->page[0] = '\0';
    }
    if (!cJSON_AddItemToArray(t->cells, value)) {
        cJSON_Delete(value);
        failed(t, PLATEN_E_NOMEM, "no memory for a cell");
    }
}

void table_text(platen_table *t, const char *value)
{
    if (!cell(t, 1u << PLATEN_COLUMN_TEXT, "a text that does not belong there")) {
        return;
    }
    if (value != NULL && !text_is_utf8(value, strlen(value))) {
        t->cell--;
        failed(t, PLATEN_E_INVAL, "a text that is no UTF-8");
    } else if (t->sheet != NULL) {
        sheet_text(t->sheet, value);
    } else {
        put(t, value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull());
    }
}

#define NUMBERS (1u << PLATEN_COLUMN_NUMBER | 1u << PLATEN_COLUMN_PERCENT)

void table_integer(platen_table *t, int64_t value)
{
    if (!cell(t, NUMBERS | 1u << PLATEN_COLUMN_DEVICE, "a number that does not belong there")) {
        return;
    }
    if (t->sheet != NULL) {
        sheet_whole(t->sheet, value);
    } else {
        put(t, cJSON_CreateNumber((double)value));
    }
}

void table_real(platen_table *t, double value)
{
    if (!cell(t, NUMBERS, "a number that does not belong there")) {
        return;
    }
    if (!isfinite(value)) {
        t->cell--;
        failed(t, PLATEN_E_INVAL, "a number that is none");
    } else if (t->sheet != NULL) {
        sheet_number(t->sheet, value);
    } else {
        put(t, cJSON_CreateNumber(value));
    }
}

void table_time(platen_table *t, int64_t ms)
{
    if (!cell(t, 1u << PLATEN_COLUMN_TIME, "a time that does not belong there")) {
        return;
    }
    if (t->sheet != NULL) {
        sheet_time(t->sheet, ms);
    } else {
        put(t, ms != 0 ? cJSON_CreateNumber((double)ms) : cJSON_CreateNull());
    }
}

void table_null(platen_table *t)
{
    if (!cell(t, ~0u, "one cell too many")) {
        return;
    }
    if (t->sheet != NULL) {
        sheet_empty(t->sheet);
    } else {
        put(t, cJSON_CreateNull());
    }
}

bool table_sees(platen_table *t, int64_t device)
{
    return t != NULL && visible_has(t->devices, device);
}

const char *table_language(platen_table *t)
{
    return t != NULL ? t->language : "en";
}

void table_link(platen_table *t, const char *page, const char *key)
{
    if (t == NULL || page == NULL || key == NULL || t->sheet != NULL || !t->open) {
        return;
    }
    if (strlen(page) >= sizeof(t->page) || strlen(key) >= sizeof(t->key)) {
        failed(t, PLATEN_E_INVAL, "a link that is too long");
        return;
    }
    memcpy(t->page, page, strlen(page) + 1);
    memcpy(t->key, key, strlen(key) + 1);
}

/* ---- rows ---- */

static platen_code end_row(platen_table *t)
{
    platen_error why = PLATEN_ERROR_INIT;
    if (!t->open || t->code != PLATEN_OK) {
        return t->code;
    }
    t->open = false;
    if (!t->shown) {
        return PLATEN_OK;
    }
    t->written++;
    if (t->sheet != NULL) {
        t->code = sheet_row_end(t->sheet, &why);
        t->why = why;
    } else {
        while (t->code == PLATEN_OK && cJSON_GetArraySize(t->cells) < (int)t->count) {
            put(t, cJSON_CreateNull());
        }
    }
    return t->code;
}

static platen_code tell(const platen_table *t, platen_error *err)
{
    return t->code == PLATEN_OK ? PLATEN_OK : error_set(err, t->code, "%s", t->why.text);
}

platen_code table_end(platen_table *t, platen_error *err)
{
    (void)end_row(t);
    return tell(t, err);
}

platen_code table_row(platen_table *t, int64_t device, platen_error *err)
{
    if (t == NULL) {
        return error_set(err, PLATEN_E_INVAL, "a row of no table");
    }
    PLATEN_TRY(table_end(t, err));
    t->open = true;
    t->cell = 0;
    t->page[0] = '\0';
    t->shown = device == 0 || visible_has(t->devices, device);
    if (t->sheet == NULL && t->written >= (int64_t)PLATEN_PANEL_ROWS) {
        t->shown = false;
    }
    if (t->shown && t->sheet == NULL) {
        t->cells = cJSON_CreateArray();
        if (t->cells == NULL || !cJSON_AddItemToArray(t->rows, t->cells)) {
            cJSON_Delete(t->cells);
            t->cells = NULL;
            failed(t, PLATEN_E_NOMEM, "no memory for a row");
        }
    }
    return tell(t, err);
}
