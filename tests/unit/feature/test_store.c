/* store/1 through real plugins on both databases: tables, statements, transactions, what is
 * refused. */
#include "tests/unit/feature/feature_world.h"

#include <platen/store.h>

#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

#define STEP(number, name, sql)                                                                    \
    &(platen_migration)                                                                            \
    {                                                                                              \
        (uint32_t)sizeof(platen_migration), number, name, sql                                      \
    }
#define STATEMENT(name, sql, pgsql)                                                                \
    &(platen_statement)                                                                            \
    {                                                                                              \
        (uint32_t)sizeof(platen_statement), 0, name, sql, pgsql                                    \
    }

static const platen_store *db;
static platen_error error;

static const char tables[] = "CREATE TABLE probe_note (\n"
                             "  id {{id}},\n"
                             "  device_id {{i64}} REFERENCES device (id) ON DELETE CASCADE,\n"
                             "  text {{fold}} NOT NULL,\n"
                             "  weight DOUBLE PRECISION,\n"
                             "  octets {{blob}});\n"
                             "CREATE UNIQUE INDEX probe_note_text ON probe_note (lower(text));\n";

static platen_code load_notes(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    db = host->iface(ctx, "store/1");
    PLATEN_TRY(db->migration(ctx, STEP(1, "notes", tables), err));
    PLATEN_TRY(db->migration(
        ctx,
        STEP(2, "marks", "ALTER TABLE probe_note ADD COLUMN marks {{i64}} NOT NULL DEFAULT 0;"),
        err));
    PLATEN_TRY(db->statement(
        ctx,
        STATEMENT("add",
                  "INSERT INTO probe_note (text, weight, octets) VALUES (:text, :weight, "
                  ":octets) RETURNING id",
                  NULL),
        err));
    PLATEN_TRY(db->statement(
        ctx,
        STATEMENT("all", "SELECT id, text, weight, octets, device_id FROM probe_note ORDER BY id",
                  NULL),
        err));
    return db->statement(
        ctx,
        STATEMENT("count", "SELECT count(*) FROM probe_note WHERE ifnull(device_id, 0) = :device",
                  "WITH own AS (SELECT * FROM probe_note) SELECT count(*) FROM own WHERE "
                  "coalesce(device_id, 0) = :device"),
        err);
}

/* ---- using it ---- */

typedef struct note {
    const char *text;
    double weight;
    int64_t id;
} note;

static platen_code add_note(platen_tx *tx, void *user, platen_error *err)
{
    note *n = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(db->prepare(tx, "add", &rows, err));
    db->bind_text(rows, "text", n->text);
    db->bind_real(rows, "weight", n->weight);
    db->bind_blob(rows, "octets", "a\0b", 3);
    PLATEN_TRY(db->step(rows, err));
    n->id = db->i64(rows, 0);
    return PLATEN_OK; /* without reset(): the host sees to it */
}

