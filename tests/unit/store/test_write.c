/* The writer: groups, savepoints, the queue. On both back ends. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "storetest_sql.h"

typedef struct job {
    int64_t key;
    int64_t value;
    platen_code answer; /* of the function, after its work */
    platen_code code;   /* as `done` heard it */
    int order;
    char text[PLATEN_ERROR_TEXT];
} job;

static _Atomic int finished;

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    const job *j = user;
    PLATEN_TRY(fixture_put(conn, j->key, j->value, err));
    return j->answer == PLATEN_OK ? PLATEN_OK : error_set(err, j->answer, "as told");
}

static void done(platen_code code, const platen_error *err, void *user)
{
    job *j = user;
    j->code = code;
    j->order = atomic_load(&finished);
    memcpy(j->text, err->text, sizeof j->text);
    atomic_fetch_add(&finished, 1); /* only now the test may look at it */
}

static void finished_wait(int count)
{
    for (int i = 0; i < 20000 && atomic_load(&finished) < count; i++) {
        usleep(1000);
    }
    assert_int_equal(atomic_load(&finished), count);
}

static void test_write__is_there_afterwards(void **state)
{
    fixture *f = *state;
    job j = {.key = 1, .value = 7};
    uint64_t before = store_version(f->s);
    assert_ok(store_write(f->s, put, &j, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT value FROM storetest_item"), 7);
    assert_true(store_version(f->s) != before);
}

static void test_write__failure_takes_its_work_back(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    job j = {.key = 1, .value = 7, .answer = PLATEN_E_CONFLICT};
    uint64_t before = store_version(f->s);
    assert_int_equal(store_write(f->s, put, &j, &err), PLATEN_E_CONFLICT);
    assert_string_equal(err.text, "as told");
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 0);
    assert_true(store_version(f->s) == before);
    assert_int_equal(store_write(f->s, put, &j, NULL), PLATEN_E_CONFLICT);
}

/* Twenty thousand wide rows, in one statement. */
static void fill_wide(fixture *f)
{
    char sql[2048];
    char wide[1001];
    memset(wide, 'x', 1000);
    wide[1000] = '\0';
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO storetest_wide WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT "
                   "a + 1 FROM n WHERE a < 20000) SELECT a, '%s' FROM n",
                   wide);
    fixture_write(f->s, "CREATE TABLE storetest_wide (a INTEGER NOT NULL UNIQUE, b TEXT NOT NULL)");
    fixture_write(f->s, sql);
}

/* Changes each row and fails at the last: what a statement can undo is far more than a page. */
static platen_code clash(store_conn *conn, void *user, platen_error *err)
{
    static const char change[] = "UPDATE storetest_wide SET a = CASE WHEN a = 20000 THEN -1 ELSE "
                                 "-a END, b = b || '!'";
    static const store_sql sql = {"storetest_clash", change, change};
    store_stmt *stmt = NULL;
    (void)user;
    PLATEN_TRY(store_prepare(conn, &sql, &stmt, err));
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static void test_write__large_statement_is_undone(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    fill_wide(f);
    assert_int_equal(store_write(f->s, clash, NULL, &err), PLATEN_E_EXISTS);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_wide WHERE a > 0 AND "
                                            "length(b) = 1000"),
                     20000);
    fixture_write(f->s, "UPDATE storetest_wide SET a = -a, b = b || '!'");
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_wide WHERE a < 0"),
                     20000);
}

/* Holds the writer so that what follows falls into one group. */
static platen_code slow(store_conn *conn, void *user, platen_error *err)
{
    bool fails = user != NULL;
    (void)conn;
    usleep(20000);
    return fails ? error_set(err, PLATEN_E_INVAL, "slow") : PLATEN_OK;
}

static void failures_in_a_group(fixture *f, bool first_fails)
{
    enum { COUNT = 100 };
    static job jobs[COUNT];
    memset(jobs, 0, sizeof jobs);
    atomic_store(&finished, 0);
    assert_ok(store_write_later(f->s, slow, first_fails ? &first_fails : NULL, NULL, error));
    for (int i = 0; i < COUNT; i++) {
        jobs[i].key = i;
        jobs[i].answer = i % 3 == 0 ? PLATEN_E_INVAL : PLATEN_OK;
        assert_ok(store_write_later(f->s, put, &jobs[i], done, error));
    }
    finished_wait(COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].code, jobs[i].answer);
        assert_int_equal(jobs[i].order, i);
        assert_string_equal(jobs[i].text, i % 3 == 0 ? "as told" : "");
    }
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 66);
    assert_int_equal(
        fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item WHERE key % 3 = 0"), 0);
}

static void test_write__failure_takes_nothing_else_back(void **state)
{
    failures_in_a_group(*state, false);
}

/* Those at the beginning have no savepoint: the transaction begins anew behind each. */
static void test_write__failures_before_anything_is_kept(void **state)
{
    failures_in_a_group(*state, true);
}

/* ---- failing statements ---- */

