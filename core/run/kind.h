/* Task kinds: what can be run, on what, and how it ends. The core's own stand in a table here. */
#ifndef PLATEN_RUN_KIND_H
#define PLATEN_RUN_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef enum kind_targets { KIND_AGENTS, KIND_DEVICES, KIND_NONE } kind_targets;

/* Who does it. Of a flow a script decides for each device what is next (core/flow). */
typedef enum kind_where { KIND_ON_AGENT, KIND_ON_MANAGER, KIND_FLOW } kind_where;

#define KIND_WRITES 1u /* changes devices: has preview, waves, halt */
#define KIND_VERIFY 2u /* may not be done twice: after a crash devices are asked before it is */
#define KIND_HIDDEN 4u /* of built-in tasks and scripts only: none to make a task of */
#define KIND_PLUGIN 8u /* a driver on an agent brings it (core/link/link_kinds.c) */

typedef struct task_kind {
    const char *id;    /* "device.restart", "script.<name>", "flow.<name>" */
    const char *title; /* with its group in square brackets (TSK-10) */
    kind_targets targets;
    kind_where where;
    unsigned flags;           /* KIND_... */
    const char *settings;     /* JSON Schema of the settings */
    int64_t limit_ms;         /* a run that is not over by then ends with what it has */
    unsigned parallel;        /* most devices at a time; 0: no limit */
    int visit;                /* device_visit of its reports */
    unsigned builtin_minutes; /* of the built-in task; 0: there is none */
    const char *builtin_name;
    int64_t script; /* id of the script that brings it; 0: none */
} task_kind;

const task_kind *kind_find(const char *id); /* NULL when there is none; good for ever */
const task_kind *kind_at(size_t index);     /* NULL behind the last; the core's come first */

/*
 * Kinds of scripts and drivers come and go while the manager runs. What kind_find() has given stays
 * good, with what it says, until kind_forget_all(). Any thread. PLATEN_E_EXISTS when the core has
 * one of that name.
 */
platen_code kind_put(const task_kind *kind, platen_error *err); /* copies */
void kind_drop(const char *id);
void kind_forget_all(void); /* at the end of the process */

#endif