static platen_code read_notes(platen_tx *tx, void *user, platen_error *err)
{
    char *out = user;
    size_t length = 0;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(db->prepare(tx, "all", &rows, err));
    while ((rc = db->step(rows, err)) == PLATEN_OK) {
        (void)snprintf(out + strlen(out), 200, "%s:%.1f:%d ", db->text(rows, 1), db->real(rows, 2),
                       db->is_null(rows, 4));
        assert_memory_equal(db->blob(rows, 3, &length), "a\0b", 3);
        assert_int_equal(length, 3);
        assert_string_equal(db->text(rows, 77), ""); /* there is no such column */
        assert_int_equal(db->i64(rows, UINT32_MAX), 0);
        assert_true(db->is_null(rows, 5));
    }
    db->reset(rows);
    assert_int_equal(db->step(rows, err), PLATEN_E_STATE); /* the handle is empty now */
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code count_notes(platen_tx *tx, void *user, platen_error *err)
{
    int64_t *count = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(db->prepare(tx, "count", &rows, err));
    db->bind_i64(rows, "device", 0);
    PLATEN_TRY(db->step(rows, err));
    *count = db->i64(rows, 0);
    return PLATEN_OK;
}

static platen_code add_and_fail(platen_tx *tx, void *user, platen_error *err)
{
    PLATEN_TRY(add_note(tx, user, err));
    return PLATEN_E_CANCELLED;
}

static platen_code write_in_read(platen_tx *tx, void *user, platen_error *err)
{
    platen_rows *rows = NULL;
    platen_ctx *ctx = user;
    assert_int_equal(db->prepare(tx, "add", &rows, err), PLATEN_E_STATE);
    assert_string_equal(err->text, "statement 'add' writes: it runs in write()");
    assert_null(rows);
    assert_int_equal(db->prepare(tx, "no-such", &rows, err), PLATEN_E_NOT_FOUND);
    assert_int_equal(db->prepare(tx, NULL, &rows, err), PLATEN_E_INVAL);
    assert_int_equal(db->prepare(tx, "all", NULL, err), PLATEN_E_INVAL);
    assert_int_equal(db->prepare(NULL, "all", &rows, err), PLATEN_E_INVAL);
    assert_int_equal(db->read(ctx, count_notes, NULL, err), PLATEN_E_STATE);
    assert_int_equal(db->write(ctx, count_notes, NULL, err), PLATEN_E_STATE);
    return PLATEN_OK;
}

static platen_code too_many(platen_tx *tx, void *user, platen_error *err)
{
    platen_rows *rows = NULL;
    (void)user;
    for (int i = 0; i < 32; i++) {
        PLATEN_TRY(db->prepare(tx, "all", &rows, err));
    }
    return db->prepare(tx, "all", &rows, err);
}

static platen_code wrong_param(platen_tx *tx, void *user, platen_error *err)
{
    platen_rows *rows = NULL;
    (void)user;
    PLATEN_TRY(db->prepare(tx, "count", &rows, err));
    db->bind_i64(rows, "teapot", 1);
    db->bind_i64(rows, NULL, 1);
    db->bind_i64(NULL, "device", 1);
    return db->step(rows, err);
}

static void test_store__a_plugin_has_its_own_tables(void **state)
{
    feature_world w;
    char found[512] = "";
    int64_t count = 0;
    note first = {"first", 1.5, 0};
    (void)state;
    feature_world_open(&w, load_notes, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    platen_ctx *ctx = feature_world_ctx(&w, 0);
    assert_int_equal(db->write(ctx, add_note, &first, &error), PLATEN_OK);
    assert_true(first.id > 0);
    /* The same text again: unique, in other letters, too. What a function fails in is not kept. */
    assert_int_equal(db->write(ctx, add_note, &first, &error), PLATEN_E_EXISTS);
    note shouted = {"FIRST", 1.5, 0};
    assert_int_equal(db->write(ctx, add_note, &shouted, &error), PLATEN_E_EXISTS);
    note second = {"second", 2.5, 0};
    assert_int_equal(db->write(ctx, add_and_fail, &second, &error), PLATEN_E_CANCELLED);
    assert_string_equal(error.text, "cancelled");
    assert_int_equal(db->read(ctx, read_notes, found, &error), PLATEN_OK);
    assert_string_equal(found, "first:1.5:1 ");
    assert_int_equal(db->read(ctx, count_notes, &count, &error), PLATEN_OK);
    assert_int_equal(count, 1);
    assert_int_equal(db->read(ctx, write_in_read, ctx, &error), PLATEN_OK);
    assert_int_equal(db->read(ctx, too_many, NULL, &error), PLATEN_E_TOO_LARGE);
    assert_int_equal(db->read(ctx, wrong_param, NULL, &error), PLATEN_E_INTERNAL);
    assert_int_equal(db->read(ctx, NULL, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(db->read(NULL, count_notes, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, STEP(3, "late", "SELECT 1;"), &error), PLATEN_E_STATE);
    assert_int_equal(db->statement(ctx, STATEMENT("late", "SELECT 1", NULL), &error),
                     PLATEN_E_STATE);
    assert_int_equal(feature_world_close(&w), 0);
    assert_int_equal(feature_world_unloads(), 1);
}

/* ---- what is refused ---- */

typedef struct bad {
    const char *migration; /* NULL: a good one */
    const char *statement; /* NULL: none */
    const char *pgsql;
    const char *reason;
} bad;

static const bad bads[] = {
    {"CREATE TABLE device_note (id {{id}});", NULL, NULL,
     "migration 'm': it touches 'device_note', and may touch only probe_..."},
    {"CREATE TABLE probe_ (id {{id}});", NULL, NULL,
     "migration 'm': it touches 'probe_', and may touch only probe_..."},
    {"DROP TABLE device;", NULL, NULL, "migration 'm': no such table: device"},
    {"CREATE TABLE probe_a (id {{id}}, d {{i64}} REFERENCES device (id));", NULL, NULL,
     "migration 'm': 'probe_a' refers to 'device', and may refer to its own tables, and to "
     "device(id) with ON DELETE CASCADE or SET NULL"},
    {"CREATE TABLE probe_a (id {{id}}, d {{i64}} REFERENCES platen_user (id) ON DELETE CASCADE);",
     NULL, NULL,
     "migration 'm': 'probe_a' refers to 'platen_user', and may refer to its own tables, and to "
     "device(id) with ON DELETE CASCADE or SET NULL"},
    {"CREATE TABLE probe_a (id {{id}});\nALTER TABLE probe_a RENAME TO device_a;", NULL, NULL,
     "migration 'm': it makes 'device_a', and may make only probe_..."},
    {"CREATE TABLE probe_a (id {{id}});\nCREATE TRIGGER probe_t AFTER INSERT ON probe_a BEGIN "
     "SELECT "
     "1; END;",
     NULL, NULL, "migration 'm': it touches 'probe_t', and may touch only probe_..."},
    {"PRAGMA writable_schema = 1;", NULL, NULL,
     "migration 'm': it touches 'writable_schema', and may touch only probe_..."},
    {"ATTACH 'x.db' AS x;", NULL, NULL,
     "migration 'm': it touches 'x.db', and may touch only probe_..."},
    {"CREATE TABLE probe_a (id {{teapot}});", NULL, NULL,
     "migration 'm': step 1 has the unknown token '{{teapot'"},
    {NULL, "SELECT id FROM device", NULL, "statement 's': no such table: device"},
    {NULL, "SELECT name FROM sqlite_master", NULL,
     "statement 's': it touches 'sqlite_master', and may touch only probe_..."},
    {NULL, "DELETE FROM probe_note; DELETE FROM probe_note", NULL,
     "statement 's': it is more than one statement"},
    {NULL, "-- nothing", NULL, "statement 's': it is empty"},
    {NULL, "EXPLAIN SELECT id FROM probe_note", NULL, "statement 's': it explains a statement"},
    {NULL, "CREATE TABLE probe_b (id INTEGER)", NULL,
     "statement 's': it touches 'sqlite_master', and may touch only probe_..."},
    {NULL, "SELECT 1", "SELECT id FROM device",
     "statement 's': it touches 'device', and may touch only probe_..."},
    {NULL, "SELECT 1", "SELECT 1 FROM probe_note AS a, Device b",
     "statement 's': it touches 'Device', and may touch only probe_..."},
    {NULL, "SELECT 1", "SELECT 1 FROM probe_note WHERE id IN (SELECT id FROM \"run\")",
     "statement 's': it touches 'run', and may touch only probe_..."},
    {NULL, "SELECT 1", "SELECT device AS device FROM probe_note JOIN public.probe_note USING (id)",
     "statement 's': it touches 'public', and may touch only probe_..."},
    {NULL, "SELECT 1", "DELETE FROM probe_note /* FROM x */ USING task WHERE 'a;b' = $$c;d$$",
     "statement 's': it touches 'task', and may touch only probe_..."},
    {NULL, "SELECT 1", "SELECT 1; SELECT 2", "statement 's': it is more than one statement"},
};

static const bad *asked;

static platen_code load_bad(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    db = host->iface(ctx, "store/1");
    PLATEN_TRY(db->migration(
        ctx, STEP(1, "m", asked->migration != NULL ? asked->migration : tables), err));
    return asked->statement != NULL
               ? db->statement(ctx, STATEMENT("s", asked->statement, asked->pgsql), err)
               : PLATEN_OK;
}

static void test_store__foreign_tables_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        feature_world w;
        char line[400];
        asked = &bads[i];
        feature_world_open(&w, load_bad, NULL);
        (void)snprintf(line, sizeof(line), "plugin 'probe' cannot start: %s", bads[i].reason);
        assert_string_equal(feature_world_error(&w, 0), line);
        assert_int_equal(feature_world_close(&w), 0);
        assert_int_equal(feature_world_unloads(), 0);
        if (rest_world_is_pgsql() && i == 2) {
            break; /* the guard is the same for both */
        }
    }
}

static platen_code load_misuse(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    char long_sql[PLATEN_SQL_MAX + 100];
    platen_migration short_one = {4, 1, "a", "b"};
    platen_statement flagged = {(uint32_t)sizeof(flagged), 2, "a", "SELECT 1", NULL};
    db = host->iface(ctx, "store/1");
    memset(long_sql, ' ', sizeof(long_sql));
    long_sql[sizeof(long_sql) - 1] = '\0';
    assert_int_equal(db->migration(NULL, STEP(1, "a", tables), err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, NULL, err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, &short_one, err), PLATEN_E_INVAL);
    assert_string_equal(err->text, "a migration of 4 bytes, at least 24 needed");
    assert_int_equal(db->migration(ctx, STEP(2, "a", tables), err), PLATEN_E_INVAL);
    assert_string_equal(err->text, "migration 'a' has the number 2, the next is 1");
    assert_int_equal(db->migration(ctx, STEP(1, NULL, tables), err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, STEP(1, "", tables), err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, STEP(1, "a", NULL), err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, STEP(1, "a", long_sql), err), PLATEN_E_INVAL);
    assert_int_equal(db->migration(ctx, STEP(1, "a", "\xff"), err), PLATEN_E_INVAL);
    assert_int_equal(db->statement(ctx, &flagged, err), PLATEN_E_INVAL);
    assert_string_equal(err->text, "statement 'a' has flags 0x2, this host knows 0x0");
    assert_int_equal(db->statement(ctx, STATEMENT("A b", "SELECT 1", NULL), err), PLATEN_E_INVAL);
    assert_int_equal(db->statement(ctx, STATEMENT(NULL, "SELECT 1", NULL), err), PLATEN_E_INVAL);
    assert_int_equal(db->statement(ctx, STATEMENT("a", NULL, NULL), err), PLATEN_E_INVAL);
    assert_int_equal(db->statement(ctx, STATEMENT("a", "SELECT 1", ""), err), PLATEN_E_INVAL);
    assert_int_equal(db->statement(ctx, STATEMENT("a", "SELECT 1", NULL), err), PLATEN_OK);
    assert_int_equal(db->statement(ctx, STATEMENT("a", "SELECT 1", NULL), err), PLATEN_E_EXISTS);
    assert_int_equal(db->read(ctx, count_notes, NULL, err), PLATEN_E_STATE);
    assert_string_equal(err->text, "read() cannot be called in load()");
    return PLATEN_OK;
}

static void test_store__misuse_is_told_and_changes_nothing(void **state)
{
    feature_world w;
    (void)state;
    feature_world_open(&w, load_misuse, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- migrations that fail on the real database ---- */

static platen_code load_stumbling(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    db = host->iface(ctx, "store/1");
    /* Well in an empty database; a table of that name is there in the real one. */
    return db->migration(ctx, STEP(1, "notes", "CREATE TABLE probe_two_old (id {{id}});"), err);
}

static void test_store__a_failing_migration_refuses_only_that_plugin(void **state)
{
    feature_world w;
    note first = {"first", 1.5, 0};
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    /* By hand, to put something in its way. */
    feature_world_open(&w, load_notes, load_stumbling);
    assert_string_equal(feature_world_error(&w, 1), "");
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    rest_fixture_run(&w.rest.rest, "DELETE FROM platen_migration WHERE component = "
                                   "'plugin:probe-two'");
    feature_world_reload(&w);
    assert_int_equal(feature_apply(w.feature, w.plugins, w.rest.rest.store, &err), PLATEN_OK);
    assert_non_null(strstr(feature_world_error(&w, 1),
                           "plugin 'probe-two' cannot be used: migrations of 'plugin:probe-two' of "
                           "database"));
    assert_non_null(strstr(feature_world_error(&w, 1), "already exists"));
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_int_equal(db->write(feature_world_ctx(&w, 0), add_note, &first, &error), PLATEN_OK);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- another text of a step that was applied ---- */

static platen_code load_other_text(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    db = host->iface(ctx, "store/1");
    return db->migration(ctx, STEP(1, "notes", "CREATE TABLE probe_note (id {{id}});"), err);
}

static void test_store__a_changed_or_missing_step_refuses(void **state)
{
    feature_world w;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load_notes, NULL);
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    feature_world_use(load_other_text, NULL);
    feature_world_reload(&w);
    assert_int_equal(feature_apply(w.feature, w.plugins, w.rest.rest.store, &err), PLATEN_OK);
    assert_non_null(strstr(feature_world_error(&w, 0), "was another text when it was applied"));
    assert_int_equal(feature_world_unloads(), 2);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- what only the real database can tell ---- */

static platen_code load_one_sided(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    db = host->iface(ctx, "store/1");
    PLATEN_TRY(db->migration(ctx, STEP(1, "notes", tables), err));
    return db->statement(ctx, STATEMENT("half", "SELECT ifnull(1, 2) FROM probe_note", NULL), err);
}

static void test_store__statements_are_prepared_on_the_real_database(void **state)
{
    feature_world w;
    (void)state;
    feature_world_open(&w, load_one_sided, NULL);
    if (rest_world_is_pgsql()) {
        assert_non_null(
            strstr(feature_world_error(&w, 0), "plugin 'probe' cannot be used: statement 'half'"));
        assert_int_equal(feature_world_unloads(), 1);
    } else {
        assert_string_equal(feature_world_error(&w, 0), "");
    }
    assert_int_equal(feature_world_close(&w), 0);
}

/* Tables that went with their plugin's record are made anew. */
static void test_store__a_plugin_that_comes_back_begins_anew(void **state)
{
    feature_world w;
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    feature_world_open(&w, load_notes, NULL);
    plug_unload_all(w.plugins);
    feature_free(w.feature);
    rest_fixture_run(&w.rest.rest, "DROP TABLE probe_note");
    rest_fixture_run(&w.rest.rest, "DELETE FROM platen_migration WHERE component = 'plugin:probe'");
    feature_world_reload(&w);
    assert_int_equal(feature_apply(w.feature, w.plugins, w.rest.rest.store, &err), PLATEN_OK);
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_int_equal(feature_world_close(&w), 0);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store__a_plugin_has_its_own_tables),
        cmocka_unit_test(test_store__foreign_tables_are_refused),
        cmocka_unit_test(test_store__misuse_is_told_and_changes_nothing),
        cmocka_unit_test(test_store__a_failing_migration_refuses_only_that_plugin),
        cmocka_unit_test(test_store__statements_are_prepared_on_the_real_database),
        cmocka_unit_test(test_store__a_plugin_that_comes_back_begins_anew),
        cmocka_unit_test(test_store__a_changed_or_missing_step_refuses),
    };
    return rest_world_run_both("store/1", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
