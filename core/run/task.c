/* The task table, and starting a task's run. */
#include "core/run/task.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/run/run_private.h"
#include "core/run/schedule.h"
#include "core/run/task_row.h"
#include "run_sql.h"

#define SCHEDULE_NOW "{\"when\":\"now\"}"
#define COPY " - Copy"

/* The next time of a stored schedule, or SCHED_NEVER. */
static platen_code next_of(store_conn *conn, const char *schedule, int64_t now, sched_rule *rule,
                           int64_t *next, platen_error *err)
{
    schedule_zones zones;
    platen_code rc = schedule_zones_load(conn, &zones, err);
    if (rc == PLATEN_OK) {
        rc = schedule_read(&zones, schedule, rule, err);
    }
    if (rc == PLATEN_OK) {
        *next = schedule_next(&zones, rule, now);
    }
    schedule_zones_fini(&zones);
    return rc;
}

static void bind_next(store_stmt *st, int64_t next)
{
    if (next != SCHED_NEVER && next != 0) {
        store_bind_i64(st, "next_at", next);
    } else {
        store_bind_null(st, "next_at");
    }
}

/* ---- making ---- */

static platen_code insert_task(store_conn *conn, const task_fields *task, bool builtin, int64_t *id,
                               platen_error *err)
{
    int64_t now = clock_now();
    int64_t next = SCHED_NEVER;
    sched_rule rule;
    store_stmt *st = NULL;
    const char *schedule = task->schedule != NULL ? task->schedule : SCHEDULE_NOW;
    PLATEN_TRY(next_of(conn, schedule, now, &rule, &next, err));
    PLATEN_TRY(store_prepare(conn, &sql_task_insert, &st, err));
    store_bind_text(st, "kind", task->kind);
    store_bind_text(st, "name", task->name);
    store_bind_i64(st, "builtin", builtin ? 1 : 0);
    store_bind_i64(st, "active", task->active != 0 ? 1 : 0);
    store_bind_text(st, "targets", task->targets);
    store_bind_text(st, "settings", task->settings);
    store_bind_text(st, "schedule", schedule);
    store_bind_text(st, "mail", task->mail != NULL ? task->mail : "{}");
    store_bind_text(st, "rollout", task->rollout != NULL ? task->rollout : "{}");
    store_bind_i64(st, "created", now);
    bind_next(st, next);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *id = store_i64(st, 0);
    }
    store_reset(st);
    return rc != PLATEN_OK || task->regions == NULL
               ? rc
               : thing_put_regions(conn, &task_thing, *id, task->regions->ids, task->regions->count,
                                   err);
}

typedef struct creation {
    const task_fields *task;
    int64_t *id; /* set in the transaction: the audit log reads it there */
} creation;

static platen_code create_task(store_conn *conn, void *user, platen_error *err)
{
    const creation *c = user;
    return insert_task(conn, c->task, false, c->id, err);
}

platen_code task_create(runs *r, const task_fields *task, int64_t *id, platen_error *err)
{
    creation c = {.task = task, .id = id};
    if (kind_find(task->kind) == NULL) {
        return error_set(err, PLATEN_E_INVAL, "there is no task kind '%s'", task->kind);
    }
    return store_write(r->store, create_task, &c, err);
}

static platen_code make_builtin(store_conn *conn, const task_kind *kind, int64_t minutes,
                                platen_error *err)
{
    char schedule[128];
    int64_t id = 0;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_builtin_exists, &st, err));
    store_bind_text(st, "kind", kind->id);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    const civil since = civil_of_minutes(clock_now() / 60000);
    char text[CIVIL_TEXT];
    (void)snprintf(schedule, sizeof(schedule),
                   "{\"when\":\"every\",\"unit\":\"minutes\",\"step\":%" PRId64
                   ",\"since\":\"%s\",\"zone\":\"UTC\"}",
                   minutes, civil_format(&since, text));
    const task_fields task = {.kind = kind->id,
                              .name = kind->builtin_name,
                              .active = 1,
                              .targets = "{}",
                              .settings = "{}",
                              .schedule = schedule};
    return insert_task(conn, &task, true, &id, err);
}

