/*
 * A timer wheel: adding, removing and expiring are O(1). Times are milliseconds of clock_mono().
 * One thread owns it. Timers due beyond one turn of the wheel are passed over until their turn.
 */
#ifndef PLATEN_SNMP_WHEEL_H
#define PLATEN_SNMP_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEEL_SLOTS 2048u
#define WHEEL_TICK 4 /* ms */

typedef struct wheel_timer wheel_timer;
struct wheel_timer {
    wheel_timer *next; /* NULL: not in a wheel */
    wheel_timer *previous;
    int64_t tick;
    uint32_t kind; /* the user's */
};

typedef struct wheel {
    wheel_timer slots[WHEEL_SLOTS]; /* list heads */
    uint64_t used[WHEEL_SLOTS / 64];
    int64_t tick; /* all before it are done */
    size_t count;
} wheel;

void wheel_init(wheel *w, int64_t now);
/* Expires at `due` or up to WHEEL_TICK ms later; a timer that is in already moves. */
void wheel_add(wheel *w, wheel_timer *timer, int64_t due);
void wheel_remove(wheel *w, wheel_timer *timer); /* nothing when it is not in */
/* Takes out what is due and calls `expired`, which may add and remove any timer. */
void wheel_run(wheel *w, int64_t now, void (*expired)(wheel_timer *timer, void *user), void *user);
/* When the wheel wants to run next: INT64_MAX for never; early is possible, late is not. */
int64_t wheel_next(const wheel *w);

#endif
