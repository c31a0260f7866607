/* Each report has its columns and a function for a piece of rows. */
#include "core/rest/reports.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/model/region_row.h"
#include "core/model/words.h"
#include "core/rest/totals.h"
#include "reports_sql.h"

#define PIECE 500
#define DAY_MS INT64_C(86400000)

typedef struct writing {
    store *store;
    const overview_ask *ask;
    sheet *sheet;
    int64_t after, rows, from, now;
    bool more;
} writing;

typedef platen_code (*row_fn)(writing *w, store_stmt *st, platen_error *err);

static platen_code end_row(writing *w, platen_error *err)
{
    w->rows++;
    return sheet_row_end(w->sheet, err);
}

static void put_number(sheet *s, store_stmt *st, int column)
{
    if (store_is_null(st, column)) {
        sheet_empty(s);
    } else {
        sheet_whole(s, store_i64(st, column));
    }
}

/* ---- rows of devices ---- */

static platen_code device_row(writing *w, store_stmt *st, platen_error *err)
{
    sheet_whole(w->sheet, store_i64(st, 0));
    for (int i = 1; i < 12; i++) {
        sheet_text(w->sheet, store_text(st, i));
    }
    sheet_text(w->sheet, store_text(st, 18));
    sheet_text(w->sheet, device_power_word(store_i64(st, 12)));
    sheet_text(w->sheet, device_severity_word(store_i64(st, 13)));
    put_number(w->sheet, st, 14);
    put_number(w->sheet, st, 15);
    sheet_time(w->sheet, store_i64(st, 16));
    sheet_time(w->sheet, store_i64(st, 17));
    return end_row(w, err);
}

/* Who the device is: the first columns of the other reports. */
static void put_who(writing *w, store_stmt *st)
{
    static const int columns[] = {1, 4, 6, 7, 8, 2};
    sheet_whole(w->sheet, store_i64(st, 0));
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        sheet_text(w->sheet, store_text(st, columns[i]));
    }
}

static platen_code firmware_row(writing *w, store_stmt *st, platen_error *err)
{
    put_who(w, st);
    sheet_text(w->sheet, store_text(st, 9));
    return end_row(w, err);
}

static platen_code supply_row(writing *w, store_stmt *st, const cJSON *supply, platen_error *err)
{
    static const char *const texts[] = {"description", "type", "color"};
    const cJSON *percent = cJSON_GetObjectItemCaseSensitive(supply, "percent");
    put_who(w, st);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sheet_text(w->sheet, json_get_text(supply, texts[i], NULL));
    }
    if (cJSON_IsNumber(percent)) {
        sheet_number(w->sheet, percent->valuedouble);
    } else {
        sheet_empty(w->sheet);
    }
    sheet_text(w->sheet, json_get_text(supply, "state", NULL));
    return end_row(w, err);
}

static platen_code supply_rows(writing *w, store_stmt *st, platen_error *err)
{
    cJSON *tree = NULL;
    const cJSON *each = NULL;
    const char *text = store_text(st, 20);
    platen_code rc = PLATEN_OK;
    if (json_parse(text, strlen(text), &tree, NULL) != PLATEN_OK) {
        return PLATEN_OK; /* nothing is known of it yet */
    }
    cJSON_ArrayForEach(each, tree)
    {
        rc = rc == PLATEN_OK ? supply_row(w, st, each, err) : rc;
    }
    cJSON_Delete(tree);
    return rc;
}

static platen_code counter_rows(writing *w, store_stmt *st, platen_error *err)
{
    cJSON *tree = NULL;
    const cJSON *each = NULL;
    const char *text = store_text(st, 19);
    platen_code rc = PLATEN_OK;
    if (json_parse(text, strlen(text), &tree, NULL) != PLATEN_OK) {
        return PLATEN_OK; /* MON-64 */
    }
    cJSON_ArrayForEach(each, tree)
    {
        bool wanted = w->ask->wants == NULL || w->ask->wants(each->string, w->ask->user);
        if (rc == PLATEN_OK && wanted && each->string != NULL && cJSON_IsNumber(each)) {
            put_who(w, st);
            sheet_text(w->sheet, each->string);
            sheet_number(w->sheet, each->valuedouble);
            rc = end_row(w, err);
        }
    }
    cJSON_Delete(tree);
    return rc;
}

