/* Faults a device can be told to have, and what they do to a finished reply. Those that change
 * what is said (loop, endless, wrong type, ...) are looked at where the answer is made. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_bit {
    FAULT_SILENT = 1 << 0,
    FAULT_SLOW = 1 << 1,
    FAULT_LOSSY = 1 << 2,
    FAULT_GARBAGE = 1 << 3,
    FAULT_TRUNCATED = 1 << 4,
    FAULT_WRONG_SOURCE = 1 << 5,
    FAULT_WRONG_REQUEST_ID = 1 << 6,
    FAULT_HUGE = 1 << 7,
    FAULT_LOOP = 1 << 8,
    FAULT_ENDLESS = 1 << 9,
    FAULT_WRONG_TYPE = 1 << 10,
    FAULT_NON_UTF8 = 1 << 11,
    FAULT_TOO_BIG = 1 << 12,
    FAULT_SET_LOST = 1 << 13,       /* a SET is not done and not answered */
    FAULT_SET_UNHEARD = 1 << 14,    /* a SET is done and not answered */
    FAULT_NO_POWER_CYCLE = 1 << 15, /* prtGeneralReset 4 is a wrong value */
    FAULT_NEVER_BACK = 1 << 16,     /* does not come back from a restart */
    FAULT_POWER_CUT = 1 << 17       /* goes down again while it restarts */
};

struct fault {
    uint32_t bits;
    uint32_t slow_ms;
    uint16_t lossy_percent;
    uint16_t too_big_over; /* more varbinds than this are too many */
    uint16_t sets_left;    /* SETs that are lost or unheard still, 0: all */
    bool mute;             /* the packet at work gets no answer */
};

/* 0 for an unknown name. */
uint32_t fault_by_name(const char *name);
const char *fault_name(uint32_t bit);

uint64_t fault_random(uint64_t *state);
/* Changes the reply in place; returns its new length. */
size_t fault_mangle(const struct fault *f, uint64_t *rng, uint8_t *reply, size_t len);

#endif
