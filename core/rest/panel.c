/* The panels of the core, and the tables that they show. */
#include "core/rest/panel.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/strbuf.h"
#include "core/model/region_row.h"
#include "core/model/words.h"
#include "panel_sql.h"

#define DAY_MS INT64_C(86400000)

/* ---- tables ---- */

typedef struct column {
    const char *key, *type; /* type: text number percent day device alert-code severity state */
} column;

static void write_columns(json_writer *w, const column *columns, size_t count)
{
    json_array(w, "columns");
    for (size_t i = 0; i < count; i++) {
        json_object(w, NULL);
        json_text(w, "key", columns[i].key);
        json_text(w, "type", columns[i].type);
        json_object_end(w);
    }
    json_array_end(w);
}

static void bind_regions(store_conn *conn, store_stmt *st, const region_set *regions)
{
    store_bind_i64(st, "all", regions->all ? 1 : 0);
    region_set_bind(conn, st, "regions", regions);
}

typedef void (*row_fn)(store_stmt *st, json_writer *w);

/* Steps through the statement and ends it. */
static platen_code write_rows(store_stmt *st, row_fn row, json_writer *w, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    json_array(w, "rows");
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        json_array(w, NULL);
        row(st, w);
        json_array_end(w);
    }
    json_array_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static void write_number(store_stmt *st, int at, json_writer *w)
{
    if (store_is_null(st, at)) {
        json_null(w, NULL);
    } else {
        json_i64(w, NULL, store_i64(st, at));
    }
}

/* ---- the panels ---- */

static void alert_row(store_stmt *st, json_writer *w)
{
    json_text(w, NULL, alert_severity_word(store_i64(st, 1)));
    json_i64(w, NULL, store_i64(st, 0));
    json_i64(w, NULL, store_i64(st, 2));
}

static platen_code write_alerts(store_conn *conn, const region_set *regions,
                                const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {
        {"severity", "alert-severity"}, {"code", "alert-code"}, {"devices", "number"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_alerts, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "since", clock_now() - p->days * DAY_MS);
    store_bind_i64(st, "limit", p->limit);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, alert_row, w, err);
}

static void supply_row(store_stmt *st, json_writer *w)
{
    const char *name = store_text(st, 1);
    const char *address = store_text(st, 2);
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "name", name[0] != '\0' ? name : address);
    json_object_end(w);
    json_text(w, NULL, store_text(st, 3));
    json_i64(w, NULL, store_i64(st, 4));
}

static platen_code write_supplies(store_conn *conn, const region_set *regions,
                                  const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {
        {"device", "device"}, {"location", "text"}, {"lowest", "percent"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_supplies, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "below", p->below);
    store_bind_i64(st, "limit", p->limit);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, supply_row, w, err);
}

static void firmware_row(store_stmt *st, json_writer *w)
{
    json_text(w, NULL, store_text(st, 0));
    json_text(w, NULL, store_text(st, 1));
    json_text(w, NULL, store_text(st, 2));
    json_i64(w, NULL, store_i64(st, 3));
}

static platen_code write_firmware(store_conn *conn, const region_set *regions,
                                  const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {
        {"manufacturer", "text"}, {"model", "text"}, {"firmware", "text"}, {"devices", "number"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_firmware, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "limit", p->limit);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, firmware_row, w, err);
}

static void model_row(store_stmt *st, json_writer *w)
{
    json_text(w, NULL, store_text(st, 0));
    json_text(w, NULL, store_text(st, 1));
    json_i64(w, NULL, store_i64(st, 2));
    write_number(st, 3, w);
}

static platen_code write_models(store_conn *conn, const region_set *regions,
                                const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {
        {"manufacturer", "text"}, {"model", "text"}, {"devices", "number"}, {"pages", "number"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_models, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "limit", p->limit);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, model_row, w, err);
}

/* Days without a row have none: the chart shows them as empty. */
static void day_row(store_stmt *st, json_writer *w)
{
    json_time(w, NULL, store_i64(st, 0) * DAY_MS);
    write_number(st, 1, w);
}

static platen_code write_pages(store_conn *conn, const region_set *regions, const panel_settings *p,
                               json_writer *w, platen_error *err)
{
    static const column columns[] = {{"day", "day"}, {"pages", "number"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_pages, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "from", clock_now() / DAY_MS - p->days);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, day_row, w, err);
}

static platen_code write_discovered(store_conn *conn, const region_set *regions,
                                    const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {{"day", "day"}, {"devices", "number"}};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_panel_discovered, &st, err));
    bind_regions(conn, st, regions);
    store_bind_i64(st, "since", (clock_now() / DAY_MS - p->days + 1) * DAY_MS);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, day_row, w, err);
}

