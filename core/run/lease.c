/* Jobs on their way to the agents and back. */
#include "core/run/run_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "run_sql.h"

#define TRIES_MAX 5 /* a job that kills its agent each time must not go round for ever */

void targets_write(strbuf *out, const int64_t *ids, size_t count)
{
    bool comma = false;
    strbuf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0) {
            continue;
        }
        if (comma) {
            strbuf_append_char(out, ',');
        }
        comma = true;
        strbuf_append_i64(out, ids[i]);
    }
    strbuf_append_char(out, ']');
}

platen_code targets_parse(const char *text, int64_t **ids, size_t *count, platen_error *err)
{
    size_t room = 1;
    for (const char *c = text; *c != '\0'; c++) {
        room += *c == ',';
    }
    int64_t *found = calloc(room, sizeof(*found));
    if (found == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu targets", room);
    }
    size_t used = 0;
    const char *at = text + strspn(text, "[ ");
    while (*at >= '0' && *at <= '9' && used < room) {
        char *end = NULL;
        found[used++] = strtoll(at, &end, 10);
        at = end + strspn(end, ", ");
    }
    if (*at != ']') {
        free(found);
        return error_set(err, PLATEN_E_CORRUPT, "the targets of a job are damaged");
    }
    *ids = found;
    *count = used;
    return PLATEN_OK;
}

/* ---- leasing ---- */

typedef struct started {
    int64_t agent;
    const char *boot;
} started;

static platen_code release_older(store_conn *conn, void *user, platen_error *err)
{
    const started *s = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_release_older, &st, err));
    store_bind_i64(st, "agent", s->agent);
    store_bind_text(st, "boot", s->boot);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code note_boot(runs *r, int64_t agent, const char *boot, platen_error *err)
{
    uint64_t hash = hash_bytes(boot, strlen(boot));
    size_t at = 0;
    pthread_mutex_lock(&r->lock);
    while (at < r->boot_count && r->boots[at].agent != agent) {
        at++;
    }
    run_boot *boots = r->boots;
    if (at == r->boot_count) {
        boots = realloc(r->boots, (at + 1) * sizeof(*boots));
    }
    if (boots != NULL) {
        boots[at] = (run_boot){agent, hash};
        r->boots = boots;
        r->boot_count += at == r->boot_count;
    }
    pthread_mutex_unlock(&r->lock);
    return boots != NULL ? PLATEN_OK
                         : error_set(err, PLATEN_E_NOMEM, "no memory for agent %" PRId64, agent);
}

bool runs_boot_is_over(runs *r, int64_t agent, const char *boot)
{
    uint64_t hash = hash_bytes(boot, strlen(boot));
    bool over = false;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->boot_count; i++) {
        over = over || (r->boots[i].agent == agent && r->boots[i].boot != hash);
    }
    pthread_mutex_unlock(&r->lock);
    return over;
}

platen_code runs_agent_started(runs *r, int64_t agent, const char *boot, platen_error *err)
{
    started s = {agent, boot};
    PLATEN_TRY(note_boot(r, agent, boot, err)); /* first: from here on the older gets no job */
    return store_write(r->store, release_older, &s, err);
}

typedef struct lease {
    runs *owner;
    int64_t agent;
    const char *boot;
    size_t room;
    json_writer *w;
    size_t count;
    int64_t started[64]; /* runs, for the notification */
    size_t started_count;
} lease;

/* [[id,revision],...] for the agent, from the stored [id,...]. */
static platen_code write_targets(store_conn *conn, json_writer *w, const char *stored,
                                 platen_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    PLATEN_TRY(targets_parse(stored, &ids, &count, err));
    platen_code rc = PLATEN_OK;
    json_array(w, "targets");
    for (size_t i = 0; i < count && rc == PLATEN_OK; i++) {
        store_stmt *st = NULL;
        rc = store_prepare(conn, &sql_device_revision_of, &st, err);
        if (rc == PLATEN_OK) {
            store_bind_i64(st, "id", ids[i]);
            rc = store_step(st, err);
            json_array(w, NULL);
            json_i64(w, NULL, ids[i]);
            json_i64(w, NULL, rc == PLATEN_OK ? store_i64(st, 0) : 0);
            json_array_end(w);
            rc = rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
        }
        store_reset(st);
    }
    json_array_end(w);
    free(ids);
    return rc;
}

