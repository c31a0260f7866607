/*
 * How much the store does in a second: states of 50,000 devices written, rows of lists read.
 *   bench_store sqlite:/path/of/a/new/file.db
 *   bench_store postgresql://...    (an empty database)
 * Prints a line a figure. The tables are those of a small fleet, not the manager's own.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/store/store.h"

#define DEVICES 50000
#define BATCH 100
#define SECONDS 4

#define PUT                                                                                        \
    "INSERT INTO bench_state (device, power, severity, pages, changed, alerts) "                   \
    "VALUES (:device, :power, :severity, :pages, :changed, :alerts) "                              \
    "ON CONFLICT (device) DO UPDATE SET power = excluded.power, severity = excluded.severity, "    \
    "pages = excluded.pages, changed = excluded.changed, alerts = excluded.alerts"
#define PAGE                                                                                       \
    "SELECT device, power, severity, pages, changed, alerts FROM bench_state "                     \
    "WHERE device > :after ORDER BY device LIMIT 50"
#define ALL                                                                                        \
    "SELECT device, power, severity, pages, changed, alerts FROM bench_state ORDER BY device"
#define ONE "SELECT power FROM bench_state WHERE device = :device"

static const store_sql sql_put = {"bench_put", PUT, PUT};
static const store_sql sql_page = {"bench_page", PAGE, PAGE};
static const store_sql sql_all = {"bench_all", ALL, ALL};
static const store_sql sql_one = {"bench_one", ONE, ONE};

static const store_migration steps[] = {
    {1, "state",
     "CREATE TABLE bench_state (device {{i64}} PRIMARY KEY, power {{i64}} NOT NULL,"
     " severity {{i64}} NOT NULL, pages {{i64}} NOT NULL, changed {{i64}} NOT NULL,"
     " alerts TEXT NOT NULL);\n"
     "CREATE INDEX bench_state_severity ON bench_state (severity, device);\n"},
};

typedef struct batch {
    int64_t first;
    int64_t step; /* from device to device: 1, or something that scatters */
    int count;
} batch;

static _Atomic long written;
static _Atomic long failures;

static void check(platen_code code, const platen_error *err)
{
    if (code != PLATEN_OK) {
        fprintf(stderr, "%s\n", err->text);
        exit(1);
    }
}

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    const batch *b = user;
    store_stmt *stmt = NULL;
    platen_code code = store_prepare(conn, &sql_put, &stmt, err);
    for (int i = 0; i < b->count && code == PLATEN_OK; i++) {
        int64_t device = (b->first + i * b->step) % DEVICES + 1;
        store_bind_i64(stmt, "device", device);
        store_bind_i64(stmt, "power", device % 3);
        store_bind_i64(stmt, "severity", device % 4);
        store_bind_i64(stmt, "pages", clock_mono());
        store_bind_i64(stmt, "changed", clock_now());
        store_bind_text(stmt, "alerts", "[{\"code\":\"toner-low\",\"group\":11,\"index\":1}]");
        code = store_run(stmt, NULL, err);
    }
    store_reset(stmt);
    return code;
}

static void put_done(platen_code code, const platen_error *err, void *user)
{
    batch *b = user;
    if (code != PLATEN_OK) {
        fprintf(stderr, "%s\n", err->text);
        atomic_fetch_add(&failures, 1);
    }
    atomic_fetch_add(&written, b->count);
    free(b);
}

/* Batches of states as agents send them, for SECONDS; the last commit is waited for. */
static void bench_write(store *s, const char *name, int count, int64_t step)
{
    platen_error err = PLATEN_ERROR_INIT;
    int64_t begin = clock_mono_us();
    int64_t next = 0;
    atomic_store(&written, 0);
    while (clock_mono_us() - begin < SECONDS * 1000000) {
        batch *b = malloc(sizeof *b);
        if (b == NULL) {
            exit(1);
        }
        *b = (batch){next, step, count};
        next += count * step;
        check(store_write_later(s, put, b, put_done, &err), &err);
    }
    batch last = {0, 1, 1};
    check(store_write(s, put, &last, &err), &err);
    double seconds = (double)(clock_mono_us() - begin) / 1e6;
    printf("%-44s %10.0f states/s\n", name, (double)atomic_load(&written) / seconds);
}

/* Callers who wait for their commit, one state each. */
typedef struct waiter {
    store *s;
    int64_t until;
    long count;
} waiter;

