/* report/1 and panel/1: tables of plugins among those of the core, of the regions of who asks. */
#include "tests/unit/feature/feature_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/report.h>

#include "core/notify/notify.h"
#include "core/rest/reporter.h"
#include "core/rest/rest_boards.h"
#include "core/rest/rest_reports.h"
#include "core/run/kind.h"

static const platen_reports *reports;
static const platen_panels *panels;
static int wrong;                   /* what the plugin does wrong */
static const char *language = "en"; /* of who reads the report */

/* ---- the plugin ---- */

static platen_code write_report(platen_table *t, const char *settings, void *user,
                                platen_error *err)
{
    (void)user;
    assert_string_equal(reports->language(t), language);
    if (wrong == 1) {
        reports->text(t, "before the first row");
    }
    PLATEN_TRY(reports->row(t, 1, err));
    reports->integer(t, 1);
    reports->text(t, "=one");
    reports->real(t, 1.5);
    reports->time(t, 1000);
    PLATEN_TRY(reports->row(t, 3, err));
    reports->integer(t, 3);
    reports->text(t, reports->sees(t, 3) ? "seen" : "not seen");
    PLATEN_TRY(reports->row(t, 0, err));
    reports->null(t);
    reports->text(t, settings);
    if (wrong == 2) {
        reports->text(t, "a number is needed");
    } else if (wrong == 3) {
        reports->real(t, NAN);
    } else if (wrong == 4) {
        reports->integer(t, 1);
        reports->time(t, 1);
        reports->integer(t, 1);
    } else if (wrong == 5) {
        return PLATEN_E_UNAVAILABLE;
    }
    return PLATEN_OK;
}

static char panel_language[8];

static platen_code write_panel(platen_table *t, const char *settings, void *user, platen_error *err)
{
    (void)user;
    (void)snprintf(panel_language, sizeof(panel_language), "%s", panels->language(t));
    assert_string_equal(settings, "{\"days\":7,\"limit\":10}");
    for (int64_t device = 1; device <= 4; device++) {
        PLATEN_TRY(panels->row(t, device, err));
        panels->integer(t, device);
        if (device == 4) {
            panels->link(t, "notes", "7");
        }
        panels->integer(t, device * 10);
    }
    return PLATEN_OK;
}

static const platen_column columns[] = {
    {sizeof(platen_column), PLATEN_COLUMN_DEVICE, "device", "Device"},
    {sizeof(platen_column), PLATEN_COLUMN_TEXT, "text", "Text"},
    {sizeof(platen_column), PLATEN_COLUMN_NUMBER, "number", "Number"},
    {sizeof(platen_column), PLATEN_COLUMN_TIME, "at", "At"},
};
static const platen_column few[] = {
    {sizeof(platen_column), PLATEN_COLUMN_DEVICE, "device", "Device"},
    {sizeof(platen_column), PLATEN_COLUMN_NUMBER, "number", "Number"},
};

static int spoil;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_report r = PLATEN_REPORT_INIT;
    platen_panel p = PLATEN_PANEL_INIT;
    reports = host->iface(ctx, "report/1");
    panels = host->iface(ctx, "panel/1");
    r.id = spoil == 1 ? "other.things" : "probe.things";
    r.title = spoil == 2 ? "" : "Things";
    r.columns = columns;
    r.count = spoil == 3 ? 0 : 4;
    r.flags = spoil == 4 ? 1 : 0;
    r.settings = spoil == 5 ? "{\"$ref\":\"x\"}"
                            : "{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\","
                              "\"maxLength\":3}}}";
    r.write = spoil == 6 ? NULL : write_report;
    PLATEN_TRY(reports->add(ctx, spoil == 7 ? NULL : &r, err));
    if (spoil == 8) {
        return reports->add(ctx, &r, err);
    }
    p.id = "probe.most";
    p.title = "Most";
    p.flags = PLATEN_PANEL_DAYS | PLATEN_PANEL_LIMIT | PLATEN_PANEL_CHART;
    p.flags |= spoil == 9 ? 0x100u : 0;
    p.days = spoil == 10 ? 0 : 7;
    p.function = spoil == 11 ? "no-such" : NULL;
    p.columns = few;
    p.count = 2;
    p.write = write_panel;
    return panels->add(ctx, &p, err);
}

static const char *const rows[] = {
    "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
    "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
    "INSERT INTO device (managed, agent_id, name, address, address_key, region_id, first_seen, "
    "last_seen) VALUES (1, 1, 'n1', '10.0.0.1', '1', 1, 1, 1), (1, 1, '', '10.0.0.2', '2', 1, 1, "
    "1), (1, 1, 's1', '10.0.0.3', '3', 2, 1, 1)",
};

