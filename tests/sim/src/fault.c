/* Faults: names and the spoiling of finished replies. */
#include "fault.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t bit;
} names[] = {
    {"silent", FAULT_SILENT},
    {"slow", FAULT_SLOW},
    {"lossy", FAULT_LOSSY},
    {"garbage", FAULT_GARBAGE},
    {"truncated", FAULT_TRUNCATED},
    {"wrong-source", FAULT_WRONG_SOURCE},
    {"wrong-request-id", FAULT_WRONG_REQUEST_ID},
    {"huge", FAULT_HUGE},
    {"loop", FAULT_LOOP},
    {"endless", FAULT_ENDLESS},
    {"wrong-type", FAULT_WRONG_TYPE},
    {"non-utf8", FAULT_NON_UTF8},
    {"toobig", FAULT_TOO_BIG},
    {"set-lost", FAULT_SET_LOST},
    {"set-unheard", FAULT_SET_UNHEARD},
    {"no-power-cycle", FAULT_NO_POWER_CYCLE},
    {"never-back", FAULT_NEVER_BACK},
    {"power-cut", FAULT_POWER_CUT},
};

uint32_t fault_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return names[i].bit;
        }
    }
    return 0;
}

const char *fault_name(uint32_t bit)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].bit == bit) {
            return names[i].name;
        }
    }
    return "";
}

/* xorshift64*: deterministic by seed, good enough for losing packets */
uint64_t fault_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

/* Makes the lengths inside the reply lie: either the outermost one or that of the last octet
 * string claims two gigabytes. */
static void lie_about_length(uint64_t *rng, uint8_t *reply, size_t len)
{
    static const uint8_t big[] = {0x84, 0x7f, 0xff, 0xff, 0xf0};

    if (len < 24 || fault_random(rng) & 1) {
        memcpy(reply + 1, big, len > sizeof big ? sizeof big : len > 1 ? len - 1 : 0);
        return;
    }
    size_t at = len - 8;
    reply[at] = 0x04;
    memcpy(reply + at + 1, big, sizeof big);
}

size_t fault_mangle(const struct fault *f, uint64_t *rng, uint8_t *reply, size_t len)
{
    if (f->bits & FAULT_HUGE) {
        lie_about_length(rng, reply, len);
    }
    if (f->bits & FAULT_GARBAGE) {
        for (size_t i = 0; i < len; i++) {
            reply[i] = (uint8_t)(fault_random(rng) >> 24);
        }
        if (fault_random(rng) & 1) {
            reply[0] = 0x30; /* half of the garbage gets past a look at the first octet */
        }
    }
    if (f->bits & FAULT_TRUNCATED) {
        len = 1 + fault_random(rng) % len;
        len = len > 2 ? len - 1 : len;
    }
    return len;
}
