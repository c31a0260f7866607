/* Every statement of every room prepares on both back ends, on the tables of all migrations. */
#include "fixture.h"

#include <string.h>

#include "core/database/database.h"
#include "storetest_sql.h"

static void test_all_sql__prepares(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    size_t count = 0;
    size_t failed = 0;
    assert_ok(database_migrate(f->s, error));
    for (size_t i = 0; store_all_sql[i] != NULL; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        store_stmt *stmt = NULL;
        /* A connection each: after a failure PostgreSQL prepares nothing more. */
        assert_ok(store_read(f->s, &conn, error));
        if (store_prepare(conn, store_all_sql[i], &stmt, &err) != PLATEN_OK) {
            print_error("%s\n", err.text);
            failed++;
        }
        store_reset(stmt);
        store_read_end(conn);
        count++;
    }
    print_message("%zu statements\n", count);
    assert_int_equal(failed, 0);
    assert_true(count > 5);
}

static void test_all_sql__takes_the_dialects_own(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_dialect, &stmt, error));
    assert_ok(store_step(stmt, error));
    assert_string_equal(store_text(stmt, 0),
                        store_dialect_of(f->s) == STORE_SQLITE ? "sqlite" : "pgsql");
    store_reset(stmt);
    store_read_end(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sql__prepares),
        cmocka_unit_test(test_all_sql__takes_the_dialects_own),
    };
    return fixture_run_both("all_sql", tests, sizeof tests / sizeof tests[0]);
}
