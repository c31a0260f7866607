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
#include "core/base/json.h"
#include "core/base/map.h"

#define DEVICE_EVERY_MS 500
#define DEVICE_IDS 100u
#define BATCH_BYTES 262144u /* of one events_wait() */

typedef struct event {
    char *name;
    char *json;
} event;

struct events {
    pthread_mutex_t lock;   /* everything below */
    pthread_cond_t changed; /* something was published, or stopped */
    event *ring;
    size_t capacity;
    uint64_t last; /* number of the newest event; the first is 1 */
    bool stopped;
    map *seen; /* ids since the last device event: key the id, value itself */
    int64_t devices[DEVICE_IDS];
    size_t device_count; /* of the array */
    size_t device_total; /* of the set */
    int64_t device_last; /* clock_mono() of the last device event */
};

events *events_new(size_t capacity)
{
    pthread_condattr_t attributes;
    events *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }
    e->capacity = capacity > 0 ? capacity : 1;
    e->ring = calloc(e->capacity, sizeof(*e->ring));
    e->seen = map_new();
    (void)pthread_mutex_init(&e->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&e->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    /* Numbers of an earlier start must not look like ours: begin with the time. */
    e->last = (uint64_t)clock_now();
    if (e->ring == NULL || e->seen == NULL) {
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
        free(e->ring[i].name);
        free(e->ring[i].json);
    }
    free(e->ring);
    map_free(e->seen, NULL);
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

/* Takes both texts, which may be NULL: then the event is lost and readers are told to reset. */
static void publish_locked(events *e, char *name, char *json)
{
    event *slot = &e->ring[++e->last % e->capacity];
    free(slot->name);
    free(slot->json);
    slot->name = name;
    slot->json = json;
    if (name == NULL || json == NULL) {
        free(name);
        free(json);
        slot->name = NULL;
        slot->json = NULL;
    }
    (void)pthread_cond_broadcast(&e->changed);
}

void events_publish(events *e, const char *name, const char *json)
{
    char *name_copy = strdup(name);
    char *json_copy = strdup(json);
    (void)pthread_mutex_lock(&e->lock);
    publish_locked(e, name_copy, json_copy);
    (void)pthread_mutex_unlock(&e->lock);
}

static void publish_devices_locked(events *e, int64_t now)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_i64(&w, "count", (int64_t)e->device_total);
    json_array(&w, "ids");
    for (size_t i = 0; i < e->device_count; i++) {
        json_id(&w, NULL, e->devices[i]);
    }
    json_array_end(&w);
    json_object_end(&w);
    publish_locked(e, strdup("device"), strbuf_take(&text));
    strbuf_fini(&text);
    e->device_count = 0;
    e->device_total = 0;
    e->device_last = now;
    map *fresh = map_new();
    if (fresh != NULL) { /* without memory ids of before are not announced again: they were */
        map_free(e->seen, NULL);
        e->seen = fresh;
    }
}

/* Milliseconds until collected devices are due, -1 when there are none; publishes when due. */
static int64_t devices_due_locked(events *e)
{
    if (e->device_total == 0) {
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

void events_device_changed(events *e, int64_t device)
{
    void *old = NULL;
    (void)pthread_mutex_lock(&e->lock);
    if (map_get(e->seen, &device, sizeof(device)) == NULL) {
        (void)map_set(e->seen, &device, sizeof(device), e, &old);
        if (e->device_count < DEVICE_IDS) {
            e->devices[e->device_count++] = device;
        }
        bool first = e->device_total++ == 0;
        /* One reader must wake up to count the half second down. */
        if (devices_due_locked(e) > 0 && first) {
            (void)pthread_cond_broadcast(&e->changed);
        }
    }
    (void)pthread_mutex_unlock(&e->lock);
}

static void append_event(strbuf *out, uint64_t number, const char *name, const char *json)
{
    strbuf_appendf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)number, name);
    for (; *json != '\0'; json++) { /* line feeds stand escaped inside JSON strings */
        strbuf_append_char(out, *json == '\n' || *json == '\r' ? ' ' : *json);
    }
    strbuf_append(out, "\n\n");
}

static void append_new_locked(events *e, uint64_t *last, strbuf *out)
{
    uint64_t oldest = e->last >= e->capacity ? e->last - e->capacity + 1 : 1;
    size_t before = out->length;
    if (*last == 0 || *last > e->last || *last + 1 < oldest) {
        append_event(out, e->last, "reset", "{}");
        *last = e->last;
        return;
    }
    while (*last < e->last && out->length - before < BATCH_BYTES) {
        const event *slot = &e->ring[(*last + 1) % e->capacity];
        ++*last;
        if (slot->name == NULL) { /* never filled: numbers before the start, or lost for memory */
            append_event(out, e->last, "reset", "{}");
            *last = e->last;
            return;
        }
        append_event(out, *last, slot->name, slot->json);
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

bool events_wait(events *e, uint64_t *last, int wait_ms, strbuf *out)
{
    int64_t end = clock_mono() + wait_ms;
    (void)pthread_mutex_lock(&e->lock);
    for (;;) {
        int64_t due = devices_due_locked(e);
        int64_t left = end - clock_mono();
        if (e->stopped || *last != e->last || left <= 0) {
            break;
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        add_ms(&until, due >= 0 && due < left ? due : left);
        (void)pthread_cond_timedwait(&e->changed, &e->lock, &until);
    }
    bool running = !e->stopped;
    if (running && *last != e->last) {
        append_new_locked(e, last, out);
    }
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
