/* Jobs on their way to the agents and back. */
#include "core/run/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define LEASE_MOST 64 /* jobs of one answer */
#define TRIES_MAX 5   /* a job that kills its agent each time must not go round for ever */

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

platen_code runs_agent_started(runs *r, int64_t agent, const char *boot, platen_error *err)
{
    started s = {agent, boot};
    PLATEN_TRY(runs_note_boot(r, agent, boot, err)); /* first: from here on the older gets no job */
    return store_write(r->store, release_older, &s, err);
}

/* A run that has jobs for the agent; its steps of other kinds stand apart. */
typedef struct source {
    int64_t run;
    const task_kind *kind;
    char id[64];    /* of the kind */
    int64_t leased; /* jobs of the run that this agent has */
    bool dry;       /* nothing more for now */
} source;

typedef struct lease {
    runs *owner;
    lease_ask *ask;
    json_writer *w;
    size_t count;
    source *sources;
    size_t source_count;
    plan_job plans[PLAN_JOBS]; /* that wait for their plans */
    size_t plan_count;
    int64_t news[LEASE_MOST]; /* runs that began or have results, for the hooks */
    size_t news_count;
} lease;

static void note_news(lease *l, int64_t run)
{
    if (l->news_count < LEASE_MOST) {
        l->news[l->news_count++] = run;
    }
}

static platen_code take_lease(store_conn *conn, lease *l, int64_t job, int64_t run, int64_t now,
                              platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_lease, &st, err));
    store_bind_text(st, "boot", l->ask->boot);
    store_bind_i64(st, "until", now + LEASE_MS);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", job);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    bool begun = false;
    PLATEN_TRY(run_begin(conn, run, now, &begun, err));
    if (begun) {
        note_news(l, run);
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
    json_text(w, "kind", kind != NULL && kind->action != NULL ? kind->action : store_text(st, 2));
    json_i64(w, "lease_s", LEASE_MS / 1000);
    json_raw(w, "settings", store_text(st, 3));
    if (!preview && kind != NULL && kind->hooks != NULL && kind->hooks->done != NULL) {
        json_bool(w, "data", true);
    }
    if (kind != NULL && (kind->flags & KIND_EACH) != 0) {
        json_bool(w, "each", true);
    }
    if (preview) {
        json_text(w, "mode", "preview");
    } else if (kind != NULL && (kind->flags & KIND_VERIFY) != 0 && store_i64(st, 5) > 0) {
        json_bool(w, "verify", true); /* an agent had it before: it may be done already */
        json_i64(w, "first", store_i64(st, 6));
    }
}

/* A job that was chosen. */
typedef struct chosen {
    int64_t id, run;
    const task_kind *kind;
    bool preview;
    char *settings; /* of one that is planned, else NULL */
    int64_t *ids;
    int64_t *revisions; /* 0: the device is gone */
    size_t count;
    int64_t *gone;
    size_t gone_count;
    strbuf text; /* as it is sent */
    json_writer w;
} chosen;

static void chosen_fini(chosen *c)
{
    strbuf_fini(&c->text);
    free(c->settings);
    free(c->ids);
    free(c->revisions);
    free(c->gone);
}

/* Devices that are gone end up in `gone`, too. */
static platen_code read_revisions(store_conn *conn, chosen *c, platen_error *err)
{
    c->gone = calloc(c->count + 1, sizeof(*c->gone));
    c->revisions = calloc(c->count + 1, sizeof(*c->revisions));
    if (c->gone == NULL || c->revisions == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a job");
    }
    for (size_t i = 0; i < c->count; i++) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_device_revision_of, &st, err));
        store_bind_i64(st, "id", c->ids[i]);
        platen_code rc = store_step(st, err);
        if (rc == PLATEN_OK) {
            c->revisions[i] = store_i64(st, 0);
        } else if (rc == PLATEN_E_NOT_FOUND) {
            c->gone[c->gone_count++] = c->ids[i];
            c->revisions[i] = -1;
            rc = PLATEN_OK;
        }
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

/* [[id,revision],...] for the agent */
static void write_targets(chosen *c)
{
    json_array(&c->w, "targets");
    for (size_t i = 0; i < c->count; i++) {
        if (c->revisions[i] >= 0) {
            json_array(&c->w, NULL);
            json_i64(&c->w, NULL, c->ids[i]);
            json_i64(&c->w, NULL, c->revisions[i]);
            json_array_end(&c->w);
        }
    }
    json_array_end(&c->w);
    json_object_end(&c->w);
}

