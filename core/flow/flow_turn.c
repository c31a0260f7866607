/*
 * A turn of a run: what its scripts asked for, and how they ended, in one transaction. Nothing goes
 * on before the commit. When a turn fails the run is forgotten and loaded anew: the database knows
 * all of it.
 */
#include "core/flow/flow_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/run/kind.h"
#include "core/run/step.h"
#include "flow_sql.h"

#define PROBE_KIND "device.monitor" /* what wait_online asks a device with */

typedef struct fresh {
    int64_t device;
    char *snapshot; /* NULL: the device is gone */
} fresh;

typedef struct turn {
    flow_run *run;
    int64_t now;
    flow_item *asks[FLOW_TURN_MAX]; /* ITEM_ASKS and ITEM_PROBES */
    size_t ask_count;
    flow_item *ends[FLOW_TURN_MAX]; /* ITEM_OVER and ITEM_SETTLES */
    size_t end_count;
    flow_news *news;
    size_t news_count, news_room;
    fresh fresh[FLOW_ADMIT];
    size_t fresh_count, admit;
    bool cancelled, halted, over;
} turn;

/* ---- steps ---- */

static const char *kind_of(const flow_item *i)
{
    return i->state == ITEM_PROBES || flow_co_ask(i->co)->call == FLOW_WAIT_ONLINE
               ? PROBE_KIND
               : flow_co_ask(i->co)->kind;
}

static const char *settings_of(const flow_item *i)
{
    const char *settings = flow_co_ask(i->co)->settings;
    return settings != NULL ? settings : "{}";
}

static bool needs_job(const flow_item *i)
{
    flow_call call = flow_co_ask(i->co)->call;
    return i->answer == NULL && (call == FLOW_SUBTASK || call == FLOW_WAIT_ONLINE);
}

static int by_step(const void *a, const void *b)
{
    const flow_item *x = *(flow_item *const *)a;
    const flow_item *y = *(flow_item *const *)b;
    int order = strcmp(kind_of(x), kind_of(y));
    order = order != 0 ? order : strcmp(settings_of(x), settings_of(y));
    int64_t one = flow_co_ask(x->co)->device;
    int64_t two = flow_co_ask(y->co)->device;
    return order != 0 ? order : one < two ? -1 : one > two;
}

static bool same_step(const flow_item *x, const flow_item *y)
{
    return strcmp(kind_of(x), kind_of(y)) == 0 && strcmp(settings_of(x), settings_of(y)) == 0;
}

static char *answer_text(const char *state, const char *code, const char *text)
{
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_text(&w, "state", state);
    json_text(&w, "code", code);
    json_text(&w, "text", text);
    json_object_end(&w);
    return strbuf_take(&out);
}

/* Why the step cannot be: an answer for all of it, or NULL. */
static char *refuse_step(const flow_run *r, const flow_item *i)
{
    const char *name = kind_of(i);
    const task_kind *kind = kind_find(name);
    const flows_hooks *hooks = &r->owner->hooks;
    char text[PLATEN_ERROR_TEXT];
    platen_error err = PLATEN_ERROR_INIT;
    if (kind == NULL) {
        (void)snprintf(text, sizeof(text), "there is no task kind '%.100s'", name);
        return answer_text("error", "not-found", text);
    }
    if (kind->where != KIND_ON_AGENT || kind->targets != KIND_DEVICES) {
        (void)snprintf(text, sizeof(text), "'%.100s' is no task kind that a flow can use", name);
        return answer_text("error", "unsupported", text);
    }
    if (hooks->settings_fit != NULL &&
        hooks->settings_fit(kind->settings, settings_of(i), hooks->user, &err) != PLATEN_OK) {
        (void)snprintf(text, sizeof(text), "settings of '%.60s': %.200s", name, err.text);
        return answer_text("error", "inval", text);
    }
    return NULL;
}

/* Up to `count` items of one kind and the same settings, in order of their devices; each device
 * once a job. */
