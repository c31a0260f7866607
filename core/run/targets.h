/* The devices of a run, resolved when it is made. Runs on the store's writer. */
#ifndef PLATEN_RUN_TARGETS_H
#define PLATEN_RUN_TARGETS_H

#include "core/run/run_private.h"

typedef struct run_targets {
    run_target *list; /* sorted by agent, each device once */
    size_t count;
} run_targets;

/* What was chosen and is gone is left out; what is not of the run's regions any more is there. */
platen_code run_targets_find(store_conn *conn, const runs *r, const run_spec *spec,
                             run_targets *out, platen_error *err);
void run_targets_fini(run_targets *t);

#endif