/* The job goes out after its plan, which is made behind this transaction. */
static platen_code put_to_plan(lease *l, chosen *c, platen_error *err)
{
    planned *list = calloc(c->count, sizeof(*list));
    if (list == NULL || c->settings == NULL || c->count > PLAN_TARGETS) {
        free(list);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the plan of %zu targets", c->count);
    }
    plan_job *job = &l->plans[l->plan_count++];
    *job = (plan_job){.id = c->id,
                      .run = c->run,
                      .kind = c->kind,
                      .preview = c->preview,
                      .settings = c->settings,
                      .head = c->text,
                      .plan = {.list = list}};
    for (size_t i = 0; i < c->count; i++) {
        if (c->revisions[i] >= 0) {
            list[job->plan.count].device = c->ids[i];
            list[job->plan.count++].revision = c->revisions[i];
        }
    }
    c->settings = NULL;
    strbuf_init(&c->text);
    return PLATEN_OK;
}

static platen_code end_gone(store_conn *conn, lease *l, const chosen *c, int64_t now,
                            platen_error *err)
{
    const run_closing removed = {.owner = l->owner,
                                 .run = c->run,
                                 .state = "skipped",
                                 .code = "removed",
                                 .text = "the device was deleted",
                                 .now = now};
    if (c->gone_count == 0) {
        return PLATEN_OK;
    }
    note_news(l, c->run);
    return run_close_targets(conn, &removed, c->id, c->gone, c->gone_count, err);
}

static platen_code give(store_conn *conn, lease *l, chosen *c, int64_t now, platen_error *err)
{
    PLATEN_TRY(read_revisions(conn, c, err));
    PLATEN_TRY(end_gone(conn, l, c, now, err));
    if (c->count > 0 && c->gone_count == c->count) {
        return PLATEN_OK; /* nobody is left */
    }
    if (plan_is_wanted(c->kind)) {
        PLATEN_TRY(put_to_plan(l, c, err));
        return take_lease(conn, l, c->id, c->run, now, err);
    }
    write_targets(c);
    if (c->text.failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a job");
    }
    json_raw(l->w, NULL, c->text.data);
    l->count++;
    return take_lease(conn, l, c->id, c->run, now, err);
}

/* The next job of the source; `*lost`: it was given out often enough. */
static platen_code choose(store_conn *conn, lease *l, source *from, chosen *c, bool *lost,
                          platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_next, &st, err));
    store_bind_i64(st, "agent", l->ask->agent);
    store_bind_i64(st, "run", from->run);
    store_bind_text(st, "kind", from->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        c->id = store_i64(st, 0);
        c->run = from->run;
        c->kind = from->kind;
        c->preview = strcmp(store_text(st, 7), "preview") == 0;
        c->settings = plan_is_wanted(c->kind) ? strdup(store_text(st, 3)) : NULL;
        *lost = store_i64(st, 5) >= TRIES_MAX;
        json_init(&c->w, &c->text);
        json_object(&c->w, NULL);
        write_job(&c->w, st);
        rc = targets_parse(store_text(st, 4), &c->ids, &c->count, err);
    }
    store_reset(st);
    return rc;
}

/* Whether so many devices more may be worked on by this kind, of all agents and runs. */
static platen_code has_room(store_conn *conn, const source *from, size_t count, bool *room,
                            platen_error *err)
{
    store_stmt *st = NULL;
    *room = true;
    if (from->kind == NULL || from->kind->parallel == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_kind_leased, &st, err));
    store_bind_text(st, "kind", from->id);
    platen_code rc = store_step(st, err);
    int64_t busy = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    *room = busy == 0 || busy + (int64_t)count <= (int64_t)from->kind->parallel;
    return rc;
}

static platen_code lease_from(store_conn *conn, lease *l, source *from, int64_t now,
                              platen_error *err)
{
    chosen c = {.ids = NULL};
    bool lost = false;
    bool room = false;
    strbuf_init(&c.text);
    platen_code rc = choose(conn, l, from, &c, &lost, err);
    if (rc == PLATEN_OK && lost) {
        const run_closing agent_lost = {.owner = l->owner,
                                        .run = from->run,
                                        .state = "error",
                                        .code = "agent-lost",
                                        .text = "the agent was lost again and again while it "
                                                "worked on this",
                                        .now = now};
        note_news(l, from->run);
        rc = run_close_job(conn, &agent_lost, c.id, err);
    } else if (rc == PLATEN_OK) {
        rc = has_room(conn, from, c.count, &room, err);
        from->dry = !room;
    }
    if (rc == PLATEN_OK && room) {
        from->leased++;
        rc = give(conn, l, &c, now, err);
    }
    chosen_fini(&c);
    if (rc == PLATEN_E_CORRUPT) { /* the other runs go on */
        log_error("run %" PRId64 " cannot be given out: %s", from->run,
                  err != NULL ? err->text : "");
    }
    if (rc == PLATEN_E_NOT_FOUND || rc == PLATEN_E_CORRUPT) {
        from->dry = true;
        rc = PLATEN_OK;
    }
    return rc;
}

