/*
 * The flow thread: runs of scripts on the manager. It owns every Lua state of a run; what leaves a
 * script is written to the journal (flow_call) and to jobs in one transaction before anything goes
 * on, so that a run goes on after a crash where it was (docs/decisions/flows.md).
 */
#ifndef PLATEN_FLOW_FLOWS_H
#define PLATEN_FLOW_FLOWS_H

#include "core/run/run.h"
#include "core/store/store.h"

typedef struct flows flows;

/* An operation of a plugin that a script calls. */
typedef struct flow_operation {
    int64_t run;
    const char *id, *arguments; /* JSON object */
    bool again;                 /* it may have been begun, or done, before the manager ended */
    bool preview;               /* of a run that changes nothing */
    const int64_t *regions;     /* of the task; NULL: all */
    size_t region_count;
} flow_operation;

typedef struct flows_hooks {
    /* As that of runs_hooks; on the writer. NULL: there are no groups. */
    platen_code (*group_devices)(store_conn *conn, const int64_t *groups, size_t count,
                                 int64_t **devices, size_t *device_count, void *user,
                                 platen_error *err);
    /* Whether settings fit a JSON Schema, PLATEN_E_INVAL with what does not; on the writer. NULL:
     * they always do. */
    platen_code (*settings_fit)(const char *schema, const char *settings, void *user,
                                platen_error *err);
    /* Does it, and gives {"value":...} or {"code","text"} (malloc), NULL without memory. On the
     * thread of operations, one at a time, outside transactions. NULL: there are none. */
    char *(*operate)(const flow_operation *operation, void *user);
    void *user;
} flows_hooks;

platen_code flows_new(store *s, runs *r, const flows_hooks *hooks, flows **out, platen_error *err);
/* Takes up what was under way when the manager ended. Kinds of scripts must be known. */
platen_code flows_start(flows *f, platen_error *err);
void flows_stop(flows *f); /* before runs_free(); NULL is fine */
void flows_free(flows *f);

/* The hook flow_ready of runs_hooks: there is news of the run. Any thread; NULL is fine. */
void flows_ready(flows *f, int64_t run);

#endif
