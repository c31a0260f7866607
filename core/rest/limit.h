/* Attempts per client address: a bucket of `burst` that refills one in `every_ms`. Thread-safe. */
#ifndef PLATEN_REST_LIMIT_H
#define PLATEN_REST_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct limit limit;

limit *limit_new(unsigned burst, int64_t every_ms);
void limit_free(limit *l);

/* Takes one. False when the bucket of this address is empty: `*wait_s` says when to come again.
 * `now` is clock_mono(). IPv6 addresses share a bucket by /64. */
bool limit_take(limit *l, const char *address, int64_t now, int *wait_s);
void limit_give_back(limit *l, const char *address); /* the attempt was a good one */

#endif
