/*
 * Tasks, runs, jobs and results on the manager.
 *
 * A run is cut into jobs: a job is one agent's share of at most JOB_TARGETS devices. Agents lease
 * jobs; a lease that ends without news is given out again. Results are applied and committed
 * before they are acknowledged; a device's second result for one job has no effect. Built-in runs
 * keep only the results that are no success, so that watching 50,000 devices writes what changed
 * and nothing else.
 *
 * The run thread owns due tasks, expired leases and time limits. All functions may be called from
 * any thread.
 */
#ifndef PLATEN_RUN_H
#define PLATEN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/model/device.h"
#include "core/store/store.h"

#define JOB_TARGETS 500

typedef struct runs runs;

/* What others want to know, after the commit; called on any thread, must not block. */
typedef struct runs_hooks {
    void (*device_changed)(const device_change *change, void *user);
    void (*run_changed)(int64_t run, void *user);
    void (*work_waiting)(int64_t agent, void *user); /* a job or a cancel waits for the agent */
    /* The devices that the groups have now, each once, for the caller to free(). Unlike the others
     * it runs on the writer, in the transaction of `conn`. */
    platen_code (*group_devices)(store_conn *conn, const int64_t *groups, size_t count,
                                 int64_t **devices, size_t *device_count, void *user,
                                 platen_error *err);
    /* The interval a built-in task is made with, at the first start; 0 for the kind's own. */
    int64_t (*builtin_minutes)(const char *kind, void *user);
    /* Of a flow there is something to do: targets were given to it, steps have results, it was
     * cancelled, halted or goes on (core/run/step.h). */
    void (*flow_ready)(int64_t run, void *user);
    void *user;
} runs_hooks;

platen_code runs_new(store *s, const runs_hooks *hooks, runs **out, platen_error *err);
platen_code runs_start(runs *r, platen_error *err); /* built-in tasks are made here */
void runs_stop(runs *r);
void runs_free(runs *r);

/* When the devices of a region are due (TSK-20); region 0: those of all others and of none. */
typedef struct run_due {
    int64_t region, at;
} run_due;

typedef struct run_spec {
    int64_t task; /* 0: no task behind it */
    const char *kind;
    const char *name;
    bool builtin;
    const char *settings;  /* JSON object text or NULL */
    const int64_t *agents; /* of agent kinds: which; none: all active */
    size_t agent_count;
    const int64_t *devices; /* of device kinds: which, and those of the groups; none: all managed */
    size_t device_count;
    const int64_t *groups;
    size_t group_count;
    const int64_t *regions; /* only devices of these; none: of all (ACC-84, ACC-85) */
    size_t region_count;
    bool preview;        /* the differences for each device; nothing is changed */
    const char *rollout; /* JSON as core/run/rollout.h reads it, or NULL */
    const char *mail;    /* JSON object of docs/rest.md, or NULL */
    int64_t revision;    /* of the task, 0: of none */
    int64_t due;         /* when it should have started, 0: now */
    const run_due *dues; /* a wave for each time; none: all at once */
    size_t due_count;
} run_spec;

/* Makes the run and its jobs. PLATEN_E_INVAL for an unknown kind, PLATEN_E_UNSUPPORTED for a
 * preview of one that changes nothing, PLATEN_E_NOT_FOUND naming the
 * agent that is not there; devices that are gone are left out, those that are not of the regions
 * any more are skipped. A run without a single target ends at once, as success. */
platen_code runs_create(runs *r, const run_spec *spec, int64_t *run, platen_error *err);
/* What has not started is not done any more; of a halted run it is skipped as `halted`.
 * PLATEN_E_STATE for runs that are over and for built-in ones. */
platen_code runs_cancel(runs *r, int64_t run, platen_error *err);
/* Gives nothing more out, and goes on with it: errors are counted anew. PLATEN_E_STATE for runs
 * that are over or cancelled, for built-in ones, and when it is (is not) halted already. */
platen_code runs_halt(runs *r, int64_t run, platen_error *err);
platen_code runs_resume(runs *r, int64_t run, platen_error *err);

/* Whether a user may look into a run and stop it (ACC-93). PLATEN_E_NOT_FOUND when there is no such
 * run, PLATEN_E_FORBIDDEN when it is of other regions too. Any connection. */
platen_code runs_may_operate(store_conn *conn, int64_t run, const region_set *user,
                             platen_error *err);

