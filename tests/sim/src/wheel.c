/* Timer wheel. A record further away than one turn stays in its slot until its turn has come. */
#include "wheel.h"

#include <stdlib.h>

enum { WHEEL_BLOCK = 2048 };

struct delayed *wheel_take(struct wheel *w, size_t len)
{
    size_t room = len > WHEEL_BLOCK ? len : WHEEL_BLOCK;

    if (room == WHEEL_BLOCK && w->unused != NULL) {
        struct delayed *d = w->unused;
        w->unused = d->next;
        return d;
    }
    struct delayed *d = malloc(sizeof *d + room);
    if (d != NULL) {
        d->room = (uint32_t)room;
    }
    return d;
}

void wheel_add(struct wheel *w, struct delayed *d, int64_t due_ms)
{
    struct delayed **slot = &w->slots[due_ms % WHEEL_SLOTS];
    d->due_ms = due_ms;
    d->next = *slot;
    *slot = d;
    if (w->pending++ == 0 || due_ms < w->at_ms) {
        w->at_ms = due_ms;
    }
}

struct delayed *wheel_due(struct wheel *w, int64_t now_ms)
{
    /* after a long pause one whole turn finds everything */
    if (now_ms - w->at_ms > WHEEL_SLOTS) {
        w->at_ms = now_ms - WHEEL_SLOTS;
    }
    while (w->pending > 0 && w->at_ms <= now_ms) {
        struct delayed **link = &w->slots[w->at_ms % WHEEL_SLOTS];
        for (; *link != NULL; link = &(*link)->next) {
            if ((*link)->due_ms <= now_ms) {
                struct delayed *d = *link;
                *link = d->next;
                w->pending--;
                return d;
            }
        }
        w->at_ms++;
    }
    return NULL;
}

void wheel_give(struct wheel *w, struct delayed *d)
{
    if (d->room > WHEEL_BLOCK) {
        free(d);
        return;
    }
    d->next = w->unused;
    w->unused = d;
}

static void free_list(struct delayed *d)
{
    while (d != NULL) {
        struct delayed *next = d->next;
        free(d);
        d = next;
    }
}

void wheel_fini(struct wheel *w)
{
    for (size_t i = 0; i < WHEEL_SLOTS; i++) {
        free_list(w->slots[i]);
    }
    free_list(w->unused);
}