static platen_code add_twice(store_conn *conn, void *user, platen_error *err)
{
    bool swallow = *(bool *)user;
    platen_code code = PLATEN_OK;
    for (int i = 0; i < 2 && code == PLATEN_OK; i++) {
        store_stmt *stmt = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_storetest_add, &stmt, err));
        store_bind_i64(stmt, "key", 5);
        store_bind_i64(stmt, "value", i);
        code = store_run(stmt, NULL, err);
        store_reset(stmt);
    }
    return swallow ? PLATEN_OK : code;
}

static void test_write__unique_is_exists(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    bool swallow = false;
    assert_int_equal(store_write(f->s, add_twice, &swallow, &err), PLATEN_E_EXISTS);
    assert_non_null(strstr(err.text, "storetest_add"));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 0);
}

static void test_write__swallowed_failure_is_one(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    bool swallow = true;
    job j = {.key = 1};
    assert_int_equal(store_write(f->s, add_twice, &swallow, &err), PLATEN_E_EXISTS);
    assert_non_null(strstr(err.text, "storetest_add"));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 0);
    assert_ok(store_write(f->s, put, &j, error)); /* the writer goes on */
}

static platen_code child_add(store_conn *conn, void *user, platen_error *err)
{
    const char *name = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_storetest_child_add, &stmt, err));
    store_bind_i64(stmt, "parent", 1);
    store_bind_text(stmt, "name", name);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static void test_write__constraints_have_codes(void **state)
{
    fixture *f = *state;
    job parent = {.key = 1};
    char name[] = "a";
    char empty[] = "";
    assert_int_equal(store_write(f->s, child_add, name, NULL), PLATEN_E_STATE);
    assert_ok(store_write(f->s, put, &parent, error));
    assert_ok(store_write(f->s, child_add, name, error));
    assert_int_equal(store_write(f->s, child_add, empty, NULL), PLATEN_E_INVAL);
    assert_int_equal(store_write(f->s, child_add, NULL, NULL), PLATEN_E_INVAL);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_child"), 1);
}

static platen_code change(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_storetest_change, &stmt, err));
    store_bind_i64(stmt, "step", 1);
    store_bind_i64(stmt, "first", 2);
    store_bind_i64(stmt, "last", 5);
    platen_code code = store_run(stmt, user, err);
    store_reset(stmt);
    return code;
}

static void test_write__counts_changes(void **state)
{
    fixture *f = *state;
    int64_t changes = -1;
    for (int64_t key = 0; key < 10; key++) {
        job j = {.key = key};
        assert_ok(store_write(f->s, put, &j, error));
    }
    assert_ok(store_write(f->s, change, &changes, error));
    assert_int_equal(changes, 3);
}

/* ---- the queue ---- */

typedef struct crowd {
    store *s;
    int64_t first;
    _Atomic int *failed;
} crowd;

static void *crowd_main(void *argument)
{
    const crowd *c = argument;
    for (int64_t i = 0; i < 50; i++) {
        job j = {.key = c->first + i, .value = 1};
        if (store_write(c->s, put, &j, NULL) != PLATEN_OK) {
            atomic_fetch_add(c->failed, 1);
        }
    }
    return NULL;
}

static void test_write__many_threads(void **state)
{
    enum { THREADS = 8 };
    fixture *f = *state;
    _Atomic int failed = 0;
    pthread_t threads[THREADS];
    crowd crowds[THREADS];
    for (int i = 0; i < THREADS; i++) {
        crowds[i] = (crowd){f->s, i * 1000, &failed};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowds[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(failed, 0);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), THREADS * 50);
}

static _Atomic bool gate_open;

static platen_code gate(store_conn *conn, void *user, platen_error *err)
{
    (void)conn;
    (void)err;
    atomic_store((_Atomic bool *)user, true);
    while (!atomic_load(&gate_open)) {
        usleep(500);
    }
    return PLATEN_OK;
}

typedef struct flood {
    store *s;
    _Atomic int added;
    job j;
} flood;

static void *flood_main(void *argument)
{
    flood *fl = argument;
    for (int i = 0; i < 10050; i++) {
        if (store_write_later(fl->s, put, &fl->j, NULL, NULL) == PLATEN_OK) {
            atomic_fetch_add(&fl->added, 1);
        }
    }
    return NULL;
}

static void test_write__queue_is_bounded(void **state)
{
    fixture *f = *state;
    _Atomic bool running = false;
    flood fl = {.s = f->s, .j = {.key = 1}};
    pthread_t thread;
    atomic_store(&gate_open, false);
    assert_ok(store_write_later(f->s, gate, &running, NULL, error));
    while (!atomic_load(&running)) {
        usleep(500);
    }
    assert_int_equal(pthread_create(&thread, NULL, flood_main, &fl), 0);
    for (int i = 0; i < 10000 && atomic_load(&fl.added) < 10000; i++) {
        usleep(1000);
    }
    usleep(50000); /* it waits: more than these does not fit */
    assert_int_equal(atomic_load(&fl.added), 10000);
    atomic_store(&gate_open, true);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&fl.added), 10050);
    assert_ok(store_write(f->s, put, &fl.j, error));
}

typedef struct chain {
    store *s;
    int left;
    job j;
} chain;

static void chain_done(platen_code code, const platen_error *err, void *user);

