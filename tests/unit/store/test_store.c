/* Migrations, reading, statements: on both back ends. */
#include "fixture.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storetest_sql.h"

/* ---- migrations ---- */

static void test_migrate__applies_once(void **state)
{
    fixture *f = *state;
    assert_ok(store_migrate(f->s, "storetest", fixture_steps, fixture_steps_count, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM platen_migration"), 2);
}

static void test_migrate__adds_later_steps(void **state)
{
    fixture *f = *state;
    store_migration steps[3] = {fixture_steps[0], fixture_steps[1]};
    steps[2] = (store_migration){3, "more", "CREATE TABLE storetest_more (a {{i64}});\n"};
    assert_ok(store_migrate(f->s, "storetest", steps, 3, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_more"), 0);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM platen_migration"), 3);
}

static void test_migrate__refuses_newer_database(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(store_migrate(f->s, "storetest", fixture_steps, 1, &err), PLATEN_E_VERSION);
    assert_non_null(strstr(err.text, "storetest"));
    assert_non_null(strstr(err.text, "step 2"));
}

static void test_migrate__refuses_changed_text(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    store_migration steps[3] = {fixture_steps[0], fixture_steps[1]};
    steps[1].sql = "CREATE TABLE storetest_child (id {{id}});\n";
    steps[2] = (store_migration){3, "more", "CREATE TABLE storetest_more (a {{i64}});\n"};
    assert_int_equal(store_migrate(f->s, "storetest", steps, 3, &err), PLATEN_E_VERSION);
    assert_non_null(strstr(err.text, "step 2 ('children')"));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM platen_migration"), 2);
}

static void test_migrate__takes_all_back_on_failure(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    const store_migration steps[] = {
        {1, "good",
         "CREATE TABLE storetest_good (a {{i64}});\nINSERT INTO storetest_good "
         "VALUES (1);\n"},
        {2, "bad", "CREATE TABLE storetest_bad (a {{i64}});\nINSERT INTO nowhere VALUES (1);\n"},
    };
    assert_int_equal(store_migrate(f->s, "other", steps, 2, &err), PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "step 2 ('bad')"));
    assert_non_null(strstr(err.text, "nowhere"));
    /* Nothing of it is there, so the first step's table can be made again. */
    assert_ok(store_migrate(f->s, "other", steps, 1, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_good"), 1);
}

/* Keys are not enforced while tables are made anew; what a step leaves is looked at then. */
static void test_migrate__refuses_rows_that_refer_to_nothing(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    store_migration steps[3] = {fixture_steps[0], fixture_steps[1]};
    steps[2] = (store_migration){
        3, "orphan", "INSERT INTO storetest_child (parent, name) VALUES (99, 'nobody''s');\n"};
    assert_int_not_equal(store_migrate(f->s, "storetest", steps, 3, &err), PLATEN_OK);
    assert_non_null(strstr(err.text, "storetest"));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_child"), 0);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM platen_migration"), 2);
}

static void test_migrate__refuses_unknown_token(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    const store_migration step = {1, "x", "CREATE TABLE x (a {{date}});\n"};
    assert_int_equal(store_migrate(f->s, "other", &step, 1, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, "{{date"));
    const store_migration open = {1, "x", "CREATE TABLE x (a {{i64"};
    assert_int_equal(store_migrate(f->s, "other", &open, 1, &err), PLATEN_E_INVAL);
}

static void test_migrate__refuses_gap(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    const store_migration step = {2, "x", "CREATE TABLE x (a {{i64}});\n"};
    assert_int_equal(store_migrate(f->s, "other", &step, 1, &err), PLATEN_E_INVAL);
}

/* A table is made anew under rows that refer to it; prepared statements go on afterwards. */
static void test_migrate__makes_table_anew(void **state)
{
    static const char on_sqlite[] =
        "CREATE TABLE storetest_new (key {{i64}} PRIMARY KEY, value TEXT NOT NULL);\n"
        "INSERT INTO storetest_new (key, value) SELECT key, 'v' || value FROM storetest_item;\n"
        "DROP TABLE storetest_item;\n"
        "ALTER TABLE storetest_new RENAME TO storetest_item;\n";
    static const char on_pgsql[] =
        "ALTER TABLE storetest_item ALTER COLUMN value TYPE TEXT USING 'v' || value;\n";
    static const char read[] = "SELECT value FROM storetest_item WHERE key = 1";
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    fixture_write(f->s, "INSERT INTO storetest_item VALUES (1, 10)");
    fixture_write(f->s, "INSERT INTO storetest_child (parent, name) VALUES (1, 'x')");
    assert_int_equal(fixture_read_i64(f->s, read), 10);

    store_migration steps[3] = {fixture_steps[0], fixture_steps[1]};
    bool is_sqlite = store_dialect_of(f->s) == STORE_SQLITE;
    steps[2] = (store_migration){3, "anew", is_sqlite ? on_sqlite : on_pgsql};
    assert_ok(store_migrate(f->s, "storetest", steps, 3, error));

    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(conn, read, &stmt, error));
    assert_ok(store_step(stmt, error));
    assert_string_equal(store_text(stmt, 0), "v10");
    store_reset(stmt);
    store_read_end(conn);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_child"), 1);
    /* Foreign keys are looked at again. */
    fixture_write(f->s, "DELETE FROM storetest_item");
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_child"), 0);
}

