/*
 * Token buckets in a fixed table: an address finds its slot by hash, and of the slots it may have
 * it takes over the one that is fullest, so that memory is bounded whoever comes. One mutex guards
 * all slots.
 */
#include "core/rest/limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/base/net.h"

#define SLOTS 4096u
#define WAYS 8u

typedef struct bucket {
    uint64_t key;  /* 0: free */
    int64_t since; /* full again at: clock_mono() ms */
} bucket;

struct limit {
    pthread_mutex_t lock; /* buckets */
    unsigned burst;
    int64_t every_ms;
    bucket buckets[SLOTS];
};

limit *limit_new(unsigned burst, int64_t every_ms)
{
    limit *l = calloc(1, sizeof(*l));
    if (l != NULL) {
        (void)pthread_mutex_init(&l->lock, NULL);
        l->burst = burst;
        l->every_ms = every_ms;
    }
    return l;
}

void limit_free(limit *l)
{
    if (l != NULL) {
        (void)pthread_mutex_destroy(&l->lock);
        free(l);
    }
}

static uint64_t key_of(const char *address)
{
    net_address a;
    uint64_t key = 0;
    if (!net_parse(address, &a)) {
        key = hash_bytes(address, strlen(address));
    } else {
        key = hash_bytes(a.bytes, net_is_ipv4(&a) ? 16 : 8);
    }
    return key != 0 ? key : 1;
}

static bucket *bucket_locked(limit *l, uint64_t key, int64_t now)
{
    bucket *best = NULL;
    for (unsigned i = 0; i < WAYS; i++) {
        bucket *b = &l->buckets[(key + i * 0x9e3779b9u) % SLOTS];
        if (b->key == key) {
            return b;
        }
        if (best == NULL || b->key == 0 || (best->key != 0 && b->since < best->since)) {
            best = b;
        }
    }
    best->key = key;
    best->since = now;
    return best;
}

bool limit_take(limit *l, const char *address, int64_t now, int *wait_s)
{
    bool allowed = false;
    (void)pthread_mutex_lock(&l->lock);
    bucket *b = bucket_locked(l, key_of(address), now);
    if (b->since < now) {
        b->since = now;
    }
    int64_t after = b->since + l->every_ms;
    if (after - now <= (int64_t)l->burst * l->every_ms) {
        b->since = after;
        allowed = true;
    } else {
        int64_t wait = after - now - (int64_t)l->burst * l->every_ms;
        *wait_s = (int)((wait + 999) / 1000);
    }
    (void)pthread_mutex_unlock(&l->lock);
    return allowed;
}

void limit_give_back(limit *l, const char *address)
{
    uint64_t key = key_of(address);
    (void)pthread_mutex_lock(&l->lock);
    for (unsigned i = 0; i < WAYS; i++) {
        bucket *b = &l->buckets[(key + i * 0x9e3779b9u) % SLOTS];
        if (b->key == key) {
            b->since -= l->every_ms;
            break;
        }
    }
    (void)pthread_mutex_unlock(&l->lock);
}
