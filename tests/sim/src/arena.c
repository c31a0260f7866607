/* Chunked bump allocator for data that is built once at start. It aborts when memory is short: a
 * simulator that could only load half of its devices would give tests wrong answers. */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    max_align_t data[];
};

void *arena_alloc(struct arena *a, size_t size)
{
    size_t align = _Alignof(max_align_t);

    size = (size + align - 1) / align * align;
    if (a->blocks == NULL || a->size - a->used < size) {
        size_t room = size > 65536 ? size : 65536;
        struct arena_block *b = calloc(1, sizeof *b + room);
        if (b == NULL) {
            fputs("platen-sim: out of memory\n", stderr);
            abort();
        }
        b->next = a->blocks;
        a->blocks = b;
        a->used = 0;
        a->size = room;
    }
    void *p = (uint8_t *)a->blocks->data + a->used;
    a->used += size;
    return p;
}

uint8_t *arena_copy(struct arena *a, const void *bytes, size_t len)
{
    uint8_t *p = arena_alloc(a, len + 1);

    if (len > 0) {
        memcpy(p, bytes, len);
    }
    return p;
}

char *arena_text(struct arena *a, const char *text)
{
    return (char *)arena_copy(a, text, strlen(text));
}

void arena_fini(struct arena *a)
{
    while (a->blocks != NULL) {
        struct arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
}
