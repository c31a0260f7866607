/*
 * Memory with one lifetime: of a request, of a target, of a parsed message. Everything is freed at
 * once. Builds with PLATEN_ARENA_DEBUG make each block an allocation of its own, so that the
 * address sanitizer sees overruns. Not thread-safe: one owner.
 */
#ifndef PLATEN_BASE_ARENA_H
#define PLATEN_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct arena arena;

arena *arena_new(void); /* NULL when there is no memory */
void arena_free(arena *a);
void arena_clear(arena *a); /* frees the blocks, keeps one for reuse */

/* Zeroed memory aligned for any type; NULL when there is none. */
void *arena_alloc(arena *a, size_t size);
void *arena_alloc_array(arena *a, size_t count, size_t size); /* NULL on overflow too */
char *arena_dup(arena *a, const char *text);                  /* NULL gives NULL */
char *arena_dup_n(arena *a, const char *text, size_t length);
char *arena_printf(arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
