/* SQLite's bad days: kill -9, a full disk, a file that cannot be written or is none, a second
 * process. What was acknowledged must be there afterwards, and the error must say what to do. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "storetest_sql.h"

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    return fixture_put(conn, *(int64_t *)user, *(int64_t *)user, err);
}

static const char *path_of(const fixture *f)
{
    return f->url + strlen("sqlite:");
}

static void reopen(fixture *f)
{
    store_options options = {.url = f->url};
    assert_ok(store_open(&options, &f->s, error));
}

/* ---- kill -9 ---- */

typedef struct victim {
    store *s;
    int64_t first;
    int acknowledge; /* end of a pipe: each key that store_write() has answered for */
} victim;

static void *victim_main(void *argument)
{
    const victim *v = argument;
    for (int64_t key = v->first;; key++) {
        if (store_write(v->s, put, &key, NULL) != PLATEN_OK ||
            write(v->acknowledge, &key, sizeof key) != (ssize_t)sizeof key) {
            _exit(1);
        }
    }
    return NULL;
}

static void victim_run(const char *url, int64_t first, int acknowledge)
{
    victim victims[4];
    pthread_t threads[4];
    store *s = NULL;
    store_options options = {.url = url};
    if (store_open(&options, &s, NULL) != PLATEN_OK) {
        _exit(2);
    }
    for (int i = 0; i < 4; i++) {
        victims[i] = (victim){s, first + i * 100000, acknowledge};
        if (pthread_create(&threads[i], NULL, victim_main, &victims[i]) != 0) {
            _exit(3);
        }
    }
    pause();
}

/* One life: writes until it is killed. Returns how many keys it had an answer for, in `keys`. */
static size_t victim_kill(fixture *f, int round, int64_t *keys, size_t limit)
{
    int ends[2];
    int status = 0;
    size_t count = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        victim_run(f->url, (int64_t)(round + 1) * 1000000, ends[1]);
    }
    close(ends[1]);
    /* At least one answer, then a time that differs from round to round. */
    if (read(ends[0], &keys[0], sizeof keys[0]) == (ssize_t)sizeof keys[0]) {
        count = 1;
    }
    usleep((useconds_t)(2000 + (round * 7919) % 40000));
    kill(child, SIGKILL);
    while (count < limit &&
           read(ends[0], &keys[count], sizeof keys[0]) == (ssize_t)sizeof keys[0]) {
        count++;
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    return count;
}

static void test_faults__acknowledged_survives_kill(void **state)
{
    enum { ROUNDS = 20, LIMIT = 200000 };
    fixture *f = *state;
    int64_t *keys = calloc(LIMIT, sizeof *keys);
    size_t total = 0;
    assert_non_null(keys);
    store_close(f->s);
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = victim_kill(f, round, keys, LIMIT);
        assert_true(count > 0);
        total += count;
        reopen(f);
        store_conn *conn = NULL;
        assert_ok(store_read(f->s, &conn, error));
        for (size_t i = 0; i < count; i++) {
            store_stmt *stmt = NULL;
            assert_ok(store_prepare(conn, &sql_storetest_get, &stmt, error));
            store_bind_i64(stmt, "key", keys[i]);
            assert_ok(store_step(stmt, error));
            store_reset(stmt);
        }
        store_read_end(conn);
        store_close(f->s);
    }
    reopen(f);
    assert_true(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item") >= (int64_t)total);
    free(keys);
}

/* ---- a full disk ---- */

static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    int64_t *next = user;
    for (int i = 0; i < 200; i++) {
        PLATEN_TRY(fixture_put(conn, (*next)++, 1, err));
    }
    return PLATEN_OK;
}

static platen_code filled[3];
static char filled_text[3][PLATEN_ERROR_TEXT];

static void filled_done(platen_code code, const platen_error *err, void *user)
{
    size_t i = *(size_t *)user;
    filled[i] = code;
    memcpy(filled_text[i], err->text, sizeof filled_text[i]);
}

static platen_code slow(store_conn *conn, void *user, platen_error *err)
{
    (void)conn;
    (void)user;
    (void)err;
    usleep(20000);
    return PLATEN_OK;
}

static platen_code flood(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    int64_t next = 1000000;
    for (int i = 0; i < 100; i++) {
        PLATEN_TRY(fill(conn, &next, err));
    }
    return PLATEN_OK;
}

static platen_code put_small(store_conn *conn, void *user, platen_error *err)
{
    return fixture_put(conn, -1 - (int64_t) * (size_t *)user, 1, err);
}

