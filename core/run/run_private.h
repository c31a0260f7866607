/* What the files of this room share. */
#ifndef PLATEN_RUN_PRIVATE_H
#define PLATEN_RUN_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/model/region_row.h"
#include "core/run/kind.h"
#include "core/run/rollout.h"
#include "core/run/run.h"
#include "core/run/seen.h"

#define LEASE_MS INT64_C(120000)
#define PROGRESS_SLOTS 16
#define OVER_SLOTS 64

typedef struct run_progress {
    int64_t run, done, total, found;
} run_progress;

/* Which start of an agent is the last that said hello; the boot as a hash. */
typedef struct run_boot {
    int64_t agent;
    uint64_t boot;
    int64_t asked; /* number of its newest question for work */
} run_boot;

/* A run that ended, in a transaction that may not be committed yet. */
typedef struct run_ended {
    int64_t run;
    unsigned looks;
} run_ended;

struct runs {
    store *store;
    runs_hooks hooks;
    seen *seen;
    region_map *regions; /* the writer's */
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    atomic_bool held;     /* no job is given out */
    atomic_bool wave_due; /* a run waits for its next wave, which the run thread gives out */
    bool woken;           /* guarded by `lock` */
    pthread_mutex_t lock; /* guards wake's waiting, `progress`, `boots` and `over` */
    pthread_cond_t wake;
    run_ended over[OVER_SLOTS]; /* whose kinds the run thread tells */
    size_t over_count;
    run_progress progress[PROGRESS_SLOTS]; /* of discoveries that run, a ring */
    size_t progress_next;
    run_boot *boots;
    size_t boot_count;
    bool durations_known;
    int64_t durations_ahead; /* the run thread's: as clock_ahead, of what lasts so long */
    int64_t clock_ahead;     /* the run thread's: of clock_mono(), at the last look; 0: none yet */
};

extern const thing_sql run_thing; /* the regions of a run */

/* Binds and runs a statement that has only the parameter `name`. */
platen_code run_simple(store_conn *conn, const store_sql *sql, const char *name, int64_t value,
                       int64_t *changes, platen_error *err);

/* The run is running from now on; `*changed`: it was waiting before. */
platen_code run_begin(store_conn *conn, int64_t run, int64_t now, bool *changed, platen_error *err);

/* Ends the run when all its targets have results; `*ended` tells whether it did. */
platen_code run_finish(store_conn *conn, int64_t run, int64_t now, bool *ended, platen_error *err);

/* A run that a transaction has made. */
typedef struct run_made {
    int64_t run;
    const task_kind *kind;
} run_made;

/* Makes a run in the transaction of `conn`, as runs_create() does; after the commit
 * run_made_tell(), for those who want to know. */
platen_code run_make(store_conn *conn, runs *r, const run_spec *spec, run_made *made,
                     platen_error *err);
void run_made_tell(runs *r, const run_made *made);

/* Whether a task's `mail` has a condition under which one is sent (TSK-33). */
bool run_mail_is_wanted(const char *mail);

/* A run of that kind ended in this transaction (over.c). */
platen_code run_over(store_conn *conn, runs *r, int64_t run, platen_error *err);
/* Tells the kinds of runs that ended: what was taken back by then has not. */
void runs_tell_over(runs *r);

/* When that run, which has ended in this transaction, has registered managed devices: the built-in
 * tasks that look at new devices are due once, besides their schedule (after.c). Inactive ones are
 * not. */
platen_code run_after_registering(store_conn *conn, int64_t run, platen_error *err);
/* The task is so no longer; `*was`, which may be NULL: it was. */
platen_code task_extra_over(store_conn *conn, int64_t task, bool *was, platen_error *err);

/* Starts what is due, until nothing is (due.c). */
void runs_start_due(runs *r);
/* Looks whether the clock was set back, and then at the next times of tasks. */
void runs_watch_clock(runs *r);

/* Target ids of a job: "[1,2,3]" to numbers (malloc, caller frees) and back. */
platen_code targets_parse(const char *text, int64_t **ids, size_t *count, platen_error *err);
void targets_write(strbuf *out, const int64_t *ids, size_t count); /* leaves negative ids out */

/* ---- on the run thread (limits.c) ---- */