static platen_code make_builtins(store_conn *conn, void *user, platen_error *err)
{
    const runs_hooks *hooks = &((const runs *)user)->hooks;
    const task_kind *kind = NULL;
    for (size_t i = 0; (kind = kind_at(i)) != NULL; i++) {
        int64_t minutes = hooks->builtin_minutes != NULL && kind->builtin_minutes > 0
                              ? hooks->builtin_minutes(kind->id, hooks->user)
                              : 0;
        if (kind->builtin_minutes > 0) {
            PLATEN_TRY(
                make_builtin(conn, kind, minutes > 0 ? minutes : kind->builtin_minutes, err));
        }
    }
    return PLATEN_OK;
}

platen_code runs_make_builtins(runs *r, platen_error *err)
{
    return store_write(r->store, make_builtins, r, err);
}

/* ---- changing ---- */

typedef struct changing {
    int64_t id;
    const task_fields *change;
    arena *arena;
    task_row row; /* as it is, then as it becomes */
    bool starts;
    bool renewed; /* more than its state is different */
} changing;

static void keep_or(const char **member, const char *value, bool *renewed)
{
    if (value != NULL && strcmp(*member, value) != 0) {
        *member = value;
        *renewed = true;
    }
}

/* What becomes of the row, but for the next time. */
static void take_change(changing *c)
{
    const task_fields *f = c->change;
    keep_or(&c->row.schedule, f->schedule, &c->renewed);
    if (!c->row.builtin) {
        keep_or(&c->row.name, f->name, &c->renewed);
        keep_or(&c->row.targets, f->targets, &c->renewed);
        keep_or(&c->row.settings, f->settings, &c->renewed);
        keep_or(&c->row.mail, f->mail, &c->renewed);
        keep_or(&c->row.rollout, f->rollout, &c->renewed);
        c->renewed = c->renewed || f->regions != NULL;
    }
    c->row.active = f->active >= 0 ? f->active != 0 : c->row.active;
}

static platen_code store_change(store_conn *conn, const changing *c, int64_t next,
                                platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_task_patch, &st, err));
    store_bind_text(st, "name", c->row.name);
    store_bind_i64(st, "active", c->row.active ? 1 : 0);
    store_bind_text(st, "targets", c->row.targets);
    store_bind_text(st, "settings", c->row.settings);
    store_bind_text(st, "schedule", c->row.schedule);
    store_bind_text(st, "mail", c->row.mail);
    store_bind_text(st, "rollout", c->row.rollout);
    store_bind_i64(st, "step", c->renewed ? 1 : 0);
    bind_next(st, next);
    store_bind_i64(st, "id", c->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    if (rc == PLATEN_OK && !c->row.active) { /* it is not due any more when it is switched on */
        rc = task_extra_over(conn, c->id, NULL, err);
    }
    const region_list *regions = c->row.builtin ? NULL : c->change->regions;
    return rc != PLATEN_OK || regions == NULL
               ? rc
               : thing_put_regions(conn, &task_thing, c->id, regions->ids, regions->count, err);
}

static platen_code change_task(store_conn *conn, void *user, platen_error *err)
{
    changing *c = user;
    sched_rule rule;
    int64_t next = 0;
    PLATEN_TRY(task_row_read(conn, c->id, c->arena, &c->row, err));
    bool was_active = c->row.active;
    const char *before = c->row.schedule;
    next = c->row.next_at;
    take_change(c);
    bool other_time = strcmp(before, c->row.schedule) != 0;
    if (other_time || (c->row.active && !was_active)) {
        PLATEN_TRY(next_of(conn, c->row.schedule, clock_now(), &rule, &next, err));
        c->starts = c->row.active && rule.when == SCHED_NOW;
    }
    return store_change(conn, c, next, err);
}

platen_code task_change(runs *r, int64_t id, const task_fields *change, bool *starts,
                        platen_error *err)
{
    changing c = {.id = id, .change = change, .arena = arena_new()};
    platen_code rc = c.arena != NULL ? store_write(r->store, change_task, &c, err)
                                     : error_set(err, PLATEN_E_NOMEM, "no memory for a task");
    *starts = rc == PLATEN_OK && c.starts;
    arena_free(c.arena);
    return rc;
}

static platen_code remove_task(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    int64_t changes = 0;
    PLATEN_TRY(run_simple(conn, &sql_task_delete, "id", *id, &changes, err));
    if (changes == 0) { /* MON-01 */
        return error_set(err, PLATEN_E_NOT_FOUND,
                         "there is no task %" PRId64 " that can be deleted", *id);
    }
    return PLATEN_OK;
}

platen_code task_remove(runs *r, int64_t id, platen_error *err)
{
    return store_write(r->store, remove_task, &id, err);
}

