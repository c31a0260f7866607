/*
 * Turns changes into events for the pages, a few a second however many changes there are: devices
 * that changed (events.c counts them), runs, the fleet's counts. One thread.
 */
#ifndef PLATEN_REST_HERALD_H
#define PLATEN_REST_HERALD_H

#include "core/rest/events.h"
#include "core/run/run.h"
#include "core/store/store.h"

typedef struct herald herald;

platen_code herald_new(store *s, events *e, herald **out, platen_error *err);
platen_code herald_start(herald *h, runs *r, platen_error *err);
void herald_stop(herald *h);
void herald_free(herald *h);

/* For runs_hooks; any thread, never blocks for long. */
void herald_device(herald *h, const device_change *change);
void herald_run(herald *h, int64_t run);

#endif
