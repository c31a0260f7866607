/*
 * Due tasks. A task's next time moves on in the transaction that makes its run: a crash in between
 * loses neither the run nor makes it twice. A run that cannot be made, or is too late, is a row of
 * the history all the same. A task that is due besides its schedule (after.c) keeps its next time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/run_private.h"
#include "core/run/schedule.h"
#include "core/run/task_row.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define DUE_AT_ONCE 100
#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)
#define SET_BACK_MS INT64_C(60000) /* less is the clock being kept right */
#define ZONE_SPAN_MS INT64_C(97200000)

typedef struct taking {
    runs *owner;
    int64_t id;
    bool extra; /* besides its schedule */
    arena *arena;
    platen_error why; /* of a second try: why the first failed; its code PLATEN_OK: the first */
    schedule_zones zones;
    sched_rule rule;
    task_row task;
    run_made made;
    const char *note; /* for the log */
} taking;

static platen_code move_on(store_conn *conn, int64_t id, int64_t next, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_next, &st, err));
    if (next != SCHED_NEVER) {
        store_bind_i64(st, "next_at", next);
    } else {
        store_bind_null(st, "next_at");
    }
    store_bind_i64(st, "id", id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code is_running(store_conn *conn, int64_t task, bool *running, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_is_running, &st, err));
    store_bind_i64(st, "task", task);
    platen_code rc = store_step(st, err);
    store_reset(st);
    *running = rc == PLATEN_OK;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* A row of the history for a run that there was none of. */
static platen_code put_note(store_conn *conn, taking *k, const char *state, const char *code,
                            const char *text, platen_error *err)
{
    const task_row *t = &k->task;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_not_made, &st, err));
    store_bind_i64(st, "task", t->id);
    store_bind_i64(st, "revision", t->revision);
    store_bind_text(st, "kind", t->kind);
    store_bind_text(st, "name", t->name);
    store_bind_i64(st, "builtin", t->builtin ? 1 : 0);
    store_bind_text(st, "state", state);
    store_bind_text(st, "settings", t->settings);
    store_bind_text(st, "mail", t->mail);
    store_bind_i64(st, "mail_due", run_mail_is_wanted(t->mail) ? 1 : 0);
    store_bind_i64(st, "now", clock_now());
    if (k->extra) {
        store_bind_null(st, "due");
    } else {
        store_bind_i64(st, "due", t->next_at);
    }
    store_bind_text(st, "code", code);
    store_bind_text(st, "text", text);
    platen_code rc = store_step(st, err);
    k->made.run = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc == PLATEN_OK ? thing_put_regions(conn, &run_thing, k->made.run, t->regions.ids,
                                               t->regions.count, err)
                           : rc;
}

static platen_code make(store_conn *conn, taking *k, platen_error *err)
{
    run_spec spec;
    run_due *due = NULL;
    int64_t latest = 0;
    PLATEN_TRY(task_row_spec(&k->task, k->arena, &spec, err));
    spec.due = k->task.next_at;
    PLATEN_TRY(schedule_due(&k->zones, &k->rule, spec.due, &due, &spec.due_count, &latest, err));
    spec.dues = due;
    platen_code rc = PLATEN_OK;
    if (sched_judge(latest, clock_now(), k->zones.missed_ms) == SCHED_MISSED) {
        k->note = "was missed";
        rc = put_note(conn, k, "missed", "missed", "the manager did not work at the time", err);
    } else {
        rc = run_make(conn, k->owner, &spec, &k->made, err);
        rc = rc == PLATEN_OK ? task_extra_over(conn, k->id, NULL, err) : rc; /* it has them */
    }
    free(due);
    return rc;
}

/* The time after the one that is due: of what was missed for long not one after the other. */
static int64_t next_after(const taking *k)
{
    int64_t now = clock_now();
    bool zones = strcmp(k->rule.zone, SCHED_ZONE_TARGETS) == 0;
    int64_t from = zones ? now - ZONE_SPAN_MS : now;
    return schedule_next(&k->zones, &k->rule, from > k->task.next_at ? from : k->task.next_at);
}