static platen_code chain_put(store_conn *conn, void *user, platen_error *err)
{
    chain *c = user;
    return fixture_put(conn, c->left, 1, err);
}

static void chain_done(platen_code code, const platen_error *err, void *user)
{
    chain *c = user;
    (void)err;
    if (code == PLATEN_OK && --c->left > 0) {
        code = store_write_later(c->s, chain_put, c, chain_done, NULL);
    }
    if (code != PLATEN_OK || c->left == 0) {
        atomic_fetch_add(&finished, 1);
    }
}

static void test_write__done_may_write_more(void **state)
{
    fixture *f = *state;
    chain c = {.s = f->s, .left = 30};
    atomic_store(&finished, 0);
    assert_ok(store_write_later(f->s, chain_put, &c, chain_done, error));
    finished_wait(1);
    assert_int_equal(c.left, 0);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 30);
}

static void test_write__close_finishes_what_waits(void **state)
{
    enum { COUNT = 500 };
    fixture *f = *state;
    static job jobs[COUNT];
    memset(jobs, 0, sizeof jobs);
    atomic_store(&finished, 0);
    assert_ok(store_write_later(f->s, slow, NULL, NULL, error));
    for (int i = 0; i < COUNT; i++) {
        jobs[i].key = i;
        assert_ok(store_write_later(f->s, put, &jobs[i], done, error));
    }
    store_close(f->s);
    assert_int_equal(atomic_load(&finished), COUNT);
    store_options options = {.url = f->url};
    assert_ok(store_open(&options, &f->s, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), COUNT);
}

/* What the writer is reading while it writes, it sees itself; a left walk is ended for it. */
static platen_code walk(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_storetest_list, &stmt, err));
    store_bind_i64(stmt, "first", 0);
    store_bind_i64(stmt, "last", 1000);
    int64_t count = 0;
    while (store_step(stmt, err) == PLATEN_OK) {
        PLATEN_TRY(fixture_put(conn, 10000 + store_i64(stmt, 0), 1, err));
        count++;
    }
    *(int64_t *)user = count;
    return PLATEN_OK; /* and no store_reset() */
}

static void test_write__while_walking(void **state)
{
    fixture *f = *state;
    int64_t count = 0;
    for (int64_t key = 0; key < 20; key++) {
        job j = {.key = key};
        assert_ok(store_write(f->s, put, &j, error));
    }
    assert_ok(store_write(f->s, walk, &count, error));
    assert_int_equal(count, 20);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 40);
}

/* ---- a part of a function ---- */

typedef struct parts {
    job first, last;
    store_write_fn fn; /* of the part between them */
    void *user;
    platen_code code;
    bool undone;
} parts;

static platen_code put_parts(store_conn *conn, void *user, platen_error *err)
{
    parts *p = user;
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(put(conn, &p->first, err));
    p->code = store_apart(conn, p->fn, p->user, &p->undone, &why);
    assert_true((p->code == PLATEN_OK) == (why.text[0] == '\0'));
    return put(conn, &p->last, err);
}

static void test_write__apart(void **state)
{
    fixture *f = *state;
    job well = {.key = 2};
    job badly = {.key = 5, .answer = PLATEN_E_CONFLICT};
    bool swallow = true;
    parts good = {.first = {.key = 1}, .last = {.key = 3}, .fn = put, .user = &well};
    parts refused = {.first = {.key = 4}, .last = {.key = 6}, .fn = put, .user = &badly};
    parts failed = {.first = {.key = 7}, .last = {.key = 8}, .fn = add_twice, .user = &swallow};
    assert_ok(store_write(f->s, put_parts, &good, error));
    assert_int_equal(good.code, PLATEN_OK);
    assert_false(good.undone);
    assert_ok(store_write(f->s, put_parts, &refused, error));
    assert_int_equal(refused.code, PLATEN_E_CONFLICT);
    assert_true(refused.undone);
    assert_ok(store_write(f->s, put_parts, &failed, error)); /* a statement that fails, too */
    assert_int_equal(failed.code, PLATEN_E_EXISTS);
    assert_true(failed.undone);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 7);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item WHERE key = 5"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write__is_there_afterwards),
        cmocka_unit_test(test_write__failure_takes_its_work_back),
        cmocka_unit_test(test_write__failure_takes_nothing_else_back),
        cmocka_unit_test(test_write__failures_before_anything_is_kept),
        cmocka_unit_test(test_write__large_statement_is_undone),
        cmocka_unit_test(test_write__unique_is_exists),
        cmocka_unit_test(test_write__swallowed_failure_is_one),
        cmocka_unit_test(test_write__constraints_have_codes),
        cmocka_unit_test(test_write__counts_changes),
        cmocka_unit_test(test_write__many_threads),
        cmocka_unit_test(test_write__queue_is_bounded),
        cmocka_unit_test(test_write__done_may_write_more),
        cmocka_unit_test(test_write__close_finishes_what_waits),
        cmocka_unit_test(test_write__while_walking),
        cmocka_unit_test(test_write__apart),
    };
    return fixture_run_both("write", tests, sizeof tests / sizeof tests[0]);
}
