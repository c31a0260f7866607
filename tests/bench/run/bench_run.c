/*
 * A run over 50,000 devices whose operation does nothing (docs/performance.md): made, leased job by
 * job, answered in posts as an agent makes them, each waited for until it is on the disk. The
 * agent's end is played here in one thread, so that no post hides behind another.
 *
 *   bench-run [URL of an empty database]     else SQLite in a folder of its own below TMPDIR
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/database/database.h"
#include "core/run/run.h"
#include "tests/bench/http/fleet.h"

#define POST_TARGETS 200 /* results of one post */
#define ROOM 8
#define HELD 4096

#define AGENT "INSERT INTO agent (name, local, active) VALUES ('bench', 1, 1)"
static const store_sql insert_agent = {"bench_agent", AGENT, AGENT};
#define STATE "SELECT state, success, changed FROM run WHERE id = :id"
static const store_sql run_state = {"bench_run_state", STATE, STATE};

typedef struct bench {
    store *s;
    runs *r;
    int64_t seq, number;
    int64_t held[HELD], over[HELD];
    size_t held_count;
    size_t posts, jobs;
} bench;

static platen_code add_agent(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *st = NULL;
    (void)user;
    PLATEN_TRY(store_prepare(conn, &insert_agent, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code prepare(bench *b, const char *url, platen_error *err)
{
    const store_options options = {.url = url};
    const runs_hooks hooks = {.user = NULL};
    PLATEN_TRY(store_open(&options, &b->s, err));
    PLATEN_TRY(database_migrate(b->s, err));
    PLATEN_TRY(store_write(b->s, add_agent, NULL, err));
    PLATEN_TRY(fleet_fill(b->s, err));
    PLATEN_TRY(runs_new(b->s, &hooks, &b->r, err));
    return runs_start(b->r, err);
}

/* ---- the agent's end ---- */

static platen_code post(bench *b, const strbuf *text, platen_error *err)
{
    cJSON *results = NULL;
    PLATEN_TRY(json_parse(text->data, text->length, &results, err));
    platen_code rc = runs_results(b->r, 1, "bench", ++b->seq, results, err);
    cJSON_Delete(results);
    b->posts++;
    return rc;
}

static platen_code work(bench *b, const cJSON *job, platen_error *err)
{
    const cJSON *target = NULL;
    platen_code rc = PLATEN_OK;
    size_t in_post = 0;
    strbuf text;
    strbuf_init(&text);
    cJSON_ArrayForEach(target, json_get_array(job, "targets"))
    {
        strbuf_appendf(&text,
                       "%c{\"job\":\"%s\",\"id\":%.0f,\"state\":\"success\",\"code\":\"ok\","
                       "\"text\":\"nothing differs\",\"power\":\"on\",\"started\":%" PRId64
                       ",\"params\":{},\"changes\":[]}",
                       in_post == 0 ? '[' : ',', json_get_text(job, "id", ""),
                       cJSON_GetArrayItem(target, 0)->valuedouble, clock_now());
        if (++in_post < POST_TARGETS && target->next != NULL) {
            continue;
        }
        strbuf_append_char(&text, ']');
        rc = post(b, &text, err);
        strbuf_clear(&text);
        in_post = 0;
        if (rc != PLATEN_OK) {
            break;
        }
    }
    strbuf_fini(&text);
    return rc;
}

static void drop_over(bench *b, const lease_ask *ask)
{
    size_t kept = 0;
    for (size_t i = 0; i < ask->held_count; i++) {
        bool over = false;
        for (size_t k = 0; k < ask->over_count; k++) {
            over = over || ask->over[k] == ask->held[i];
        }
        if (!over) {
            b->held[kept++] = ask->held[i];
        }
    }
    b->held_count = kept;
}

/* One question for work, and all that it brings. */
static platen_code turn(bench *b, size_t *count, platen_error *err)
{
    strbuf text;
    json_writer w;
    cJSON *jobs = NULL;
    const cJSON *job = NULL;
    lease_ask ask = {.agent = 1,
                     .boot = "bench",
                     .room = ROOM,
                     .number = ++b->number,
                     .held = b->held,
                     .held_count = b->held_count,
                     .over = b->over};
    strbuf_init(&text);
    json_init(&w, &text);
    json_array(&w, NULL);
    platen_code rc = runs_lease_for(b->r, &ask, &w, count, err);
    json_array_end(&w);
    drop_over(b, &ask);
    if (rc == PLATEN_OK) {
        rc = json_parse(text.data, text.length, &jobs, err);
    }
    strbuf_fini(&text);
    cJSON_ArrayForEach(job, jobs)
    {
        b->held[b->held_count++] = strtoll(json_get_text(job, "id", ""), NULL, 10);
        b->jobs++;
        if (rc == PLATEN_OK) {
            rc = work(b, job, err);
        }
    }
    cJSON_Delete(jobs);
    return rc;
}

static platen_code look(bench *b, int64_t run, char state[32], int64_t *success, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(b->s, &conn, err));
    platen_code rc = store_prepare(conn, &run_state, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", run);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        (void)snprintf(state, 32, "%s", store_text(st, 0));
        *success = store_i64(st, 1);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code measure(bench *b, const char *what, const char *rollout, platen_error *err)
{
    const run_spec spec = {.kind = "device.edit", .name = "bench", .rollout = rollout};
    int64_t run = 0;
    int64_t success = 0;
    char state[32] = "";
    size_t count = 0;
    int64_t began = clock_mono_us();
    b->posts = b->jobs = 0;
    PLATEN_TRY(runs_create(b->r, &spec, &run, err));
    int64_t made = clock_mono_us();
    do {
        PLATEN_TRY(turn(b, &count, err));
        if (count == 0) { /* the run thread gives the next wave out */
            (void)usleep(1000);
        }
        PLATEN_TRY(look(b, run, state, &success, err));
    } while (strcmp(state, "running") == 0 || strcmp(state, "waiting") == 0);
    int64_t ended = clock_mono_us();
    printf("%s: %" PRId64 " devices, %s, made in %.2f s, %.2f s in all (must: 30), %zu jobs, %zu "
           "posts\n",
           what, success, state, (double)(made - began) / 1e6, (double)(ended - began) / 1e6,
           b->jobs, b->posts);
    return success == FLEET_DEVICES
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INTERNAL, "%" PRId64 " of %d devices have a success",
                           success, FLEET_DEVICES);
}

int main(int argc, char **argv)
{
    platen_error err = PLATEN_ERROR_INIT;
    static bench b;
    char folder[] = "/tmp/platen-bench-XXXXXX";
    char url[128] = "";
    if (argc < 2 && mkdtemp(folder) == NULL) {
        perror("bench-run");
        return 1;
    }
    (void)snprintf(url, sizeof(url), "sqlite:%s/platen.db", folder);
    platen_code rc = prepare(&b, argc > 1 ? argv[1] : url, &err);
    rc = rc == PLATEN_OK ? measure(&b, "one wave", NULL, &err) : rc;
    rc = rc == PLATEN_OK ? measure(&b, "a canary of 1 % and batches of 10 %",
                                   "{\"canary\":{\"percent\":1},\"batch\":{\"percent\":10},"
                                   "\"halt\":{\"percent\":5}}",
                                   &err)
                         : rc;
    if (rc != PLATEN_OK) {
        (void)fprintf(stderr, "bench-run: %s\n", err.text);
    }
    runs_free(b.r);
    store_close(b.s);
    if (argc < 2) {
        (void)file_remove_tree(folder, NULL);
    }
    return rc == PLATEN_OK ? 0 : 1;
}
