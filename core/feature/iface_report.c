/* report/1 and panel/1: tables of plugins among the reports and on dashboards of the core. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/feature/iface_locale.h"
#include "core/feature/table.h"
#include "core/model/region_row.h"
#include "core/rest/function.h"
#include "core/rest/panel.h"
#include "core/rest/reporter.h"
#include "core/rest/reports.h"
#include "core/rest/schema.h"
#include "page_sql.h"

#define REPORTS 32 /* of a plugin; and as many panels */
#define PANEL_COLUMNS 8
#define TITLE_MAX 200
#define PANEL_FLAGS                                                                                \
    (PLATEN_PANEL_WIDE | PLATEN_PANEL_CHART | PLATEN_PANEL_DAYS | PLATEN_PANEL_LIMIT |             \
     PLATEN_PANEL_BELOW)

typedef platen_code (*write_fn)(platen_table *table, const char *settings, void *user,
                                platen_error *err);

/* A report or a panel. */
struct feature_table {
    struct feature_table *next; /* of the plugin */
    feature_plugin *plugin;
    arena *arena; /* this struct and its texts */
    bool is_panel;
    const char *id, *title;
    platen_column *columns;
    const char **keys;
    size_t count;
    write_fn write;
    void *user;
    void (*release)(void *user);
    overview_source source; /* of a report */
    panel_type type;        /* of a panel */
};

/* ---- writing ---- */

static platen_code ask_plugin(const struct feature_table *f, platen_table *t, const char *settings,
                              platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    platen_code rc = f->write(t, settings, f->user, &why);
    if (rc == PLATEN_OK || t->code != PLATEN_OK) {
        return table_end(t, err);
    }
    return feature_result(f->plugin, rc, &why, err);
}

/* Devices of the regions, and of those only the chosen ones. */
static platen_code load_devices(store *s, const overview_ask *ask, visible *out, platen_error *err)
{
    PLATEN_TRY(visible_load(s, &ask->regions, out, err));
    if (ask->only != NULL) {
        return visible_keep(out, ask->only, err);
    }
    return PLATEN_OK;
}

static platen_code write_report(const overview_source *source, store *s, const overview_ask *ask,
                                sheet *out, int64_t *rows, platen_error *err)
{
    const struct feature_table *f = source->user;
    visible devices = {.all = false};
    platen_code rc = load_devices(s, ask, &devices, err);
    if (rc == PLATEN_OK) {
        platen_table t = {.id = f->id,
                          .columns = f->columns,
                          .count = f->count,
                          .devices = &devices,
                          .language = ask->language != NULL ? ask->language : "en",
                          .sheet = out,
                          .why = PLATEN_ERROR_INIT};
        rc = ask_plugin(f, &t, ask->settings != NULL ? ask->settings : "{}", err);
        *rows = t.written;
    }
    visible_fini(&devices);
    return rc;
}

static const char *title_in(const overview_source *source, const char *language)
{
    const struct feature_table *f = source->user;
    return locale_title(f->plugin, language, f->title);
}

/* ---- panels ---- */

static const char *type_word(uint32_t type)
{
    static const char *const words[] = {"",
                                        [PLATEN_COLUMN_TEXT] = "text",
                                        [PLATEN_COLUMN_NUMBER] = "number",
                                        [PLATEN_COLUMN_PERCENT] = "percent",
                                        [PLATEN_COLUMN_TIME] = "time",
                                        [PLATEN_COLUMN_DEVICE] = "device"};
    return words[type];
}

static void write_columns(const struct feature_table *f, json_writer *w)
{
    json_array(w, "columns");
    for (size_t i = 0; i < f->count; i++) {
        json_object(w, NULL);
        json_text(w, "key", f->columns[i].key);
        json_text(w, "type", type_word(f->columns[i].type));
        json_text(w, "title", f->columns[i].title);
        json_object_end(w);
    }
    json_array_end(w);
}

