/* Reports: what the devices were last found to be, what differs, what was backed up, what was
 * distributed. The panel: the newest results that need somebody (SET-115). */
#include "setting_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

static const char *const statements[][2] = {
    {"report_monitoring",
     "SELECT l.device_id, l.data_name, l.state, l.count, l.internal, l.made, l.since\n"
     "FROM setting_value_log AS l WHERE l.id = (SELECT max(n.id) FROM setting_value_log AS n\n"
     "  WHERE n.device_id = l.device_id AND n.data_id = l.data_id)\n"
     "ORDER BY l.device_id, l.data_name"},
    {"report_differences",
     "SELECT device_id, path, category, wanted, found, since FROM setting_value_difference\n"
     "WHERE until IS NULL AND internal = 0 ORDER BY device_id, path"},
    {"report_backups", "SELECT device_id, made, items, type, platform, level, model\n"
                       "FROM setting_value_backup ORDER BY device_id, made DESC"},
    {"report_distributions",
     "SELECT d.device_id, d.data_name, d.made, d.state, r.category, r.state, r.text\n"
     "FROM setting_value_distribution AS d\n"
     "  LEFT JOIN setting_value_result AS r ON r.distribution_id = d.id\n"
     "ORDER BY d.device_id, d.made DESC, r.category"},
    {"panel_drift", "SELECT id, device_id, state, count - internal, made\n"
                    "FROM setting_value_log ORDER BY made DESC, id DESC LIMIT 2000"},
};

/* What a row's cell is made of: the column of the statement with the same number. */
typedef enum cell { CELL_DEVICE, CELL_TEXT, CELL_WORD, CELL_NUMBER, CELL_TIME, CELL_VALUE } cell;

typedef struct report_column {
    cell kind;
    const char *key, *title;
} report_column;

typedef struct report_plan {
    const char *id, *title, *statement;
    const report_column *columns; /* the first is the device, whose name and so on follow */
    uint32_t count;
} report_plan;

// NOLINTNEXTLINE(bugprone-macro-parentheses): texts that stand side by side
#define COLUMNS(list) .columns = list, .count = sizeof(list) / sizeof((list)[0])
#define TITLE(word) "setting-value." word

static const report_column monitoring[] = {
    {CELL_DEVICE, "device", TITLE("device")},     {CELL_TEXT, "standard", TITLE("standard")},
    {CELL_WORD, "state", TITLE("log-state")},     {CELL_NUMBER, "count", TITLE("count")},
    {CELL_NUMBER, "internal", TITLE("internal")}, {CELL_TIME, "made", TITLE("made")},
    {CELL_TIME, "since", TITLE("same-since")},
};
static const report_column differences[] = {
    {CELL_DEVICE, "device", TITLE("device")},   {CELL_TEXT, "path", TITLE("path")},
    {CELL_WORD, "category", TITLE("category")}, {CELL_VALUE, "wanted", TITLE("wanted")},
    {CELL_VALUE, "found", TITLE("found")},      {CELL_TIME, "since", TITLE("since")},
};
static const report_column backups[] = {
    {CELL_DEVICE, "device", TITLE("device")},   {CELL_TIME, "made", TITLE("made")},
    {CELL_NUMBER, "items", TITLE("items")},     {CELL_TEXT, "type", TITLE("type")},
    {CELL_TEXT, "platform", TITLE("platform")}, {CELL_NUMBER, "level", TITLE("level")},
    {CELL_TEXT, "model", TITLE("model")},
};
static const report_column distributions[] = {
    {CELL_DEVICE, "device", TITLE("device")},   {CELL_TEXT, "data", TITLE("data-name")},
    {CELL_TIME, "made", TITLE("made")},         {CELL_WORD, "state", TITLE("distribution-state")},
    {CELL_WORD, "category", TITLE("category")}, {CELL_WORD, "result", TITLE("result-state")},
    {CELL_TEXT, "text", TITLE("text")},
};

