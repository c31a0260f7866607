/*
 * A flow of three subtasks over many devices, with an agent that is played in this process and
 * whose devices answer at once; the replay of all of them at the third; lines of ctx:log. Usage:
 * bench_flow [DEVICES]
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/database/database.h"
#include "core/flow/flow_private.h"
#include "core/run/kind.h"

#define SCRIPT                                                                                     \
    "return platen.flow{name = \"t\", run = function(ctx, device) "                                \
    "ctx:subtask(\"device.monitor\", device) ctx:log(\"one\") "                                    \
    "ctx:subtask(\"device.information\", device) ctx:log(\"two\") "                                \
    "return ctx:subtask(\"device.counters\", device) end}"

static store *s;
static runs *r;
static flows *f;
static int64_t seq;
static bool hold; /* what the third subtask asks for stays undone */

static void must(platen_code rc, const platen_error *err, const char *what)
{
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "%s: %s\n", what, err->text);
        exit(1);
    }
}

static platen_code run_sql(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare_text(conn, user, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

__attribute__((format(printf, 1, 2))) static void sql(const char *format, ...)
{
    char text[1024];
    va_list values;
    platen_error err = PLATEN_ERROR_INIT;
    va_start(values, format);
    (void)vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    must(store_write(s, run_sql, text, &err), &err, text);
}

static int64_t number_of(const char *text)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    must(store_read(s, &conn, &err), &err, text);
    must(store_prepare_text(conn, text, &st, &err), &err, text);
    must(store_step(st, &err), &err, text);
    int64_t number = store_i64(st, 0);
    store_reset(st);
    store_read_end(conn);
    return number;
}

static void fill(int64_t devices)
{
    sql("INSERT INTO agent (id, name, local, active) VALUES (1, 'a', 1, 1)");
    sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %" PRId64 ") "
        "INSERT INTO device (id, agent_id, name, address, serial, model, first_seen, last_seen) "
        "SELECT i, 1, 'Printer ' || i, '10.0.0.1', 'S' || i, 'Model', 1, 1 FROM n",
        devices);
    sql("INSERT INTO device_state (device_id) SELECT id FROM device WHERE id <= %" PRId64, devices);
    sql("INSERT INTO script (id, name, kind, source, created, updated, version_id) "
        "VALUES (1, 't', 'flow', 'user', 1, 1, 1)");
    sql("INSERT INTO script_version (id, script_id, number, text, digest, at) "
        "VALUES (1, 1, 1, '" SCRIPT "', 'x', 1)");
}

static void on_flow(int64_t run, void *user)
{
    (void)user;
    flows_ready(f, run);
}

static void open_engine(void)
{
    const runs_hooks hooks = {.flow_ready = on_flow};
    const flows_hooks none = {.user = NULL};
    platen_error err = PLATEN_ERROR_INIT;
    must(runs_new(s, &hooks, &r, &err), &err, "engine");
    must(flows_new(s, r, &none, &f, &err), &err, "flows");
    must(flows_start(f, &err), &err, "flow thread");
}

static void post(const cJSON *job)
{
    strbuf text;
    const cJSON *target = NULL;
    cJSON *results = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    const char *id = json_get_text(job, "id", "");
    strbuf_init(&text);
    strbuf_append_char(&text, '[');
    cJSON_ArrayForEach(target, json_get_array(job, "targets"))
    {
        strbuf_appendf(&text, "{\"job\":\"%s\",\"id\":%d,\"state\":\"success\",\"text\":\"t\"},",
                       id, cJSON_GetArrayItem(target, 0)->valueint);
    }
    strbuf_appendf(&text, "{\"job\":\"%s\",\"done\":true}]", id);
    must(json_parse(text.data, text.length, &results, &err), &err, "results");
    must(runs_results(r, 1, "b", ++seq, results, &err), &err, "post");
    cJSON_Delete(results);
    strbuf_fini(&text);
}

