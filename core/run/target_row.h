/* Results of targets as rows, and a run's counts of them. Runs on the store's writer. */
#ifndef PLATEN_RUN_TARGET_ROW_H
#define PLATEN_RUN_TARGET_ROW_H

#include "core/run/run_private.h"

/* success, warning, error, timeout, cancelled, skipped: as the columns of a run are named. */
#define RUN_STATES 6
extern const char *const run_states[RUN_STATES];
size_t run_state_index(const char *state); /* a state that is none counts as error */

/* A result. NULL for a text means that there is none; `device` 0: the agent is the target. */
typedef struct target_row {
    int64_t run, job, device, agent, wave;
    const char *state, *code, *text;
    const char *params, *changes, *log; /* JSON as docs/rest.md shows it */
    int64_t started, ended;             /* ms; 0: not known */
} target_row;

/* A second result of a device in one run has no effect. */
platen_code target_row_put(store_conn *conn, const target_row *row, platen_error *err);

/* Whether the changes of a result are any. */
bool target_row_changed(const target_row *row);

typedef struct run_counts {
    int64_t of[RUN_STATES];
    int64_t changed;
    int64_t added; /* managed devices that were not there before */
} run_counts;

platen_code run_counts_add(store_conn *conn, int64_t run, const run_counts *counts,
                           platen_error *err);

/* The result of a step of a script, for the call that waits for it; without one it is dropped. */
platen_code target_row_answer(store_conn *conn, const target_row *row, platen_error *err);

/* Takes the target of a flow out of flow_target, with its calls, and puts its result, whose agent
 * and wave are set; `*taken` tells whether it was there. The counts are the caller's (step.c). */
platen_code run_flow_take(store_conn *conn, target_row *row, bool *taken, platen_error *err);

#endif