typedef struct duplication {
    int64_t id;
    int64_t *copy;
    arena *arena;
} duplication;

/* The name cut to what a name may have, and "- Copy". */
static const char *copy_name(arena *a, const char *name)
{
    size_t most = TASK_NAME_MAX - (sizeof(COPY) - 1);
    size_t length = 0;
    for (size_t characters = 0; name[length] != '\0'; length++) {
        bool begins = ((unsigned char)name[length] & 0xc0u) != 0x80u;
        if (begins && characters++ == most) {
            break;
        }
    }
    return arena_printf(a, "%.*s%s", (int)length, name, COPY);
}

static platen_code duplicate_task(store_conn *conn, void *user, platen_error *err)
{
    const duplication *d = user;
    task_row t;
    PLATEN_TRY(task_row_read(conn, d->id, d->arena, &t, err));
    const char *name = copy_name(d->arena, t.name);
    if (t.builtin || name == NULL) {
        return error_set(err, name == NULL ? PLATEN_E_NOMEM : PLATEN_E_NOT_FOUND,
                         "there is no task %" PRId64 " that can be duplicated", d->id);
    }
    const task_fields copy = {.kind = t.kind,
                              .name = name,
                              .active = 0,
                              .targets = t.targets,
                              .settings = t.settings,
                              .schedule = t.schedule,
                              .mail = t.mail,
                              .rollout = t.rollout,
                              .regions = &t.regions};
    return insert_task(conn, &copy, false, d->copy, err);
}

platen_code task_duplicate(runs *r, int64_t id, int64_t *copy, platen_error *err)
{
    duplication d = {.id = id, .copy = copy, .arena = arena_new()};
    platen_code rc = d.arena != NULL ? store_write(r->store, duplicate_task, &d, err)
                                     : error_set(err, PLATEN_E_NOMEM, "no memory for a task");
    arena_free(d.arena);
    return rc;
}

platen_code task_may_operate(store_conn *conn, int64_t id, const region_set *user,
                             platen_error *err)
{
    region_list regions;
    PLATEN_TRY(thing_regions(conn, &task_thing, id, &regions, err));
    const region_set set = region_list_set(&regions);
    return region_may_operate(user, &set)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no task %" PRId64, id);
}

/* ---- starting by hand ---- */

typedef struct starting {
    runs *owner;
    int64_t task;
    bool preview;
    arena *arena;
    run_made made;
} starting;

static platen_code start_task(store_conn *conn, void *user, platen_error *err)
{
    starting *s = user;
    task_row t;
    run_spec spec;
    PLATEN_TRY(task_row_read(conn, s->task, s->arena, &t, err));
    PLATEN_TRY(task_row_spec(&t, s->arena, &spec, err));
    spec.preview = s->preview;
    return run_make(conn, s->owner, &spec, &s->made, err);
}

static platen_code start(runs *r, int64_t task, bool preview, int64_t *run, platen_error *err)
{
    starting s = {.owner = r, .task = task, .preview = preview, .arena = arena_new()};
    platen_code rc = s.arena != NULL ? store_write(r->store, start_task, &s, err)
                                     : error_set(err, PLATEN_E_NOMEM, "no memory for a run");
    if (rc == PLATEN_OK) {
        *run = s.made.run;
        run_made_tell(r, &s.made);
    }
    arena_free(s.arena);
    return rc;
}

platen_code runs_start_task(runs *r, int64_t task, int64_t *run, platen_error *err)
{
    return start(r, task, false, run, err);
}

platen_code runs_preview_task(runs *r, int64_t task, int64_t *run, platen_error *err)
{
    return start(r, task, true, run, err);
}

platen_code task_preview(runs *r, const task_fields *task, int64_t *run, platen_error *err)
{
    run_spec spec;
    task_row t = {.kind = task->kind,
                  .name = task->name,
                  .targets = task->targets,
                  .settings = task->settings,
                  .mail = "{}",
                  .rollout = task->rollout != NULL ? task->rollout : "{}"};
    arena *a = arena_new();
    if (task->regions != NULL) {
        t.regions = *task->regions;
    }
    platen_code rc = a != NULL ? task_row_spec(&t, a, &spec, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for a run");
    spec.preview = true;
    rc = rc == PLATEN_OK ? runs_create(r, &spec, run, err) : rc;
    arena_free(a);
    return rc;
}
