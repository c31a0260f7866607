/* Turning an entry of a profile into the value one device has at one moment. */
#ifndef SIM_VALUE_H
#define SIM_VALUE_H

#include "life.h"

enum { VALUE_MAX = 1024 };

/* A device looked at during one packet. */
struct view {
    struct world *world;
    struct device *device;
    const struct profile *profile;
    bool life_known;
    struct life life;
};

struct hit {
    const uint8_t *oid;
    const uint8_t *value;
    const uint8_t *varbind; /* ready to copy, or NULL */
    size_t after;           /* entry number behind this one, for walking on */
    uint16_t value_len;
    uint16_t varbind_len;
    uint8_t oid_len;
    uint8_t tag;
    uint8_t flags;
    uint8_t oid_buf[OID_MAX_BYTES + 8];
    uint8_t value_buf[VALUE_MAX];
};

void view_open(struct view *v, struct world *w, struct device *d);
const struct life *view_life(struct view *v);
uint32_t view_uptime(const struct view *v); /* hundredths of a second */
uint64_t view_share(struct view *v, int32_t percent);

/* Fills all of the hit but `after`. */
void value_read(struct view *v, const struct entry *e, struct hit *hit);
size_t value_template(struct view *v, const struct template *t, uint8_t *out, size_t cap);

#endif