static void open_world(feature_world *w, char north[256])
{
    feature_world_open(w, load, NULL);
    assert_int_equal(rest_reports_add(w->rest.rest.rest, NULL), PLATEN_OK);
    assert_int_equal(rest_boards_add(w->rest.rest.rest, NULL), PLATEN_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rest_fixture_run(&w->rest.rest, rows[i]);
    }
    rest_world_token(&w->rest,
                     "{\"name\":\"t\",\"role\":\"device-manager\",\"functions\":[\"reports\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     north, 256);
}

static void expect(feature_world *w, const char *who, const char *path, const char *body)
{
    rest_reply reply;
    rest_world_ask(&w->rest, who, 200, "GET", path, NULL, &reply);
    if (strstr(reply.body, body) == NULL) {
        fail_msg("%s: no '%s' in %s", path, body, reply.body);
    }
    rest_reply_fini(&reply);
}

static void expect_number(feature_world *w, int64_t expected, const char *sql)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    assert_int_equal(store_read(w->rest.rest.store, &conn, NULL), PLATEN_OK);
    assert_int_equal(store_prepare_text(conn, sql, &st, NULL), PLATEN_OK);
    assert_int_equal(store_step(st, NULL), PLATEN_OK);
    assert_int_equal(store_i64(st, 0), expected);
    store_reset(st);
    store_read_end(conn);
}

#define LINE "1,\"\t=one\",1.5,"

// MON-46, ACC-57, ACC-69
static void test_reports__of_regions(void **state)
{
    feature_world w;
    rest_reply reply;
    char north[256];
    (void)state;
    open_world(&w, north);
    const char *admin = w.rest.admin;
    expect(&w, admin, "/reports", "{\"name\":\"probe.things\",\"title\":\"Things\",\"settings\":{");
    expect(&w, admin, "/reports/probe.things", "device,text,number,at\r\n");
    expect(&w, admin, "/reports/probe.things", LINE);
    expect(&w, admin, "/reports/probe.things", "3,seen,,\r\n");
    expect(&w, admin, "/reports/probe.things", ",{},,\r\n");
    expect(&w, admin, "/reports/probe.things?settings=%7B%22word%22:%22abc%22%7D",
           "{\"\"word\"\":\"\"abc\"\"}");
    rest_world_ask(&w.rest, north, 200, "GET", "/reports/probe.things", NULL, &reply);
    assert_non_null(strstr(reply.body, LINE));
    assert_null(strstr(reply.body, "seen"));
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, admin, 422, "GET", "/reports/probe.things?settings=%7B%22word%22:1%7D",
                   NULL, &reply);
    assert_non_null(strstr(reply.body, "?settings/word"));
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, admin, 422, "GET", "/reports/probe.things?settings=x", NULL);
    rest_world_status(&w.rest, admin, 404, "GET", "/reports/probe.none", NULL);
    rest_world_status(&w.rest, admin, 200, "GET", "/reports/devices", NULL);
    assert_int_equal(feature_world_close(&w), 0);
}

static platen_code commit_mail(store_conn *conn, void *user, platen_error *err)
{
    void **both = user;
    const here_kind *kind = both[0];
    return kind->commit(conn, both[1], kind->user, err);
}

/* Does the report task with these settings; what it comes to. */
static platen_code mail_it(feature_world *w, reporter *r, const char *settings)
{
    platen_error err = PLATEN_ERROR_INIT;
    const here_kind *kind = &r->kinds[0];
    const here_job job = {.run = 7, .job = 1, .kind = kind->kind, .name = "", .settings = settings};
    void *work = NULL;
    platen_code rc = kind->prepare(&job, &work, kind->user, &err);
    if (rc == PLATEN_OK) {
        void *both[] = {(void *)(uintptr_t)kind, work};
        rc = store_write(w->rest.rest.store, commit_mail, both, &err);
    }
    kind->finish(work, rc == PLATEN_OK, kind->user);
    return rc;
}

// MON-82
static void test_reports__by_mail(void **state)
{
    feature_world w;
    char north[256];
    reporter r;
    notify *n = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    open_world(&w, north);
    assert_non_null(strstr(kind_find("system.send-report")->settings, ",\"probe.things\"]"));
    rest_fixture_run(&w.rest.rest, "INSERT INTO preference (key, value) VALUES ('mail', "
                                   "'{\"host\":\"smtp.example\",\"port\":25,\"security\":\"none\","
                                   "\"sender\":\"platen@example.com\"}')");
    const notify_options options = {.store = w.rest.rest.store,
                                    .key = w.rest.rest.key,
                                    .version = "test",
                                    .address = "https://platen.example"};
    assert_int_equal(notify_new(&options, &n, &err), PLATEN_OK);
    reporter_init(&r, w.rest.rest.store, n);
    language = "de";
    assert_int_equal(mail_it(&w, &r,
                             "{\"report\":\"probe.things\",\"to\":[\"a@example.com\"],"
                             "\"language\":\"de\",\"settings\":{\"word\":\"abc\"}}"),
                     PLATEN_OK);
    language = "en";
    expect_number(&w, 1, "SELECT count(*) FROM notify_outbox WHERE recipient = 'a@example.com'");
    expect_number(&w, 1, "SELECT count(*) FROM notify_file WHERE name = 'probe-things-7.csv'");
    assert_int_equal(mail_it(&w, &r,
                             "{\"report\":\"probe.things\",\"to\":[\"a@example.com\"],"
                             "\"settings\":{\"word\":1}}"),
                     PLATEN_E_INVAL);
    assert_int_equal(mail_it(&w, &r, "{\"report\":\"probe.none\",\"to\":[\"a@example.com\"]}"),
                     PLATEN_E_INVAL);
    expect_number(&w, 1, "SELECT count(*) FROM notify_outbox");
    notify_free(n);
    assert_int_equal(feature_world_close(&w), 0);
    kind_forget_all();
    assert_null(strstr(kind_find("system.send-report")->settings, "probe.things"));
}

