/* See plan.h. On the thread of whoever asked for work. */
#include "core/run/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

bool plan_is_wanted(const task_kind *kind)
{
    return kind != NULL && kind->hooks != NULL && kind->hooks->plan != NULL;
}

void plan_job_fini(plan_job *job)
{
    for (size_t i = 0; i < job->plan.count; i++) {
        free(job->plan.list[i].settings);
        free(job->plan.list[i].text);
    }
    free(job->plan.list);
    free(job->settings);
    strbuf_fini(&job->head);
}

/* ---- what kinds call ---- */

static platen_code find(kind_plan *plan, int64_t device, planned **out, platen_error *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->list[i].device == device) {
            *out = &plan->list[i];
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_INVAL, "device %" PRId64 " is none of the %zu of the job",
                     device, plan->count);
}

static platen_code keep(char **member, const char *text, size_t length, platen_error *err)
{
    char *copy = strndup(text, length);
    if (copy == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a plan");
    }
    free(*member);
    *member = copy;
    return PLATEN_OK;
}

platen_code plan_set(kind_plan *plan, int64_t device, const char *json, platen_error *err)
{
    planned *one = NULL;
    PLATEN_TRY(find(plan, device, &one, err));
    size_t length = json != NULL ? strnlen(json, PLAN_SETTINGS + 1) : 0;
    if (length > PLAN_SETTINGS) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "settings of device %" PRId64 " of more than %u bytes", device,
                         PLAN_SETTINGS);
    }
    if (length == 0 || json[strspn(json, " \t\r\n")] != '{' ||
        json_check(json, length, NULL) != PLATEN_OK) {
        return error_set(err, PLATEN_E_INVAL, "settings of device %" PRId64 " are no JSON object",
                         device);
    }
    return keep(&one->settings, json, length, err);
}

static platen_code end_one(kind_plan *plan, int64_t device, bool failed, const char *code,
                           const char *text, platen_error *err)
{
    planned *one = NULL;
    PLATEN_TRY(find(plan, device, &one, err));
    size_t length = code != NULL ? strnlen(code, PLAN_CODE + 1) : 0;
    if (length == 0 || length > PLAN_CODE ||
        strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        return error_set(err, PLATEN_E_INVAL, "'%.40s' is no word of a-z, 0-9 and '-'",
                         code != NULL ? code : "");
    }
    const char *said = text != NULL ? text : "";
    size_t room = text_cut(said, strlen(said), PLATEN_ERROR_TEXT);
    if (!text_is_utf8(said, room)) {
        return error_set(err, PLATEN_E_INVAL, "the text of device %" PRId64 " is no UTF-8", device);
    }
    PLATEN_TRY(keep(&one->text, said, room, err));
    memcpy(one->code, code, length + 1);
    one->failed = failed;
    return PLATEN_OK;
}

platen_code plan_skip(kind_plan *plan, int64_t device, const char *code, const char *text,
                      platen_error *err)
{
    return end_one(plan, device, false, code, text, err);
}

platen_code plan_fail(kind_plan *plan, int64_t device, const char *code, const char *text,
                      platen_error *err)
{
    return end_one(plan, device, true, code, text, err);
}

/* ---- making one ---- */

static platen_code make(runs *r, plan_job *job, platen_error *err)
{
    int64_t ids[PLAN_TARGETS];
    store_conn *conn = NULL;
    for (size_t i = 0; i < job->plan.count; i++) {
        ids[i] = job->plan.list[i].device;
    }
    const kind_job told = {.run = job->run,
                           .job = job->id,
                           .kind = job->kind->id,
                           .settings = job->settings,
                           .preview = job->preview,
                           .devices = ids,
                           .count = job->plan.count};
    PLATEN_TRY(store_read(r->store, &conn, err));
    platen_code rc = job->kind->hooks->plan(conn, &told, &job->plan, job->kind->hooks->user, err);
    store_read_end(conn);
    return rc;
}

/* ---- what comes of it ---- */

typedef struct ending {
    runs *owner;
    const plan_job *job;
    const platen_error *failure; /* of the whole plan; NULL: it ends some devices */
} ending;

static bool same_end(const planned *a, const planned *b)
{
    return a->text != NULL && b->text != NULL && a->failed == b->failed &&
           strcmp(a->code, b->code) == 0 && strcmp(a->text, b->text) == 0;
}

/* Those that end as number `first` does; false when another one before it does so, too. */
static bool gather(const kind_plan *plan, size_t first, int64_t ids[PLAN_TARGETS], size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (same_end(&plan->list[first], &plan->list[i])) {
            if (i < first) {
                return false;
            }
            ids[(*count)++] = plan->list[i].device;
        }
    }
    return *count > 0;
}

static platen_code end_some(store_conn *conn, void *user, platen_error *err)
{
    const ending *e = user;
    const kind_plan *plan = &e->job->plan;
    int64_t ids[PLAN_TARGETS];
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const run_closing ended = {.owner = e->owner,
                                   .run = e->job->run,
                                   .state = plan->list[i].failed ? "error" : "skipped",
                                   .code = plan->list[i].code,
                                   .text = plan->list[i].text,
                                   .now = clock_now()};
        if (gather(plan, i, ids, &count)) {
            PLATEN_TRY(run_close_targets(conn, &ended, e->job->id, ids, count, err));
        }
    }
    return PLATEN_OK;
}

static platen_code end_failed(store_conn *conn, void *user, platen_error *err)
{
    const ending *e = user;
    const run_closing failed = {.owner = e->owner,
                                .run = e->job->run,
                                .state = "error",
                                .code = error_word((platen_code)e->failure->code),
                                .text = e->failure->text,
                                .now = clock_now()};
    return run_close_job(conn, &failed, e->job->id, err);
}

static void write_planned(plan_job *job, json_writer *w, bool *given)
{
    strbuf *out = &job->head;
    strbuf_append(out, ",\"targets\":[");
    for (size_t i = 0; i < job->plan.count; i++) {
        const planned *one = &job->plan.list[i];
        if (one->text != NULL) {
            continue;
        }
        strbuf_appendf(out, "%s[%" PRId64 ",%" PRId64, *given ? "," : "", one->device,
                       one->revision);
        if (one->settings != NULL) {
            strbuf_append_char(out, ',');
            json_quote(out, one->settings, strlen(one->settings));
        }
        strbuf_append_char(out, ']');
        *given = true;
    }
    strbuf_append(out, "]}");
    if (*given && !out->failed) {
        json_raw(w, NULL, out->data);
    }
}

platen_code plan_give(runs *r, plan_job *job, json_writer *w, bool *given, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    ending e = {.owner = r, .job = job};
    bool ends = false;
    *given = false;
    platen_code rc = make(r, job, &why);
    for (size_t i = 0; i < job->plan.count; i++) {
        ends = ends || job->plan.list[i].text != NULL;
    }
    if (rc != PLATEN_OK) {
        log_warning("run %" PRId64 ": '%s' has no plan for a job: %s", job->run, job->kind->id,
                    why.text);
        why.code = (uint32_t)rc;
        e.failure = &why;
        rc = store_write(r->store, end_failed, &e, err);
    } else {
        rc = ends ? store_write(r->store, end_some, &e, err) : PLATEN_OK;
        if (rc == PLATEN_OK) {
            write_planned(job, w, given);
        }
    }
    PLATEN_TRY(rc);
    runs_settled(r);
    if (ends || e.failure != NULL) {
        runs_notify_run(r, job->run);
        runs_flow_ready(r, job->run);
    }
    return job->head.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a job") : PLATEN_OK;
}
