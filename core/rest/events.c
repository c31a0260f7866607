/*
 * The ring of events. One mutex guards the ring and the set of changed devices; readers wait on
 * one condition variable. Device changes are collected and become events when somebody publishes
 * or reads at least half a second after the last of them, so no thread of its own is needed.
 */
#include "core/rest/events.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/map.h"
#include "core/rest/event.h"

#define DEVICE_EVERY_MS 500
#define DEVICE_KEPT 256u    /* of an event, for readers of all regions together */
#define BATCH_BYTES 262144u /* of one events_wait() */

struct events {
    pthread_mutex_t lock;   /* everything below */
    pthread_cond_t changed; /* something was published, or stopped */
    event *ring;
    size_t capacity;
    uint64_t last;   /* number of the newest event; the first is 1 */
    uint64_t counts; /* number of the newest one with counts, 0: none */
    bool stopped;
    map *seen;           /* event_device since the last device event, as keys */
    map *tallies;        /* region -> event_tally */
    event_devices fresh; /* what will be the next device event; its tallies stand in the map */
    int64_t device_last; /* clock_mono() of the last device event */
};

events *events_new(size_t capacity)
{
    events *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }
    e->capacity = capacity > 0 ? capacity : 1;
    e->ring = calloc(e->capacity, sizeof(*e->ring));
    e->seen = map_new();
    e->tallies = map_new();
    (void)pthread_mutex_init(&e->lock, NULL);
    cond_init(&e->changed);
    /* Numbers of an earlier start must not look like ours: begin with the time. */
    e->last = (uint64_t)clock_now();
    if (e->ring == NULL || e->seen == NULL || e->tallies == NULL) {
        events_free(e);
        return NULL;
    }
    return e;
}

