/*
 * A hash map from bytes to a pointer: open addressing, grows by itself, keys copied. Not
 * thread-safe. Text keys are passed with their length without the NUL.
 */
#ifndef PLATEN_BASE_MAP_H
#define PLATEN_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct map map;

map *map_new(void);
/* `release` is called for every value that is left; may be NULL. */
void map_free(map *m, void (*release)(void *value));
size_t map_count(const map *m);

/* Replaces; `old` (may be NULL) gets the value that was there or NULL. False: no memory. */
bool map_set(map *m, const void *key, size_t length, void *value, void **old);
void *map_get(const map *m, const void *key, size_t length); /* NULL when absent */
void *map_remove(map *m, const void *key, size_t length);    /* NULL when absent */

/* Calls `visit` for each entry in no order; it must not change the map. Stops at false. */
void map_each(const map *m, bool (*visit)(const void *key, size_t length, void *value, void *user),
              void *user);

/* 64-bit hash of bytes, for tables and change detection; not for secrets. */
uint64_t hash_bytes(const void *data, size_t length);

#endif