static const report_plan plans[] = {
    {TITLE("monitoring"), TITLE("report-monitoring"), "report_monitoring", COLUMNS(monitoring)},
    {TITLE("differences"), TITLE("report-differences"), "report_differences", COLUMNS(differences)},
    {TITLE("backups"), TITLE("report-backups"), "report_backups", COLUMNS(backups)},
    {TITLE("distributions"), TITLE("report-distributions"), "report_distributions",
     COLUMNS(distributions)},
};

/* ---- reports ---- */

typedef struct writing {
    platen_table *table;
    const report_plan *plan;
} writing;

/* "different" of the column "setting-value.log-state" as the reader says it; else as it is. */
static void write_word(platen_table *table, const char *title, const char *word)
{
    const setting_value *f = &the_feature;
    char key[160];
    char text[256];
    (void)snprintf(key, sizeof(key), "%s.%s", title, word);
    bool known = word[0] != '\0' && f->locales->text(f->ctx, f->reports->language(table), key, text,
                                                     sizeof(text), NULL) == PLATEN_OK;
    f->reports->text(table, known ? text : word);
}

/* "\"A4\"" without its quotes. */
static void write_value(platen_table *table, const char *json)
{
    cJSON *value = cJSON_Parse(json);
    const char *text = cJSON_GetStringValue(value);
    the_feature.reports->text(table, text != NULL ? text : json);
    cJSON_Delete(value);
}

static void write_cell(platen_table *table, const report_column *column, platen_rows *rows,
                       uint32_t at)
{
    const platen_store *store = the_feature.store;
    const platen_reports *reports = the_feature.reports;
    if (store->is_null(rows, at)) {
        reports->null(table);
        return;
    }
    switch (column->kind) {
    case CELL_DEVICE:
    case CELL_NUMBER:
        reports->integer(table, store->i64(rows, at));
        break;
    case CELL_TIME:
        reports->time(table, store->i64(rows, at));
        break;
    case CELL_WORD:
        write_word(table, column->title, store->text(rows, at));
        break;
    case CELL_VALUE:
        write_value(table, store->text(rows, at));
        break;
    case CELL_TEXT:
        reports->text(table, store->text(rows, at));
        break;
    }
}

static platen_code write_name(const platen_device *device, void *user, platen_error *err)
{
    platen_table *table = user;
    const platen_reports *reports = the_feature.reports;
    (void)err;
    reports->text(table, device->name);
    reports->text(table, device->address);
    reports->text(table, device->serial);
    return PLATEN_OK;
}

