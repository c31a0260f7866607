/* A map from address to count under one lock, held for a look-up. */
#include "core/http/crowd.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/base/net.h"

struct crowd {
    unsigned most;
    pthread_mutex_t lock; /* counts */
    map *counts;          /* address -> how many, as a number in the pointer */
};

crowd *crowd_new(unsigned most)
{
    crowd *c = calloc(1, sizeof(*c));
    if (c == NULL || (c->counts = map_new()) == NULL) {
        free(c);
        return NULL;
    }
    c->most = most;
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

void crowd_free(crowd *c)
{
    if (c != NULL) {
        (void)pthread_mutex_destroy(&c->lock);
        map_free(c->counts, NULL);
        free(c);
    }
}

bool crowd_enter(crowd *c, const struct sockaddr *address, crowd_place *place)
{
    net_address client;
    place->counted = false;
    if (c->most == 0 || !net_from_sockaddr(address, &client, NULL)) {
        return true;
    }
    memcpy(place->key, client.bytes, sizeof(place->key));
    if (!net_is_ipv4(&client)) {
        memset(place->key + 8, 0, 8);
    }
    (void)pthread_mutex_lock(&c->lock);
    uintptr_t held = (uintptr_t)map_get(c->counts, place->key, sizeof(place->key));
    bool room = held < c->most;
    /* Without memory it goes uncounted: that is not the moment to turn people away. */
    place->counted = room && map_set(c->counts, place->key, sizeof(place->key), (void *)(held + 1),
                                     NULL); // NOLINT(performance-no-int-to-ptr)
    (void)pthread_mutex_unlock(&c->lock);
    return room;
}

void crowd_leave(crowd *c, const crowd_place *place)
{
    if (!place->counted) {
        return;
    }
    (void)pthread_mutex_lock(&c->lock);
    uintptr_t held = (uintptr_t)map_get(c->counts, place->key, sizeof(place->key));
    if (held > 1) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr)
        (void)map_set(c->counts, place->key, sizeof(place->key), (void *)(held - 1), NULL);
    } else {
        (void)map_remove(c->counts, place->key, sizeof(place->key));
    }
    (void)pthread_mutex_unlock(&c->lock);
}