static platen_code make_jobs(store_conn *conn, const turn *t, flow_item **items, size_t count,
                             platen_error *err)
{
    int64_t devices[FLOW_TURN_MAX];
    int64_t jobs[FLOW_TURN_MAX];
    size_t left = count;
    for (size_t i = 0; i < count; i++) {
        items[i]->job = -1;
    }
    while (left > 0) {
        size_t used = 0;
        for (size_t i = 0; i < count; i++) {
            int64_t device = flow_co_ask(items[i]->co)->device;
            if (items[i]->job == -1 && (used == 0 || devices[used - 1] != device)) {
                devices[used++] = device;
            }
        }
        const run_step step = {.run = t->run->id,
                               .kind = kind_of(items[0]),
                               .settings = settings_of(items[0]),
                               .devices = devices,
                               .count = used};
        PLATEN_TRY(run_step_jobs(conn, t->run->owner->runs, &step, jobs, err));
        left -= used;
        size_t at = 0;
        for (size_t i = 0; i < count && at < used; i++) {
            if (items[i]->job == -1 && flow_co_ask(items[i]->co)->device == devices[at]) {
                items[i]->job = jobs[at++];
            }
        }
    }
    return PLATEN_OK;
}

/* Whether the run may touch another device than the flow's own. */
static platen_code check_reach(store_conn *conn, const flow_run *r, flow_item *i, platen_error *err)
{
    store_stmt *st = NULL;
    const flow_ask *ask = flow_co_ask(i->co);
    if (r->region_count == 0 || ask->device == i->device) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_flow_device, &st, err));
    store_bind_i64(st, "id", ask->device);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_E_NOT_FOUND || (rc == PLATEN_OK && !flow_may_reach(r, store_i64(st, 22)))) {
        i->answer =
            answer_text("skipped", "not-in-region", "the device is not of the task's regions");
        rc = PLATEN_OK;
    }
    store_reset(st);
    return rc;
}

static platen_code step_of(store_conn *conn, const turn *t, flow_item **items, size_t count,
                           platen_error *err)
{
    char *refused = refuse_step(t->run, items[0]);
    if (refused == NULL) {
        PLATEN_TRY(make_jobs(conn, t, items, count, err));
    }
    for (size_t i = 0; i < count; i++) {
        bool waits = flow_co_ask(items[i]->co)->call == FLOW_WAIT_ONLINE;
        if (refused != NULL || items[i]->job == 0) {
            items[i]->answer = waits ? strdup("{\"online\":false}")
                               : refused != NULL
                                   ? strdup(refused)
                                   : answer_text("skipped", "removed", "the device is gone");
        }
    }
    free(refused);
    return PLATEN_OK;
}

static platen_code make_steps(store_conn *conn, turn *t, platen_error *err)
{
    flow_item *steps[FLOW_TURN_MAX];
    size_t count = 0;
    for (size_t i = 0; i < t->ask_count; i++) {
        if (needs_job(t->asks[i])) {
            PLATEN_TRY(check_reach(conn, t->run, t->asks[i], err));
        }
        if (needs_job(t->asks[i])) {
            steps[count++] = t->asks[i];
        }
    }
    if (count > 0) {
        qsort(steps, count, sizeof(steps[0]), by_step);
    }
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && same_step(steps[i], steps[end])) {
            end++;
        }
        PLATEN_TRY(step_of(conn, t, steps + i, end - i, err));
        i = end;
    }
    return PLATEN_OK;
}

/* ---- rows ---- */

static platen_code answer_at_once(store_conn *conn, const turn *t, flow_item *i, platen_error *err)
{
    const flow_ask *ask = flow_co_ask(i->co);
    if (ask->call == FLOW_READ) {
        return flow_read_answer(conn, t->run, ask, &i->answer, err);
    }
    if (ask->call == FLOW_SUBTASK && strcmp(ask->kind, FLOW_MANAGE) == 0) {
        return flow_manage(conn, t->run, i, err);
    }
    if (t->run->preview && ask->call != FLOW_SUBTASK && ask->call != FLOW_OPERATION) {
        i->answer = strdup(ask->call == FLOW_SLEEP ? "{}" : "{\"online\":true}");
    }
    return PLATEN_OK;
}