static platen_code prepare_devices(writing *w, store_conn *conn, store_stmt **st, platen_error *err)
{
    static const region_set none = {.count = 0};
    const region_set *only = w->ask->only;
    PLATEN_TRY(store_prepare(conn, &sql_report_devices, st, err));
    store_bind_i64(*st, "after", w->after);
    store_bind_i64(*st, "all", w->ask->regions.all ? 1 : 0);
    region_set_bind(conn, *st, "regions", &w->ask->regions);
    store_bind_i64(*st, "every", only == NULL ? 1 : 0);
    region_set_bind(conn, *st, "ids", only != NULL ? only : &none);
    return PLATEN_OK;
}

static platen_code device_piece(writing *w, store_conn *conn, row_fn row, platen_error *err)
{
    store_stmt *st = NULL;
    int count = 0;
    platen_code rc = prepare_devices(w, conn, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        w->after = store_i64(st, 0);
        count++;
        rc = row(w, st, err);
    }
    store_reset(st);
    w->more = count == PIECE;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- shares of time (MON-67 to MON-71) ---- */

enum { SHARE_SERVICE, SHARE_ERROR, SHARE_WARNING, SHARE_NORMAL, SHARE_OFF, SHARE_SILENT, SHARES };

typedef struct status_piece {
    int64_t ids[PIECE];
    char who[PIECE][7][160];
    int64_t ms[PIECE][SHARES];
    size_t count;
} status_piece;

static size_t share_of(int64_t power, int64_t severity)
{
    const char *is = device_power_word(power);
    const char *how = device_severity_word(severity);
    if (strcmp(is, "off") == 0) {
        return SHARE_OFF;
    }
    if (strcmp(is, "on") != 0) {
        return SHARE_SILENT;
    }
    return strcmp(how, "service") == 0   ? SHARE_SERVICE
           : strcmp(how, "error") == 0   ? SHARE_ERROR
           : strcmp(how, "warning") == 0 ? SHARE_WARNING
                                         : SHARE_NORMAL;
}

static platen_code read_who(writing *w, store_conn *conn, status_piece *p, platen_error *err)
{
    static const int columns[] = {1, 4, 6, 7, 8, 2};
    store_stmt *st = NULL;
    platen_code rc = prepare_devices(w, conn, &st, err);
    while (rc == PLATEN_OK && p->count < PIECE && (rc = store_step(st, err)) == PLATEN_OK) {
        p->ids[p->count] = store_i64(st, 0);
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
            const char *text = store_text(st, columns[i]);
            size_t length = text_cut(text, strlen(text), sizeof(p->who[0][0]) - 1);
            memcpy(p->who[p->count][i], text, length);
        }
        p->count++;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code read_spells(writing *w, store_conn *conn, status_piece *p, platen_error *err)
{
    store_stmt *st = NULL;
    size_t at = 0;
    if (p->count == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_report_spells, &st, err));
    store_bind_i64(st, "after", w->after);
    store_bind_i64(st, "last", p->ids[p->count - 1]);
    store_bind_i64(st, "from", w->from);
    store_bind_i64(st, "now", w->now);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        int64_t id = store_i64(st, 0);
        while (at < p->count && p->ids[at] < id) {
            at++;
        }
        if (at < p->count && p->ids[at] == id) {
            p->ms[at][share_of(store_i64(st, 1), store_i64(st, 2))] += store_i64(st, 3);
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_status(writing *w, const status_piece *p, platen_error *err)
{
    double whole = (double)(w->now - w->from);
    for (size_t i = 0; i < p->count; i++) {
        double left = 100;
        sheet_whole(w->sheet, p->ids[i]);
        for (size_t k = 0; k < 6; k++) {
            sheet_text(w->sheet, p->who[i][k]);
        }
        for (size_t k = 0; k < SHARES; k++) {
            double share = (double)(int64_t)((double)p->ms[i][k] * 1000 / whole + 0.5) / 10;
            left -= share;
            sheet_number(w->sheet, share);
        }
        sheet_number(w->sheet, left > 0.05 ? (double)(int64_t)(left * 10 + 0.5) / 10 : 0);
        PLATEN_TRY(end_row(w, err));
    }
    return PLATEN_OK;
}

static platen_code status_of(writing *w, store_conn *conn, platen_error *err)
{
    status_piece *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a report");
    }
    platen_code rc = read_who(w, conn, p, err);
    rc = rc == PLATEN_OK ? read_spells(w, conn, p, err) : rc;
    rc = rc == PLATEN_OK ? write_status(w, p, err) : rc;
    w->after = p->count > 0 ? p->ids[p->count - 1] : w->after;
    w->more = p->count == PIECE;
    free(p);
    return rc;
}

/* ---- the audit log ---- */

static platen_code audit_piece(writing *w, store_conn *conn, platen_error *err)
{
    store_stmt *st = NULL;
    int count = 0;
    const char *category = w->ask->category;
    PLATEN_TRY(store_prepare(conn, &sql_report_audit, &st, err));
    store_bind_i64(st, "after", w->after);
    store_bind_i64(st, "from", w->from);
    store_bind_i64(st, "any", category == NULL || category[0] == '\0' ? 1 : 0);
    store_bind_text(st, "category", category != NULL ? category : "");
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        w->after = store_i64(st, 0);
        count++;
        sheet_whole(w->sheet, w->after);
        sheet_time(w->sheet, store_i64(st, 1));
        for (int i = 2; i < 10; i++) {
            sheet_text(w->sheet, store_text(st, i));
        }
        rc = end_row(w, err);
    }
    store_reset(st);
    w->more = count == PIECE;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- all of them ---- */

#define WHO "device", "name", "address", "manufacturer", "model", "serial", "location"

static const struct {
    const char *word, *title;
    const char *columns[24]; /* NULL ends them */
    row_fn row;              /* NULL: not a row a device */
} reports[OVERVIEW_TYPES] = {
    [OVERVIEW_DEVICES] = {"devices",
                          "Device Information",
                          {"device", "name", "location", "contact", "address", "hostname",
                           "manufacturer", "model", "serial", "firmware", "asset", "comment",
                           "region", "power", "severity", "page_count", "supply_lowest",
                           "first_seen", "last_seen"},
                          device_row},
    [OVERVIEW_FIRMWARE] = {"firmware", "Firmware", {WHO, "firmware"}, firmware_row},
    [OVERVIEW_CONSUMABLES] = {"consumables",
                              "Consumables",
                              {WHO, "supply", "type", "color", "percent", "state"},
                              supply_rows},
    [OVERVIEW_COUNTERS] = {"counters", "Counters", {WHO, "counter", "value"}, counter_rows},
    [OVERVIEW_STATUS] = {"status",
                         "Status Info",
                         {WHO, "service", "error", "warning", "normal", "off", "no-response",
                          "unknown"},
                         NULL},
    [OVERVIEW_AUDIT_LOG] = {"audit-log",
                            "Audit Log",
                            {"entry", "at", "user", "way", "address", "category", "action",
                             "object", "object_name", "result"},
                            NULL},
    [OVERVIEW_TOTALS] = {"counter-totals",
                         "Counter Totals",
                         {WHO, "counter", "from", "total"},
                         NULL},
    [OVERVIEW_SUMS] = {"counter-sums",
                       "Counter Sums",
                       {"counter", "from", "devices", "total"},
                       NULL},
};

bool overview_of(const char *word, overview_type *out)
{
    for (size_t i = 0; i < OVERVIEW_TYPES; i++) {
        if (strcmp(reports[i].word, word) == 0) {
            *out = (overview_type)i;
            return true;
        }
    }
    return false;
}

const char *overview_word(overview_type type)
{
    return reports[type].word;
}

const char *overview_title(overview_type type)
{
    return reports[type].title;
}

static platen_code write_piece(writing *w, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(w->store, &conn, err));
    platen_code rc = w->ask->type == OVERVIEW_AUDIT_LOG ? audit_piece(w, conn, err)
                     : w->ask->type == OVERVIEW_STATUS
                         ? status_of(w, conn, err)
                         : device_piece(w, conn, reports[w->ask->type].row, err);
    store_read_end(conn);
    return rc;
}

/* ---- those that others bring ---- */

#define SOURCES 256

static const overview_source *sources[SOURCES];
static size_t source_count;

const overview_source *overview_source_at(size_t index)
{
    return index < source_count ? sources[index] : NULL;
}

const overview_source *overview_source_find(const char *id)
{
    for (size_t i = 0; i < source_count; i++) {
        if (strcmp(sources[i]->id, id) == 0) {
            return sources[i];
        }
    }
    return NULL;
}

platen_code overview_add(const overview_source *source, platen_error *err)
{
    if (overview_source_find(source->id) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "report '%s' is there already", source->id);
    }
    if (source_count == SOURCES) {
        return error_set(err, PLATEN_E_TOO_LARGE, "report '%s' is one more than %d", source->id,
                         SOURCES);
    }
    sources[source_count++] = source;
    return PLATEN_OK;
}

