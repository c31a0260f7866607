/*
 * A kind of a feature over 10,000 devices with 200 settings each (docs/performance.md): what the
 * writer is held up by while plans are made and while what was read is taken in. Beside the run,
 * a thread writes nothing again and again: how long that waits is what others would wait.
 *
 *   bench-plan [URL of an empty database]     else SQLite in a folder of its own below TMPDIR
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/database/database.h"
#include "core/run/kind.h"
#include "core/run/plan.h"
#include "core/run/run.h"
#include "tests/bench/http/fleet.h"

#define DEVICES 10000
#define SETTINGS 200
#define POST_BYTES (64 * 1024) /* as agents close their batches */
#define SAMPLES 200000

#define AGENT "INSERT INTO agent (name, local, active) VALUES ('bench', 1, 1)"
static store_sql insert_agent = {"bench_agent", AGENT, AGENT};
#define TABLE "CREATE TABLE bench_value (device_id BIGINT, run_id BIGINT, text TEXT NOT NULL)"
static store_sql make_table = {"bench_table", TABLE, TABLE};
#define PUT "INSERT INTO bench_value (device_id, run_id, text) VALUES (:device, :run, :text)"
static const store_sql put_value = {"bench_put", PUT, PUT};
#define STATE "SELECT state, success FROM run WHERE id = :id"
static const store_sql run_state = {"bench_plan_state", STATE, STATE};

typedef struct bench {
    store *s;
    runs *r;
    int64_t seq, number;
    int64_t longest_done, longest_post; /* us */
    size_t jobs, posts, bytes;
} bench;

/* ---- the feature ---- */

static char *settings_of(int64_t device, size_t *length)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_append(&text, "{\"values\":{");
    for (int i = 0; i < SETTINGS; i++) {
        strbuf_appendf(&text, "%s\"/network/setting-%03d\":\"%08" PRId64 "-%03d-abcdefgh\"",
                       i == 0 ? "" : ",", i, device, i);
    }
    strbuf_append(&text, "}}");
    *length = text.length;
    return strbuf_take(&text);
}

