/*
 * What happened, for the pages: a ring of the last events that GET /events streams (SSE),
 * resumable by Last-Event-ID. Many writers, many readers; a slow reader loses, never blocks.
 */
#ifndef PLATEN_REST_EVENTS_H
#define PLATEN_REST_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

typedef struct events events;

events *events_new(size_t capacity); /* e.g. 4096 */
void events_free(events *e);
void events_stop(events *e); /* wakes all waiters for ever: readers end */

/* Any thread. `json` is one JSON object. */
void events_publish(events *e, const char *name, const char *json);

/* Devices changed: coalesced into at most two "device" events a second, data
 * {"count":N,"ids":["1",...up to 100]}. */
void events_device_changed(events *e, int64_t device);

/* Appends all events after `*last` in SSE form to `out` and moves `*last`; waits up to `wait_ms`
 * when there is none. A `*last` that has left the ring (or 0) gives an event "reset" first.
 * False when stopped. */
bool events_wait(events *e, uint64_t *last, int wait_ms, strbuf *out);
uint64_t events_last(const events *e);

#endif
