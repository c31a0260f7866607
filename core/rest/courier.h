/*
 * Mails about runs (TSK-33 to TSK-36). A run that somebody wants a mail about carries a mark from
 * its beginning; the mark goes in the transaction that puts the mails into the outbox: after a
 * crash each is there once. One thread, woken at the ends of runs.
 */
#ifndef PLATEN_REST_COURIER_H
#define PLATEN_REST_COURIER_H

#include "core/notify/notify.h"
#include "core/run/run.h"

typedef struct courier courier;

platen_code courier_new(store *s, notify *n, courier **out, platen_error *err);
platen_code courier_start(courier *c, platen_error *err);
void courier_stop(courier *c); /* NULL is fine */
void courier_free(courier *c);

/* A hook of runs: may be called from any thread, does not block; `c` may be NULL. */
void courier_run(courier *c);

#endif
