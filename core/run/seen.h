/*
 * When each device answered last and what its power state was, in memory: most polls change
 * nothing but this, and writing it for 50,000 devices each round would cost more than all the
 * rest. The times are written back now and then and at the end. Thread-safe.
 */
#ifndef PLATEN_RUN_SEEN_H
#define PLATEN_RUN_SEEN_H

#include "core/model/words.h"
#include "core/store/store.h"

typedef struct seen seen;

seen *seen_new(void);
void seen_free(seen *s);
platen_code seen_load(seen *s, store_conn *conn, platen_error *err);

void seen_set(seen *s, int64_t device, device_power power, int64_t at); /* at 0 keeps the time */
int64_t seen_at(seen *s, int64_t device);                               /* 0: not known */
device_power seen_power(seen *s, int64_t device);                       /* or unknown */

/* Writes the times that have changed since the last call, at most `most`; runs on the writer. */
platen_code seen_flush(seen *s, store_conn *conn, size_t most, size_t *written, platen_error *err);

#endif