static platen_code write_rows(platen_tx *tx, void *user, platen_error *err)
{
    const setting_value *f = &the_feature;
    const platen_store *store = f->store;
    const writing *w = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, w->plan->statement, &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        int64_t device = store->i64(rows, 0);
        PLATEN_TRY(f->reports->row(w->table, device, err));
        f->reports->integer(w->table, device);
        PLATEN_TRY(f->model->device(f->ctx, tx, device, write_name, w->table, err));
        for (uint32_t i = 1; i < w->plan->count; i++) {
            write_cell(w->table, &w->plan->columns[i], rows, i);
        }
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_report(platen_table *table, const char *settings, void *user,
                                platen_error *err)
{
    writing w = {table, user};
    (void)settings;
    return the_feature.store->read(the_feature.ctx, write_rows, &w, err);
}

static platen_column column(uint32_t type, const char *key, const char *title)
{
    platen_column c = PLATEN_COLUMN_INIT;
    c.type = type;
    c.key = key;
    c.title = title;
    return c;
}

static platen_code add_report(const report_plan *plan, platen_error *err)
{
    static const uint32_t types[] = {
        [CELL_DEVICE] = PLATEN_COLUMN_DEVICE, [CELL_TEXT] = PLATEN_COLUMN_TEXT,
        [CELL_WORD] = PLATEN_COLUMN_TEXT,     [CELL_NUMBER] = PLATEN_COLUMN_NUMBER,
        [CELL_TIME] = PLATEN_COLUMN_TIME,     [CELL_VALUE] = PLATEN_COLUMN_TEXT};
    const setting_value *f = &the_feature;
    platen_report report = PLATEN_REPORT_INIT;
    platen_column columns[12] = {column(PLATEN_COLUMN_DEVICE, "device", TITLE("device")),
                                 column(PLATEN_COLUMN_TEXT, "name", TITLE("device-name")),
                                 column(PLATEN_COLUMN_TEXT, "address", TITLE("address")),
                                 column(PLATEN_COLUMN_TEXT, "serial", TITLE("serial"))};
    uint32_t count = 4;
    for (uint32_t i = 1; i < plan->count; i++) {
        const report_column *c = &plan->columns[i];
        columns[count++] = column(types[c->kind], c->key, c->title);
    }
    report.id = plan->id;
    report.title = plan->title;
    report.columns = columns;
    report.count = count;
    report.write = write_report;
    report.user = (void *)(uintptr_t)plan;
    return f->reports->add(f->ctx, &report, err);
}

/* ---- the panel ---- */

typedef struct panel_writing {
    platen_table *table;
    int64_t limit;
} panel_writing;

static platen_code write_result(platen_table *table, platen_rows *rows, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const platen_panels *panels = the_feature.panels;
    char word[64];
    char key[32];
    PLATEN_TRY(panels->row(table, store->i64(rows, 1), err));
    panels->integer(table, store->i64(rows, 1));
    (void)snprintf(word, sizeof(word), TITLE("log-state.%s"), store->text(rows, 2));
    panels->text(table, word);
    panels->integer(table, store->i64(rows, 3));
    (void)snprintf(key, sizeof(key), "%" PRId64, store->i64(rows, 0));
    panels->link(table, "monitoring-log", key);
    panels->time(table, store->i64(rows, 4));
    return PLATEN_OK;
}

static platen_code write_results(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    const panel_writing *w = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    int64_t count = 0;
    PLATEN_TRY(store->prepare(tx, "panel_drift", &rows, err));
    while (count < w->limit && (rc = store->step(rows, err)) == PLATEN_OK) {
        if (the_feature.panels->sees(w->table, store->i64(rows, 1))) {
            PLATEN_TRY(write_result(w->table, rows, err));
            count++;
        }
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_panel(platen_table *table, const char *settings, void *user,
                               platen_error *err)
{
    cJSON *tree = cJSON_Parse(settings);
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(tree, "limit");
    panel_writing w = {table, cJSON_IsNumber(limit) ? (int64_t)limit->valuedouble : 10};
    (void)user;
    cJSON_Delete(tree);
    return the_feature.store->read(the_feature.ctx, write_results, &w, err);
}

static platen_code add_panel(platen_error *err)
{
    const setting_value *f = &the_feature;
    platen_panel panel = PLATEN_PANEL_INIT;
    const platen_column columns[] = {
        column(PLATEN_COLUMN_DEVICE, "device", TITLE("device")),
        column(PLATEN_COLUMN_TEXT, "state", TITLE("log-state")),
        column(PLATEN_COLUMN_NUMBER, "differences", TITLE("differences")),
        column(PLATEN_COLUMN_TIME, "updated", TITLE("updated")),
    };
    panel.flags = PLATEN_PANEL_WIDE | PLATEN_PANEL_LIMIT;
    panel.id = TITLE("drift");
    panel.title = TITLE("panel-drift");
    panel.function = FUNCTION;
    panel.columns = columns;
    panel.count = sizeof(columns) / sizeof(columns[0]);
    panel.write = write_panel;
    return f->panels->add(f->ctx, &panel, err);
}

platen_code report_load(platen_error *err)
{
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
        PLATEN_TRY(add_report(&plans[i], err));
    }
    return add_panel(err);
}