/* ---- values ---- */

typedef struct sample {
    const char *word;
    int64_t whole;
    double real;
    const void *bytes;
    size_t length;
    int64_t id;
} sample;

static platen_code sample_add(store_conn *conn, void *user, platen_error *err)
{
    sample *v = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_storetest_add_numbered, &stmt, err));
    store_bind_text(stmt, "word", v->word);
    store_bind_i64(stmt, "whole", v->whole);
    store_bind_double(stmt, "real", v->real);
    store_bind_blob(stmt, "bytes", v->bytes, v->length);
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        v->id = store_i64(stmt, 0);
    }
    store_reset(stmt);
    return code;
}

static void sample_compare(fixture *f, const sample *v)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    size_t length = 0;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_value_by_id, &stmt, error));
    store_bind_i64(stmt, "id", v->id);
    assert_ok(store_step(stmt, error));
    assert_string_equal(store_text(stmt, 0), v->word != NULL ? v->word : "");
    assert_int_equal(store_is_null(stmt, 0), v->word == NULL);
    assert_int_equal(store_i64(stmt, 1), v->whole);
    assert_true(memcmp(&(double){store_double(stmt, 2)}, &v->real, sizeof(double)) == 0);
    const void *bytes = store_blob(stmt, 3, &length);
    assert_int_equal(length, v->length);
    assert_memory_equal(bytes, v->bytes, length);
    assert_false(store_is_null(stmt, 3));
    assert_int_equal(store_i64(stmt, 4), v->word == NULL);
    assert_int_equal(store_i64(stmt, 5), v->whole > 5);
    /* Wrong types. */
    assert_string_equal(store_text(stmt, 1), "");
    assert_int_equal(store_i64(stmt, 0), 0);
    store_blob(stmt, 0, &length);
    assert_int_equal(length, 0);
    assert_int_equal(store_step(stmt, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(store_step(stmt, NULL),
                     PLATEN_E_NOT_FOUND); /* and not once more from the top */
    store_reset(stmt);
    store_read_end(conn);
}

/* Bytes of one column stay while those of another are asked for. */
static void test_stmt__two_blobs_of_a_row(void **state)
{
    static const unsigned char bytes[] = {0, 1, 2, 255};
    fixture *f = *state;
    sample v = {"two", 1, 0.5, bytes, sizeof bytes, 0};
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    size_t length = 0;
    size_t again = 0;
    assert_ok(store_write(f->s, sample_add, &v, error));
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(conn, "SELECT bytes, bytes FROM storetest_value WHERE id = :id",
                                 &stmt, error));
    store_bind_i64(stmt, "id", v.id);
    assert_ok(store_step(stmt, error));
    const void *first = store_blob(stmt, 0, &length);
    const void *second = store_blob(stmt, 1, &again);
    assert_int_equal(length, sizeof bytes);
    assert_memory_equal(first, bytes, length);
    assert_memory_equal(second, bytes, again);
    assert_ptr_equal(store_blob(stmt, 0, &length), first);
    store_reset(stmt);
    store_read_end(conn);
}