static void *waiter_main(void *argument)
{
    waiter *w = argument;
    for (; clock_mono_us() < w->until; w->count++) {
        batch b = {w->count * 97, 1, 1};
        if (store_write(w->s, put, &b, NULL) != PLATEN_OK) {
            atomic_fetch_add(&failures, 1);
        }
    }
    return NULL;
}

static void bench_wait(store *s, unsigned threads)
{
    waiter waiters[64];
    pthread_t ids[64];
    char name[64];
    long count = 0;
    int64_t begin = clock_mono_us();
    for (unsigned i = 0; i < threads; i++) {
        waiters[i] = (waiter){s, begin + SECONDS * 1000000, 0};
        pthread_create(&ids[i], NULL, waiter_main, &waiters[i]);
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        count += waiters[i].count;
    }
    double seconds = (double)(clock_mono_us() - begin) / 1e6;
    snprintf(name, sizeof name, "one state each, %u threads that wait", threads);
    printf("%-44s %10.0f commits/s\n", name, (double)count / seconds);
}

static long rows_read(store *s, const store_sql *sql, const char *name, int64_t value)
{
    platen_error err = PLATEN_ERROR_INIT;
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    long rows = 0;
    check(store_read(s, &conn, &err), &err);
    check(store_prepare(conn, sql, &stmt, &err), &err);
    if (name != NULL) {
        store_bind_i64(stmt, name, value);
    }
    while (store_step(stmt, &err) == PLATEN_OK) {
        rows += store_i64(stmt, 0) >= 0 ? 1 : 0;
    }
    store_reset(stmt);
    store_read_end(conn);
    return rows;
}

static void bench_read(store *s, const char *label, const store_sql *sql, const char *name)
{
    int64_t begin = clock_mono_us();
    long rows = 0;
    long reads = 0;
    while (clock_mono_us() - begin < SECONDS * 1000000) {
        rows += rows_read(s, sql, name, (reads * 7919) % (DEVICES - 50));
        reads++;
    }
    double seconds = (double)(clock_mono_us() - begin) / 1e6;
    printf("%-44s %10.0f rows/s  %8.0f reads/s\n", label, (double)rows / seconds,
           (double)reads / seconds);
}

typedef struct reader {
    store *s;
    _Atomic bool stop;
    long reads;
    int64_t slowest;
} reader;

static void *reader_main(void *argument)
{
    reader *r = argument;
    while (!atomic_load(&r->stop)) {
        int64_t begin = clock_mono_us();
        rows_read(r->s, &sql_page, "after", (r->reads++ * 7919) % (DEVICES - 50));
        int64_t took = clock_mono_us() - begin;
        r->slowest = took > r->slowest ? took : r->slowest;
    }
    return NULL;
}

/* Pages are read while the writer is busy. */
static void bench_both(store *s)
{
    reader r = {.s = s};
    pthread_t id;
    int64_t begin = clock_mono_us();
    pthread_create(&id, NULL, reader_main, &r);
    bench_write(s, "states in batches of 100, a reader beside", BATCH, 7);
    atomic_store(&r.stop, true);
    pthread_join(id, NULL);
    printf("%-44s %10.0f reads/s  slowest %.1f ms\n", "  that reader, lists of 50",
           (double)r.reads * 1e6 / (double)(clock_mono_us() - begin), (double)r.slowest / 1000);
}

int main(int count, char **arguments)
{
    platen_error err = PLATEN_ERROR_INIT;
    store *s = NULL;
    struct rusage usage;
    if (count != 2) {
        fprintf(stderr, "usage: bench_store URL\n");
        return 2;
    }
    store_options options = {.url = arguments[1]};
    check(store_open(&options, &s, &err), &err);
    check(store_migrate(s, "bench", steps, 1, &err), &err);
    batch all = {0, 1, DEVICES};
    check(store_write(s, put, &all, &err), &err);

    bench_write(s, "states in batches of 100", BATCH, 1);
    bench_write(s, "states in batches of 100, scattered", BATCH, 7919);
    bench_write(s, "one state a function, nobody waits", 1, 1);
    bench_wait(s, 1);
    bench_wait(s, 8);
    bench_wait(s, 64);
    bench_read(s, "lists of 50 rows", &sql_page, "after");
    bench_read(s, "one row by its key", &sql_one, "device");
    bench_read(s, "all 50,000 rows", &sql_all, NULL);
    bench_both(s);
    store_close(s);
    getrusage(RUSAGE_SELF, &usage);
    printf("%-44s %10ld KiB\n", "most memory", usage.ru_maxrss);
    return atomic_load(&failures) == 0 ? 0 : 1;
}