/* A built-in task's kind is of a feature that may come back. */
static bool kind_is_away(taking *k)
{
    bool away = k->task.builtin && kind_find(k->task.kind) == NULL;
    k->note = away ? "is due, but what brought its kind is not there" : k->note;
    return away;
}

static platen_code take_extra(store_conn *conn, taking *k, platen_error *err)
{
    run_spec spec;
    bool was = false;
    PLATEN_TRY(task_extra_over(conn, k->id, &was, err));
    if (!was || !k->task.active) {
        return PLATEN_OK; /* changed meanwhile */
    }
    if (k->why.code != PLATEN_OK) {
        return put_note(conn, k, "error", error_word(k->why.code), k->why.text, err);
    }
    if (kind_is_away(k)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(task_row_spec(&k->task, k->arena, &spec, err));
    return run_make(conn, k->owner, &spec, &k->made, err);
}

static platen_code take(store_conn *conn, taking *k, platen_error *err)
{
    bool running = false;
    PLATEN_TRY(task_row_read(conn, k->id, k->arena, &k->task, err));
    if (k->extra) {
        return take_extra(conn, k, err);
    }
    if (!k->task.active || k->task.next_at == 0 || k->task.next_at > clock_now()) {
        return PLATEN_OK; /* changed meanwhile */
    }
    PLATEN_TRY(schedule_zones_load(conn, &k->zones, err));
    PLATEN_TRY(schedule_read(&k->zones, k->task.schedule, &k->rule, err));
    PLATEN_TRY(move_on(conn, k->id, next_after(k), err));
    if (k->why.code != PLATEN_OK) {
        return put_note(conn, k, "error", error_word(k->why.code), k->why.text, err);
    }
    if (kind_is_away(k)) {
        return PLATEN_OK;
    }
    if (k->rule.when > SCHED_ONCE) {
        PLATEN_TRY(is_running(conn, k->id, &running, err));
    }
    k->note = running ? "is due, but its last run is not over" : NULL;
    return running ? PLATEN_OK : make(conn, k, err);
}

static platen_code take_one(store_conn *conn, void *user, platen_error *err)
{
    taking *k = user;
    platen_code rc = take(conn, k, err);
    schedule_zones_fini(&k->zones);
    return rc;
}

/* The whole of a try; false when nothing was written. */
static bool try_one(runs *r, int64_t id, bool extra, platen_error *why)
{
    platen_error err = PLATEN_ERROR_INIT;
    taking k = {.owner = r, .id = id, .extra = extra, .arena = arena_new(), .why = *why};
    platen_code rc = k.arena != NULL ? store_write(r->store, take_one, &k, &err)
                                     : error_set(&err, PLATEN_E_NOMEM, "no memory for a run");
    if (rc != PLATEN_OK) {
        log_error("cannot start task %" PRId64 ": %s", id, err.text);
        *why = err;
    } else if (k.note != NULL) {
        log_notice("task %" PRId64 " %s", id, k.note);
    }
    if (rc == PLATEN_OK && k.made.run != 0) {
        run_made_tell(r, &k.made);
    }
    arena_free(k.arena);
    return rc == PLATEN_OK;
}

/* Of a schedule that cannot be read any more: it is not looked at every second. */
static platen_code stop_task(store_conn *conn, void *user, platen_error *err)
{
    return move_on(conn, *(const int64_t *)user, SCHED_NEVER, err);
}

static platen_code stop_extra(store_conn *conn, void *user, platen_error *err)
{
    return task_extra_over(conn, *(const int64_t *)user, NULL, err);
}

static void start_one(runs *r, int64_t id, bool extra)
{
    platen_error why = PLATEN_ERROR_INIT;
    if (try_one(r, id, extra, &why)) {
        return;
    }
    bool lasting = why.code == PLATEN_E_INVAL || why.code == PLATEN_E_NOT_FOUND ||
                   why.code == PLATEN_E_UNSUPPORTED;
    if (lasting && !try_one(r, id, extra, &why)) { /* else, as with a full disk, it stays due */
        (void)store_write(r->store, extra ? stop_extra : stop_task, &id, NULL);
    }
}

/* Most seconds nothing is due: that is found out on a read connection, without a transaction. */
static size_t find_due(runs *r, bool extra, int64_t ids[DUE_AT_ONCE])
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    size_t count = 0;
    if (store_read(r->store, &conn, NULL) != PLATEN_OK) {
        return 0;
    }
    if (store_prepare(conn, extra ? &sql_task_extra : &sql_task_due, &st, NULL) == PLATEN_OK) {
        if (!extra) {
            store_bind_i64(st, "now", clock_now());
        }
        while (count < DUE_AT_ONCE && store_step(st, NULL) == PLATEN_OK) {
            ids[count++] = store_i64(st, 0);
        }
    }
    store_reset(st);
    store_read_end(conn);
    return count;
}

