/* Bump allocation in growing blocks, or one malloc a piece in debug builds. */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST 4096u
#define BLOCK_LARGEST 262144u

typedef struct block {
    struct block *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
} block;

struct arena {
    block *head; /* the block in use; older ones behind it */
    size_t next_size;
};

arena *arena_new(void)
{
    arena *a = calloc(1, sizeof(*a));
    if (a != NULL) {
        a->next_size = BLOCK_FIRST;
    }
    return a;
}

static void free_blocks(block *b)
{
    while (b != NULL) {
        block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_free(arena *a)
{
    if (a != NULL) {
        free_blocks(a->head);
        free(a);
    }
}

void arena_clear(arena *a)
{
    if (a->head == NULL) {
        return;
    }
#ifdef PLATEN_ARENA_DEBUG
    free_blocks(a->head);
    a->head = NULL;
#else
    free_blocks(a->head->next);
    a->head->next = NULL;
    a->head->used = 0;
#endif
}

static block *block_new(arena *a, size_t size)
{
#ifdef PLATEN_ARENA_DEBUG
    size_t room = size;
#else
    size_t room = size > a->next_size ? size : a->next_size;
#endif
    if (room > SIZE_MAX - sizeof(block)) {
        return NULL;
    }
    block *b = malloc(sizeof(block) + room);
    if (b == NULL) {
        return NULL;
    }
    b->size = room;
    b->used = 0;
    b->next = a->head;
    a->head = b;
    if (a->next_size < BLOCK_LARGEST) {
        a->next_size *= 2;
    }
    return b;
}

void *arena_alloc(arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size_t room = (size + align - 1) / align * align;
#ifdef PLATEN_ARENA_DEBUG
    block *b = block_new(a, size == 0 ? 1 : size);
    room = size == 0 ? 1 : size;
#else
    block *b = a->head;
    if (b == NULL || b->size - b->used < room) {
        b = block_new(a, room);
    }
#endif
    if (b == NULL) {
        return NULL;
    }
    void *piece = b->data + b->used;
    b->used += room;
    memset(piece, 0, size);
    return piece;
}

void *arena_alloc_array(arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(a, count * size);
}

char *arena_dup_n(arena *a, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? arena_alloc(a, length + 1) : NULL;
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_dup(arena *a, const char *text)
{
    return text == NULL ? NULL : arena_dup_n(a, text, strlen(text));
}

char *arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int needed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (needed < 0) {
        return NULL;
    }
    char *text = arena_alloc(a, (size_t)needed + 1);
    if (text != NULL) {
        va_start(args, format);
        (void)vsnprintf(text, (size_t)needed + 1, format, args);
        va_end(args);
    }
    return text;
}