static void test_reports__what_plugins_do_wrong(void **state)
{
    feature_world w;
    char north[256];
    (void)state;
    open_world(&w, north);
    for (wrong = 1; wrong < 6; wrong++) {
        rest_reply reply;
        rest_ask(&w.rest.rest, "GET", "/api/v1/reports/probe.things", w.rest.admin, NULL, &reply);
        assert_true(reply.closed); /* the head has gone out: what comes is broken off */
        rest_reply_fini(&reply);
    }
    wrong = 0;
    assert_int_equal(reports->row(NULL, 1, NULL), PLATEN_E_INVAL);
    assert_false(reports->sees(NULL, 1));
    reports->text(NULL, "a");
    assert_int_equal(feature_world_close(&w), 0);
}

// DEV-157, ACC-69
static void test_reports__panels(void **state)
{
    feature_world w;
    char north[256];
    (void)state;
    open_world(&w, north);
    expect(&w, w.rest.admin, "/panels",
           "{\"type\":\"probe.most\",\"wide\":false,\"chart\":true,\"table\":true,"
           "\"title\":\"Most\"");
    expect(&w, w.rest.admin, "/panels/probe.most",
           "\"columns\":[{\"key\":\"device\",\"type\":\"device\",\"title\":\"Device\"},"
           "{\"key\":\"number\",\"type\":\"number\",\"title\":\"Number\"}],"
           "\"rows\":[[{\"id\":\"1\",\"name\":\"n1\"},10],[{\"id\":\"2\",\"name\":\"10.0.0.2\"},20]"
           ",[{\"id\":\"3\",\"name\":\"s1\"},30]");
    expect(&w, w.rest.admin, "/panels/probe.most",
           ",{\"value\":40,\"page\":\"probe/notes\",\"row\":\"7\"}]]");
    expect(&w, north, "/panels/probe.most",
           "\"rows\":[[{\"id\":\"1\",\"name\":\"n1\"},10],[{\"id\":\"2\",\"name\":\"10.0.0.2\"},20]"
           "]");
    assert_string_equal(panel_language, "en");
    char headers[1200];
    (void)snprintf(headers, sizeof(headers), "%sAccept-Language: fr-CA,en;q=0.8\n", w.rest.admin);
    expect(&w, headers, "/panels/probe.most", "\"rows\"");
    assert_string_equal(panel_language, "fr"); /* of who reads */
    rest_world_status(&w.rest, w.rest.admin, 200, "PUT", "/dashboards/own",
                      "{\"panels\":[{\"type\":\"probe.most\",\"settings\":{\"days\":3}}]}");
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_reports__refuses(void **state)
{
    static const char *const texts[] = {"",
                                        "<plugin>.<word>",
                                        "no write() or title",
                                        "columns, 1 to",
                                        "flags 0x1",
                                        "settings",
                                        "no write() or",
                                        "a report",
                                        "there already",
                                        "flags 0x10",
                                        "presets",
                                        "no function word"};
    (void)state;
    for (spoil = 1; spoil < 12; spoil++) {
        feature_world w;
        feature_world_open(&w, load, NULL);
        if (strstr(feature_world_error(&w, 0), texts[spoil]) == NULL ||
            feature_world_error(&w, 0)[0] == '\0') {
            fail_msg("%d: %s", spoil, feature_world_error(&w, 0));
        }
        assert_int_equal(rest_reports_add(w.rest.rest.rest, NULL), PLATEN_OK);
        rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/reports/probe.things", NULL);
        assert_int_equal(reports->add(feature_world_ctx(&w, 0), NULL, NULL), PLATEN_E_STATE);
        assert_int_equal(panels->add(NULL, NULL, NULL), PLATEN_E_INVAL);
        assert_int_equal(feature_world_close(&w), 0);
    }
    spoil = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports__of_regions),
        cmocka_unit_test(test_reports__what_plugins_do_wrong),
        cmocka_unit_test(test_reports__by_mail),
        cmocka_unit_test(test_reports__panels),
        cmocka_unit_test(test_reports__refuses),
    };
    return rest_world_run_both("reports of plugins", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
