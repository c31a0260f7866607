/* Threads for what blocks: drivers over TCP, names to be resolved. Items are the caller's. */
#ifndef PLATEN_AGENT_POOL_H
#define PLATEN_AGENT_POOL_H

#include "core/base/error.h"

typedef struct pool pool;

typedef struct pool_item {
    struct pool_item *next;
    void (*run)(struct pool_item *item);  /* a thread of the pool; may free the item */
    void (*drop)(struct pool_item *item); /* instead of run() when the pool stops first */
} pool_item;

platen_code pool_new(unsigned threads, pool **out, platen_error *err);
/* Drops what waits, lets what runs end, joins. */
void pool_stop(pool *p);
void pool_free(pool *p); /* stops first */

void pool_put(pool *p, pool_item *item); /* any thread; after pool_stop() it is dropped at once */

#endif
