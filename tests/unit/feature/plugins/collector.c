/* A feature for tests/integration/feature-task.sh: it has settings of devices collected by the
 * driver "teller", each with settings of its own, keeps what that read, and counts it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/plugin.h>
#include <platen/store.h>
#include <platen/task.h>

static const platen_host *host;
static const platen_store *store;
static const platen_task *task;
static platen_ctx *self;

static long number_of(const char *settings, const char *key)
{
    const char *at = strstr(settings, key);
    return at != NULL ? strtol(at + strlen(key), NULL, 10) : 0;
}

/* ---- collecting ---- */

/* What each device is asked for; every so many devices are left out. */
static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    long skip = number_of(job->settings, "\"skip\":");
    platen_code rc = PLATEN_OK;
    (void)tx;
    (void)user;
    for (uint32_t i = 0; i < job->count && rc == PLATEN_OK; i++) {
        long device = (long)job->devices[i];
        char own[128];
        (void)snprintf(own, sizeof(own), "{\"number\":%ld,\"values\":%ld,\"wait\":%ld%s%s}",
                       7 * device, number_of(job->settings, "\"values\":"),
                       number_of(job->settings, "\"wait\":"),
                       number_of(job->settings, "\"spoil\":") == device ? ",\"spoil\":true" : "",
                       (job->flags & PLATEN_JOB_PREVIEW) != 0 ? ",\"preview\":true" : "");
        rc = skip > 0 && device % skip == 0
                 ? task->plan_skip(list, device, "not-wanted", "it is left out", err)
                 : task->plan_set(list, device, own, err);
    }
    return rc;
}

static platen_code keep(platen_tx *tx, const platen_outcome *outcome, platen_error *err)
{
    platen_rows *rows = NULL;
    platen_code rc = store->prepare(tx, "put", &rows, err);
    if (rc == PLATEN_OK) {
        store->bind_i64(rows, "run", outcome->run);
        store->bind_i64(rows, "device", outcome->device);
        store->bind_text(rows, "text", outcome->data);
        store->bind_i64(rows, "bytes", outcome->data_length);
        rc = store->run(rows, NULL, err);
    }
    store->reset(rows);
    return rc;
}

/* One row for a device of a run: a second one is an error. */
static platen_code done(platen_tx *tx, const platen_outcome *outcome, void *user, platen_error *err)
{
    (void)user;
    if (strcmp(outcome->state, "success") != 0) {
        return PLATEN_OK;
    }
    platen_code rc = keep(tx, outcome, err);
    if (rc == PLATEN_OK && number_of(outcome->data, "\"number\":") != 7 * (long)outcome->device) {
        rc = host->fail(err, PLATEN_E_MALFORMED, "the data is not that of device %ld",
                        (long)outcome->device);
    }
    return rc;
}

/* ---- counting, on the manager ---- */

typedef struct counting {
    int64_t run, rows;
} counting;

static platen_code count(platen_tx *tx, void *user, platen_error *err)
{
    counting *c = user;
    platen_rows *rows = NULL;
    platen_code rc = store->prepare(tx, "count", &rows, err);
    rc = rc == PLATEN_OK ? store->step(rows, err) : rc;
    c->rows = rc == PLATEN_OK ? store->i64(rows, 0) : 0;
    store->reset(rows);
    return rc;
}

static platen_code prepare(const platen_job *job, void **work, void *user, platen_error *err)
{
    counting *c = malloc(sizeof(*c));
    (void)user;
    if (c == NULL) {
        return host->fail(err, PLATEN_E_NOMEM, "no memory");
    }
    *work = c;
    c->run = job->run;
    return store->read(self, count, c, err);
}

static platen_code commit(platen_tx *tx, void *work, void *user, platen_error *err)
{
    const counting *c = work;
    platen_rows *rows = NULL;
    (void)user;
    platen_code rc = store->prepare(tx, "note", &rows, err);
    if (rc == PLATEN_OK) {
        store->bind_i64(rows, "run", c->run);
        store->bind_i64(rows, "rows", c->rows);
        rc = store->run(rows, NULL, err);
    }
    store->reset(rows);
    return rc;
}

static void finish(void *work, uint32_t committed, void *user)
{
    (void)committed;
    (void)user;
    free(work);
}

/* ---- registering ---- */

static platen_code add_tables(platen_error *err)
{
    static const char *const statements[][2] = {
        {"put", "INSERT INTO collector_value (run_id, device_id, text, bytes) "
                "VALUES (:run, :device, :text, :bytes)"},
        {"count", "SELECT count(*) FROM collector_value"},
        {"note", "INSERT INTO collector_count (run_id, amount) VALUES (:run, :rows)"},
    };
    platen_migration tables = PLATEN_MIGRATION_INIT;
    tables.number = 1;
    tables.name = "tables";
    tables.sql = "CREATE TABLE collector_value (\n"
                 "  run_id {{i64}} NOT NULL,\n"
                 "  device_id {{i64}} NOT NULL,\n"
                 "  text TEXT NOT NULL,\n"
                 "  bytes {{i64}} NOT NULL,\n"
                 "  PRIMARY KEY (run_id, device_id));\n"
                 "CREATE TABLE collector_count (\n"
                 "  run_id {{i64}} PRIMARY KEY,\n"
                 "  amount {{i64}} NOT NULL);\n";
    platen_code rc = store->migration(self, &tables, err);
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]) && rc == PLATEN_OK; i++) {
        platen_statement statement = PLATEN_STATEMENT_INIT;
        statement.name = statements[i][0];
        statement.sql = statements[i][1];
        rc = store->statement(self, &statement, err);
    }
    return rc;
}

static platen_code add_kinds(platen_error *err)
{
    platen_task_kind collect = PLATEN_TASK_KIND_INIT;
    platen_task_kind counting_kind = PLATEN_TASK_KIND_INIT;
    platen_builtin daily = PLATEN_BUILTIN_INIT;
    collect.flags = PLATEN_TASK_WRITES; /* for its preview and its waves */
    collect.id = "collector.collect";
    collect.title = "[Collector] Collect";
    collect.settings = "{\"type\":\"object\",\"properties\":{"
                       "\"values\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":50000},"
                       "\"wait\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":60000},"
                       "\"skip\":{\"type\":\"integer\",\"minimum\":0},"
                       "\"spoil\":{\"type\":\"integer\",\"minimum\":0}}}";
    collect.action = "setting.tell";
    collect.plan = plan;
    collect.done = done;
    counting_kind.targets = PLATEN_TASK_NONE;
    counting_kind.id = "collector.count";
    counting_kind.title = "[Collector] Count";
    counting_kind.prepare = prepare;
    counting_kind.commit = commit;
    counting_kind.finish = finish;
    daily.kind = "collector.collect";
    daily.name = "Collect";
    daily.minutes = 525600;
    platen_code rc = task->kind(self, &collect, err);
    rc = rc == PLATEN_OK ? task->kind(self, &counting_kind, err) : rc;
    rc = rc == PLATEN_OK ? task->builtin(self, &daily, err) : rc;
    return rc == PLATEN_OK ? task->function(self, "collector", "data", err) : rc;
}

static platen_code load(const platen_host *h, platen_ctx *ctx, platen_error *err)
{
    host = h;
    self = ctx;
    store = host->iface(ctx, "store/1");
    task = host->iface(ctx, "task/1");
    platen_code rc = add_tables(err);
    return rc == PLATEN_OK ? add_kinds(err) : rc;
}

static const char *const needs[] = {"store/1", "task/1", NULL};
PLATEN_PLUGIN("collector", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
