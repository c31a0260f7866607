/*
 * Results of agents, applied. One post is one function on the store's writer: all of it commits or
 * none does, and the sequence number of the post is written with it, so that a repeated post has
 * no second effect.
 */
#include "core/run/post.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/driver.h>

#include "core/base/clock.h"
#include "core/run/extras.h"
#include "core/run/tell.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define CANCELLED 4 /* of run_states */
#define SKIPPED 5
#define JOBS_MAX 1024 /* jobs that one post may speak of: more than an agent has at a time */

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* ---- jobs of the post ---- */

static platen_code keep_settings(post_job *job, const char *settings, platen_error *err)
{
    job->settings_text = strdup(settings);
    return job->settings_text != NULL ? PLATEN_OK
                                      : error_set(err, PLATEN_E_NOMEM, "no memory for a job");
}

static platen_code load_job(store_conn *conn, post *p, int64_t id, post_job *job, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_job_load, &st, err));
    store_bind_i64(st, "id", id);
    store_bind_i64(st, "agent", p->agent);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_E_NOT_FOUND) { /* deleted with its run: its late results have no place */
        *job = (post_job){.id = id, .over = true};
        rc = PLATEN_OK;
    } else if (rc == PLATEN_OK) {
        const char *settings = store_text(st, 4);
        *job = (post_job){.id = id,
                          .run = store_i64(st, 1),
                          .kind = kind_find(store_text(st, 2)),
                          .builtin = store_i64(st, 3) != 0,
                          .over = strcmp(store_text(st, 6), "done") == 0,
                          .step = store_i64(st, 7) != 0,
                          .wave = store_i64(st, 8),
                          .halted = !store_is_null(st, 9),
                          .preview = strcmp(store_text(st, 10), "preview") == 0};
        rc = json_parse(settings, strlen(settings), &job->settings, err);
        if (rc == PLATEN_OK && job->kind != NULL && job->kind->hooks != NULL) {
            rc = keep_settings(job, settings, err);
        }
        if (rc == PLATEN_OK) {
            rc = targets_parse(store_text(st, 5), &job->ids, &job->count, err);
        }
        if (rc == PLATEN_E_CORRUPT || rc == PLATEN_E_MALFORMED) { /* the rest of the post counts */
            log_error("job %" PRId64 " takes no results: %s", id, err != NULL ? err->text : "");
            job->over = true;
            job->run = 0;
            rc = PLATEN_OK;
        }
        job->left = job->count;
        job->over = job->over || job->kind == NULL;
    }
    store_reset(st);
    if (rc == PLATEN_OK && job->count > 1) {
        qsort(job->ids, job->count, sizeof(job->ids[0]), by_id);
    }
    return rc;
}

static platen_code job_of(store_conn *conn, post *p, const cJSON *result, post_job **out,
                          platen_error *err)
{
    const char *text = json_get_text(result, "job", "");
    char *end = NULL;
    int64_t id = strtoll(text, &end, 10);
    if (text[0] == '\0' || *end != '\0') {
        return error_set(err, PLATEN_E_INVAL, "a result names no job");
    }
    for (size_t i = 0; i < p->job_count; i++) {
        if (p->jobs[i].id == id) {
            *out = &p->jobs[i];
            return PLATEN_OK;
        }
    }
    if (p->job_count == JOBS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "results of more than %d jobs in one post",
                         JOBS_MAX);
    }
    if (p->job_count == p->job_room) {
        size_t room = p->job_room == 0 ? 16 : p->job_room * 2;
        post_job *more = reallocarray(p->jobs, room, sizeof(*more));
        if (more == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for results of %zu jobs", room);
        }
        p->jobs = more;
        p->job_room = room;
    }
    post_job *job = &p->jobs[p->job_count];
    PLATEN_TRY(load_job(conn, p, id, job, err));
    p->job_count++;
    *out = job;
    return PLATEN_OK;
}