static platen_code read_sources(store_conn *conn, lease *l, platen_error *err)
{
    store_stmt *st = NULL;
    size_t room = 0;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_runs_with_work, &st, err));
    store_bind_i64(st, "agent", l->ask->agent);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (l->source_count == room) {
            room = room == 0 ? 16 : room * 2;
            source *more = reallocarray(l->sources, room, sizeof(*more));
            if (more == NULL) {
                rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu runs", room);
                break;
            }
            l->sources = more;
        }
        source *fresh = &l->sources[l->source_count++];
        *fresh = (source){.run = store_i64(st, 0),
                          .kind = kind_find(store_text(st, 1)),
                          .leased = store_i64(st, 3)};
        (void)snprintf(fresh->id, sizeof(fresh->id), "%s", store_text(st, 1));
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* The source whose run has the fewest jobs with this agent; of equals the first. */
static source *next_source(lease *l)
{
    source *best = NULL;
    for (size_t i = 0; i < l->source_count; i++) {
        source *one = &l->sources[i];
        if (!one->dry && (best == NULL || one->leased < best->leased)) {
            best = one;
        }
    }
    return best;
}

/* Not now: an answer has few of what is planned; and an agent of an older release, which would not
 * do what such a job says, is to be replaced. */
static bool has_to_wait(const lease *l, const task_kind *kind)
{
    bool plans = plan_is_wanted(kind);
    bool each = kind != NULL && (kind->flags & KIND_EACH) != 0;
    return (plans && l->plan_count == PLAN_JOBS) || ((plans || each) && !l->ask->plans);
}

static platen_code lease_jobs(store_conn *conn, void *user, platen_error *err)
{
    lease *l = user;
    int64_t now = clock_now();
    source *from = NULL;
    if (runs_ask_is_over(l->owner, l->ask)) {
        return PLATEN_OK; /* nobody reads the answer */
    }
    PLATEN_TRY(run_keep_leases(conn, l->ask, now, err));
    if (l->ask->room > 0) {
        PLATEN_TRY(read_sources(conn, l, err));
    }
    while (l->count + l->plan_count < l->ask->room && l->count < LEASE_MOST &&
           (from = next_source(l)) != NULL) {
        if (has_to_wait(l, from->kind)) {
            from->dry = true; /* the agent asks again at once */
            continue;
        }
        PLATEN_TRY(lease_from(conn, l, from, now, err));
    }
    return PLATEN_OK;
}

/* What failed to be told is with the agent's boot, and it does not hold it: it is given anew. */
static platen_code give_planned(lease *l, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; i < l->plan_count && rc == PLATEN_OK; i++) {
        bool given = false;
        rc = plan_give(l->owner, &l->plans[i], l->w, &given, err);
        l->count += given;
    }
    return rc;
}

/* One look for work; `*again`: all of what was planned came to nothing, and there may be more. */
static platen_code lease_once(lease *l, bool *again, platen_error *err)
{
    platen_code rc = store_write(l->owner->store, lease_jobs, l, err);
    if (rc == PLATEN_OK) {
        rc = give_planned(l, err);
    }
    for (size_t i = 0; i < l->plan_count; i++) {
        plan_job_fini(&l->plans[i]);
    }
    free(l->sources);
    *again = rc == PLATEN_OK && l->count == 0 && l->plan_count > 0;
    l->sources = NULL;
    l->source_count = 0;
    l->plan_count = 0;
    return rc;
}

platen_code runs_lease_for(runs *r, lease_ask *ask, json_writer *w, size_t *count,
                           platen_error *err)
{
    lease l = {.owner = r, .ask = ask, .w = w};
    ask->room = atomic_load(&r->held) ? 0 : ask->room;
    bool again = true;
    while (again) {
        PLATEN_TRY(lease_once(&l, &again, err));
    }
    runs_settled(r);
    for (size_t i = 0; i < l.news_count; i++) {
        runs_notify_run(r, l.news[i]);
        runs_flow_ready(r, l.news[i]);
    }
    *count = l.count;
    return PLATEN_OK;
}

platen_code runs_lease(runs *r, int64_t agent, const char *boot, size_t room, json_writer *w,
                       size_t *count, platen_error *err)
{
    lease_ask ask = {.agent = agent, .boot = boot, .room = room, .plans = true};
    return runs_lease_for(r, &ask, w, count, err);
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