static platen_code put_call(store_conn *conn, const turn *t, flow_item *i, platen_error *err)
{
    const flow_ask *ask = flow_co_ask(i->co);
    bool times = ask->call == FLOW_SLEEP || ask->call == FLOW_WAIT_ONLINE;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_call_insert, &st, err));
    store_bind_i64(st, "run", t->run->id);
    store_bind_i64(st, "device", i->device);
    store_bind_i64(st, "seq", i->seq);
    store_bind_text(st, "call", flow_call_word(ask->call));
    store_bind_text(st, "arguments", ask->arguments);
    store_bind_text(st, "state", i->answer != NULL ? "taken" : "waiting");
    store_bind_text(st, "result", i->answer);
    store_bind_null(st, "job");
    store_bind_null(st, "target");
    store_bind_null(st, "due");
    if (times) {
        i->due = t->now + ask->ms;
        store_bind_i64(st, "due", i->due);
    }
    if (i->job > 0) {
        store_bind_i64(st, "job", i->job);
        store_bind_i64(st, "target", ask->device);
    }
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code change_call(store_conn *conn, const turn *t, const flow_item *i, bool again,
                               platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, again ? &sql_flow_call_again : &sql_flow_call_settle, &st, err));
    if (again) {
        store_bind_i64(st, "job", i->job);
    } else {
        store_bind_text(st, "result", "{\"online\":false}");
    }
    store_bind_i64(st, "run", t->run->id);
    store_bind_i64(st, "device", i->device);
    store_bind_i64(st, "seq", i->seq);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code put_calls(store_conn *conn, turn *t, platen_error *err)
{
    for (size_t i = 0; i < t->ask_count; i++) {
        if (t->asks[i]->state == ITEM_ASKS) {
            PLATEN_TRY(answer_at_once(conn, t, t->asks[i], err));
        }
    }
    PLATEN_TRY(make_steps(conn, t, err));
    for (size_t i = 0; i < t->ask_count; i++) {
        flow_item *item = t->asks[i];
        PLATEN_TRY(item->state == ITEM_ASKS
                       ? put_call(conn, t, item, err)
                       : change_call(conn, t, item, item->answer == NULL, err));
    }
    return PLATEN_OK;
}

/* ---- ends ---- */

static platen_code put_end(store_conn *conn, const turn *t, const flow_item *i, platen_error *err)
{
    const flow_run *r = t->run;
    strbuf log;
    run_outcome outcome = {.run = r->id, .device = i->device, .started = i->started};
    strbuf_init(&log);
    if (i->co == NULL) {
        bool broken = r->broken[0] != '\0';
        outcome.state = "error";
        outcome.code = broken ? r->broken_code : "script-memory";
        outcome.text = broken ? r->broken : "no memory for the flow of this device";
    } else {
        flow_end end = flow_co_outcome(i->co);
        flow_co_log(i->co, &log);
        outcome.state = end.state;
        outcome.code = end.code;
        outcome.text = end.text;
        outcome.params = end.params;
        outcome.changes = end.changes;
        outcome.log = log.data;
    }
    platen_code rc = run_flow_result(conn, r->owner->runs, &outcome, t->now, err);
    strbuf_fini(&log);
    return rc;
}

static platen_code put_ends(store_conn *conn, const turn *t, platen_error *err)
{
    for (size_t i = 0; i < t->end_count; i++) {
        const flow_item *item = t->ends[i];
        PLATEN_TRY(item->state == ITEM_OVER ? put_end(conn, t, item, err)
                                            : change_call(conn, t, item, false, err));
    }
    return PLATEN_OK;
}

/* ---- what is new ---- */