static platen_code device_name(store_conn *conn, const char *key, int64_t id, json_writer *w,
                               platen_error *err)
{
    store_stmt *st = NULL;
    char ids[32];
    (void)snprintf(ids, sizeof(ids),
                   store_conn_dialect(conn) == STORE_PGSQL ? "{%" PRId64 "}" : "[%" PRId64 "]", id);
    PLATEN_TRY(store_prepare(conn, &sql_page_device_names, &st, err));
    store_bind_text(st, "ids", ids);
    platen_code rc = store_step(st, err);
    json_object(w, key);
    json_id(w, "id", id);
    const char *name = rc == PLATEN_OK ? store_text(st, 1) : "";
    json_text(w, "name", rc == PLATEN_OK && name[0] == '\0' ? store_text(st, 2) : name);
    json_object_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* Devices of other regions have no name here. */
static platen_code write_value(uint32_t type, const char *key, const cJSON *value,
                               const visible *devices, store_conn *conn, json_writer *w,
                               platen_error *err)
{
    if (!cJSON_IsNumber(value) || (type != PLATEN_COLUMN_DEVICE && type != PLATEN_COLUMN_TIME)) {
        json_tree(w, key, value);
    } else if (type == PLATEN_COLUMN_TIME) {
        json_time(w, key, (int64_t)value->valuedouble);
    } else if (!visible_has(devices, (int64_t)value->valuedouble)) {
        json_null(w, key);
    } else {
        return device_name(conn, key, (int64_t)value->valuedouble, w, err);
    }
    return PLATEN_OK;
}

/* What leads to a row of a page is an object: {"value":...,"page":"hello/greetings","row":"7"}. */
static platen_code write_cell(const struct feature_table *f, size_t column, const cJSON *cell,
                              const visible *devices, store_conn *conn, json_writer *w,
                              platen_error *err)
{
    char page[160];
    uint32_t type = f->columns[column].type;
    if (!cJSON_IsObject(cell)) {
        return write_value(type, NULL, cell, devices, conn, w, err);
    }
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(cell, "value");
    (void)snprintf(page, sizeof(page), "%s/%s", f->plugin->name, json_get_text(cell, "page", ""));
    json_object(w, NULL);
    platen_code rc = write_value(type, "value", value, devices, conn, w, err);
    json_text(w, "page", page);
    json_text(w, "row", json_get_text(cell, "row", ""));
    json_object_end(w);
    return rc;
}

static platen_code write_rows(const struct feature_table *f, const cJSON *rows,
                              const visible *devices, store_conn *conn, json_writer *w,
                              platen_error *err)
{
    const cJSON *row = NULL;
    const cJSON *each = NULL;
    json_array(w, "rows");
    cJSON_ArrayForEach(row, rows)
    {
        size_t column = 0;
        json_array(w, NULL);
        cJSON_ArrayForEach(each, row)
        {
            PLATEN_TRY(write_cell(f, column++, each, devices, conn, w, err));
        }
        json_array_end(w);
    }
    json_array_end(w);
    return PLATEN_OK;
}

/* {"days":30,"limit":10} */
static void put_settings(const panel_type *type, const panel_settings *p, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    if ((type->settings & PANEL_DAYS) != 0) {
        json_i64(&w, "days", p->days);
    }
    if ((type->settings & PANEL_LIMIT) != 0) {
        json_i64(&w, "limit", p->limit);
    }
    if ((type->settings & PANEL_BELOW) != 0) {
        json_i64(&w, "below", p->below);
    }
    json_object_end(&w);
}

static platen_code ask_panel(const struct feature_table *f, const panel_settings *p,
                             const visible *devices, cJSON *rows, platen_error *err)
{
    strbuf settings;
    platen_table t = {.id = f->id,
                      .columns = f->columns,
                      .count = f->count,
                      .devices = devices,
                      .language = p->language,
                      .rows = rows,
                      .why = PLATEN_ERROR_INIT};
    if (rows == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a panel");
    }
    strbuf_init(&settings);
    put_settings(&f->type, p, &settings);
    platen_code rc = settings.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a panel")
                                     : ask_plugin(f, &t, settings.data, err);
    strbuf_fini(&settings);
    return rc;
}

static platen_code write_panel(const panel_type *type, store *s, const region_set *regions,
                               const panel_settings *p, json_writer *w, platen_error *err)
{
    const struct feature_table *f = type->user;
    visible devices = {.all = false};
    store_conn *conn = NULL;
    cJSON *rows = cJSON_CreateArray();
    platen_code rc = visible_load(s, regions, &devices, err);
    rc = rc == PLATEN_OK ? ask_panel(f, p, &devices, rows, err) : rc;
    rc = rc == PLATEN_OK ? store_read(s, &conn, err) : rc;
    if (rc == PLATEN_OK) {
        write_columns(f, w);
        rc = write_rows(f, rows, &devices, conn, w, err);
        store_read_end(conn);
    }
    cJSON_Delete(rows);
    visible_fini(&devices);
    return rc;
}

/* ---- registering ---- */

static platen_code check_columns(const char *id, const platen_column *columns, uint32_t count,
                                 uint32_t most, platen_error *err)
{
    if (columns == NULL || count < 1 || count > most) {
        return error_set(err, PLATEN_E_INVAL,
                         "'%s' has %" PRIu32 " columns, 1 to %" PRIu32 " can be", id,
                         columns != NULL ? count : 0, most);
    }
    uint32_t size = columns[0].size;
    for (uint32_t i = 0; i < count; i++) {
        const platen_column *c =
            (const platen_column *)(const void *)((const char *)columns + (size_t)i * size);
        if (size < sizeof(*c) || size > 4096 || c->size != size || c->type < PLATEN_COLUMN_TEXT ||
            c->type > PLATEN_COLUMN_DEVICE || c->key == NULL || strnlen(c->key, 64) > 63 ||
            c->key[0] == '\0' ||
            strspn(c->key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(c->key) ||
            c->title == NULL || strnlen(c->title, TITLE_MAX + 1) > TITLE_MAX) {
            return error_set(err, PLATEN_E_INVAL, "'%s': column %" PRIu32 " is not as it must be",
                             id, i);
        }
    }
    return PLATEN_OK;
}

static platen_code check_head(const feature_plugin *p, const char *id, const char *title,
                              write_fn write, platen_error *err)
{
    if (id == NULL || !feature_own_id(p, id)) {
        return error_set(err, PLATEN_E_INVAL, "'%.100s' is not <plugin>.<word> of a-z, 0-9 and '-'",
                         id != NULL ? id : "");
    }
    size_t length = title != NULL ? strnlen(title, TITLE_MAX + 1) : 0;
    if (length < 1 || length > TITLE_MAX || !text_is_utf8(title, length) || write == NULL) {
        return error_set(err, PLATEN_E_INVAL, "'%s' has no write() or title of 1 to %d bytes", id,
                         TITLE_MAX);
    }
    return PLATEN_OK;
}

static platen_code check_settings(const char *id, const char *settings, platen_error *err)
{
    schema *rules = NULL;
    if (settings == NULL) {
        return PLATEN_OK;
    }
    if (strnlen(settings, PLATEN_REPORT_SETTINGS_MAX + 1) > PLATEN_REPORT_SETTINGS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the settings of '%s' have more than %u bytes",
                         id, PLATEN_REPORT_SETTINGS_MAX);
    }
    platen_code rc = schema_new(settings, &rules, err);
    schema_free(rules);
    return rc == PLATEN_OK || rc == PLATEN_E_NOMEM
               ? rc
               : error_note(err, PLATEN_E_INVAL, "the settings of '%s'", id);
}

static platen_code check_count(const feature_plugin *p, bool panels, platen_error *err)
{
    size_t count = 0;
    for (const struct feature_table *f = p->reports; f != NULL; f = f->next) {
        count += f->is_panel == panels ? 1 : 0;
    }
    return count < REPORTS ? PLATEN_OK
                           : error_set(err, PLATEN_E_TOO_LARGE, "more than %d %s of plugin '%s'",
                                       REPORTS, panels ? "panels" : "reports", p->name);
}

static bool copy_columns(struct feature_table *f, const platen_column *columns)
{
    f->columns = arena_alloc_array(f->arena, f->count, sizeof(*f->columns));
    f->keys = arena_alloc_array(f->arena, f->count, sizeof(*f->keys));
    for (size_t i = 0; f->columns != NULL && f->keys != NULL && i < f->count; i++) {
        const platen_column *c =
            (const platen_column *)(const void *)((const char *)columns + i * columns[0].size);
        f->columns[i] = (platen_column){(uint32_t)sizeof(*c), c->type, arena_dup(f->arena, c->key),
                                        arena_dup(f->arena, c->title)};
        f->keys[i] = f->columns[i].key;
        if (f->columns[i].key == NULL || f->columns[i].title == NULL) {
            return false;
        }
    }
    return f->columns != NULL && f->keys != NULL;
}

/* The host's copy, which is not yet registered. */
static platen_code make(feature_plugin *p, const char *id, const char *title,
                        const platen_column *columns, uint32_t count, struct feature_table **out,
                        platen_error *err)
{
    arena *a = arena_new();
    struct feature_table *f = a != NULL ? arena_alloc(a, sizeof(*f)) : NULL;
    if (f != NULL) {
        f->arena = a;
        f->plugin = p;
        f->count = count;
        f->id = arena_dup(a, id);
        f->title = arena_dup(a, title);
    }
    if (f == NULL || f->id == NULL || f->title == NULL || !copy_columns(f, columns)) {
        arena_free(a);
        return error_set(err, PLATEN_E_NOMEM, "no memory for '%s'", id);
    }
    *out = f;
    return PLATEN_OK;
}

static void take_out(const struct feature_table *f)
{
    if (f->is_panel) {
        panel_remove(&f->type);
    } else {
        overview_remove(&f->source);
    }
}

static void withdraw(platen_ctx *ctx, void *object)
{
    struct feature_table *f = object;
    struct feature_table **at = &f->plugin->reports;
    (void)ctx;
    while (*at != f) {
        at = &(*at)->next;
    }
    *at = f->next;
    take_out(f);
    if (f->release != NULL) {
        f->release(f->user);
    }
    arena_free(f->arena);
}

static platen_code put_in(platen_ctx *ctx, struct feature_table *f, platen_error *err)
{
    platen_code rc = f->is_panel ? panel_add(&f->type, err) : overview_add(&f->source, err);
    if (rc == PLATEN_OK) {
        rc = plug_own(ctx, withdraw, f, err);
        if (rc != PLATEN_OK) {
            take_out(f);
        }
    }
    if (rc != PLATEN_OK) {
        arena_free(f->arena);
        return rc;
    }
    f->next = f->plugin->reports;
    f->plugin->reports = f;
    return PLATEN_OK;
}

static platen_code add_report(platen_ctx *ctx, const platen_report *given, platen_error *err)
{
    feature_plugin *p = NULL;
    struct feature_table *f = NULL;
    platen_report r = PLATEN_REPORT_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "reports", &p, err));
    PLATEN_TRY(feature_take_struct(&r, sizeof(r), sizeof(r), given, "a report", err));
    PLATEN_TRY(check_head(p, r.id, r.title, r.write, err));
    if (r.flags != 0) {
        return error_set(err, PLATEN_E_INVAL, "'%s' has flags 0x%" PRIx32 ", this host knows none",
                         r.id, r.flags);
    }
    PLATEN_TRY(check_columns(r.id, r.columns, r.count, PLATEN_COLUMNS_MAX, err));
    PLATEN_TRY(check_settings(r.id, r.settings, err));
    PLATEN_TRY(check_count(p, false, err));
    PLATEN_TRY(make(p, r.id, r.title, r.columns, r.count, &f, err));
    f->write = r.write;
    f->user = r.user;
    f->release = r.release;
    f->source = (overview_source){.id = f->id,
                                  .title = f->title,
                                  .columns = f->keys,
                                  .column_count = f->count,
                                  .settings = arena_dup(f->arena, r.settings),
                                  .title_in = title_in,
                                  .write = write_report,
                                  .user = f};
    return put_in(ctx, f, err);
}