/* Of devices that count both; no devices, no rows. */
static platen_code write_colour(store_conn *conn, const region_set *regions,
                                const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {{"kind", "colour"}, {"pages", "number"}};
    static const char *const kinds[] = {"color", "mono"};
    store_stmt *st = NULL;
    (void)p;
    PLATEN_TRY(store_prepare(conn, &sql_panel_colour, &st, err));
    bind_regions(conn, st, regions);
    platen_code rc = store_step(st, err);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    json_array(w, "rows");
    for (int i = 0; rc == PLATEN_OK && i < 2; i++) {
        if (!store_is_null(st, i)) {
            json_array(w, NULL);
            json_text(w, NULL, kinds[i]);
            json_i64(w, NULL, store_i64(st, i));
            json_array_end(w);
        }
    }
    json_array_end(w);
    store_reset(st);
    return rc;
}

static void outcome_row(store_stmt *st, json_writer *w)
{
    json_text(w, NULL, store_text(st, 0));
    json_i64(w, NULL, store_i64(st, 1));
}

/* Everybody with tasks sees the runs of all regions in the history, too (ACC-93). */
static platen_code write_outcomes(store_conn *conn, const region_set *regions,
                                  const panel_settings *p, json_writer *w, platen_error *err)
{
    static const column columns[] = {{"state", "run-state"}, {"runs", "number"}};
    store_stmt *st = NULL;
    (void)regions;
    PLATEN_TRY(store_prepare(conn, &sql_panel_outcomes, &st, err));
    store_bind_i64(st, "since", clock_now() - p->days * DAY_MS);
    write_columns(w, columns, sizeof(columns) / sizeof(columns[0]));
    return write_rows(st, outcome_row, w, err);
}

static const panel_type types[] = {
    {.id = "severity"},
    {.id = "power"},
    {.id = "agents"},
    {.id = "attention", .function = "devices", .users = true, .wide = true},
    {.id = "newest-alerts", .function = "devices", .users = true, .wide = true},
    {.id = "runs", .function = "tasks", .wide = true},
    {.id = "outcomes",
     .function = "tasks",
     .settings = PANEL_DAYS,
     .preset = {.days = 30},
     .chart = true,
     .write = write_outcomes},
    {.id = "alerts",
     .settings = PANEL_DAYS | PANEL_LIMIT,
     .preset = {.days = 7, .limit = 10},
     .wide = true,
     .chart = true,
     .write = write_alerts},
    {.id = "supplies",
     .settings = PANEL_BELOW | PANEL_LIMIT,
     .preset = {.below = 10, .limit = 10},
     .wide = true,
     .write = write_supplies},
    {.id = "pages",
     .settings = PANEL_DAYS,
     .preset = {.days = 30},
     .wide = true,
     .chart = true,
     .write = write_pages},
    {.id = "models",
     .settings = PANEL_LIMIT,
     .preset = {.limit = 10},
     .wide = true,
     .chart = true,
     .write = write_models},
    {.id = "colour", .chart = true, .write = write_colour},
    {.id = "firmware",
     .settings = PANEL_LIMIT,
     .preset = {.limit = 10},
     .wide = true,
     .chart = true,
     .write = write_firmware},
    {.id = "discovered",
     .settings = PANEL_DAYS,
     .preset = {.days = 30},
     .wide = true,
     .chart = true,
     .write = write_discovered},
};

#define TYPES (sizeof(types) / sizeof(types[0]))
#define ADDED_MAX 256

static const panel_type *added[ADDED_MAX];
static size_t added_count;

const panel_type *panel_at(size_t index)
{
    if (index < TYPES) {
        return &types[index];
    }
    return index - TYPES < added_count ? added[index - TYPES] : NULL;
}

platen_code panel_add(const panel_type *type, platen_error *err)
{
    if (panel_find(type->id) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "panel '%s' is there already", type->id);
    }
    if (added_count == ADDED_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "panel '%s' is one more than %d", type->id,
                         ADDED_MAX);
    }
    added[added_count++] = type;
    return PLATEN_OK;
}

void panel_remove(const panel_type *type)
{
    for (size_t i = 0; i < added_count; i++) {
        if (added[i] == type) {
            added_count--;
            memmove(&added[i], &added[i + 1], (added_count - i) * sizeof(added[0]));
            return;
        }
    }
}

const panel_type *panel_find(const char *id)
{
    const panel_type *type = NULL;
    for (size_t i = 0; (type = panel_at(i)) != NULL && strcmp(type->id, id) != 0; i++) {
    }
    return type;
}

#define NARROW(type) "{\"type\":\"" type "\",\"wide\":false},"
#define WIDE(type) "{\"type\":\"" type "\",\"wide\":true},"
#define STATE NARROW("severity") NARROW("power") NARROW("agents")
#define NEED WIDE("supplies") NARROW("outcomes")
#define USE WIDE("pages") NARROW("colour") WIDE("firmware")

static const char presets_own[] =
    "[" STATE WIDE("attention") NARROW("runs") "{\"type\":\"newest-alerts\",\"wide\":true}]";
static const char presets_managers[] = "[" STATE NEED USE "{\"type\":\"alerts\",\"wide\":false}]";

const char *panel_presets(bool managers)
{
    return managers ? presets_managers : presets_own;
}