/* Takes a target out of the job; false when it is none of it or has its result already. */
static bool take_target(post_job *job, int64_t id)
{
    size_t low = 0;
    size_t high = job->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t there = job->ids[middle] < 0 ? -job->ids[middle] : job->ids[middle];
        if (there == id) {
            bool fresh = job->ids[middle] > 0;
            job->ids[middle] = -there;
            job->left -= fresh;
            return fresh;
        }
        if (there < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

void post_note_change(post *p, const device_change *change)
{
    if (!change->changed) {
        return;
    }
    if (p->change_count == p->change_room) {
        size_t room = p->change_room == 0 ? 64 : p->change_room * 2;
        device_change *more = realloc(p->changes, room * sizeof(*more));
        if (more == NULL) {
            return; /* pages then learn of it at their next look */
        }
        p->changes = more;
        p->change_room = room;
    }
    p->changes[p->change_count++] = *change;
}

/* The result of one target of the job: a row, or the answer to a flow. `data`: of the driver. */
static platen_code put_row(store_conn *conn, const post *p, post_job *job, target_row *row,
                           const char *data, platen_error *err)
{
    run_told told = {.kind = job->kind,
                     .preview = job->preview,
                     .settings = job->settings_text,
                     .data = data,
                     .data_length = data != NULL ? strlen(data) : 0};
    size_t index = run_state_index(row->state);
    row->run = job->run;
    row->job = job->id;
    row->agent = p->agent;
    row->wave = job->wave;
    row->ended = p->now;
    if (job->halted && index == CANCELLED) { /* the rest of a halted run that was cancelled */
        index = SKIPPED;
        row->code = "halted";
        row->text = "the run was halted";
    }
    row->state = run_states[index];
    PLATEN_TRY(run_tell_kind(conn, &told, row, err));
    index = run_state_index(row->state);
    if (job->step) {
        return target_row_answer(conn, row, err);
    }
    job->counts.of[index]++;
    job->counts.changed += target_row_changed(row);
    bool kept = !job->builtin || index != 0 || row->device == 0;
    return kept ? target_row_put(conn, row, err) : PLATEN_OK;
}

/* What no agent sends that is one of ours. */
static bool data_fits(const char *data)
{
    return data != NULL && strnlen(data, PLATEN_DATA_MAX + 1) <= PLATEN_DATA_MAX;
}

static platen_code put_result(store_conn *conn, const post *p, post_job *job, int64_t device,
                              const cJSON *result, const char *state, platen_error *err)
{
    extras x;
    const char *data = json_get_text(result, "data", NULL);
    target_row row = {.device = device, .state = json_get_text(result, "state", state)};
    platen_code rc = extras_read(&x, result, err);
    if (rc == PLATEN_OK) {
        extras_put(&x, &row);
        rc = put_row(conn, p, job, &row, data_fits(data) ? data : NULL, err);
    }
    extras_fini(&x);
    return rc;
}

/* ---- what a result holds ---- */

platen_code post_need_regions(store_conn *conn, post *p, platen_error *err)
{
    return p->regions != NULL ? PLATEN_OK
                              : region_map_book(p->owner->regions, conn, &p->regions, err);
}

/* ---- one device ---- */

/* Which of the device's names a task has just written. */
static unsigned written(const post_job *job, const cJSON *result)
{
    unsigned what = 0;
    const cJSON *change = NULL;
    if (strcmp(job->kind->id, "device.edit") != 0) {
        return 0;
    }
    cJSON_ArrayForEach(change, json_get_array(result, "changes"))
    {
        const char *path = json_get_text(change, "path", "");
        what |= strcmp(path, "name") == 0       ? DEVICE_TAKE_NAME
                : strcmp(path, "location") == 0 ? DEVICE_TAKE_LOCATION
                                                : 0;
    }
    return what;
}

static platen_code apply_report(store_conn *conn, post *p, const post_job *job, int64_t device,
                                const cJSON *result, const cJSON *tree, platen_error *err)
{
    report *r = NULL;
    post_access a;
    device_change change = {.id = device};
    device_visit visit = (device_visit)job->kind->visit;
    if (visit == DEVICE_VISIT_INFORMATION) {
        PLATEN_TRY(post_need_regions(conn, p, err));
    }
    PLATEN_TRY(report_read(tree, &r, err));
    post_access_read(&a, result, result);
    a.access.take = written(job, result);
    platen_code rc =
        device_apply(conn, p->regions, device, visit, r, json_get_text(result, "hash", ""),
                     &a.access, p->now, &change, err);
    post_access_fini(&a);
    report_free(r);
    if (rc == PLATEN_OK) {
        post_note_change(p, &change);
        seen_set(p->owner->seen, device, change.power, change.power == DEVICE_ON ? p->now : 0);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc; /* deleted meanwhile */
}

static platen_code apply_power(store_conn *conn, post *p, int64_t device, device_power power,
                               platen_error *err)
{
    device_change change = {.id = device};
    platen_code rc = device_set_power(conn, device, power, p->now, &change, err);
    if (rc == PLATEN_OK) {
        post_note_change(p, &change);
        seen_set(p->owner->seen, device, power, power == DEVICE_ON ? p->now : 0);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code apply_device(store_conn *conn, post *p, post_job *job, const cJSON *result,
                                platen_error *err)
{
    int64_t device = json_get_i64(result, "id", 0);
    const char *power = json_get_text(result, "power", "");
    const cJSON *tree = json_get_object(result, "report");
    if (job->over || !take_target(job, device)) {
        return PLATEN_OK;
    }
    if (tree != NULL) {
        PLATEN_TRY(apply_report(conn, p, job, device, result, tree, err));
    } else if (power[0] != '\0') {
        PLATEN_TRY(apply_power(conn, p, device, device_power_from(power), err));
    }
    return put_result(conn, p, job, device, result, "", err);
}

/* Devices that answered as they did before: nothing is written, unless they had been silent. */
static platen_code apply_same(store_conn *conn, post *p, post_job *job, const cJSON *same,
                              platen_error *err)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, same)
    {
        bool fits = cJSON_IsNumber(item) && item->valuedouble >= 1 && item->valuedouble < 9e15;
        int64_t device = fits ? (int64_t)item->valuedouble : 0;
        if (job->over || !take_target(job, device)) {
            continue;
        }
        device_power known = seen_power(p->owner->seen, device);
        if (known == DEVICE_ON) {
            seen_set(p->owner->seen, device, DEVICE_ON, p->now);
        } else if (known != DEVICE_CONFLICT) { /* else still the other device (DEV-90) */
            PLATEN_TRY(apply_power(conn, p, device, DEVICE_ON, err));
        }
        target_row row = {.device = device, .state = "success"};
        PLATEN_TRY(put_row(conn, p, job, &row, NULL, err));
    }
    return PLATEN_OK;
}

/* ---- the end of a job ---- */

static platen_code apply_done(store_conn *conn, post *p, post_job *job, const cJSON *result,
                              platen_error *err)
{
    if (job->over) {
        return PLATEN_OK;
    }
    job->over = true;
    if (job->count == 0) { /* the agent is the target, or there is none */
        return put_result(conn, p, job, 0, result, "success", err);
    }
    bool cancelled = strcmp(json_get_text(result, "state", ""), "cancelled") == 0;
    for (size_t i = 0; i < job->count; i++) {
        target_row row = {.device = job->ids[i],
                          .state = cancelled ? "cancelled" : "error",
                          .code = cancelled ? "cancelled" : "no-result",
                          .text = cancelled ? "cancelled by a user"
                                            : "the agent ended the job without a result for this"};
        if (row.device > 0) {
            take_target(job, row.device);
            PLATEN_TRY(put_row(conn, p, job, &row, NULL, err));
        }
    }
    return PLATEN_OK;
}

static platen_code write_job(store_conn *conn, post *p, post_job *job, platen_error *err)
{
    strbuf targets;
    store_stmt *st = NULL;
    if (job->run == 0) {
        return PLATEN_OK;
    }
    bool done = job->over || (job->count > 0 && job->left == 0);
    strbuf_init(&targets);
    targets_write(&targets, job->ids, job->count);
    platen_code rc = store_prepare(conn, &sql_job_update, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "targets", done ? "[]" : targets.data);
        store_bind_i64(st, "count", done ? 0 : (int64_t)job->left);
        store_bind_text(st, "state", done ? "done" : NULL); /* NULL: stays */
        store_bind_i64(st, "id", job->id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&targets);
    PLATEN_TRY(rc);
    if (job->step) {
        return PLATEN_OK;
    }
    PLATEN_TRY(run_counts_add(conn, job->run, &job->counts, err));
    return run_settle(conn, p->owner, job->run, p->now, err);
}

/* ---- the post ---- */

static platen_code apply_one(store_conn *conn, post *p, const cJSON *result, platen_error *err)
{
    post_job *job = NULL;
    const cJSON *same = json_get_array(result, "same");
    const cJSON *verdict = json_get_object(result, "verdict");
    const cJSON *progress = json_get_object(result, "progress");
    PLATEN_TRY(job_of(conn, p, result, &job, err));
    if (same != NULL) {
        return apply_same(conn, p, job, same, err);
    }
    if (verdict != NULL) {
        return post_verdict(conn, p, job, result, verdict, err);
    }
    if (progress != NULL && job->over) {
        return PLATEN_OK;
    }
    if (progress != NULL) {
        runs_set_progress(p->owner, job->run, json_get_i64(progress, "done", 0),
                          json_get_i64(progress, "total", 0), json_get_i64(progress, "found", 0));
        return PLATEN_OK;
    }
    if (json_get_bool(result, "done", false)) {
        return apply_done(conn, p, job, result, err);
    }
    return apply_device(conn, p, job, result, err);
}

static platen_code check_seq(store_conn *conn, post *p, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_boot, &st, err));
    store_bind_i64(st, "id", p->agent);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        p->repeated = strcmp(store_text(st, 0), p->boot) == 0 && store_i64(st, 1) >= p->seq;
    }
    store_reset(st);
    PLATEN_TRY(rc);
    if (p->repeated) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_agent_ack, &st, err));
    store_bind_text(st, "boot", p->boot);
    store_bind_i64(st, "seq", p->seq);
    store_bind_i64(st, "now", p->now);
    store_bind_i64(st, "id", p->agent);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code apply_post(store_conn *conn, void *user, platen_error *err)
{
    post *p = user;
    const cJSON *result = NULL;
    p->now = clock_now();
    if (p->agent != 0) { /* the manager's own work makes no posts twice */
        PLATEN_TRY(check_seq(conn, p, err));
    }
    if (p->repeated) {
        return PLATEN_OK;
    }
    for (int ends = 0; ends <= 1; ends++) { /* results come in any order, the ends of jobs last */
        cJSON_ArrayForEach(result, p->results)
        {
            if (json_get_bool(result, "done", false) == (ends == 1)) {
                PLATEN_TRY(apply_one(conn, p, result, err));
            }
        }
    }
    for (size_t i = 0; i < p->job_count; i++) {
        PLATEN_TRY(write_job(conn, p, &p->jobs[i], err));
    }
    return PLATEN_OK;
}

