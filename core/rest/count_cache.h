/*
 * Totals of lists, remembered for one state of the database; of another state they are still a
 * good guess. Thread-safe.
 */
#ifndef PLATEN_REST_COUNT_CACHE_H
#define PLATEN_REST_COUNT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct count_cache count_cache;

count_cache *count_cache_new(void);
void count_cache_free(count_cache *c);
bool count_cache_get(count_cache *c, uint64_t key, uint64_t version, int64_t *total);
/* The total of any state, -1 when there is none. */
int64_t count_cache_guess(count_cache *c, uint64_t key);
void count_cache_set(count_cache *c, uint64_t key, uint64_t version, int64_t total);

/* The keys of a short list in order, of one state of the database. The copy is the caller's, who
 * frees it; NULL when there is none. */
int64_t *count_cache_dup_keys(count_cache *c, uint64_t key, uint64_t version, size_t *count);
void count_cache_set_keys(count_cache *c, uint64_t key, uint64_t version, const int64_t *keys,
                          size_t count);

#endif
