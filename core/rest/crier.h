/*
 * Tells webhooks what has happened: devices, alerts, runs, agents. Gathers for a second, so that a
 * thousand changes are ten requests; nothing is gathered that no webhook asks for. One thread.
 */
#ifndef PLATEN_REST_CRIER_H
#define PLATEN_REST_CRIER_H

#include "core/link/link_manager.h"
#include "core/model/device.h"
#include "core/notify/notify.h"
#include "core/run/run.h"
#include "core/store/store.h"

typedef struct crier crier;

platen_code crier_new(store *s, notify *n, crier **out, platen_error *err);
platen_code crier_start(crier *c, runs *r, link_manager *l, platen_error *err);
void crier_stop(crier *c); /* what was gathered is still told; it may start again */
void crier_free(crier *c);

/* A device that was deleted. The first in the transaction: `st` stands on the row of
 * sql_device_delete; the second after the commit. */
void crier_write_removed(store_stmt *st, strbuf *event);
void crier_removed(notify *n, const strbuf *event);

/* For runs_hooks and handlers, after the commit; any thread, never blocks for long. `c` may be
 * NULL.
 */
void crier_device(crier *c, const device_change *news);
void crier_run(crier *c, int64_t run);

#endif