void runs_check_limits(runs *r);
/* Leases, time limits and pauses last as long as they should when the clock is set. */
void runs_keep_durations(runs *r);

/* ---- leases (held.c) ---- */

platen_code runs_note_boot(runs *r, int64_t agent, const char *boot, platen_error *err);
/* Whether nobody reads the answer: the agent has started anew since, or has asked again. Not known,
 * as after a start of the manager, is no. */
bool runs_ask_is_over(runs *r, const lease_ask *ask);
platen_code run_keep_leases(store_conn *conn, lease_ask *ask, int64_t now, platen_error *err);

/* What is left of a run gets this result (closing.c). */
typedef struct run_closing {
    runs *owner;
    int64_t run;
    bool only_waiting; /* not what an agent or a flow works on */
    const char *state, *code, *text;
    int64_t now;
} run_closing;

/* Jobs, targets of flows, parts whose time has come (with only_waiting: all parts). Ends the run
 * when nothing is left. */
platen_code run_close(store_conn *conn, const run_closing *c, platen_error *err);
platen_code run_close_job(store_conn *conn, const run_closing *c, int64_t job, platen_error *err);
/* The same of these targets of a job alone. */
platen_code run_close_targets(store_conn *conn, const run_closing *c, int64_t job,
                              const int64_t *ids, size_t count, platen_error *err);

/* Gives targets of a run out: as jobs, or to a flow (give.c). */
typedef struct run_target {
    int64_t agent, device, region;
} run_target;

typedef struct run_give {
    int64_t run, wave;
    const task_kind *kind;
    const char *settings; /* of a step of a flow, else NULL: the run's */
    size_t most;          /* targets of a job */
} run_give;

/* `list` is sorted by agent; `jobs` may be NULL, or has an entry a target. */
platen_code run_give_out(store_conn *conn, const run_give *g, const run_target *list, size_t count,
                         int64_t *jobs, platen_error *err);
/* A job whose target is the agent, or nothing. */
platen_code run_give_agent(store_conn *conn, const run_give *g, int64_t agent, platen_error *err);

/* Most targets of a job: with a limit on how many are worked on at a time, or to be halted. */
size_t run_job_most(const task_kind *kind, const rollout *plan);

/* ---- waves (waves.c) ---- */

/* Puts the targets into parts, a wave each; `*waves` is how many. */
platen_code run_plan(store_conn *conn, const run_give *g, const run_spec *spec, const rollout *plan,
                     const run_target *list, size_t count, int64_t *waves, platen_error *err);
/* Takes the first part that is due before then; PLATEN_E_NOT_FOUND. The caller frees the ids. */
typedef struct run_part {
    int64_t wave;
    int64_t *ids;
    size_t count;
} run_part;
platen_code run_take_part(store_conn *conn, int64_t run, int64_t before, run_part *out,
                          platen_error *err);
/* Gives the next wave out. */
platen_code run_next_wave(store_conn *conn, runs *r, int64_t run, int64_t now, platen_error *err);
/* Skips who is not of the regions; `list` keeps the others and stays in its order. */
platen_code run_skip_others(store_conn *conn, const run_give *g, const region_set *regions,
                            run_target *list, size_t *count, int64_t now, platen_error *err);
void runs_give_waves(runs *r); /* on the run thread: of all runs */

/* After results were counted: ends the run, halts it, or says when the next wave is (settle.c). */
platen_code run_settle(store_conn *conn, runs *r, int64_t run, int64_t now, platen_error *err);
/* After the commit: the run thread has waves to give out, if settling said so. */
void runs_settled(runs *r);

/* After a commit: who has to know of new jobs or targets of the run is told. */
void runs_notify_given(runs *r, int64_t run);
void runs_flow_ready(runs *r, int64_t run);

void runs_set_progress(runs *r, int64_t run, int64_t done, int64_t total, int64_t found);
void runs_notify_run(runs *r, int64_t run);
void runs_notify_agent(runs *r, int64_t agent);

/* Periodic work of the run thread (tick.c). */
void runs_clean_up(runs *r); /* what is older than the preferences say */
void *runs_thread(void *user);
platen_code runs_make_builtins(runs *r, platen_error *err); /* task.c */

#endif
