/* What only PostgreSQL has: a server that goes away, a statement that another manager outdated. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "storetest_sql.h"

static void server_run(const char *sql)
{
    PGconn *pq = PQconnectdb(fixture_pgsql_url());
    PGresult *result = PQexec(pq, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(pq));
    }
    PQclear(result);
    PQfinish(pq);
}

/* As a restart of the server does it to us. */
static void server_cut(void)
{
    server_run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
               "WHERE application_name = 'platend'");
    usleep(100000);
}

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    return fixture_put(conn, *(int64_t *)user, 1, err);
}

static platen_code cut_and_put(store_conn *conn, void *user, platen_error *err)
{
    PLATEN_TRY(fixture_put(conn, *(int64_t *)user, 1, err));
    server_cut();
    return fixture_put(conn, *(int64_t *)user + 1, 1, err);
}

static void test_pgsql__reader_comes_back(void **state)
{
    fixture *f = *state;
    assert_int_equal(fixture_read_i64(f->s, "SELECT 3"), 3);
    server_cut();
    assert_int_equal(fixture_read_i64(f->s, "SELECT 4"), 4);
}

static void test_pgsql__reader_cut_in_the_middle(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_sum, &stmt, error));
    server_cut();
    assert_int_equal(store_step(stmt, &err), PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "not reachable"));
    assert_true(error_retryable((platen_code)err.code));
    store_reset(stmt);
    store_read_end(conn);
    assert_int_equal(fixture_read_i64(f->s, "SELECT 4"), 4);
}

static void test_pgsql__writer_comes_back(void **state)
{
    fixture *f = *state;
    int64_t key = 1;
    assert_ok(store_write(f->s, put, &key, error));
    server_cut();
    key = 2;
    assert_ok(store_write(f->s, put, &key, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 2);
}

static void test_pgsql__writer_cut_in_the_middle(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    int64_t key = 1;
    assert_int_equal(store_write(f->s, cut_and_put, &key, &err), PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "not reachable"));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 0);
    assert_ok(store_write(f->s, put, &key, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 1);
}

/* Another manager changes the column of a statement that we have prepared. */
static void test_pgsql__outdated_statement_is_prepared_anew(void **state)
{
    fixture *f = *state;
    static const char sql[] = "SELECT value FROM storetest_item";
    int64_t key = 1;
    assert_ok(store_write(f->s, put, &key, error));
    assert_int_equal(fixture_read_i64(f->s, sql), 1);
    server_run("ALTER TABLE storetest_item ALTER COLUMN value TYPE NUMERIC");
    for (int round = 0; round < 2; round++) {
        store_conn *conn = NULL;
        store_stmt *stmt = NULL;
        assert_ok(store_read(f->s, &conn, error));
        assert_ok(store_prepare_text(conn, sql, &stmt, error));
        platen_code code = store_step(stmt, NULL);
        assert_int_equal(code, round == 0 ? PLATEN_E_STORE : PLATEN_OK);
        store_reset(stmt);
        store_read_end(conn);
    }
}

static void test_pgsql__streams(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    int64_t count = 0;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(
        conn, "SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) AS i", &stmt, error));
    while (store_step(stmt, NULL) == PLATEN_OK) {
        assert_int_equal(store_i64(stmt, 0), ++count);
        assert_int_equal(strlen(store_text(stmt, 1)), 1000);
    }
    assert_int_equal(count, 50000);
    store_reset(stmt);
    /* Left in the middle: the line is free for the next statement. */
    assert_ok(store_prepare_text(
        conn, "SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) AS i", &stmt, error));
    assert_ok(store_step(stmt, error));
    store_reset(stmt);
    assert_ok(store_prepare_text(conn, "SELECT 5", &stmt, error));
    assert_ok(store_step(stmt, error));
    assert_int_equal(store_i64(stmt, 0), 5);
    store_reset(stmt);
    store_read_end(conn);
}

/* An error that comes behind the first rows. */
static void test_pgsql__late_error(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(conn, "SELECT 10 / (3 - i) FROM generate_series(1, 5) AS i", &stmt,
                                 error));
    assert_ok(store_step(stmt, error));
    assert_ok(store_step(stmt, error));
    assert_int_equal(store_step(stmt, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, "division by zero"));
    store_reset(stmt);
    store_read_end(conn);
    assert_int_equal(fixture_read_i64(f->s, "SELECT 4"), 4);
}

static void test_pgsql__two_managers_share(void **state)
{
    fixture *f = *state;
    store *other = NULL;
    int64_t key = 1;
    store_options options = {.url = f->url};
    assert_ok(store_open(&options, &other, error));
    assert_ok(store_migrate(other, "storetest", fixture_steps, fixture_steps_count, error));
    assert_ok(store_write(other, put, &key, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 1);
    store_close(other);
}

static void test_pgsql__refuses_without_secrets(void **state)
{
    (void)state;
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    store_options options = {.url =
                                 "postgresql://platen:hunter2@127.0.0.1:1/platen?password=xyzzy"};
    assert_int_equal(store_open(&options, &s, &err), PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "postgresql://platen@127.0.0.1:1/platen"));
    assert_null(strstr(err.text, "hunter2"));
    assert_null(strstr(err.text, "xyzzy"));
    assert_null(strchr(err.text, '\n'));
}

static void test_pgsql__refuses_other_encoding(void **state)
{
    (void)state;
    store *s = NULL;
    char url[192];
    platen_error err = PLATEN_ERROR_INIT;
    server_run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    snprintf(url, sizeof url, "%s", fixture_pgsql_url());
    memcpy(strrchr(url, '/'), "/latin", sizeof "/latin");
    store_options options = {.url = url};
    assert_int_equal(store_open(&options, &s, &err), PLATEN_E_STATE);
    assert_non_null(strstr(err.text, "UTF8"));
    server_run("DROP DATABASE latin");
}

#define ON_PGSQL(test) cmocka_unit_test_setup_teardown(test, fixture_pgsql, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PGSQL(test_pgsql__reader_comes_back),
        ON_PGSQL(test_pgsql__reader_cut_in_the_middle),
        ON_PGSQL(test_pgsql__writer_comes_back),
        ON_PGSQL(test_pgsql__writer_cut_in_the_middle),
        ON_PGSQL(test_pgsql__outdated_statement_is_prepared_anew),
        ON_PGSQL(test_pgsql__streams),
        ON_PGSQL(test_pgsql__late_error),
        ON_PGSQL(test_pgsql__two_managers_share),
        cmocka_unit_test(test_pgsql__refuses_without_secrets),
        cmocka_unit_test(test_pgsql__refuses_other_encoding),
    };
    if (!fixture_pgsql_start()) {
        return 77;
    }
    return cmocka_run_group_tests_name("pgsql", tests, NULL, NULL);
}
