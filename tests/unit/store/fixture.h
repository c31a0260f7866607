/* What the tests of the store share: a fresh database of either kind for each test. */
#ifndef PLATEN_TEST_STORE_FIXTURE_H
#define PLATEN_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/store.h"

typedef struct fixture {
    store *s;
    char folder[64];
    char url[192];
} fixture;

/* Fails the test with the error's text. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        platen_error assert_error_ = PLATEN_ERROR_INIT;                                            \
        platen_error *error = &assert_error_;                                                      \
        platen_code assert_code_ = (call);                                                         \
        if (assert_code_ != PLATEN_OK) {                                                           \
            fail_msg("%s: code %d: %s", #call, (int)assert_code_, assert_error_.text);             \
        }                                                                                          \
    } while (0)

extern const store_migration fixture_steps[];
extern const size_t fixture_steps_count;

/* Setups of single tests: an open store with the tables of fixture_steps. */
int fixture_sqlite(void **state);
int fixture_pgsql(void **state);
int fixture_end(void **state);

/* Group setups: PostgreSQL runs from the first to the last test of a program. False: it is not
 * installed, and the program says so and tests SQLite alone. */
bool fixture_pgsql_start(void);
void fixture_pgsql_stop(void);
const char *fixture_pgsql_url(void);

/* Runs one statement that needs no values, as a write. */
void fixture_write(store *s, const char *sql);
int64_t fixture_read_i64(store *s, const char *sql);

platen_code fixture_put(store_conn *conn, int64_t key, int64_t value, platen_error *err);

/* Runs `tests` (of `count`) on SQLite and, when there is one, on PostgreSQL. */
int fixture_run_both(const char *name, const struct CMUnitTest *tests, size_t count);

#endif