static void test_stmt__keeps_values(void **state)
{
    static const unsigned char bytes[] = {0, 1, 2, 255, 0, '\\', '\'', 0x80};
    sample samples[] = {
        {"plain", 1, 0.5, bytes, sizeof bytes, 0},
        {"", 0, 0.0, "", 0, 0},
        {NULL, INT64_MIN, -1e308, bytes, 1, 0},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x96\xa8 ' \" \\ :x $1 ?", INT64_MAX, 0.1, bytes, 3, 0},
        {"line\nfeed\ttab", -1, 1.0 / 3.0, bytes, 8, 0},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        assert_ok(store_write(f->s, sample_add, &samples[i], error));
        assert_int_equal(samples[i].id, (int64_t)i + 1);
        sample_compare(f, &samples[i]);
    }
}

static void test_stmt__folds_case(void **state)
{
    fixture *f = *state;
    sample v = {"Kyocera", 1, 0, "", 0, 0};
    assert_ok(store_write(f->s, sample_add, &v, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_value "
                                            "WHERE lower(word) = lower('KYOCERA')"),
                     1);
}

static void test_stmt__unbound_is_null(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    assert_ok(store_read(f->s, &conn, error));
    for (int round = 0; round < 2; round++) {
        assert_ok(store_prepare_text(conn, "SELECT CAST(:x AS BIGINT)", &stmt, error));
        if (round == 0) {
            store_bind_i64(stmt, "x", 7);
        }
        assert_ok(store_step(stmt, error));
        assert_int_equal(store_is_null(stmt, 0), round == 1); /* the 7 is not there any more */
        store_reset(stmt);
    }
    store_read_end(conn);
}

static void test_stmt__wrong_name_is_kept_until_step(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_get, &stmt, error));
    store_bind_i64(stmt, "kee", 1);
    store_bind_i64(stmt, "key", 1);
    assert_int_equal(store_step(stmt, &err), PLATEN_E_INTERNAL);
    assert_non_null(strstr(err.text, "storetest_get"));
    assert_non_null(strstr(err.text, "kee"));
    store_reset(stmt);
    /* Forgotten with the reset. */
    assert_ok(store_prepare(conn, &sql_storetest_get, &stmt, error));
    store_bind_i64(stmt, "key", 1);
    assert_int_equal(store_step(stmt, &err), PLATEN_E_NOT_FOUND);
    store_reset(stmt);
    store_read_end(conn);
}

static void test_stmt__refuses_text_that_is_not_utf8(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    sample v = {"\xff\xfe", 1, 0, "", 0, 0};
    assert_int_equal(store_write(f->s, sample_add, &v, &err), PLATEN_E_INVAL);
    assert_non_null(strstr(err.text, "word"));
}

static void test_stmt__bad_sql_names_statement(void **state)
{
    fixture *f = *state;
    static const store_sql bad = {"storetest_bad", "SELECT missing FROM nowhere",
                                  "SELECT missing FROM nowhere"};
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(f->s, &conn, error));
    assert_int_equal(store_prepare(conn, &bad, &stmt, &err), PLATEN_E_STORE);
    assert_non_null(strstr(err.text, "storetest_bad"));
    assert_non_null(strstr(err.text, "nowhere"));
    assert_null(stmt);
    store_read_end(conn);
    assert_int_equal(fixture_read_i64(f->s, "SELECT 4"), 4);
}

static platen_code items_add(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    platen_code code = store_prepare(conn, &sql_storetest_put, &stmt, err);
    for (int64_t key = 0; key < *(int *)user && code == PLATEN_OK; key++) {
        store_bind_i64(stmt, "key", key);
        store_bind_i64(stmt, "value", key * 2);
        code = store_run(stmt, NULL, err); /* again and again without store_prepare() */
    }
    store_reset(stmt);
    return code;
}

static void test_stmt__statement_inside_its_own_rows(void **state)
{
    fixture *f = *state;
    int count = 100;
    int seen = 0;
    store_conn *conn = NULL;
    store_stmt *outer = NULL;
    assert_ok(store_write(f->s, items_add, &count, error));
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_list, &outer, error));
    store_bind_i64(outer, "first", 0);
    store_bind_i64(outer, "last", 100);
    while (store_step(outer, NULL) == PLATEN_OK) {
        store_stmt *inner = NULL;
        int64_t key = store_i64(outer, 0);
        assert_int_equal(key, seen);
        assert_ok(store_prepare(conn, &sql_storetest_list, &inner, error));
        assert_ptr_not_equal(inner, outer);
        store_bind_i64(inner, "first", key);
        store_bind_i64(inner, "last", key + 2);
        assert_ok(store_step(inner, error));
        assert_int_equal(store_i64(inner, 1), key * 2);
        store_reset(inner); /* with a row left */
        assert_int_equal(store_i64(outer, 1), key * 2);
        seen++;
    }
    assert_int_equal(seen, 100);
    store_reset(outer);
    store_read_end(conn);
}

