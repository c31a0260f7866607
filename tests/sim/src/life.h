/* What a device is doing at a moment: a pure function of (seed, identity, time) plus the few
 * numbers that were changed on command. */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

#include "world.h"

enum { LIFE_ALERTS = 2 + FORCED_MAX };

struct live_alert {
    const struct alert_choice *choice;
    int64_t start_ms;
    uint32_t index;
};

struct life {
    uint64_t pages;
    uint16_t error_bits;
    uint8_t severity; /* worst: 0 none, 3 critical, 4 warning */
    uint8_t alert_count;
    struct live_alert alerts[LIFE_ALERTS]; /* by index */
};

void life_read(const struct world *w, const struct device *d, const struct profile *p,
               struct life *life);
uint64_t life_pages(const struct world *w, const struct device *d, const struct profile *p);
int32_t life_level(const struct world *w, const struct device *d, const struct profile *p,
                   const struct life *life, size_t slot);
int32_t life_tray_level(const struct world *w, const struct device *d, const struct profile *p,
                        const struct life *life, size_t slot);
/* The alert about this part, or NULL. */
const struct live_alert *life_alert_about(const struct life *life, unsigned part, size_t slot);

#endif
