/* A report of all greetings, and a panel that counts them. */
#include "hello.h"

static platen_code write_rows(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_hello.store;
    const platen_reports *reports = the_hello.reports;
    platen_table *table = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "greeting_all", &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        PLATEN_TRY(reports->row(table, store->i64(rows, 0), err));
        reports->text(table, store->text(rows, 1));
        reports->text(table, store->text(rows, 2));
        reports->time(table, store->i64(rows, 3));
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_report(platen_table *table, const char *settings, void *user,
                                platen_error *err)
{
    (void)settings;
    (void)user;
    return the_hello.store->read(the_hello.ctx, write_rows, table, err);
}

/* Numbers of all regions are for those who see all. */
static platen_code write_counts(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_hello.store;
    const platen_panels *panels = the_hello.panels;
    platen_table *table = user;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    if (!panels->sees(table, 0)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store->prepare(tx, "greeting_states", &rows, err));
    while ((rc = store->step(rows, err)) == PLATEN_OK) {
        PLATEN_TRY(panels->row(table, 0, err));
        panels->text(table, store->text(rows, 0));
        panels->integer(table, store->i64(rows, 1));
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_panel(platen_table *table, const char *settings, void *user,
                               platen_error *err)
{
    (void)settings;
    (void)user;
    return the_hello.store->read(the_hello.ctx, write_counts, table, err);
}

static platen_column column(uint32_t type, const char *key, const char *title)
{
    platen_column c = PLATEN_COLUMN_INIT;
    c.type = type;
    c.key = key;
    c.title = title;
    return c;
}

platen_code report_load(platen_error *err)
{
    const hello *h = &the_hello;
    platen_report report = PLATEN_REPORT_INIT;
    platen_panel panel = PLATEN_PANEL_INIT;
    const platen_column columns[] = {column(PLATEN_COLUMN_TEXT, "text", "hello.text"),
                                     column(PLATEN_COLUMN_TEXT, "state", "hello.state"),
                                     column(PLATEN_COLUMN_TIME, "sent", "hello.sent")};
    const platen_column counts[] = {column(PLATEN_COLUMN_TEXT, "state", "hello.state"),
                                    column(PLATEN_COLUMN_NUMBER, "count", "hello.count")};
    report.id = "hello.greetings";
    report.title = "hello.greetings";
    report.columns = columns; /* the host copies them */
    report.count = 3;
    report.write = write_report;
    PLATEN_TRY(h->reports->add(h->ctx, &report, err));
    panel.flags = PLATEN_PANEL_CHART;
    panel.id = "hello.states";
    panel.title = "hello.states";
    panel.columns = counts;
    panel.count = 2;
    panel.write = write_panel;
    return h->panels->add(h->ctx, &panel, err);
}