static platen_code take_news(store_conn *conn, turn *t, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_calls_take, &st, err));
    store_bind_i64(st, "run", t->run->id);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (t->news_count == t->news_room) {
            size_t room = t->news_room == 0 ? 256 : t->news_room * 2;
            flow_news *more = reallocarray(t->news, room, sizeof(*more));
            if (more == NULL) {
                rc = error_set(err, PLATEN_E_NOMEM, "no memory for results of steps");
                break;
            }
            t->news = more;
            t->news_room = room;
        }
        t->news[t->news_count++] =
            (flow_news){store_i64(st, 0), store_i64(st, 1), strdup(store_text(st, 2))};
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code look_at_run(store_conn *conn, turn *t, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_run, &st, err));
    store_bind_i64(st, "id", t->run->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        const char *state = store_text(st, 5);
        t->cancelled = strcmp(store_text(st, 3), "cancelled") == 0;
        t->halted = store_i64(st, 4) != 0;
        t->over = strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0;
    }
    store_reset(st);
    t->over = t->over || rc == PLATEN_E_NOT_FOUND;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code read_fresh(store_conn *conn, turn *t, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_targets_fresh, &st, err));
    store_bind_i64(st, "run", t->run->id);
    store_bind_i64(st, "limit", (int64_t)t->admit);
    while (t->fresh_count < t->admit && (rc = store_step(st, err)) == PLATEN_OK) {
        fresh *f = &t->fresh[t->fresh_count++];
        *f = (fresh){.device = store_i64(st, 0)};
        if (!store_is_null(st, 1)) {
            strbuf text;
            strbuf_init(&text);
            flow_device_json(st, &text);
            f->snapshot = strbuf_take(&text);
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code begin_one(store_conn *conn, const turn *t, const fresh *f, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_target_begin, &st, err));
    store_bind_i64(st, "now", t->now);
    store_bind_i64(st, "run", t->run->id);
    store_bind_i64(st, "device", f->device);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    PLATEN_TRY(store_prepare(conn, &sql_flow_call_insert, &st, err));
    store_bind_i64(st, "run", t->run->id);
    store_bind_i64(st, "device", f->device);
    store_bind_i64(st, "seq", 0);
    store_bind_text(st, "call", "begin");
    store_bind_text(st, "arguments", "{}");
    store_bind_text(st, "state", "taken");
    store_bind_i64(st, "due", t->now);
    store_bind_null(st, "job");
    store_bind_null(st, "target");
    store_bind_text(st, "result", f->snapshot);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code end_unbegun(store_conn *conn, const turn *t, const fresh *f, platen_error *err)
{
    bool gone = f->snapshot == NULL;
    const run_outcome outcome = {.run = t->run->id,
                                 .device = f->device,
                                 .state = t->cancelled ? "cancelled"
                                          : gone       ? "skipped"
                                                       : "error",
                                 .code = t->cancelled ? "cancelled"
                                         : gone       ? "removed"
                                                      : t->run->broken_code,
                                 .text = t->cancelled ? "cancelled by a user"
                                         : gone       ? "the device is gone"
                                                      : t->run->broken};
    return run_flow_result(conn, t->run->owner->runs, &outcome, t->now, err);
}

static platen_code admit(store_conn *conn, turn *t, platen_error *err)
{
    bool none = t->cancelled || t->run->host == NULL;
    PLATEN_TRY(read_fresh(conn, t, err));
    for (size_t i = 0; i < t->fresh_count; i++) {
        fresh *f = &t->fresh[i];
        if (none || f->snapshot == NULL) {
            PLATEN_TRY(end_unbegun(conn, t, f, err));
            free(f->snapshot);
            f->snapshot = NULL;
        } else {
            PLATEN_TRY(begin_one(conn, t, f, err));
        }
    }
    return PLATEN_OK;
}

static platen_code write_turn(store_conn *conn, void *user, platen_error *err)
{
    turn *t = user;
    PLATEN_TRY(look_at_run(conn, t, err));
    if (t->over) {
        return PLATEN_OK;
    }
    PLATEN_TRY(take_news(conn, t, err));
    PLATEN_TRY(put_calls(conn, t, err));
    PLATEN_TRY(put_ends(conn, t, err));
    return t->admit > 0 && (!t->halted || t->cancelled) ? admit(conn, t, err) : PLATEN_OK;
}

/* ---- before and after ---- */

static void collect(turn *t)
{
    for (flow_item *i = t->run->items; i != NULL; i = i->next) {
        bool asks = i->state == ITEM_ASKS || i->state == ITEM_PROBES;
        bool ends = i->state == ITEM_OVER || i->state == ITEM_SETTLES;
        if (t->ask_count + t->end_count >= FLOW_TURN_MAX) {
            return;
        }
        if (asks) {
            i->job = 0;
            t->asks[t->ask_count++] = i;
        } else if (ends) {
            t->ends[t->end_count++] = i;
        }
    }
}

static void after_ask(flow_item *i)
{
    char *answer = i->answer;
    i->answer = NULL;
    if (answer != NULL) {
        flow_item_ready(i, answer);
        free(answer);
        return;
    }
    i->state = ITEM_WAITS;
    i->probe = FLOW_NEVER;
    if (flow_co_ask(i->co)->call == FLOW_OPERATION) {
        i->state = ITEM_OPERATES;
        i->again = false;
    }
    if (flow_co_ask(i->co)->call == FLOW_SUBTASK) {
        i->due = FLOW_NEVER;
    }
}

static void after_commit(turn *t)
{
    flow_run *r = t->run;
    for (size_t i = 0; i < t->ask_count; i++) {
        after_ask(t->asks[i]);
    }
    for (size_t i = 0; i < t->end_count; i++) {
        if (t->ends[i]->state == ITEM_SETTLES) {
            flow_item_ready(t->ends[i], "{\"online\":false}");
        } else {
            flow_item_free(r, t->ends[i]);
        }
    }
    for (size_t i = 0; i < t->news_count; i++) {
        flow_run_news(r, &t->news[i]);
    }
    for (size_t i = 0; i < t->fresh_count; i++) {
        if (t->fresh[i].snapshot != NULL) { /* without memory it is missing until it is replayed */
            (void)flow_item_add(r, t->fresh[i].device, t->now, t->fresh[i].snapshot);
        }
    }
    r->cancelled = t->cancelled;
    r->halted = t->halted;
    r->over = t->over;
    r->dirty = false;
    r->more = t->admit > 0 ? t->fresh_count == t->admit : r->more;
}

static void turn_free(turn *t)
{
    for (size_t i = 0; i < t->news_count; i++) {
        free(t->news[i].result);
    }
    for (size_t i = 0; i < t->fresh_count; i++) {
        free(t->fresh[i].snapshot);
    }
    free(t->news);
    free(t);
}

platen_code flow_run_turn(flow_run *r, bool *busy, platen_error *err)
{
    size_t collected = 0;
    turn *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a turn of run %" PRId64, r->id);
    }
    t->run = r;
    t->now = clock_now();
    flow_run_timers(r, t->now);
    bool left = flow_run_resume(r, &collected);
    collect(t);
    /* One device at least goes on, or none ever would. */
    bool room = r->more && (r->host == NULL || r->items == NULL || flow_host_has_room(r->host));
    t->admit = room && (!r->halted || r->cancelled || r->dirty) ? FLOW_ADMIT : 0;
    platen_code rc = PLATEN_OK;
    bool writes = r->dirty || t->admit > 0 || t->ask_count + t->end_count > 0;
    if (writes) {
        rc = store_write(r->owner->store, write_turn, t, err);
    }
    if (rc == PLATEN_OK && writes) {
        *busy = left || t->news_count + t->fresh_count + t->ask_count + t->end_count > 0;
        *busy = *busy || t->cancelled != r->cancelled || t->halted != r->halted;
        bool tells = t->ask_count + t->end_count + t->fresh_count > 0;
        after_commit(t);
        if (tells) {
            run_step_committed(r->owner->runs, r->id);
        }
    } else {
        *busy = left;
    }
    turn_free(t);
    return rc;
}
