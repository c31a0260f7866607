/*
 * The devices that somebody of some regions may see, as a set: made before a plugin is asked, so
 * that it may ask for each of thousands, also within a transaction of its own. One thread.
 */
#ifndef PLATEN_FEATURE_VISIBLE_H
#define PLATEN_FEATURE_VISIBLE_H

#include "core/model/region.h"
#include "core/store/store.h"

typedef struct visible {
    bool all;     /* every device, and what is of none */
    int64_t *ids; /* in order */
    size_t count;
} visible;

/* visible_fini() it on every path. */
platen_code visible_load(store *s, const region_set *regions, visible *out, platen_error *err);
void visible_fini(visible *v);

/* Whether a device is among them; 0: whether all are. */
bool visible_has(const visible *v, int64_t device);

/* Leaves only those that are in `only`, too. */
platen_code visible_keep(visible *v, const region_set *only, platen_error *err);

#endif
