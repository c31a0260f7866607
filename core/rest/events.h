/*
 * What happened, for the pages: a ring of the last events that GET /events streams (SSE),
 * resumable by Last-Event-ID. Many writers, many readers; a slow reader loses, never blocks. A
 * reader gets what it may see: events of devices of its regions, counts of those alone, and runs
 * only with the function for tasks.
 */
#ifndef PLATEN_REST_EVENTS_H
#define PLATEN_REST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/model/region.h"
#include "core/rest/dashboard.h"

typedef struct events events;

events *events_new(size_t capacity); /* e.g. 4096 */
void events_free(events *e);
void events_stop(events *e); /* wakes all waiters for ever: readers end */

/* Whom an event is for. */
typedef enum events_function {
    EVENTS_ANY,     /* everybody */
    EVENTS_DEVICES, /* who may look at devices */
    EVENTS_TASKS,   /* who may look at runs */
} events_function;

#define EVENTS_NO_DEVICE INT64_C(-1)

typedef struct events_reader {
    region_set regions; /* borrowed */
    bool devices;
    bool tasks;
} events_reader;

/* Any thread. `json` is one JSON object. `region` is that of the device that it tells of (0: of
 * none, so that only who has all regions gets it), or EVENTS_NO_DEVICE. */
void events_publish(events *e, const char *name, events_function function, int64_t region,
                    const char *json);

/* A device changed: coalesced into at most two "device" events a second, data
 * {"count":N,"ids":["1",...up to 100]}. `region` and `before` are its regions now and before; who
 * has only the latter learns that it must look again. */
void events_device_changed(events *e, int64_t device, int64_t region, int64_t before);

/* The fleet's counts: event "summary". An older one that nobody has read is not sent any more. */
void events_counts(events *e, const dashboard_table *table);

/* Appends the events after `*last` that the reader may see to `out` in SSE form and moves `*last`;
 * waits up to `wait_ms` when there is none. A `*last` that has left the ring (or 0) gives an event
 * "reset" first. False when stopped. */
bool events_wait(events *e, const events_reader *reader, uint64_t *last, int wait_ms, strbuf *out);
uint64_t events_last(const events *e);

#endif