static platen_code check_panel(const platen_panel *g, platen_error *err)
{
    if ((g->flags & ~PANEL_FLAGS) != 0) {
        return error_set(err, PLATEN_E_INVAL, "'%s' has flags 0x%" PRIx32 ", this host knows 0x%x",
                         g->id, g->flags, PANEL_FLAGS);
    }
    if (g->days < 1 || g->days > 365 || g->limit < 1 || g->limit > 50 || g->below < 1 ||
        g->below > 100) {
        return error_set(err, PLATEN_E_INVAL, "'%s' has presets that cannot be", g->id);
    }
    return check_columns(g->id, g->columns, g->count, PANEL_COLUMNS, err);
}

static platen_code add_panel(platen_ctx *ctx, const platen_panel *given, platen_error *err)
{
    feature_plugin *p = NULL;
    struct feature_table *f = NULL;
    platen_panel g = PLATEN_PANEL_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "panels", &p, err));
    PLATEN_TRY(feature_take_struct(&g, sizeof(g), sizeof(g), given, "a panel", err));
    PLATEN_TRY(check_head(p, g.id, g.title, g.write, err));
    PLATEN_TRY(check_panel(&g, err));
    PLATEN_TRY(check_count(p, true, err));
    PLATEN_TRY(make(p, g.id, g.title, g.columns, g.count, &f, err));
    f->is_panel = true;
    f->write = g.write;
    f->user = g.user;
    f->release = g.release;
    f->type = (panel_type){.id = f->id,
                           .title = f->title,
                           .function = arena_dup(f->arena, g.function),
                           .settings = ((g.flags & PLATEN_PANEL_DAYS) != 0 ? PANEL_DAYS : 0u) |
                                       ((g.flags & PLATEN_PANEL_LIMIT) != 0 ? PANEL_LIMIT : 0u) |
                                       ((g.flags & PLATEN_PANEL_BELOW) != 0 ? PANEL_BELOW : 0u),
                           .preset = {.days = g.days, .limit = g.limit, .below = g.below},
                           .wide = (g.flags & PLATEN_PANEL_WIDE) != 0,
                           .chart = (g.flags & PLATEN_PANEL_CHART) != 0,
                           .write_apart = write_panel,
                           .user = f};
    return put_in(ctx, f, err);
}

