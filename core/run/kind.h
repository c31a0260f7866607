/* Task kinds: what can be run, on what, and how it ends. The core's own stand in a table here. */
#ifndef PLATEN_RUN_KIND_H
#define PLATEN_RUN_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/store/store.h"

typedef enum kind_targets { KIND_AGENTS, KIND_DEVICES, KIND_NONE } kind_targets;

/* Who does it. Of a flow a script decides for each device what is next (core/flow). */
typedef enum kind_where { KIND_ON_AGENT, KIND_ON_MANAGER, KIND_FLOW } kind_where;

#define KIND_WRITES 1u   /* changes devices: has preview, waves, halt */
#define KIND_VERIFY 2u   /* may not be done twice: after a crash devices are asked before it is */
#define KIND_HIDDEN 4u   /* of built-in tasks and scripts only: none to make a task of */
#define KIND_PLUGIN 8u   /* a driver on an agent brings it (core/link/link_kinds.c) */
#define KIND_FEATURE 16u /* a feature brings it (core/feature/iface_task.c) */
#define KIND_EACH 32u    /* every driver of a device that has the action does it, not the first */
#define KIND_AFTER 64u   /* its built-in task is due, too, when a run has registered devices */

typedef struct kind_plan kind_plan; /* core/run/plan.h */
struct here_kind;                   /* core/run/here.h */

/* A share of a run: what a plan is made for. */
typedef struct kind_job {
    int64_t run, job;
    const char *kind, *settings;
    bool preview;
    const int64_t *devices;
    size_t count;
} kind_job;

/* The result of a target. No text is NULL. */
typedef struct kind_outcome {
    int64_t run, job, device;
    int64_t started, ended; /* ms; 0: not known */
    const char *kind, *state, *code, *text, *params, *changes;
    const char *data; /* what the driver read, "": nothing; not looked at by anybody yet */
    size_t data_length;
    const char *settings; /* of the job; "{}" when no agent made the result */
} kind_outcome;

/* Devices that a kind has chosen itself. */
typedef struct kind_choice {
    bool made; /* else the run's own targets count */
    int64_t *ids;
    size_t count, room;
} kind_choice;

/* PLATEN_E_NOMEM. */
platen_code kind_choose(kind_choice *choice, const int64_t *ids, size_t count, platen_error *err);

/* What a kind does besides; each may be NULL. They live until kind_forget_all(). */
typedef struct kind_hooks {
    /* Before a job is given to an agent, each time: settings for each device. On the thread that
     * asked for work, with a connection to read. */
    platen_code (*plan)(store_conn *conn, const kind_job *job, kind_plan *plan, void *user,
                        platen_error *err);
    /* With each result but those of a preview; on the writer. */
    platen_code (*done)(store_conn *conn, const kind_outcome *outcome, void *user,
                        platen_error *err);
    const struct here_kind *here; /* of a kind that the manager does */
    /* When a run is made, in its transaction on the writer: which devices it is about. */
    platen_code (*choose)(store_conn *conn, const char *settings, kind_choice *choice, void *user,
                          platen_error *err);
    /* A run has ended and that is committed; on the run thread. It is lost when the process ends
     * just then. */
    void (*ended)(int64_t run, const char *name, const char *settings, void *user);
    void *user;
} kind_hooks;

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
    int64_t script;          /* id of the script that brings it; 0: none */
    const char *action;      /* what agents are told to do instead of the id; NULL: the id */
    const kind_hooks *hooks; /* NULL: none */
} task_kind;

const task_kind *kind_find(const char *id); /* NULL when there is none; good for ever */
const task_kind *kind_at(size_t index);     /* NULL behind the last; the core's come first */

/*
 * Kinds of scripts, drivers and features come and go while the manager runs. What kind_find() has
 * given stays good, with what it says, until kind_forget_all(). Any thread. PLATEN_E_EXISTS when
 * the core has one of that name.
 */
platen_code kind_put(const task_kind *kind, platen_error *err); /* copies */
void kind_drop(const char *id);
/* Other settings for a kind of the core, while nothing runs yet: start-up thread. Copied; until
 * kind_forget_all(). PLATEN_E_NOT_FOUND: the core has no such kind. */
platen_code kind_set_settings(const char *id, const char *settings, platen_error *err);
void kind_forget_all(void); /* at the end of the process */

#endif