static size_t work(void)
{
    strbuf out;
    json_writer w;
    size_t count = 0;
    cJSON *tree = NULL;
    const cJSON *job = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    strbuf_init(&out);
    json_init(&w, &out);
    json_array(&w, NULL);
    must(runs_lease(r, 1, "b", 8, &w, &count, &err), &err, "lease");
    json_array_end(&w);
    must(json_parse(out.data, out.length, &tree, &err), &err, "jobs");
    cJSON_ArrayForEach(job, tree)
    {
        if (!hold || strcmp(json_get_text(job, "kind", ""), "device.counters") != 0) {
            post(job);
        }
    }
    cJSON_Delete(tree);
    strbuf_fini(&out);
    return count;
}

static int64_t begin(void)
{
    int64_t run = 0;
    platen_error err = PLATEN_ERROR_INIT;
    const run_spec spec = {.kind = "flow.t", .name = "bench"};
    must(runs_create(r, &spec, &run, &err), &err, "run");
    return run;
}

static void until(const char *text, int64_t wanted, bool working)
{
    while (number_of(text) != wanted) {
        if (!working || work() == 0) {
            (void)usleep(2000);
        }
    }
}

static long peak_mib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib / 1024;
}

static void bench_replay(int64_t devices)
{
    flow_run *run = NULL;
    size_t collected = 0;
    size_t waits = 0;
    platen_error err = PLATEN_ERROR_INIT;
    int64_t id = begin();
    hold = true;
    while (number_of("SELECT count(*) FROM flow_call WHERE seq = 3") != devices) {
        if (work() == 0) {
            (void)usleep(2000);
        }
    }
    flows_free(f);
    f = calloc(1, sizeof(*f)); /* only what loading needs */
    f->store = s;
    f->runs = r;
    int64_t before = clock_mono();
    must(flow_run_load(f, id, &run, &err), &err, "load");
    int64_t loaded = clock_mono();
    while (flow_run_resume(run, &collected)) {
    }
    int64_t after = clock_mono();
    for (const flow_item *i = run->items; i != NULL; i = i->next) {
        waits += i->state == ITEM_WAITS;
    }
    printf("replay of %zu devices at their third subtask: %" PRId64 " ms, of it %" PRId64
           " ms reading\n",
           waits, after - before, loaded - before);
    flow_run_free(run);
    free(f);
    f = NULL;
}

static void bench_log(void)
{
    const sandbox_limits limits = {0, INT64_C(1000000000), 60000};
    const flow_source source = {.name = "l",
                                .text =
                                    "return platen.flow{run = function(ctx) for i = 1, 1000000 do "
                                    "ctx:log('a line of the log') end end}",
                                .limits = &limits};
    flow_host *h = NULL;
    flow_co *co = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    must(flow_host_new(&source, &h, &err), &err, "host");
    must(flow_co_new(h, "{\"id\":1}", 1, &co, &err), &err, "flow");
    int64_t before = clock_mono();
    flow_co_resume(co, NULL);
    int64_t took = clock_mono() - before;
    printf("ctx:log: %" PRId64 " a second\n", INT64_C(1000000000) / (took > 0 ? took : 1));
    flow_host_free(h);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/platen-bench-XXXXXX";
    char url[64];
    platen_error err = PLATEN_ERROR_INIT;
    int64_t devices = argc > 1 ? strtoll(argv[1], NULL, 10) : 10000;
    const task_kind kind = {.id = "flow.t",
                            .title = "T",
                            .targets = KIND_DEVICES,
                            .where = KIND_FLOW,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 86400000,
                            .script = 1};
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(url, sizeof(url), "sqlite:%s/platen.db", folder);
    const store_options options = {.url = url};
    must(store_open(&options, &s, &err), &err, "store");
    must(database_migrate(s, &err), &err, "tables");
    fill(devices);
    must(kind_put(&kind, &err), &err, "kind");
    long before_mib = peak_mib();
    open_engine();
    int64_t before = clock_mono();
    (void)begin();
    until("SELECT count(*) FROM run WHERE ended > 0", 1, true);
    printf("three subtasks over %" PRId64 " devices: %" PRId64 " ms, %" PRId64
           " successes, peak %ld MiB (%ld before)\n",
           devices, clock_mono() - before, number_of("SELECT success FROM run WHERE id = 1"),
           peak_mib(), before_mib);
    bench_replay(devices);
    bench_log();
    runs_free(r);
    store_close(s);
    kind_forget_all();
    (void)file_remove_tree(folder, NULL);
    return 0;
}
