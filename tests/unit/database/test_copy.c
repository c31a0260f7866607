/* Everything of one database into another of either kind. */
#include "core/database/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/database/database.h"
#include "fixture.h"

typedef struct pair {
    store *file; /* SQLite of its own, the other end is the fixture's */
    char folder[64];
} pair;

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"platen.db", "platen.db-wal", "platen.db-shm",
                                        "platen.db.lock"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static pair open_pair(fixture *f)
{
    pair p = {.file = NULL};
    char url[96];
    (void)snprintf(p.folder, sizeof p.folder, "/tmp/platen-copy.XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    (void)snprintf(url, sizeof url, "sqlite:%s/platen.db", p.folder);
    store_options options = {.url = url, .readers = 2};
    assert_ok(store_open(&options, &p.file, error));
    assert_ok(database_migrate(p.file, error));
    static const char *const others[] = {"DROP TABLE storetest_child", "DROP TABLE storetest_value",
                                         "DROP TABLE storetest_item"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fixture_write(f->s, others[i]);
    }
    assert_ok(database_migrate(f->s, error));
    return p;
}

static void close_pair(pair *p)
{
    store_close(p->file);
    remove_folder(p->folder);
}

/* A few rows in tables that refer to each other, with everything that text and numbers can be. */
static void fill(store *s, int devices)
{
    char sql[1024];
    fixture_write(s, "INSERT INTO agent (id, name) VALUES (1, 'a'), (900, 'gone')");
    fixture_write(s, "DELETE FROM agent WHERE id = 900");
    if (store_dialect_of(s) == STORE_PGSQL) { /* ids that are given do not count there */
        fixture_write(s, "SELECT setval(pg_get_serial_sequence('agent', 'id'), 900)");
    }
    for (int i = 1; i <= devices; i++) {
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO device (id, agent_id, name, serial, page_count, first_seen, "
                       "last_seen) VALUES (%d, 1, 'D\xc3\xa4vice \"%d\" \\ '' <&>\n\t', '', %s, "
                       "1, -9223372036854775807)",
                       i, i, i % 2 == 0 ? "NULL" : "9223372036854775807");
        fixture_write(s, sql);
        (void)snprintf(
            sql, sizeof sql,
            "INSERT INTO device_state (device_id, memo) VALUES (%d, '{\"a\":\"\\u00e4\"}')", i);
        fixture_write(s, sql);
    }
}

static void assert_filled(store *s, int devices)
{
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM device"), devices);
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM device_state"), devices);
    assert_int_equal(fixture_read_i64(s, "SELECT count(*) FROM device WHERE page_count IS NULL"),
                     devices / 2);
    assert_int_equal(
        fixture_read_i64(s, "SELECT count(*) FROM device WHERE name = 'D\xc3\xa4vice \"7\" \\ '' "
                            "<&>\n\t' AND last_seen = -9223372036854775807"),
        1);
}

/* The next id is behind the highest that ever was. */
static void assert_next_agent(store *s, int64_t id)
{
    fixture_write(s, "INSERT INTO agent (name) VALUES ('next')");
    assert_int_equal(fixture_read_i64(s, "SELECT max(id) FROM agent"), id);
}

static void test_copy__there_and_back(void **state) // SYS-191
{
    fixture *f = *state;
    pair p = open_pair(f);
    database_copied copied;
    fill(f->s, 1200); /* more than a batch */
    assert_ok(database_copy(f->s, p.file, &copied, error));
    assert_true(copied.rows >= 2401);
    assert_filled(p.file, 1200);
    assert_filled(f->s, 1200);
    assert_next_agent(p.file, 901);
    fixture_write(p.file, "DELETE FROM device WHERE id > 10");
    assert_ok(database_copy(p.file, f->s, &copied, error));
    assert_filled(f->s, 10);
    assert_next_agent(f->s, 902);
    /* References hold again. */
    fixture_write(f->s, "DELETE FROM device WHERE id = 7");
    assert_int_equal(
        fixture_read_i64(f->s, "SELECT count(*) FROM device_state WHERE device_id = 7"), 0);
    close_pair(&p);
}

static void test_copy__replaces_nothing_when_it_fails(void **state)
{
    fixture *f = *state;
    pair p = open_pair(f);
    database_copied copied;
    platen_error err = PLATEN_ERROR_INIT;
    fill(f->s, 10);
    fill(p.file, 12);
    fixture_write(p.file, "ALTER TABLE device ADD COLUMN later TEXT");
    assert_int_equal(database_copy(p.file, f->s, &copied, &err), PLATEN_E_VERSION);
    assert_non_null(strstr(err.text, "device.later"));
    assert_filled(f->s, 10);
    fixture_write(p.file, "ALTER TABLE device DROP COLUMN later");
    /* A row that refers to nothing does not arrive. */
    assert_ok(database_copy(f->s, p.file, &copied, error));
    assert_filled(p.file, 10);
    close_pair(&p);
}

static void test_copy__refuses_what_refers_to_nothing(void **state)
{
    fixture *f = *state;
    pair p = open_pair(f);
    database_copied copied;
    fill(f->s, 10);
    fill(p.file, 8);
    if (store_dialect_of(f->s) == STORE_PGSQL) {
        fixture_write(f->s, "ALTER TABLE device_state DROP CONSTRAINT device_state_device_id_fkey");
        fixture_write(f->s, "INSERT INTO device_state (device_id) VALUES (4711)");
        assert_int_equal(database_copy(f->s, p.file, &copied, NULL), PLATEN_E_CORRUPT);
        assert_filled(p.file, 8);
    }
    close_pair(&p);
}

static void test_copy__of_a_snapshot(void **state)
{
    fixture *f = *state;
    pair p = open_pair(f);
    database_copied copied;
    strbuf counts;
    strbuf_init(&counts);
    fill(f->s, 20);
    assert_ok(database_copy(f->s, p.file, &copied, error));
    assert_ok(database_count(p.file, &counts, error));
    assert_non_null(strstr(counts.data, "\"device\":20,"));
    assert_null(strstr(counts.data, "platen_migration"));
    strbuf_fini(&counts);
    close_pair(&p);
}

/* What the copier does not know: triggers, which would work on what they have done before. */
static void test_copy__no_component_has_triggers(void **state)
{
    fixture *f = *state;
    pair p = open_pair(f);
    assert_int_equal(
        fixture_read_i64(p.file, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), 0);
    close_pair(&p);
}

static void test_version__is_known(void **state)
{
    fixture *f = *state;
    pair p = open_pair(f);
    store_conn *conn = NULL;
    database_version v;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(p.file, &conn, error));
    assert_ok(database_version_read(conn, &v, error));
    store_read_end(conn);
    assert_int_equal(v.count, database_component_count);
    assert_ok(database_version_check(&v, error));
    v.of[0].steps++;
    assert_int_equal(database_version_check(&v, &err), PLATEN_E_VERSION);
    assert_non_null(strstr(err.text, "newer version"));
    close_pair(&p);
}

