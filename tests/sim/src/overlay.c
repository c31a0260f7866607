/* Values written to single devices: a small sorted array each, so that a device nobody wrote to
 * costs one NULL pointer. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

struct extra *device_extra(struct device *d)
{
    if (d->extra == NULL) {
        d->extra = calloc(1, sizeof *d->extra);
        if (d->extra != NULL) {
            d->extra->next_alert = 1000000;
        }
    }
    return d->extra;
}

/* Number of overlays whose name is smaller than the OID. */
static size_t overlay_place(const struct extra *x, const uint8_t *oid, size_t len)
{
    size_t low = 0;
    size_t high = x->overlay_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct overlay *o = &x->overlays[middle];
        if (oid_compare(o->oid, o->oid_len, oid, len) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct overlay *device_overlay_get(const struct device *d, const uint8_t *oid, size_t len)
{
    if (d->extra == NULL) {
        return NULL;
    }
    size_t at = overlay_place(d->extra, oid, len);
    if (at == d->extra->overlay_count) {
        return NULL;
    }
    const struct overlay *o = &d->extra->overlays[at];
    return o->oid_len == len && memcmp(o->oid, oid, len) == 0 ? o : NULL;
}

const struct overlay *device_overlay_after(const struct device *d, const uint8_t *oid, size_t len)
{
    if (d->extra == NULL) {
        return NULL;
    }
    const struct extra *x = d->extra;
    size_t at = overlay_place(x, oid, len);
    for (; at < x->overlay_count; at++) {
        const struct overlay *o = &x->overlays[at];
        if (o->tag != 0 && oid_compare(o->oid, o->oid_len, oid, len) > 0) {
            return o;
        }
    }
    return NULL;
}

bool device_overlay_set(struct device *d, const uint8_t *oid, size_t oid_len, uint8_t tag,
                        const uint8_t *value, size_t len)
{
    struct extra *x = device_extra(d);
    uint8_t *copy = malloc(len + 1);

    if (x == NULL || copy == NULL || len > UINT16_MAX) {
        free(copy);
        return false;
    }
    if (len > 0) {
        memcpy(copy, value, len);
    }
    size_t at = overlay_place(x, oid, oid_len);
    if (at < x->overlay_count && x->overlays[at].oid_len == oid_len &&
        memcmp(x->overlays[at].oid, oid, oid_len) == 0) {
        free(x->overlays[at].value);
    } else {
        struct overlay *grown = realloc(x->overlays, (x->overlay_count + 1) * sizeof *grown);
        uint8_t *name = malloc(oid_len);
        if (grown != NULL) {
            x->overlays = grown;
        }
        if (grown == NULL || name == NULL) {
            free(name);
            free(copy);
            return false;
        }
        memcpy(name, oid, oid_len);
        memmove(grown + at + 1, grown + at, (x->overlay_count - at) * sizeof *grown);
        x->overlay_count++;
        grown[at] = (struct overlay){.oid = name, .oid_len = (uint8_t)oid_len};
    }
    x->overlays[at].value = copy;
    x->overlays[at].value_len = (uint16_t)len;
    x->overlays[at].tag = tag;
    return true;
}

void device_overlay_clear(struct device *d)
{
    struct extra *x = d->extra;

    for (size_t i = 0; x != NULL && i < x->overlay_count; i++) {
        free(x->overlays[i].oid);
        free(x->overlays[i].value);
    }
    if (x != NULL) {
        x->overlay_count = 0;
    }
}
