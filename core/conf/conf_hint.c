/* "Did you mean": the declared word nearest to a mistyped one. Pure functions. */
#include "core/conf/conf_internal.h"

#include <string.h>

#define WORD 40

/* Letters to insert, remove, change, or two neighbours to swap, from `a` to `b`. */
static size_t distance(const char *a, const char *b)
{
    size_t rows = strlen(a);
    size_t columns = strlen(b);
    size_t table[3][WORD + 1];
    if (rows > WORD || columns > WORD) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= columns; j++) {
        table[0][j] = j;
    }
    for (size_t i = 1; i <= rows; i++) {
        size_t *row = table[i % 3];
        const size_t *above = table[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);
            best = above[j] + 1 < best ? above[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                size_t swapped = table[(i - 2) % 3][j - 2] + 1;
                best = swapped < best ? swapped : best;
            }
            row[j] = best;
        }
    }
    return table[rows % 3][columns];
}

/* Two slips in a word of six letters or more, one in a shorter one. */
static size_t allowed(const char *word)
{
    return strlen(word) >= 6 ? 2 : 1;
}

const char *conf_hint_key(const conf *c, const char *section, const char *key)
{
    const char *nearest = NULL;
    size_t best = allowed(key) + 1;
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        size_t steps =
            strcmp(slot->item.section, section) == 0 ? distance(key, slot->item.key) : SIZE_MAX;
        if (steps < best) {
            best = steps;
            nearest = slot->item.key;
        }
    }
    return nearest;
}

const char *conf_hint_section(const conf *c, const char *section)
{
    const char *nearest = NULL;
    size_t best = allowed(section) + 1;
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        size_t steps = distance(section, slot->item.section);
        if (steps < best) {
            best = steps;
            nearest = slot->item.section;
        }
    }
    return nearest;
}

const char *conf_section_with_key(const conf *c, const char *key)
{
    for (const conf_slot *slot = c->slots; slot != NULL; slot = slot->next) {
        if (strcmp(slot->item.key, key) == 0) {
            return slot->item.section;
        }
    }
    return NULL;
}
