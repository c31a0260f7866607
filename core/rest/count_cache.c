/* A direct-mapped table: what collides is counted again. One mutex guards the slots. */
#include "core/rest/count_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 256u
#define KEY_SLOTS 64u /* of 16 KB at most */

struct count_cache {
    pthread_mutex_t lock; /* slots */
    struct {
        uint64_t key; /* 0: free */
        uint64_t version;
        int64_t total;
    } slots[SLOTS];
    struct {
        uint64_t key; /* 0: free */
        uint64_t version;
        int64_t *keys;
        size_t count;
    } lists[KEY_SLOTS];
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
    if (c == NULL) {
        return;
    }
    for (size_t i = 0; i < KEY_SLOTS; i++) {
        free(c->lists[i].keys);
    }
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
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

int64_t *count_cache_dup_keys(count_cache *c, uint64_t key, uint64_t version, size_t *count)
{
    int64_t *copy = NULL;
    size_t slot = key % KEY_SLOTS;
    (void)pthread_mutex_lock(&c->lock);
    if (key != 0 && c->lists[slot].key == key && c->lists[slot].version == version) {
        copy = malloc((c->lists[slot].count + 1) * sizeof(*copy));
        if (copy != NULL) {
            *count = c->lists[slot].count;
            memcpy(copy, c->lists[slot].keys, *count * sizeof(*copy));
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    return copy;
}

void count_cache_set_keys(count_cache *c, uint64_t key, uint64_t version, const int64_t *keys,
                          size_t count)
{
    size_t slot = key % KEY_SLOTS;
    int64_t *copy = malloc((count + 1) * sizeof(*copy));
    if (copy == NULL) { /* read again next time */
        return;
    }
    if (count > 0) {
        memcpy(copy, keys, count * sizeof(*copy));
    }
    (void)pthread_mutex_lock(&c->lock);
    int64_t *old = c->lists[slot].keys;
    c->lists[slot].key = key;
    c->lists[slot].version = version;
    c->lists[slot].keys = copy;
    c->lists[slot].count = count;
    (void)pthread_mutex_unlock(&c->lock);
    free(old);
}