platen_code runs_results(runs *r, int64_t agent, const char *boot, int64_t seq,
                         const cJSON *results, platen_error *err)
{
    post *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for results");
    }
    p->owner = r;
    p->agent = agent;
    p->boot = boot;
    p->seq = seq;
    p->results = results;
    platen_code rc = store_write(r->store, apply_post, p, err);
    for (size_t i = 0; rc == PLATEN_OK && i < p->change_count; i++) {
        if (r->hooks.device_changed != NULL) {
            r->hooks.device_changed(&p->changes[i], r->hooks.user);
        }
    }
    runs_settled(r);
    for (size_t i = 0; i < p->job_count; i++) {
        if (rc == PLATEN_OK && p->jobs[i].run != 0) {
            runs_notify_run(r, p->jobs[i].run);
            if (p->jobs[i].step) {
                runs_flow_ready(r, p->jobs[i].run);
            }
            if (p->jobs[i].kind != NULL && p->jobs[i].kind->parallel > 0) {
                runs_notify_agent(r, 0); /* there is room for others */
            }
        }
        cJSON_Delete(p->jobs[i].settings);
        free(p->jobs[i].settings_text);
        free(p->jobs[i].ids);
    }
    free(p->jobs);
    free(p->changes);
    free(p);
    return rc;
}