static void start_all(runs *r, bool extra)
{
    int64_t ids[DUE_AT_ONCE];
    size_t count = 0;
    do {
        count = find_due(r, extra, ids);
        for (size_t i = 0; i < count && !atomic_load(&r->stopping); i++) {
            start_one(r, ids[i], extra);
        }
    } while (count == DUE_AT_ONCE && !atomic_load(&r->stopping));
}

void runs_start_due(runs *r)
{
    start_all(r, false);
    start_all(r, true);
}

/* ---- the clock set back ---- */

typedef struct setting_back {
    int64_t by; /* ms */
    int64_t changed;
} setting_back;

typedef struct later {
    int64_t id, next;
} later;

/*
 * What waits for a time that was counted from a clock that was wrong: a task of every so many
 * minutes whose next time is more than a step away, and, when the clock was wrong by more than a
 * day, every other. A smaller step back does not make them run twice.
 */
static bool must_move(const setting_back *b, const sched_rule *rule, int64_t next, int64_t now)
{
    return rule->when == SCHED_MINUTES ? next > now + rule->step * MINUTE_MS
                                       : rule->when > SCHED_ONCE && b->by > DAY_MS;
}

static platen_code read_waiting(store_conn *conn, const schedule_zones *z, const setting_back *b,
                                int64_t *from, later moved[500], size_t *count, platen_error *err)
{
    int64_t now = clock_now();
    store_stmt *st = NULL;
    sched_rule rule;
    int64_t last = 0;
    *count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_tasks_waiting, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", *from);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        last = store_i64(st, 0);
        if (schedule_read(z, store_text(st, 1), &rule, NULL) == PLATEN_OK &&
            must_move(b, &rule, store_i64(st, 2), now) && *count < 500) {
            moved[(*count)++] = (later){last, schedule_next(z, &rule, now)};
        }
    }
    store_reset(st);
    *from = last;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code set_back(store_conn *conn, void *user, platen_error *err)
{
    setting_back *b = user;
    schedule_zones zones;
    later moved[500];
    size_t count = 0;
    int64_t from = 0;
    platen_code rc = schedule_zones_load(conn, &zones, err);
    do {
        rc = rc == PLATEN_OK ? read_waiting(conn, &zones, b, &from, moved, &count, err) : rc;
        for (size_t i = 0; rc == PLATEN_OK && i < count; i++) {
            rc = move_on(conn, moved[i].id, moved[i].next, err);
            b->changed++;
        }
    } while (rc == PLATEN_OK && from != 0);
    schedule_zones_fini(&zones);
    return rc;
}

void runs_watch_clock(runs *r)
{
    int64_t ahead = clock_now() - clock_mono();
    setting_back b = {.by = r->clock_ahead - ahead};
    platen_error err = PLATEN_ERROR_INIT;
    bool first = r->clock_ahead == 0; /* set back while the manager did not work? */
    r->clock_ahead = ahead;
    if (!first && b.by < SET_BACK_MS) {
        return;
    }
    if (store_write(r->store, set_back, &b, &err) != PLATEN_OK) {
        log_error("cannot look at the times of tasks: %s", err.text);
    } else if (b.changed > 0) {
        log_notice("the clock was set back: %" PRId64 " tasks have new times", b.changed);
    }
}