/* Starts a task of the table now: its kind, settings and targets. */
platen_code runs_start_task(runs *r, int64_t task, int64_t *run, platen_error *err);

/* The same, but nothing is changed: each target's result has the differences. PLATEN_E_UNSUPPORTED
 * for kinds that change nothing. */
platen_code runs_preview_task(runs *r, int64_t task, int64_t *run, platen_error *err);

/* ---- for installations ---- */

/* While held no job is given out; leases of what is under way are renewed as ever. */
void runs_hold(runs *r, bool hold);
/* Adds {"id","name","kind"} of each run that agents or the manager work on, but for the built-in
 * ones, which begin anew by themselves. */
platen_code runs_under_way(store *s, cJSON *list, platen_error *err);
/* Adds {"id","name","kind","due":true} of tasks (50 at most) that begin by then, but for the
 * built-in ones. */
platen_code runs_due_until(store *s, int64_t until, cJSON *list, platen_error *err);

/* ---- for the link ---- */

/* An agent has started anew: what an older boot had leased is given out again. */
platen_code runs_agent_started(runs *r, int64_t agent, const char *boot, platen_error *err);

/* A question of an agent for work. The manager itself is agent 0. */
typedef struct lease_ask {
    int64_t agent;
    const char *boot;
    size_t room;    /* jobs that it wants at most */
    bool plans;     /* it knows settings of devices' own; an agent of an older release does not */
    int64_t number; /* of the question, growing; 0: it has none */
    int64_t *held;  /* jobs that the agent has, sorted by the call; NULL: it does not say */
    size_t held_count;
    int64_t *over; /* room for as many: those of them that are over for the manager */
    size_t over_count;
} lease_ask;

/* A question of this number has come: those before it wait for nobody any more. */
void runs_asked(runs *r, int64_t agent, const char *boot, int64_t number);

/* Leases up to `room` jobs and writes them as array elements (docs/link.md), those of the run first
 * that has the fewest under lease: a long run does not starve a short one. Leases of what the agent
 * holds are renewed; what it should hold and does not is given out again. */
platen_code runs_lease_for(runs *r, lease_ask *ask, json_writer *w, size_t *count,
                           platen_error *err);
platen_code runs_lease(runs *r, int64_t agent, const char *boot, size_t room, json_writer *w,
                       size_t *count, platen_error *err); /* of who does not say what it holds */

/* Runs of the agent that were cancelled and still have leased jobs, as array elements. */
platen_code runs_cancels(runs *r, int64_t agent, json_writer *w, size_t *count, platen_error *err);

/* Applies the results of one post; returns after the commit. */
platen_code runs_results(runs *r, int64_t agent, const char *boot, int64_t seq,
                         const cJSON *results, platen_error *err);

/* ---- reading ---- */

/* The last time a device answered, which is newer than what its row says; 0 when not known. */
int64_t runs_last_seen(runs *r, int64_t device);

/* {"done","total","found"} of a discovery that runs; false when nothing is known. */
bool runs_progress(runs *r, int64_t run, int64_t *done, int64_t *total, int64_t *found);

/* Writes the run object of docs/rest.md. `stmt` stands on a row with the columns RUN_COLUMNS. */
#define RUN_COLUMNS                                                                                \
    "r.id, r.task_id, r.kind, r.name, r.builtin, r.state, r.created, r.started, r.ended, "         \
    "r.total, r.success, r.warning, r.error, r.timeout, r.cancelled, r.skipped, r.code, r.text, "  \
    "r.regions, r.mode, r.halted_at, r.wave, r.waves, r.next_wave_at, r.due_at, r.changed, "       \
    "r.rollout, (SELECT v.script_id FROM script_version v WHERE v.id = r.script_version), "        \
    "(SELECT c.name FROM script_version v JOIN script c ON c.id = v.script_id "                    \
    "WHERE v.id = r.script_version), "                                                             \
    "(SELECT v.number FROM script_version v WHERE v.id = r.script_version), "                      \
    "(SELECT t.revision - r.task_revision FROM task t WHERE t.id = r.task_id)"
void runs_write(runs *r, store_stmt *stmt, json_writer *w, const char *key);
/* The member "counts" of a run alone. */
platen_code runs_write_counts(store_conn *conn, int64_t run, json_writer *w, const char *key,
                              platen_error *err);
platen_code runs_write_by_id(runs *r, store_conn *conn, int64_t run, json_writer *w,
                             const char *key, platen_error *err);

#endif