void overview_remove(const overview_source *source)
{
    for (size_t i = 0; i < source_count; i++) {
        if (sources[i] == source) {
            source_count--;
            memmove(&sources[i], &sources[i + 1], (source_count - i) * sizeof(sources[0]));
            return;
        }
    }
}

platen_code overview_check(const overview_source *source, const cJSON *settings,
                           schema_report report, void *user, platen_error *err)
{
    static const char nothing[] = "{\"type\":\"object\",\"properties\":{}}";
    schema *rules = NULL;
    cJSON *none = settings == NULL ? cJSON_CreateObject() : NULL;
    platen_code rc = schema_new(source->settings != NULL ? source->settings : nothing, &rules, err);
    if (rc == PLATEN_OK && !schema_check(rules, settings != NULL ? settings : none, report, user)) {
        rc = error_set(err, PLATEN_E_INVAL, "the settings do not fit the report '%s'", source->id);
    }
    schema_free(rules);
    cJSON_Delete(none);
    return rc;
}

/* ---- writing ---- */

static platen_code write_own(store *s, const overview_ask *ask, sheet *out, int64_t *rows,
                             platen_error *err)
{
    if (ask->type == OVERVIEW_TOTALS || ask->type == OVERVIEW_SUMS) {
        return totals_write(s, ask, clock_now(), out, rows, err);
    }
    int64_t now = clock_now();
    writing w = {.store = s,
                 .ask = ask,
                 .sheet = out,
                 .now = now,
                 .from = now - (ask->days > 0 ? ask->days : 30) * DAY_MS,
                 .more = true};
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && w.more) {
        rc = write_piece(&w, err);
    }
    *rows = w.rows;
    return rc;
}

platen_code overview_write(store *s, const overview_ask *ask, const sheet_options *options,
                           int64_t *rows, platen_error *err)
{
    const overview_source *source = ask->source;
    const char *const *columns = source != NULL ? source->columns : reports[ask->type].columns;
    size_t count = source != NULL ? source->column_count : 0;
    sheet *out = NULL;
    while (source == NULL && columns[count] != NULL) {
        count++;
    }
    PLATEN_TRY(sheet_new(options, columns, count, &out, err));
    platen_code rc = source != NULL ? source->write(source, s, ask, out, rows, err)
                                    : write_own(s, ask, out, rows, err);
    rc = rc == PLATEN_OK ? sheet_end(out, err) : rc;
    sheet_free(out);
    return rc;
}
