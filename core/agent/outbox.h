/*
 * Results on their way to the link: gathered into batches, and what each batch makes known to the
 * manager is remembered until it is acknowledged. SNMP thread.
 */
#ifndef PLATEN_AGENT_OUTBOX_H
#define PLATEN_AGENT_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/agent/registry.h"
#include "core/base/json.h"

#define OUTBOX_RESULTS 500        /* most results of a batch */
#define OUTBOX_BYTES (256 * 1024) /* a batch is closed when it is longer */
#define OUTBOX_DATA (64 * 1024)   /* the same, with results that have data of devices in it */
#define OUTBOX_MS 200             /* a result waits no longer than that */

typedef struct outbox outbox;

/* `send` gets the results of a batch as the text of a JSON array, borrowed. */
outbox *outbox_new(void (*send)(uint64_t batch, const char *results, size_t length, void *user),
                   void *user);
void outbox_free(outbox *o);

/* Begins one result: an object to be filled through the writer, until outbox_end(). */
json_writer *outbox_begin(outbox *o);
void outbox_end(outbox *o);
/* The result that was just ended brings the manager to this state of the device. */
void outbox_note(outbox *o, int64_t device_id, unsigned kind, uint64_t hash);

/* The result that was just ended has data of its device: the manager works on small batches of
 * those, for all of a batch is one transaction. */
void outbox_weighed(outbox *o);

/* "These answered, nothing changed": gathered by job. */
void outbox_same(outbox *o, const char *job, int64_t device_id);

void outbox_flush(outbox *o);
void outbox_tick(outbox *o, int64_t now); /* clock_mono() ms */

/* The manager has committed the batch: the devices' hashes are noted in the registry. */
void outbox_acknowledged(outbox *o, registry *r, uint64_t batch);
void outbox_forget(outbox *o); /* what is on its way is not noted when it is acknowledged */

#endif
