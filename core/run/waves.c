/*
 * Waves: a canary, batches, a time zone each. All waves stand in run_part and leave it one after
 * the other; in a rollout each waits for the results of those before.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/targets.h"
#include "core/run/tell.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

typedef struct planned {
    int64_t due;
    uint64_t order; /* mixed, so that a canary is a sample and not the oldest devices */
    int64_t device;
} planned;

static uint64_t mix(uint64_t x) /* the finaliser of SplitMix64 */
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static int in_order(const void *a, const void *b)
{
    const planned *x = a;
    const planned *y = b;
    if (x->due != y->due) {
        return x->due < y->due ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

static int64_t due_of(const run_spec *spec, int64_t region)
{
    int64_t others = 0;
    for (size_t i = 0; i < spec->due_count; i++) {
        if (spec->dues[i].region == region && region != 0) {
            return spec->dues[i].at;
        }
        others = spec->dues[i].region == 0 ? spec->dues[i].at : others;
    }
    return others;
}

static platen_code put_part(store_conn *conn, int64_t run, int64_t wave, const planned *list,
                            size_t count, platen_error *err)
{
    strbuf targets;
    store_stmt *st = NULL;
    strbuf_init(&targets);
    for (size_t i = 0; i < count; i++) {
        strbuf_append_char(&targets, i == 0 ? '[' : ',');
        strbuf_append_i64(&targets, list[i].device);
    }
    strbuf_append_char(&targets, ']');
    platen_code rc = targets.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a wave")
                                    : store_prepare(conn, &sql_part_insert, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "run", run);
        store_bind_i64(st, "wave", wave);
        store_bind_i64(st, "due", list[0].due);
        store_bind_text(st, "targets", targets.data);
        store_bind_i64(st, "count", (int64_t)count);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&targets);
    return rc;
}

/* How many targets wave `wave` has at most, of `total`. */
static size_t wave_size(const rollout *plan, int64_t wave, size_t total)
{
    if (wave == 0 && rollout_share_is_set(&plan->canary)) {
        return (size_t)rollout_share_of(&plan->canary, (int64_t)total);
    }
    return rollout_share_is_set(&plan->batch)
               ? (size_t)rollout_share_of(&plan->batch, (int64_t)total)
               : total;
}

static platen_code put_parts(store_conn *conn, const run_give *g, const rollout *plan,
                             const planned *all, size_t count, int64_t *waves, platen_error *err)
{
    for (size_t from = 0; from < count;) {
        size_t most = wave_size(plan, *waves, count);
        size_t size = 1;
        while (size < most && from + size < count && all[from + size].due == all[from].due) {
            size++;
        }
        PLATEN_TRY(put_part(conn, g->run, *waves, &all[from], size, err));
        from += size;
        (*waves)++;
    }
    return PLATEN_OK;
}

platen_code run_plan(store_conn *conn, const run_give *g, const run_spec *spec, const rollout *plan,
                     const run_target *list, size_t count, int64_t *waves, platen_error *err)
{
    planned *all = calloc(count + 1, sizeof(*all));
    if (all == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu targets", count);
    }
    for (size_t i = 0; i < count; i++) {
        all[i] = (planned){.due = due_of(spec, list[i].region),
                           .order = mix((uint64_t)list[i].device),
                           .device = list[i].device};
    }
    qsort(all, count, sizeof(*all), in_order);
    *waves = 0;
    platen_code rc = put_parts(conn, g, plan, all, count, waves, err);
    free(all);
    return rc;
}

/* ---- giving a wave out ---- */

typedef struct wave {
    run_give give;
    rollout plan;
    run_part part;
} wave;

static platen_code read_run(store_conn *conn, int64_t run, wave *w, bool *open, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_progress, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    *open = rc == PLATEN_OK && store_is_null(st, 2) && !store_is_null(st, 5);
    if (*open) {
        rollout_parse(store_text(st, 1), &w->plan);
        w->give = (run_give){.run = run, .kind = kind_find(store_text(st, 0))};
        *open = w->give.kind != NULL; /* else its time limit ends it */
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code run_take_part(store_conn *conn, int64_t run, int64_t before, run_part *out,
                          platen_error *err)
{
    store_stmt *st = NULL;
    *out = (run_part){.ids = NULL};
    PLATEN_TRY(store_prepare(conn, &sql_part_take, &st, err));
    store_bind_i64(st, "run", run);
    store_bind_i64(st, "before", before);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        out->wave = store_i64(st, 0);
        rc = targets_parse(store_text(st, 1), &out->ids, &out->count, err);
    }
    store_reset(st);
    return rc;
}

static platen_code skip(store_conn *conn, const run_give *g, int64_t device, const char *code,
                        const char *text, int64_t now, platen_error *err)
{
    const run_counts one = {.of = {[5] = 1}};
    run_told told = {.kind = NULL};
    const target_row row = {.run = g->run,
                            .device = device,
                            .wave = g->wave,
                            .state = run_states[5],
                            .code = code,
                            .text = text,
                            .ended = now};
    PLATEN_TRY(run_told_of(conn, g->run, &told, err));
    PLATEN_TRY(run_tell_end(conn, &told, &row, &device, 1, err));
    PLATEN_TRY(target_row_put(conn, &row, err));
    return run_counts_add(conn, g->run, &one, err);
}

platen_code run_skip_others(store_conn *conn, const run_give *g, const region_set *regions,
                            run_target *list, size_t *count, int64_t now, platen_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (region_may_hold(regions, list[i].region)) {
            list[kept++] = list[i];
        } else {
            PLATEN_TRY(skip(conn, g, list[i].device, "not-in-region",
                            "the device is not of the task's regions", now, err));
        }
    }
    *count = kept;
    return PLATEN_OK;
}

static int by_device(const void *a, const void *b)
{
    int64_t x = ((const run_target *)a)->device;
    int64_t y = ((const run_target *)b)->device;
    return x < y ? -1 : x > y;
}

/* Devices that were deleted since the run was made. */
static platen_code skip_removed(store_conn *conn, const wave *w, const run_targets *found,
                                int64_t now, platen_error *err)
{
    if (found->count == w->part.count) {
        return PLATEN_OK;
    }
    run_target *sorted = calloc(found->count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a wave");
    }
    for (size_t i = 0; i < found->count; i++) {
        sorted[i] = found->list[i];
    }
    qsort(sorted, found->count, sizeof(*sorted), by_device);
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; i < w->part.count && rc == PLATEN_OK; i++) {
        const run_target key = {.device = w->part.ids[i]};
        if (bsearch(&key, sorted, found->count, sizeof(*sorted), by_device) == NULL) {
            rc =
                skip(conn, &w->give, w->part.ids[i], "removed", "the device was deleted", now, err);
        }
    }
    free(sorted);
    return rc;
}