static void test_faults__full_database(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    int64_t next = 0;
    platen_code code = PLATEN_OK;
    fixture_write(f->s, "PRAGMA max_page_count = 40");
    for (int i = 0; i < 1000 && code == PLATEN_OK; i++) {
        code = store_write(f->s, fill, &next, &err);
    }
    assert_int_equal(code, PLATEN_E_STORE);
    assert_non_null(strstr(err.text, path_of(f)));
    assert_non_null(strstr(err.text, "free some space"));
    int64_t kept = fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item");
    assert_true(kept > 0);
    assert_int_equal(kept % 200, 0); /* whole functions only */
    /* Space again: it goes on by itself. */
    fixture_write(f->s, "PRAGMA max_page_count = 100000");
    next = 500000;
    assert_ok(store_write(f->s, fill, &next, error));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), kept + 200);
}

/* Who shares the group of a function that fills the disk hears of it; nobody is told "done". */
static void test_faults__full_database_fails_the_group(void **state)
{
    fixture *f = *state;
    static size_t numbers[] = {0, 1, 2};
    fixture_write(f->s, "PRAGMA max_page_count = 40");
    assert_ok(store_write_later(f->s, slow, NULL, NULL, error));
    assert_ok(store_write_later(f->s, put_small, &numbers[0], filled_done, error));
    assert_ok(store_write_later(f->s, flood, &numbers[1], filled_done, error));
    assert_ok(store_write_later(f->s, put_small, &numbers[2], filled_done, error));
    store_close(f->s);
    reopen(f);
    int64_t kept = fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item");
    int64_t told = (filled[0] == PLATEN_OK ? 1 : 0) + (filled[2] == PLATEN_OK ? 1 : 0);
    assert_int_equal(filled[1], PLATEN_E_STORE);
    assert_non_null(strstr(filled_text[1], "free some space"));
    assert_int_equal(kept, told);
}

static platen_code flood_and_go_on(store_conn *conn, void *user, platen_error *err)
{
    platen_code code = flood(conn, NULL, err);
    *(platen_code *)user = fixture_put(conn, -99, 1, NULL);
    return code;
}

/* The full disk has ended the transaction: what such a function still does must not stay. */
static void test_faults__full_database_keeps_nothing_of_the_function(void **state)
{
    fixture *f = *state;
    platen_code later = PLATEN_OK;
    fixture_write(f->s, "PRAGMA max_page_count = 40");
    assert_int_equal(store_write(f->s, flood_and_go_on, &later, NULL), PLATEN_E_STORE);
    assert_int_not_equal(later, PLATEN_OK);
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), 0);
}

/* A file system of one megabyte; needs the right to mount in a namespace of one's own. */
static int tiny_disk_child(const char *folder)
{
    char url[128];
    store *s = NULL;
    int64_t next = 0;
    platen_error err = PLATEN_ERROR_INIT;
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        return 77;
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=1m") != 0) {
        return 77;
    }
    snprintf(url, sizeof url, "sqlite:%s/platen.db", folder);
    store_options options = {.url = url};
    if (store_open(&options, &s, &err) != PLATEN_OK ||
        store_migrate(s, "storetest", fixture_steps, fixture_steps_count, &err) != PLATEN_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    platen_code code = PLATEN_OK;
    int64_t whole = 0;
    while (code == PLATEN_OK && next < 1000000) {
        whole = next;
        code = store_write(s, fill, &next, &err);
    }
    fprintf(stderr, "after %lld rows: %s\n", (long long)whole, err.text);
    bool good = code == PLATEN_E_STORE && strstr(err.text, "full") != NULL;
    good = good && fixture_read_i64(s, "SELECT count(*) FROM storetest_item") == whole;
    store_close(s);
    /* Everything acknowledged is there after a restart with the disk still full, if it starts. */
    if (store_open(&options, &s, &err) == PLATEN_OK) {
        good = good && fixture_read_i64(s, "SELECT count(*) FROM storetest_item") == whole;
        store_close(s);
    } else {
        good = good && strstr(err.text, "full") != NULL;
    }
    return good ? 0 : 1;
}

