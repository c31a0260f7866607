/* Task kinds: what can be run, on what, and how it ends. The core's own stand in a table here. */
#ifndef PLATEN_RUN_KIND_H
#define PLATEN_RUN_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum kind_targets { KIND_AGENTS, KIND_DEVICES } kind_targets;

typedef struct task_kind {
    const char *id;
    const char *title;
    kind_targets targets;
    const char *settings;     /* JSON Schema of the settings */
    int64_t limit_ms;         /* a run that is not over by then ends with what it has */
    int visit;                /* device_visit of its reports */
    unsigned builtin_minutes; /* of the built-in task; 0: there is none */
    const char *builtin_name;
} task_kind;

const task_kind *kind_find(const char *id); /* NULL when there is none */
const task_kind *kind_at(size_t index);     /* NULL behind the last */

#endif
