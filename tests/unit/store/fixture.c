/* See fixture.h. PostgreSQL is started by tests/integration/postgres.sh. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "storetest_sql.h"

static char server_folder[64];
static char server_url[160];

const store_migration fixture_steps[] = {
    {1, "items",
     "CREATE TABLE storetest_item (key {{i64}} PRIMARY KEY, value {{i64}} NOT NULL);\n"
     "CREATE TABLE storetest_value (\n"
     "  id {{id}}, word {{fold}}, whole {{i64}}, real DOUBLE PRECISION, bytes {{blob}});\n"},
    {2, "children",
     "CREATE TABLE storetest_child (\n"
     "  id {{id}}, parent {{i64}} NOT NULL REFERENCES storetest_item (key) ON DELETE CASCADE,\n"
     "  name TEXT NOT NULL CHECK (name <> ''));\n"
     "CREATE INDEX storetest_child_parent ON storetest_child (parent);\n"},
};
const size_t fixture_steps_count = sizeof fixture_steps / sizeof fixture_steps[0];

/* Runs the script; the first line it prints goes to `line`. */
static int script_run(const char *verb, const char *folder, char *line, size_t size)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(POSTGRES_SCRIPT, POSTGRES_SCRIPT, verb, folder, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    if (line != NULL && fgets(line, (int)size, output) != NULL) {
        line[strcspn(line, "\n")] = '\0';
    }
    fclose(output);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool fixture_pgsql_start(void)
{
    snprintf(server_folder, sizeof server_folder, "/tmp/platen-store-pg.XXXXXX");
    if (mkdtemp(server_folder) == NULL) {
        return false;
    }
    int status = script_run("start", server_folder, server_url, sizeof server_url);
    if (status == 77) {
        fprintf(stderr, "PostgreSQL is not installed: only SQLite is tested\n");
        rmdir(server_folder);
        return false;
    }
    if (status != 0) {
        fprintf(stderr, "postgres.sh start failed: %d\n", status);
        abort();
    }
    atexit(fixture_pgsql_stop);
    return true;
}

void fixture_pgsql_stop(void)
{
    if (server_folder[0] != '\0') {
        script_run("stop", server_folder, NULL, 0);
        server_folder[0] = '\0';
    }
}

const char *fixture_pgsql_url(void)
{
    return server_url;
}

static int fixture_begin(void **state, fixture *f)
{
    *state = f;
    store_options options = {.url = f->url, .readers = 4};
    assert_ok(store_open(&options, &f->s, error));
    assert_ok(store_migrate(f->s, "storetest", fixture_steps, fixture_steps_count, error));
    return 0;
}

int fixture_sqlite(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/platen-store.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->url, sizeof f->url, "sqlite:%s/platen.db", f->folder);
    return fixture_begin(state, f);
}

int fixture_pgsql(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->url, sizeof f->url, "%s", server_url);
    PGconn *pq = PQconnectdb(server_url);
    PGresult *result = PQexec(pq, "SET client_min_messages = warning;"
                                  "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
    PQclear(result);
    PQfinish(pq);
    return fixture_begin(state, f);
}

int fixture_end(void **state)
{
    fixture *f = *state;
    store_close(f->s);
    if (f->folder[0] != '\0') {
        static const char *const names[] = {"platen.db", "platen.db-wal", "platen.db-shm",
                                            "platen.db.lock"};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char path[128];
            snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
            unlink(path);
        }
        rmdir(f->folder);
    }
    free(f);
    return 0;
}

static platen_code text_run(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare_text(conn, user, &stmt, err));
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

void fixture_write(store *s, const char *sql)
{
    char *text = strdup(sql);
    assert_ok(store_write(s, text_run, text, error));
    free(text);
}

int64_t fixture_read_i64(store *s, const char *sql)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    assert_ok(store_read(s, &conn, error));
    assert_ok(store_prepare_text(conn, sql, &stmt, error));
    assert_ok(store_step(stmt, error));
    int64_t value = store_i64(stmt, 0);
    store_reset(stmt);
    store_read_end(conn);
    return value;
}

platen_code fixture_put(store_conn *conn, int64_t key, int64_t value, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_storetest_put, &stmt, err));
    store_bind_i64(stmt, "key", key);
    store_bind_i64(stmt, "value", value);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

int fixture_run_both(const char *name, const struct CMUnitTest *tests, size_t count)
{
    struct CMUnitTest *own = calloc(count, sizeof *own);
    char group[96];
    int failed = 0;
    if (own == NULL) {
        return 1;
    }
    for (int pgsql = 0; pgsql < 2; pgsql++) {
        if (pgsql == 1 && !fixture_pgsql_start()) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            own[i] = tests[i];
            own[i].setup_func = pgsql == 1 ? fixture_pgsql : fixture_sqlite;
            own[i].teardown_func = fixture_end;
        }
        snprintf(group, sizeof group, "%s on %s", name, pgsql == 1 ? "PostgreSQL" : "SQLite");
        failed += _cmocka_run_group_tests(group, own, count, NULL, NULL);
    }
    fixture_pgsql_stop();
    free(own);
    return failed;
}
