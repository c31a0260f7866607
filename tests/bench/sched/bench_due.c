/*
 * Whether the scheduler finds what is due in under a millisecond among 10,000 tasks
 * (docs/performance.md): the statement of the run thread on SQLite, with none due and with 20.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/model/migrations.h"
#include "core/model/region_migrations.h"
#include "core/run/run_migrations.h"
#include "core/store/store.h"
#include "run_sql.h"

#define TASKS 10000
#define ROUNDS 1000

static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    int64_t now = *(const int64_t *)user;
    for (int i = 0; i < TASKS; i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_task_insert, &st, err));
        store_bind_text(st, "kind", "device.counters");
        store_bind_text(st, "name", "bench");
        store_bind_i64(st, "builtin", 0);
        store_bind_i64(st, "active", 1);
        store_bind_text(st, "targets", "{}");
        store_bind_text(st, "settings", "{}");
        store_bind_text(st, "schedule", "{\"when\":\"now\"}");
        store_bind_text(st, "mail", "{}");
        store_bind_text(st, "rollout", "{}");
        store_bind_i64(st, "created", now);
        store_bind_i64(st, "next_at", now + INT64_C(3600000) + i * 1000);
        platen_code rc = store_step(st, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static platen_code look(store *s, int64_t now, int *found, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_task_due, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "now", now);
        while ((rc = store_step(st, err)) == PLATEN_OK) {
            (*found)++;
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code measure(store *s, const char *name, int64_t now, platen_error *err)
{
    int found = 0;
    int64_t began = clock_mono_us();
    for (int i = 0; i < ROUNDS; i++) {
        PLATEN_TRY(look(s, now, &found, err));
    }
    printf("%s: %.3f ms a look, %d found\n", name,
           (double)(clock_mono_us() - began) / 1000 / ROUNDS, found / ROUNDS);
    return PLATEN_OK;
}

static platen_code run(const char *url, platen_error *err)
{
    store *s = NULL;
    int64_t now = clock_now();
    const store_options options = {.url = url};
    PLATEN_TRY(store_open(&options, &s, err));
    platen_code rc =
        store_migrate(s, MODEL_COMPONENT, model_migrations, model_migration_count, err);
    rc = rc == PLATEN_OK
             ? store_migrate(s, REGION_COMPONENT, region_migrations, region_migration_count, err)
             : rc;
    rc = rc == PLATEN_OK ? store_migrate(s, RUN_COMPONENT, run_migrations, run_migration_count, err)
                         : rc;
    rc = rc == PLATEN_OK ? store_write(s, fill, &now, err) : rc;
    rc = rc == PLATEN_OK ? measure(s, "none due", now, err) : rc;
    rc = rc == PLATEN_OK ? measure(s, "20 due", now + INT64_C(3600000) + 19000, err) : rc;
    store_close(s);
    return rc;
}

int main(void)
{
    char folder[] = "/tmp/bench-due.XXXXXX";
    char url[64];
    char path[64];
    platen_error err = PLATEN_ERROR_INIT;
    static const char *const files[] = {"", "-wal", "-shm", ".lock"};
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(url, sizeof(url), "sqlite:%s/due.db", folder);
    platen_code rc = run(url, &err);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/due.db%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "bench_due: %s\n", err.text);
    }
    return rc == PLATEN_OK ? 0 : 1;
}
