/* Open addressing with linear probing; removal leaves a tombstone until the next growth. */
#include "core/base/map.h"

#include <stdlib.h>
#include <string.h>

typedef struct slot {
    uint64_t hash;
    char *key; /* NULL: never used; `gone`: removed */
    size_t length;
    void *value;
} slot;

struct map {
    slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
    size_t used; /* with tombstones */
};

static char gone[1];

/* FNV-1a over eight bytes at a time with a final mix: quick for the short keys and the reports of
 * a few kilobytes that it is used for. */
uint64_t hash_bytes(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t h = 0xcbf29ce484222325u ^ length;
    while (length >= 8) {
        uint64_t word = 0;
        memcpy(&word, bytes, 8);
        h = (h ^ word) * 0x9fb21c651e98df25u;
        h ^= h >> 32;
        bytes += 8;
        length -= 8;
    }
    for (size_t i = 0; i < length; i++) {
        h = (h ^ bytes[i]) * 0x100000001b3u;
    }
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

map *map_new(void)
{
    return calloc(1, sizeof(map));
}

void map_free(map *m, void (*release)(void *value))
{
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->capacity; i++) {
        slot *s = &m->slots[i];
        if (s->key != NULL && s->key != gone) {
            free(s->key);
            if (release != NULL) {
                release(s->value);
            }
        }
    }
    free(m->slots);
    free(m);
}

size_t map_count(const map *m)
{
    return m->count;
}

static slot *find(const map *m, uint64_t hash, const void *key, size_t length)
{
    if (m->capacity == 0) {
        return NULL;
    }
    for (size_t i = hash & (m->capacity - 1);; i = (i + 1) & (m->capacity - 1)) {
        slot *s = &m->slots[i];
        if (s->key == NULL) {
            return NULL;
        }
        if (s->key != gone && s->hash == hash && s->length == length &&
            memcmp(s->key, key, length) == 0) {
            return s;
        }
    }
}

static slot *free_slot(map *m, uint64_t hash)
{
    size_t i = hash & (m->capacity - 1);
    while (m->slots[i].key != NULL && m->slots[i].key != gone) {
        i = (i + 1) & (m->capacity - 1);
    }
    return &m->slots[i];
}

static bool grow(map *m)
{
    size_t old_capacity = m->capacity;
    slot *old = m->slots;
    size_t capacity = 16;
    while (capacity < m->count * 4) {
        capacity *= 2;
    }
    slot *slots = calloc(capacity, sizeof(slot));
    if (slots == NULL) {
        return false;
    }
    m->slots = slots;
    m->capacity = capacity;
    m->used = m->count;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != NULL && old[i].key != gone) {
            *free_slot(m, old[i].hash) = old[i];
        }
    }
    free(old);
    return true;
}

bool map_set(map *m, const void *key, size_t length, void *value, void **old)
{
    uint64_t hash = hash_bytes(key, length);
    slot *s = find(m, hash, key, length);
    if (s != NULL) {
        if (old != NULL) {
            *old = s->value;
        }
        s->value = value;
        return true;
    }
    if ((m->used + 1) * 4 > m->capacity * 3 && !grow(m)) {
        return false;
    }
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, key, length);
    copy[length] = '\0';
    s = free_slot(m, hash);
    m->used += s->key == NULL;
    *s = (slot){.hash = hash, .key = copy, .length = length, .value = value};
    m->count++;
    if (old != NULL) {
        *old = NULL;
    }
    return true;
}

void *map_get(const map *m, const void *key, size_t length)
{
    slot *s = find(m, hash_bytes(key, length), key, length);
    return s != NULL ? s->value : NULL;
}

void *map_remove(map *m, const void *key, size_t length)
{
    slot *s = find(m, hash_bytes(key, length), key, length);
    if (s == NULL) {
        return NULL;
    }
    void *value = s->value;
    free(s->key);
    *s = (slot){.key = gone};
    m->count--;
    return value;
}

void map_each(const map *m, bool (*visit)(const void *key, size_t length, void *value, void *user),
              void *user)
{
    for (size_t i = 0; i < m->capacity; i++) {
        const slot *s = &m->slots[i];
        if (s->key != NULL && s->key != gone && !visit(s->key, s->length, s->value, user)) {
            return;
        }
    }
}
