/* Tasks: what is run, on what, when. Their targets are stored as ids and resolved at each run. */
#ifndef PLATEN_RUN_TASK_H
#define PLATEN_RUN_TASK_H

#include "core/model/region_row.h"
#include "core/run/run.h"

/* Texts are JSON. Of a new task `kind`, `name`, `targets` and `settings` are needed; what is NULL
 * is the preset: run at once, no mail, one wave. Of a change NULL keeps what is there. */
typedef struct task_fields {
    const char *kind; /* never changed */
    const char *name;
    int active;                 /* 0, 1; of a change -1 keeps */
    const char *targets;        /* {"agents":[1],"devices":[5,6],"groups":[7]} with numbers */
    const char *settings;       /* object */
    const char *schedule;       /* as sched_rule_write() has it */
    const char *mail, *rollout; /* objects (docs/rest.md) */
    const region_list *regions; /* none: devices of every region */
} task_fields;

/* PLATEN_E_INVAL for an unknown kind or a schedule that cannot be read. */
platen_code task_create(runs *r, const task_fields *task, int64_t *id, platen_error *err);

/*
 * Built-in tasks keep all but schedule and state. A change of anything but the state is a new
 * revision; a new schedule, or a state that becomes active, sets the next time. `*starts` tells
 * whether it should run now: it says "now", and did not or was not active (TSK-18).
 */
platen_code task_change(runs *r, int64_t id, const task_fields *change, bool *starts,
                        platen_error *err);
platen_code task_remove(runs *r, int64_t id, platen_error *err);

/* The same once more, inactive, named "<name> - Copy" (TSK-43). Built-in ones: PLATEN_E_NOT_FOUND.
 */
platen_code task_duplicate(runs *r, int64_t id, int64_t *copy, platen_error *err);

/* Previews what such a task would do; nothing is stored but the run. Errors as task_create() and
 * runs_preview_task(). */
platen_code task_preview(runs *r, const task_fields *task, int64_t *run, platen_error *err);

/* Whether a user may see and change a task (ACC-86, ACC-87): PLATEN_E_NOT_FOUND when not, as if
 * there were none. Built-in tasks reach every region. Any connection. */
platen_code task_may_operate(store_conn *conn, int64_t id, const region_set *user,
                             platen_error *err);

#endif