static platen_code plan(store_conn *conn, const kind_job *job, kind_plan *list, void *user,
                        platen_error *err)
{
    (void)conn;
    (void)user;
    for (size_t i = 0; i < job->count; i++) {
        size_t length = 0;
        char *text = settings_of(job->devices[i], &length);
        platen_code rc = plan_set(list, job->devices[i], text, err);
        free(text);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static platen_code done(store_conn *conn, const kind_outcome *o, void *user, platen_error *err)
{
    bench *b = user;
    cJSON *tree = NULL;
    store_stmt *st = NULL;
    int64_t began = clock_mono_us();
    PLATEN_TRY(json_parse(o->data, o->data_length, &tree, err)); /* a feature looks at it */
    int count = cJSON_GetArraySize(json_get_object(tree, "values"));
    cJSON_Delete(tree);
    if (count != SETTINGS) {
        return error_set(err, PLATEN_E_MALFORMED, "%d settings", count);
    }
    PLATEN_TRY(store_prepare(conn, &put_value, &st, err));
    store_bind_i64(st, "device", o->device);
    store_bind_i64(st, "run", o->run);
    store_bind_text(st, "text", o->data);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    int64_t took = clock_mono_us() - began;
    b->longest_done = took > b->longest_done ? took : b->longest_done;
    return rc;
}

/* ---- who else wants to write ---- */

typedef struct other {
    store *s;
    pthread_t thread;
    atomic_bool stopping;
    int64_t waits[SAMPLES]; /* us */
    size_t count;
} other;

static platen_code nothing(store_conn *conn, void *user, platen_error *err)
{
    (void)conn;
    (void)user;
    (void)err;
    return PLATEN_OK;
}

static void *write_nothing(void *user)
{
    other *o = user;
    while (!atomic_load(&o->stopping) && o->count < SAMPLES) {
        int64_t began = clock_mono_us();
        if (store_write(o->s, nothing, NULL, NULL) == PLATEN_OK) {
            o->waits[o->count++] = clock_mono_us() - began;
        }
        (void)usleep(2000);
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void begin_other(other *o, store *s)
{
    o->s = s;
    o->count = 0;
    atomic_store(&o->stopping, false);
    (void)pthread_create(&o->thread, NULL, write_nothing, o);
}

static void end_other(other *o, const char *what)
{
    atomic_store(&o->stopping, true);
    (void)pthread_join(o->thread, NULL);
    if (o->count == 0) {
        return;
    }
    qsort(o->waits, o->count, sizeof(o->waits[0]), by_value);
    printf("a write of somebody else %s: median %.1f ms, 99 %% %.1f ms, longest %.1f ms of %zu\n",
           what, (double)o->waits[o->count / 2] / 1e3, (double)o->waits[o->count * 99 / 100] / 1e3,
           (double)o->waits[o->count - 1] / 1e3, o->count);
}

/* ---- the agent's end ---- */

static platen_code post(bench *b, const strbuf *text, platen_error *err)
{
    cJSON *results = NULL;
    PLATEN_TRY(json_parse(text->data, text->length, &results, err));
    int64_t began = clock_mono_us();
    platen_code rc = runs_results(b->r, 1, "bench", ++b->seq, results, err);
    int64_t took = clock_mono_us() - began;
    b->longest_post = took > b->longest_post ? took : b->longest_post;
    cJSON_Delete(results);
    b->posts++;
    return rc;
}

/* What it was told to set it read. */
static platen_code work(bench *b, const cJSON *job, platen_error *err)
{
    const cJSON *target = NULL;
    platen_code rc = PLATEN_OK;
    strbuf text;
    strbuf_init(&text);
    cJSON_ArrayForEach(target, json_get_array(job, "targets"))
    {
        const char *own = cJSON_GetArrayItem(target, 2)->valuestring;
        strbuf_appendf(&text, "%c{\"job\":\"%s\",\"id\":%.0f,\"state\":\"success\",\"data\":",
                       text.length == 0 ? '[' : ',', json_get_text(job, "id", ""),
                       cJSON_GetArrayItem(target, 0)->valuedouble);
        json_quote(&text, own, strlen(own));
        strbuf_append_char(&text, '}');
        if (text.length >= POST_BYTES || target->next == NULL) {
            strbuf_append_char(&text, ']');
            rc = post(b, &text, err);
            strbuf_clear(&text);
        }
        if (rc != PLATEN_OK) {
            break;
        }
    }
    strbuf_fini(&text);
    return rc;
}

/* One question for work; what it brought. */
static platen_code ask(bench *b, cJSON **jobs, size_t *count, platen_error *err)
{
    strbuf text;
    json_writer w;
    lease_ask question = {
        .agent = 1, .boot = "bench", .room = 256, .plans = true, .number = ++b->number};
    strbuf_init(&text);
    json_init(&w, &text);
    json_array(&w, NULL);
    platen_code rc = runs_lease_for(b->r, &question, &w, count, err);
    json_array_end(&w);
    b->bytes += text.length;
    b->jobs += *count;
    rc = rc == PLATEN_OK ? json_parse(text.data, text.length, jobs, err) : rc;
    strbuf_fini(&text);
    return rc;
}

static platen_code measure(bench *b, other *o, platen_error *err)
{
    static cJSON *jobs[DEVICES];
    static int64_t devices[DEVICES];
    size_t answers = 0;
    size_t count = 0;
    int64_t run = 0;
    for (size_t i = 0; i < DEVICES; i++) {
        devices[i] = (int64_t)i + 1;
    }
    const run_spec spec = {
        .kind = "bench.collect", .name = "bench", .devices = devices, .device_count = DEVICES};
    begin_other(o, b->s);
    (void)usleep(500000);
    end_other(o, "with nothing else");
    PLATEN_TRY(runs_create(b->r, &spec, &run, err));
    begin_other(o, b->s);
    int64_t began = clock_mono_us();
    do {
        PLATEN_TRY(ask(b, &jobs[answers], &count, err));
    } while (count > 0 && ++answers < DEVICES);
    int64_t took = clock_mono_us() - began;
    end_other(o, "while plans are made");
    printf("%zu jobs planned and given in %zu answers, %.1f MB, %.2f s\n", b->jobs, answers,
           (double)b->bytes / 1e6, (double)took / 1e6);
    begin_other(o, b->s);
    began = clock_mono_us();
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; i <= answers; i++) {
        const cJSON *job = NULL;
        cJSON_ArrayForEach(job, jobs[i])
        {
            rc = rc == PLATEN_OK ? work(b, job, err) : rc;
        }
        cJSON_Delete(jobs[i]);
    }
    took = clock_mono_us() - began;
    end_other(o, "while data is taken in");
    printf("%zu posts in %.2f s, the longest %.1f ms, of it one done() %.2f ms at most\n", b->posts,
           (double)took / 1e6, (double)b->longest_post / 1e3, (double)b->longest_done / 1e3);
    return rc;
}

static platen_code check(bench *b, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(b->s, &conn, err));
    platen_code rc = store_prepare(conn, &run_state, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", 1);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        printf("the run: %s, %" PRId64 " of %d\n", store_text(st, 0), store_i64(st, 1), DEVICES);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code make(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, user, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code prepare(bench *b, const char *url, platen_error *err)
{
    static kind_hooks hooks = {.plan = plan, .done = done};
    const store_options options = {.url = url};
    const runs_hooks none = {.user = NULL};
    const task_kind kind = {.id = "bench.collect",
                            .title = "[Bench] Collect",
                            .targets = KIND_DEVICES,
                            .flags = KIND_FEATURE,
                            .settings = "{\"type\":\"object\"}",
                            .limit_ms = 3600000,
                            .action = "bench.read",
                            .hooks = &hooks};
    hooks.user = b;
    PLATEN_TRY(kind_put(&kind, err));
    PLATEN_TRY(store_open(&options, &b->s, err));
    PLATEN_TRY(database_migrate(b->s, err));
    PLATEN_TRY(store_write(b->s, make, &insert_agent, err));
    PLATEN_TRY(store_write_alone(b->s, make, &make_table, err));
    PLATEN_TRY(fleet_fill(b->s, err));
    return runs_new(b->s, &none, &b->r, err);
}

int main(int argc, char **argv)
{
    platen_error err = PLATEN_ERROR_INIT;
    static bench b;
    static other o;
    char folder[] = "/tmp/platen-bench-XXXXXX";
    char url[128] = "";
    if (argc < 2 && mkdtemp(folder) == NULL) {
        perror("bench-plan");
        return 1;
    }
    (void)snprintf(url, sizeof(url), "sqlite:%s/platen.db", folder);
    platen_code rc = prepare(&b, argc > 1 ? argv[1] : url, &err);
    rc = rc == PLATEN_OK ? measure(&b, &o, &err) : rc;
    rc = rc == PLATEN_OK ? check(&b, &err) : rc;
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "bench-plan: %s\n", err.text);
    }
    runs_free(b.r);
    store_close(b.s);
    kind_forget_all();
    if (argc < 2) {
        (void)file_remove_tree(folder, NULL);
    }
    return rc == PLATEN_OK ? 0 : 1;
}
