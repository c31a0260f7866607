/* A direct-mapped table: what collides is counted again. One mutex guards the slots. */
#include "core/rest/count_cache.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS 256u

struct count_cache {
    pthread_mutex_t lock; /* slots */
    struct {
        uint64_t key; /* 0: free */
        uint64_t version;
        int64_t total;
    } slots[SLOTS];
};

count_cache *count_cache_new(void)
{
    count_cache *c = calloc(1, sizeof(*c));
    if (c != NULL) {
        (void)pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

void count_cache_free(count_cache *c)
{
    if (c != NULL) {
        (void)pthread_mutex_destroy(&c->lock);
        free(c);
    }
}

bool count_cache_get(count_cache *c, uint64_t key, uint64_t version, int64_t *total)
{
    (void)pthread_mutex_lock(&c->lock);
    bool found =
        key != 0 && c->slots[key % SLOTS].key == key && c->slots[key % SLOTS].version == version;
    if (found) {
        *total = c->slots[key % SLOTS].total;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

int64_t count_cache_guess(count_cache *c, uint64_t key)
{
    (void)pthread_mutex_lock(&c->lock);
    int64_t total = key != 0 && c->slots[key % SLOTS].key == key ? c->slots[key % SLOTS].total : -1;
    (void)pthread_mutex_unlock(&c->lock);
    return total;
}

void count_cache_set(count_cache *c, uint64_t key, uint64_t version, int64_t total)
{
    (void)pthread_mutex_lock(&c->lock);
    c->slots[key % SLOTS].key = key;
    c->slots[key % SLOTS].version = version;
    c->slots[key % SLOTS].total = total;
    (void)pthread_mutex_unlock(&c->lock);
}