static platen_code take_lease(store_conn *conn, lease *l, int64_t job, int64_t run, int64_t now,
                              platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_lease, &st, err));
    store_bind_text(st, "boot", l->boot);
    store_bind_i64(st, "until", now + LEASE_MS);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", job);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    bool begun = false;
    PLATEN_TRY(run_begin(conn, run, now, &begun, err));
    if (begun && l->started_count < 64) {
        l->started[l->started_count++] = run;
    }
    return PLATEN_OK;
}

/* The job but for its targets; the statement is job_next. */
static void write_job(json_writer *w, store_stmt *st)
{
    const task_kind *kind = kind_find(store_text(st, 2));
    bool preview = strcmp(store_text(st, 7), "preview") == 0;
    json_id(w, "id", store_i64(st, 0));
    json_id(w, "run", store_i64(st, 1));
    json_text(w, "kind", store_text(st, 2));
    json_i64(w, "lease_s", LEASE_MS / 1000);
    json_raw(w, "settings", store_text(st, 3));
    if (preview) {
        json_text(w, "mode", "preview");
    } else if (kind != NULL && (kind->flags & KIND_VERIFY) != 0 && store_i64(st, 5) > 0) {
        json_bool(w, "verify", true); /* an agent had it before: it may be done already */
        json_i64(w, "first", store_i64(st, 6));
    }
}

/* Gives out one job; PLATEN_E_NOT_FOUND when none waits. */
static platen_code lease_one(store_conn *conn, lease *l, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_next, &st, err));
    store_bind_i64(st, "agent", l->agent);
    platen_code rc = store_step(st, err);
    if (rc != PLATEN_OK) {
        store_reset(st);
        return rc;
    }
    int64_t job = store_i64(st, 0);
    int64_t run = store_i64(st, 1);
    if (store_i64(st, 5) >= TRIES_MAX) {
        const run_closing lost = {.owner = l->owner,
                                  .run = run,
                                  .state = "error",
                                  .code = "agent-lost",
                                  .text =
                                      "the agent was lost again and again while it worked on this",
                                  .now = now};
        store_reset(st);
        return run_close_job(conn, &lost, job, err);
    }
    json_object(l->w, NULL);
    write_job(l->w, st);
    char *targets = strdup(store_text(st, 4));
    store_reset(st);
    rc = targets != NULL ? write_targets(conn, l->w, targets, err) : PLATEN_E_NOMEM;
    free(targets);
    json_object_end(l->w);
    l->count++;
    return rc == PLATEN_OK ? take_lease(conn, l, job, run, now, err) : rc;
}

static platen_code lease_jobs(store_conn *conn, void *user, platen_error *err)
{
    lease *l = user;
    int64_t now = clock_now();
    store_stmt *st = NULL;
    if (runs_boot_is_over(l->owner, l->agent, l->boot)) {
        return PLATEN_OK; /* a request of a killed agent still waits here: nobody reads the answer
                           */
    }
    PLATEN_TRY(store_prepare(conn, &sql_job_renew, &st, err));
    store_bind_i64(st, "until", now + LEASE_MS);
    store_bind_i64(st, "agent", l->agent);
    store_bind_text(st, "boot", l->boot);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    for (size_t i = 0; i < l->room && rc == PLATEN_OK; i++) {
        rc = lease_one(conn, l, now, err);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code runs_lease(runs *r, int64_t agent, const char *boot, size_t room, json_writer *w,
                       size_t *count, platen_error *err)
{
    lease l = {.owner = r, .agent = agent, .boot = boot, .room = room < 64 ? room : 64, .w = w};
    PLATEN_TRY(store_write(r->store, lease_jobs, &l, err));
    for (size_t i = 0; i < l.started_count; i++) {
        runs_notify_run(r, l.started[i]);
    }
    *count = l.count;
    return PLATEN_OK;
}

platen_code runs_cancels(runs *r, int64_t agent, json_writer *w, size_t *count, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(r->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_job_cancels, &st, err);
    *count = 0;
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "agent", agent);
        while ((rc = store_step(st, err)) == PLATEN_OK) {
            json_id(w, NULL, store_i64(st, 0));
            (*count)++;
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}