static void test_stmt__two_walks_interleaved(void **state)
{
    fixture *f = *state;
    int count = 50;
    store_conn *conn = NULL;
    store_stmt *a = NULL;
    store_stmt *b = NULL;
    assert_ok(store_write(f->s, items_add, &count, error));
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(conn, "SELECT key FROM storetest_item ORDER BY key", &a, error));
    assert_ok(
        store_prepare_text(conn, "SELECT key FROM storetest_item ORDER BY key DESC", &b, error));
    for (int64_t i = 0; i < 50; i++) {
        assert_ok(store_step(a, error));
        assert_ok(store_step(b, error));
        assert_int_equal(store_i64(a, 0), i);
        assert_int_equal(store_i64(b, 0), 49 - i);
    }
    assert_int_equal(store_step(a, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(store_step(b, NULL), PLATEN_E_NOT_FOUND);
    store_reset(a);
    store_reset(b);
    store_read_end(conn);
}

static void test_stmt__text_cache_evicts(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    store_stmt *held = NULL;
    char sql[64];
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare_text(conn, "SELECT 1000", &held, error));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            store_stmt *stmt = NULL;
            snprintf(sql, sizeof sql, "SELECT %d", i);
            assert_ok(store_prepare_text(conn, sql, &stmt, error));
            assert_ok(store_step(stmt, error));
            assert_int_equal(store_i64(stmt, 0), i);
            store_reset(stmt);
        }
    }
    assert_ok(store_step(held, error)); /* in our hands: not thrown out */
    assert_int_equal(store_i64(held, 0), 1000);
    store_reset(held);
    store_read_end(conn);
    if (store_dialect_of(f->s) == STORE_PGSQL) {
        assert_ok(store_read(f->s, &conn, error));
        assert_ok(
            store_prepare_text(conn, "SELECT count(*) FROM pg_prepared_statements", &held, error));
        assert_ok(store_step(held, error));
        assert_in_range(store_i64(held, 0), 1, 65);
        store_reset(held);
        store_read_end(conn);
    }
}

static void test_stmt__select_changes_nothing(void **state)
{
    fixture *f = *state;
    int count = 10;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    int64_t changes = -1;
    assert_ok(store_write(f->s, items_add, &count, error));
    assert_ok(store_read(f->s, &conn, error));
    assert_ok(store_prepare(conn, &sql_storetest_sum, &stmt, error));
    assert_ok(store_run(stmt, &changes, error));
    assert_int_equal(changes, 0);
    store_reset(stmt);
    assert_ok(store_prepare(conn, &sql_storetest_sum, &stmt, error));
    assert_ok(store_step(stmt, error));
    assert_int_equal(store_i64(stmt, 0), 10);
    assert_int_equal(store_i64(stmt, 1), 90); /* numeric in PostgreSQL */
    store_reset(stmt);
    store_read_end(conn);
}

/* ---- reading ---- */

static platen_code put_one(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *pair = user;
    return fixture_put(conn, pair[0], pair[1], err);
}

static int64_t item_count(store_conn *conn)
{
    store_stmt *stmt = NULL;
    assert_ok(store_prepare(conn, &sql_storetest_sum, &stmt, error));
    assert_ok(store_step(stmt, error));
    int64_t count = store_i64(stmt, 0);
    store_reset(stmt);
    return count;
}

static void test_read__is_a_snapshot(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    int64_t pair[] = {1, 1};
    assert_ok(store_read(f->s, &conn, error));
    assert_int_equal(item_count(conn), 0);
    assert_ok(store_write(f->s, put_one, pair, error));
    assert_int_equal(item_count(conn), 0);
    store_read_end(conn);
    assert_ok(store_read(f->s, &conn, error));
    assert_int_equal(item_count(conn), 1);
    store_read_end(conn);
}