static void test_faults__full_disk(void **state)
{
    fixture *f = *state;
    int status = 0;
    char folder[80];
    snprintf(folder, sizeof folder, "%s/tiny", f->folder);
    store_close(f->s); /* its threads do not come along into the child */
    f->s = NULL;
    assert_int_equal(mkdir(folder, 0700), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(tiny_disk_child(folder));
    }
    waitpid(child, &status, 0);
    rmdir(folder);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        skip(); /* the system lets us mount nothing; max_page_count is tested above */
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A quota that the kernel enforces with an input/output error. */
static void test_faults__write_error(void **state)
{
    fixture *f = *state;
    platen_error err = PLATEN_ERROR_INIT;
    struct rlimit before;
    struct rlimit small;
    int64_t next = 0;
    platen_code code = PLATEN_OK;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 400000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int64_t whole = 0;
    while (code == PLATEN_OK && next < 1000000) {
        whole = next;
        code = store_write(f->s, fill, &next, &err);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(code, PLATEN_E_STORE);
    assert_non_null(strstr(err.text, path_of(f)));
    assert_int_equal(fixture_read_i64(f->s, "SELECT count(*) FROM storetest_item"), whole);
    next = 2000000;
    assert_ok(store_write(f->s, fill, &next, error));
}

/* ---- opening ---- */

static void open_refused(const char *url, platen_code code, const char *word, const char *remedy)
{
    store *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    store_options options = {.url = url};
    assert_int_equal(store_open(&options, &s, &err), code);
    assert_null(s);
    if (strstr(err.text, word) == NULL || strstr(err.text, remedy) == NULL) {
        fail_msg("'%s' lacks '%s' or '%s'", err.text, word, remedy);
    }
}

static void test_open__refuses_other_urls(void **state)
{
    (void)state;
    open_refused("mysql://x", PLATEN_E_INVAL, "sqlite:", "postgresql://");
    open_refused("sqlite:", PLATEN_E_INVAL, "sqlite:", "postgresql://");
    open_refused(NULL, PLATEN_E_INVAL, "database", "");
}

static void test_open__refuses_second_process(void **state)
{
    fixture *f = *state;
    char number[24];
    snprintf(number, sizeof number, "process %ld", (long)getpid());
    open_refused(f->url, PLATEN_E_STATE, path_of(f), number);
    open_refused(f->url, PLATEN_E_STATE, "in use by another platend", "stop that one");
}

static void test_open__refuses_missing_folder(void **state)
{
    (void)state;
    open_refused("sqlite:/tmp/platen-none/platen.db", PLATEN_E_STORE, "/tmp/platen-none/platen.db",
                 "folder");
}

static void file_put(const char *path, const void *data, size_t length)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, data, length), (ssize_t)length);
    close(descriptor);
}

static void test_open__refuses_what_is_no_database(void **state)
{
    fixture *f = *state;
    char text[2000];
    memset(text, 'x', sizeof text);
    store_close(f->s);
    f->s = NULL;
    file_put(path_of(f), text, sizeof text);
    open_refused(f->url, PLATEN_E_CORRUPT, path_of(f), "not a database");
    open_refused(f->url, PLATEN_E_CORRUPT, path_of(f), "move it away");
}

static void test_open__refuses_damaged_file(void **state)
{
    fixture *f = *state;
    char page[4096];
    store_close(f->s);
    f->s = NULL;
    /* The header is whole, the schema behind it is not. */
    memset(page, 0xa5, sizeof page);
    int descriptor = open(path_of(f), O_WRONLY);
    assert_true(descriptor >= 0);
    assert_int_equal(pwrite(descriptor, page, 3000, 100), 3000);
    close(descriptor);
    open_refused(f->url, PLATEN_E_CORRUPT, path_of(f), "restore a backup");
}

static void test_open__refuses_other_programs_file(void **state)
{
    fixture *f = *state;
    fixture_write(f->s, "PRAGMA application_id = 4711");
    store_close(f->s);
    f->s = NULL;
    open_refused(f->url, PLATEN_E_CORRUPT, path_of(f), "another program");
}

/* Permissions do not bind root, so a child of another user tries. */
static void test_open__refuses_read_only_file(void **state)
{
    fixture *f = *state;
    int status = 0;
    store_close(f->s);
    f->s = NULL;
    chmod(path_of(f), 0444);
    chmod(f->folder, 0777);
    char lock[160];
    snprintf(lock, sizeof lock, "%s.lock", path_of(f));
    chmod(lock, 0666);
    pid_t child = fork();
    if (child == 0) {
        store *s = NULL;
        platen_error err = PLATEN_ERROR_INIT;
        store_options options = {.url = f->url};
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(77);
        }
        platen_code code = store_open(&options, &s, &err);
        fprintf(stderr, "%s\n", err.text);
        _exit(code == PLATEN_E_STORE && strstr(err.text, path_of(f)) != NULL &&
                      strstr(err.text, "the right to write") != NULL
                  ? 0
                  : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_open__file_is_private(void **state)
{
    fixture *f = *state;
    struct stat status;
    char path[160];
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", path_of(f), ends[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

#define ON_SQLITE(test) cmocka_unit_test_setup_teardown(test, fixture_sqlite, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQLITE(test_faults__acknowledged_survives_kill),
        ON_SQLITE(test_faults__full_database),
        ON_SQLITE(test_faults__full_database_fails_the_group),
        ON_SQLITE(test_faults__full_database_keeps_nothing_of_the_function),
        ON_SQLITE(test_faults__full_disk),
        ON_SQLITE(test_faults__write_error),
        ON_SQLITE(test_open__refuses_second_process),
        ON_SQLITE(test_open__refuses_what_is_no_database),
        ON_SQLITE(test_open__refuses_damaged_file),
        ON_SQLITE(test_open__refuses_other_programs_file),
        ON_SQLITE(test_open__refuses_read_only_file),
        ON_SQLITE(test_open__file_is_private),
        cmocka_unit_test(test_open__refuses_other_urls),
        cmocka_unit_test(test_open__refuses_missing_folder),
    };
    return cmocka_run_group_tests_name("faults on SQLite", tests, NULL, NULL);
}
