/* An array by device id: ids are handed out by the database from 1 on. One mutex guards it. */
#include "core/run/seen.h"

#include <pthread.h>
#include <stdlib.h>

#include "run_sql.h"

#define ID_LIMIT 16000000 /* a fleet's ids stay far below; others are looked up each time */

typedef struct entry {
    int64_t at;
    uint8_t power;
    bool dirty;
} entry;

struct seen {
    pthread_mutex_t lock;
    entry *entries;
    size_t count;
    size_t flush_next; /* where the next flush goes on */
};

seen *seen_new(void)
{
    seen *s = calloc(1, sizeof(*s));
    if (s != NULL) {
        pthread_mutex_init(&s->lock, NULL);
    }
    return s;
}

void seen_free(seen *s)
{
    if (s != NULL) {
        pthread_mutex_destroy(&s->lock);
        free(s->entries);
        free(s);
    }
}

/* The entry of an id, made when it is new; NULL when there is no memory or the id is absurd. */
static entry *entry_locked(seen *s, int64_t device)
{
    if (device <= 0 || device >= ID_LIMIT) {
        return NULL;
    }
    size_t index = (size_t)device;
    if (index >= s->count) {
        size_t count = s->count < 1024 ? 1024 : s->count;
        while (count <= index) {
            count *= 2;
        }
        entry *more = realloc(s->entries, count * sizeof(*more));
        if (more == NULL) {
            return NULL;
        }
        for (size_t i = s->count; i < count; i++) {
            more[i] = (entry){.power = DEVICE_POWER_UNKNOWN};
        }
        s->entries = more;
        s->count = count;
    }
    return &s->entries[index];
}

platen_code seen_load(seen *s, store_conn *conn, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_powers, &st, err));
    platen_code rc = PLATEN_OK;
    pthread_mutex_lock(&s->lock);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        entry *e = entry_locked(s, store_i64(st, 0));
        if (e != NULL) {
            e->power = (uint8_t)store_i64(st, 1);
            e->at = store_i64(st, 2);
        }
    }
    pthread_mutex_unlock(&s->lock);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

void seen_set(seen *s, int64_t device, device_power power, int64_t at)
{
    pthread_mutex_lock(&s->lock);
    entry *e = entry_locked(s, device);
    if (e != NULL) {
        e->power = (uint8_t)power;
        if (at != 0) {
            e->at = at;
            e->dirty = true;
        }
    }
    pthread_mutex_unlock(&s->lock);
}

int64_t seen_at(seen *s, int64_t device)
{
    pthread_mutex_lock(&s->lock);
    int64_t at = device > 0 && (uint64_t)device < s->count ? s->entries[(size_t)device].at : 0;
    pthread_mutex_unlock(&s->lock);
    return at;
}

device_power seen_power(seen *s, int64_t device)
{
    pthread_mutex_lock(&s->lock);
    device_power power = device > 0 && (uint64_t)device < s->count
                             ? (device_power)s->entries[(size_t)device].power
                             : DEVICE_POWER_UNKNOWN;
    pthread_mutex_unlock(&s->lock);
    return power;
}

/* Takes the next changed entry; false when a whole round found none. */
static bool take_dirty(seen *s, size_t *left, int64_t *device, int64_t *at)
{
    bool found = false;
    pthread_mutex_lock(&s->lock);
    for (; !found && *left > 0 && s->count > 0; (*left)--) {
        s->flush_next = (s->flush_next + 1) % s->count;
        entry *e = &s->entries[s->flush_next];
        if (e->dirty) {
            e->dirty = false;
            *device = (int64_t)s->flush_next;
            *at = e->at;
            found = true;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

platen_code seen_flush(seen *s, store_conn *conn, size_t most, size_t *written, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t device = 0;
    int64_t at = 0;
    pthread_mutex_lock(&s->lock);
    size_t left = s->count;
    pthread_mutex_unlock(&s->lock);
    *written = 0;
    while (*written < most && take_dirty(s, &left, &device, &at)) {
        PLATEN_TRY(store_prepare(conn, &sql_device_seen, &st, err));
        store_bind_i64(st, "at", at);
        store_bind_i64(st, "id", device);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
        (*written)++;
    }
    return PLATEN_OK;
}