static void test_read__cannot_write(void **state)
{
    fixture *f = *state;
    store_conn *conn = NULL;
    assert_ok(store_read(f->s, &conn, error));
    assert_int_not_equal(fixture_put(conn, 1, 1, NULL), PLATEN_OK);
    store_read_end(conn);
    assert_ok(store_read(f->s, &conn, error));
    assert_int_equal(item_count(conn), 0);
    store_read_end(conn);
}

static void test_read__takes_back_what_was_not_reset(void **state)
{
    fixture *f = *state;
    int count = 10;
    assert_ok(store_write(f->s, items_add, &count, error));
    for (int round = 0; round < 3; round++) {
        store_conn *conn = NULL;
        store_stmt *stmt = NULL;
        assert_ok(store_read(f->s, &conn, error));
        assert_ok(store_prepare(conn, &sql_storetest_list, &stmt, error));
        store_bind_i64(stmt, "first", 0);
        store_bind_i64(stmt, "last", 10);
        assert_ok(store_step(stmt, error));
        assert_int_equal(store_i64(stmt, 0), 0);
        store_read_end(conn); /* a defect of the caller, which must not end the next one's work */
    }
}

typedef struct crowd {
    store *s;
    pthread_mutex_t mutex;
    int inside, most;
    int failed;
} crowd;

static void *crowd_main(void *argument)
{
    crowd *c = argument;
    for (int i = 0; i < 20; i++) {
        store_conn *conn = NULL;
        if (store_read(c->s, &conn, NULL) != PLATEN_OK) {
            __atomic_add_fetch(&c->failed, 1, __ATOMIC_SEQ_CST);
            continue;
        }
        pthread_mutex_lock(&c->mutex);
        c->inside++;
        c->most = c->inside > c->most ? c->inside : c->most;
        pthread_mutex_unlock(&c->mutex);
        usleep(500);
        pthread_mutex_lock(&c->mutex);
        c->inside--;
        pthread_mutex_unlock(&c->mutex);
        store_read_end(conn);
    }
    return NULL;
}

static void test_read__pool_is_bounded(void **state)
{
    fixture *f = *state;
    crowd c = {.s = f->s};
    pthread_t threads[12];
    pthread_mutex_init(&c.mutex, NULL);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &c), 0);
    }
    for (size_t i = 0; i < 12; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&c.mutex);
    assert_int_equal(c.failed, 0);
    assert_in_range(c.most, 2, 4); /* the fixture's store has four readers */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_migrate__applies_once),
        cmocka_unit_test(test_migrate__adds_later_steps),
        cmocka_unit_test(test_migrate__refuses_newer_database),
        cmocka_unit_test(test_migrate__refuses_changed_text),
        cmocka_unit_test(test_migrate__takes_all_back_on_failure),
        cmocka_unit_test(test_migrate__refuses_rows_that_refer_to_nothing),
        cmocka_unit_test(test_migrate__refuses_unknown_token),
        cmocka_unit_test(test_migrate__refuses_gap),
        cmocka_unit_test(test_migrate__makes_table_anew),
        cmocka_unit_test(test_stmt__keeps_values),
        cmocka_unit_test(test_stmt__two_blobs_of_a_row),
        cmocka_unit_test(test_stmt__folds_case),
        cmocka_unit_test(test_stmt__unbound_is_null),
        cmocka_unit_test(test_stmt__wrong_name_is_kept_until_step),
        cmocka_unit_test(test_stmt__refuses_text_that_is_not_utf8),
        cmocka_unit_test(test_stmt__bad_sql_names_statement),
        cmocka_unit_test(test_stmt__statement_inside_its_own_rows),
        cmocka_unit_test(test_stmt__two_walks_interleaved),
        cmocka_unit_test(test_stmt__text_cache_evicts),
        cmocka_unit_test(test_stmt__select_changes_nothing),
        cmocka_unit_test(test_read__is_a_snapshot),
        cmocka_unit_test(test_read__cannot_write),
        cmocka_unit_test(test_read__takes_back_what_was_not_reset),
        cmocka_unit_test(test_read__pool_is_bounded),
    };
    return fixture_run_both("store", tests, sizeof tests / sizeof tests[0]);
}
