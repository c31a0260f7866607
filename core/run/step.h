/*
 * What scripts of flows ask of the engine (core/flow): jobs for their steps, and the final results
 * of their targets. A run of a KIND_FLOW kind has its targets in flow_target; a target's row is
 * deleted when it has its result, and the run is over when all have theirs.
 *
 * The functions with a `conn` run on the store's writer, in the caller's transaction. After its
 * commit run_step_committed() tells whoever has to know.
 *
 * The result of a step goes to the flow_call that waits for its job and device, as
 * {"state","code","text","params","changes"}; then the hook flow_ready is called. So it is when
 * the step's job is cancelled or ends without a result. When a run is cancelled, targets without
 * `started` get their result here; the others are told by flow_ready and end their flows. While a
 * run is halted (halted_at) no target without `started` may begin; those that have begun go on, and
 * the jobs of their steps are given out.
 */
#ifndef PLATEN_RUN_STEP_H
#define PLATEN_RUN_STEP_H

#include "core/run/run.h"

typedef struct run_step {
    int64_t run;
    const char *kind, *settings; /* JSON object text */
    const int64_t *devices;      /* each once, in any order */
    size_t count;
} run_step;

/* Makes jobs of the run for the devices. `jobs` has `count` entries: the job of each device, 0 when
 * the device is gone. PLATEN_E_INVAL for a kind that there is not, or that is a flow itself. */
platen_code run_step_jobs(store_conn *conn, runs *r, const run_step *step, int64_t *jobs,
                          platen_error *err);

/* NULL for a text: there is none. `log` is an array of {"at","level","text"}. */
typedef struct run_outcome {
    int64_t run, device;
    const char *state, *code, *text, *params, *changes, *log;
    int64_t started; /* ms, 0: not known */
} run_outcome;

/* The final result of a flow's target: its row, the run's counts, halt and end; its flow_target and
 * flow_call rows are deleted. A target that has its result keeps it: no effect then. */
platen_code run_flow_result(store_conn *conn, runs *r, const run_outcome *outcome, int64_t now,
                            platen_error *err);

/* After the commit: agents with new jobs and pages are told. Any thread. */
void run_step_committed(runs *r, int64_t run);

#endif
