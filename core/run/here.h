/*
 * Work that the manager does itself: kinds that are KIND_ON_MANAGER. A job is prepared on a thread
 * of its own, without a transaction; then one transaction does what it is for and ends it: after a
 * crash it was done wholly or will be done again.
 */
#ifndef PLATEN_RUN_HERE_H
#define PLATEN_RUN_HERE_H

#include "core/model/region_row.h"
#include "core/run/run.h"

typedef struct here_job {
    int64_t run, job;
    const char *kind, *name, *settings; /* of the run */
    const int64_t *devices;             /* its targets; none for kinds without */
    size_t count;
    region_list regions; /* of the run; none: all */
} here_job;

/* How a kind is done. `*work` of prepare() goes to the others; finish() is called in any case, also
 * when prepare() failed. An error of prepare() or commit() is the result of all targets. */
typedef struct here_kind {
    const char *kind;
    platen_code (*prepare)(const here_job *job, void **work, void *user, platen_error *err);
    platen_code (*commit)(store_conn *conn, void *work, void *user, platen_error *err);
    void (*finish)(void *work, bool committed, void *user);
    void *user;
} here_kind;

typedef struct here here;

/* `kinds` (of `count`) must live as long. */
platen_code here_new(store *s, runs *r, const here_kind *kinds, size_t count, here **out,
                     platen_error *err);
platen_code here_start(here *h, platen_error *err);
void here_stop(here *h); /* waits for what is under way; NULL is fine */
void here_free(here *h);

/* A job waits for agent 0; from the hook work_waiting. NULL is fine. */
void here_wake(here *h);

#endif