/* The program that copies has no plugin: it makes their tables from what is kept of their steps. */
static void test_copy__tables_of_plugins_go_along(void **state)
{
    static const store_migration steps[] = {
        {1, "notes", "CREATE TABLE hello_note (\n  id {{id}},\n  text {{fold}} NOT NULL);\n"},
        {2, "marks", "ALTER TABLE hello_note ADD COLUMN octets {{blob}};\n"}};
    static const store_migration others[] = {
        {1, "one", "CREATE TABLE other_thing (note {{i64}} REFERENCES hello_note (id));\n"}};
    fixture *f = *state;
    pair p = open_pair(f);
    database_copied copied = {0};
    database_version version;
    store_conn *conn = NULL;
    assert_ok(store_migrate(f->s, "plugin:hello", steps, 2, error));
    assert_ok(store_migrate(f->s, "plugin:other", others, 1, error));
    fixture_write(f->s, "INSERT INTO hello_note (text) VALUES ('a'), ('b')");
    fixture_write(f->s, "INSERT INTO other_thing (note) VALUES (1)");
    assert_ok(database_copy(f->s, p.file, &copied, error));
    assert_int_equal(fixture_read_i64(p.file, "SELECT count(*) FROM hello_note"), 2);
    assert_int_equal(fixture_read_i64(p.file, "SELECT count(*) FROM other_thing"), 1);
    assert_ok(store_read(p.file, &conn, error));
    assert_ok(database_version_read(conn, &version, error));
    assert_ok(database_version_check(&version, error));
    store_read_end(conn);
    /* Again, and the plugin finds its steps as it left them. */
    assert_ok(database_copy(f->s, p.file, &copied, error));
    assert_ok(store_migrate(p.file, "plugin:hello", steps, 2, error));
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy__there_and_back),
        cmocka_unit_test(test_copy__replaces_nothing_when_it_fails),
        cmocka_unit_test(test_copy__refuses_what_refers_to_nothing),
        cmocka_unit_test(test_copy__of_a_snapshot),
        cmocka_unit_test(test_copy__no_component_has_triggers),
        cmocka_unit_test(test_copy__tables_of_plugins_go_along),
        cmocka_unit_test(test_version__is_known),
    };
    return fixture_run_both("database_copy", tests, sizeof tests / sizeof tests[0]);
}