static platen_code give_part(store_conn *conn, runs *r, wave *w, int64_t now, platen_error *err)
{
    const run_spec spec = {.devices = w->part.ids, .device_count = w->part.count};
    region_list regions;
    run_targets found;
    PLATEN_TRY(thing_regions(conn, &run_thing, w->give.run, &regions, err));
    const region_set set = region_list_set(&regions);
    PLATEN_TRY(run_targets_find(conn, r, &spec, &found, err));
    platen_code rc = skip_removed(conn, w, &found, now, err);
    size_t count = found.count;
    if (rc == PLATEN_OK) {
        rc = run_skip_others(conn, &w->give, &set, found.list, &count, now, err);
    }
    if (rc == PLATEN_OK) {
        w->give.most = run_job_most(w->give.kind, &w->plan);
        rc = run_give_out(conn, &w->give, found.list, count, NULL, err);
    }
    run_targets_fini(&found);
    return rc;
}

/* What was given out, and when the next wave is due: in a rollout settling says so. */
static platen_code note_given(store_conn *conn, const wave *w, int64_t now, platen_error *err)
{
    int64_t next = 0;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_part_first, &st, err));
    store_bind_i64(st, "run", w->give.run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK && !rollout_is_staged(&w->plan)) {
        next = store_i64(st, 0) > now ? store_i64(st, 0) : now;
    }
    store_reset(st);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    PLATEN_TRY(store_prepare(conn, &sql_run_gave, &st, err));
    store_bind_i64(st, "wave", w->give.wave);
    store_bind_i64(st, "given", (int64_t)w->part.count);
    store_bind_i64(st, "now", now);
    if (next != 0) {
        store_bind_i64(st, "next", next);
    } else {
        store_bind_null(st, "next");
    }
    store_bind_i64(st, "id", w->give.run);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code give_wave(store_conn *conn, runs *r, wave *w, int64_t now, platen_error *err)
{
    bool begun = false;
    w->give.wave = w->part.wave;
    PLATEN_TRY(give_part(conn, r, w, now, err));
    PLATEN_TRY(note_given(conn, w, now, err));
    if (w->give.kind->where == KIND_FLOW) {
        PLATEN_TRY(run_begin(conn, w->give.run, now, &begun, err));
    }
    return run_settle(conn, r, w->give.run, now, err);
}

platen_code run_next_wave(store_conn *conn, runs *r, int64_t run, int64_t now, platen_error *err)
{
    wave w = {.plan = {.pause_s = 0}};
    bool open = false;
    PLATEN_TRY(read_run(conn, run, &w, &open, err));
    if (!open) {
        return PLATEN_OK;
    }
    platen_code rc = run_take_part(conn, run, INT64_MAX, &w.part, err);
    if (rc == PLATEN_OK) {
        rc = give_wave(conn, r, &w, now, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = PLATEN_OK;
    }
    free(w.part.ids);
    return rc;
}

/* ---- on the run thread ---- */

typedef struct wave_due {
    runs *owner;
    int64_t run;
} wave_due;

static platen_code give_due(store_conn *conn, void *user, platen_error *err)
{
    const wave_due *d = user;
    return run_next_wave(conn, d->owner, d->run, clock_now(), err);
}

static size_t find_due(runs *r, int64_t due[100])
{
    size_t count = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    if (store_read(r->store, &conn, NULL) != PLATEN_OK) {
        return 0;
    }
    if (store_prepare(conn, &sql_runs_wave_due, &st, NULL) == PLATEN_OK) {
        store_bind_i64(st, "now", clock_now());
        while (count < 100 && store_step(st, NULL) == PLATEN_OK) {
            due[count++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    store_read_end(conn);
    return count;
}

void runs_give_waves(runs *r)
{
    int64_t due[100];
    atomic_store(&r->wave_due, false);
    size_t count = find_due(r, due);
    for (size_t i = 0; i < count; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        wave_due d = {r, due[i]};
        if (store_write(r->store, give_due, &d, &err) != PLATEN_OK) {
            log_error("the next wave of run %" PRId64 " cannot be given out: %s", due[i], err.text);
            continue;
        }
        runs_notify_run(r, due[i]);
        runs_notify_given(r, due[i]);
        runs_flow_ready(r, due[i]);
    }
}
