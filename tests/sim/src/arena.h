/* Memory that lives as long as the program: profiles, names, templates. One owner, no free of
 * single pieces; running out of memory while loading ends the program. */
#ifndef SIM_ARENA_H
#define SIM_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used;
    size_t size;
};

void *arena_alloc(struct arena *a, size_t size);
uint8_t *arena_copy(struct arena *a, const void *bytes, size_t len);
char *arena_text(struct arena *a, const char *text);
void arena_fini(struct arena *a);

#endif
