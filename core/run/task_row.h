/* A row of the table task in memory, and what a run of it needs. */
#ifndef PLATEN_RUN_TASK_ROW_H
#define PLATEN_RUN_TASK_ROW_H

#include "core/base/arena.h"
#include "core/model/region_row.h"
#include "core/run/run.h"

#define TASK_NAME_MAX 200 /* characters, as the REST API takes them */

typedef struct task_row {
    int64_t id, created, next_at; /* next_at 0: none */
    int64_t revision;
    bool builtin, active;
    const char *kind, *name, *targets, *settings, *schedule, *mail, *rollout; /* of the arena */
    region_list regions;
} task_row;

extern const thing_sql task_thing;

/* PLATEN_E_NOT_FOUND naming it. Any connection. */
platen_code task_row_read(store_conn *conn, int64_t id, arena *a, task_row *out, platen_error *err);

/* What a run of the task is made from; borrows the row, the rest is of the arena. */
platen_code task_row_spec(const task_row *t, arena *a, run_spec *spec, platen_error *err);

#endif