void events_free(events *e)
{
    if (e == NULL) {
        return;
    }
    for (size_t i = 0; e->ring != NULL && i < e->capacity; i++) {
        event_clear(&e->ring[i]);
    }
    free(e->ring);
    free(e->fresh.devices);
    map_free(e->seen, NULL);
    map_free(e->tallies, free);
    (void)pthread_cond_destroy(&e->changed);
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

void events_stop(events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->stopped = true;
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

/* Takes over what the event holds. A lost one tells readers to reset. */
static void publish_locked(events *e, const event *fresh)
{
    event *slot = &e->ring[++e->last % e->capacity];
    event_clear(slot);
    *slot = *fresh;
    (void)pthread_cond_broadcast(&e->changed);
}

void events_publish(events *e, const char *name, events_function function, int64_t region,
                    const char *json)
{
    event fresh = {.kind = EVENT_TEXT,
                   .name = strdup(name),
                   .json = strdup(json),
                   .function = function,
                   .region = region};
    if (fresh.name == NULL || fresh.json == NULL) {
        event_clear(&fresh);
    }
    (void)pthread_mutex_lock(&e->lock);
    publish_locked(e, &fresh);
    (void)pthread_mutex_unlock(&e->lock);
}

void events_counts(events *e, const dashboard_table *table)
{
    event fresh = {.kind = EVENT_COUNTS, .region = EVENTS_NO_DEVICE};
    size_t size = table->count * sizeof(*table->rows);
    fresh.table.rows = malloc(size > 0 ? size : 1);
    if (fresh.table.rows == NULL) {
        return; /* pages then learn of it by the next one */
    }
    if (size > 0) {
        memcpy(fresh.table.rows, table->rows, size);
    }
    fresh.table.count = table->count;
    (void)pthread_mutex_lock(&e->lock);
    if (e->counts != 0 && e->counts + e->capacity > e->last) {
        event *older = &e->ring[e->counts % e->capacity];
        event_clear(older);
        older->kind = EVENT_OLD;
    }
    publish_locked(e, &fresh);
    e->counts = e->last;
    (void)pthread_mutex_unlock(&e->lock);
}

/* ---- devices ---- */

static bool take_tally(const void *key, size_t length, void *value, void *user)
{
    event_devices *d = user;
    (void)key;
    (void)length;
    d->tallies[d->tally_count++] = *(const event_tally *)value;
    return true;
}

static void publish_devices_locked(events *e, int64_t now)
{
    event fresh = {.kind = EVENT_DEVICES,
                   .function = EVENTS_DEVICES,
                   .region = EVENTS_NO_DEVICE,
                   .devices = e->fresh};
    fresh.devices.tallies = calloc(map_count(e->tallies) + 1, sizeof(*fresh.devices.tallies));
    if (fresh.devices.tallies != NULL && fresh.devices.devices != NULL) {
        map_each(e->tallies, take_tally, &fresh.devices);
    } else {
        event_clear(&fresh);
    }
    publish_locked(e, &fresh);
    e->fresh = (event_devices){.devices = NULL};
    e->device_last = now;
    map *seen = map_new();
    map *tallies = map_new();
    if (seen == NULL || tallies == NULL) { /* ids of before are not announced again: they were */
        map_free(seen, NULL);
        map_free(tallies, NULL);
        return;
    }
    map_free(e->seen, NULL);
    map_free(e->tallies, free);
    e->seen = seen;
    e->tallies = tallies;
}

/* Milliseconds until collected devices are due, -1 when there are none; publishes when due. */
static int64_t devices_due_locked(events *e)
{
    if (e->fresh.total == 0) {
        return -1;
    }
    int64_t now = clock_mono();
    int64_t left = e->device_last + DEVICE_EVERY_MS - now;
    if (left > 0) {
        return left;
    }
    publish_devices_locked(e, now);
    return -1;
}

static void tally_locked(events *e, int64_t region)
{
    event_tally *tally = map_get(e->tallies, &region, sizeof(region));
    if (tally == NULL) {
        tally = calloc(1, sizeof(*tally));
        if (tally == NULL || !map_set(e->tallies, &region, sizeof(region), tally, NULL)) {
            free(tally);
            return;
        }
        tally->region = region;
    }
    tally->devices++;
}

static void collect_locked(events *e, int64_t device, int64_t region, bool left)
{
    const int64_t key[3] = {device, region, left ? 1 : 0};
    event_devices *fresh = &e->fresh;
    if (map_get(e->seen, key, sizeof(key)) != NULL) {
        return;
    }
    (void)map_set(e->seen, key, sizeof(key), e, NULL);
    if (fresh->devices == NULL) {
        fresh->devices = calloc(DEVICE_KEPT, sizeof(*fresh->devices));
    }
    if (fresh->devices != NULL && fresh->count < DEVICE_KEPT) {
        fresh->devices[fresh->count++] = (event_device){device, region, left};
    }
    fresh->total += left ? 0 : 1;
    tally_locked(e, region);
}

void events_device_changed(events *e, int64_t device, int64_t region, int64_t before)
{
    (void)pthread_mutex_lock(&e->lock);
    bool first = e->fresh.total == 0;
    collect_locked(e, device, region, false);
    if (before != region) {
        collect_locked(e, device, before, true);
    }
    /* One reader must wake up to count the half second down. */
    if (devices_due_locked(e) > 0 && first) {
        (void)pthread_cond_broadcast(&e->changed);
    }
    (void)pthread_mutex_unlock(&e->lock);
}

/* ---- reading ---- */

static void append_new_locked(events *e, const events_reader *reader, uint64_t *last, strbuf *out)
{
    uint64_t oldest = e->last >= e->capacity ? e->last - e->capacity + 1 : 1;
    size_t before = out->length;
    if (*last == 0 || *last > e->last || *last + 1 < oldest) {
        event_write_text(e->last, "reset", "{}", out);
        *last = e->last;
        return;
    }
    while (*last < e->last && out->length - before < BATCH_BYTES) {
        const event *slot = &e->ring[(*last + 1) % e->capacity];
        ++*last;
        if (slot->kind == EVENT_LOST) { /* also numbers before the start */
            event_write_text(e->last, "reset", "{}", out);
            *last = e->last;
            return;
        }
        event_write(slot, *last, reader, out);
    }
}

static void add_ms(struct timespec *at, int64_t ms)
{
    at->tv_sec += (time_t)(ms / 1000);
    at->tv_nsec += (long)(ms % 1000) * 1000000L;
    if (at->tv_nsec >= 1000000000L) {
        at->tv_sec++;
        at->tv_nsec -= 1000000000L;
    }
}

bool events_wait(events *e, const events_reader *reader, uint64_t *last, int wait_ms, strbuf *out)
{
    int64_t end = clock_mono() + wait_ms;
    size_t before = out->length;
    (void)pthread_mutex_lock(&e->lock);
    for (;;) {
        int64_t due = devices_due_locked(e);
        int64_t left = end - clock_mono();
        if (!e->stopped && *last != e->last) {
            append_new_locked(e, reader, last, out);
        }
        if (e->stopped || out->length > before || out->failed || left <= 0) {
            break;
        }
        if (*last != e->last) { /* a batch of what this reader may not see */
            continue;
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        add_ms(&until, due >= 0 && due < left ? due : left);
        (void)pthread_cond_timedwait(&e->changed, &e->lock, &until);
    }
    bool running = !e->stopped;
    (void)pthread_mutex_unlock(&e->lock);
    return running;
}

uint64_t events_last(const events *e)
{
    /* The lock is part of the object's state, not of its value. */
    union {
        const events *in;
        events *object;
    } self = {.in = e};
    (void)pthread_mutex_lock(&self.object->lock);
    uint64_t last = e->last;
    (void)pthread_mutex_unlock(&self.object->lock);
    return last;
}