/* ---- what they say of others ---- */

static platen_code check(feature_plugin *p, platen_error *err)
{
    for (const struct feature_table *f = p->reports; f != NULL; f = f->next) {
        const char *word = f->type.function;
        if (word != NULL && !function_known(word)) {
            return error_set(err, PLATEN_E_INVAL, "panel '%s': there is no function word '%.60s'",
                             f->id, word);
        }
        bool good = locale_title_ok(p, f->title);
        for (size_t i = 0; good && i < f->count; i++) {
            good = locale_title_ok(p, f->columns[i].title);
        }
        if (!good) {
            return error_set(err, PLATEN_E_INVAL, "'%s' has a title that the catalogues have not",
                             f->id);
        }
    }
    return PLATEN_OK;
}

/* What reports and panels are written with is the same. */
#define TABLE_CALLS                                                                                \
    .row = table_row, .text = table_text, .integer = table_integer, .real = table_real,            \
    .time = table_time, .null = table_null, .sees = table_sees, .language = table_language

static const platen_reports report_table = {
    .size = (uint32_t)sizeof(report_table), .add = add_report, TABLE_CALLS};

static const platen_panels panel_table = {
    .size = (uint32_t)sizeof(panel_table), .add = add_panel, TABLE_CALLS, .link = table_link};

static platen_code serve(feature *f, rest *r, platen_error *err)
{
    (void)f;
    (void)r;
    return reporter_offer(err); /* by mail, too */
}

const feature_part feature_report = {
    .name = "report/1", .table = &report_table, .check = check, .serve = serve};
const feature_part feature_panel = {.name = "panel/1", .table = &panel_table};
