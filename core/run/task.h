/* Tasks: what is run, on what, when. Their targets are stored as ids and resolved at each run. */
#ifndef PLATEN_RUN_TASK_H
#define PLATEN_RUN_TASK_H

#include "core/model/region_row.h"
#include "core/run/run.h"

typedef struct task_new {
    const char *kind, *name;
    bool active;
    int64_t minutes;            /* 0: once */
    const char *targets;        /* {"agents":[1],"devices":[5,6]} with numbers */
    const char *settings;       /* JSON object */
    const region_list *regions; /* none: devices of every region */
} task_new;

platen_code task_create(runs *r, const task_new *task, int64_t *id, platen_error *err);

/* NULL or negative keeps. Built-in tasks keep their name. */
platen_code task_patch(runs *r, int64_t id, const char *name, int active, int64_t minutes,
                       platen_error *err);
platen_code task_remove(runs *r, int64_t id, platen_error *err);

/* Whether a user may see and change a task (ACC-86, ACC-87): PLATEN_E_NOT_FOUND when not, as if
 * there were none. Built-in tasks reach every region. Any connection. */
platen_code task_may_operate(store_conn *conn, int64_t id, const region_set *user,
                             platen_error *err);

#endif
