/*
 * The device of a work as tcp/1 and fetch/0 reach it: what they know of a work, wherever its driver
 * runs. Every struct platen_work begins with one. The work's own thread, unless a line says
 * otherwise.
 */
#ifndef PLATEN_AGENT_REACH_H
#define PLATEN_AGENT_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include <platen/tcp.h>
#include <platen/unstable/fetch.h>

#include "core/base/error.h"

typedef struct reach reach;

/* What agent and worker process do differently. */
typedef struct reach_calls {
    /* False, and noted, when the work has finished; NULL is none. */
    bool (*usable)(const platen_work *work, const char *call);
    /* The work was taken back: nobody waits for its driver any more. */
    bool (*taken)(const reach *r);
    int64_t (*deadline)(const reach *r); /* ms UTC */
    void (*target)(const platen_work *work, platen_target *target);
    /* Tries once to get the turn at a port: PLATEN_E_UNAVAILABLE when another work has it. */
    platen_code (*take_turn)(reach *r, uint16_t port, platen_error *err);
    void (*give_turn)(reach *r, uint16_t port);
} reach_calls;

struct reach {
    const reach_calls *calls;
    const char *driver;           /* its id */
    bool blocking;                /* the driver may block */
    uint16_t port;                /* of its transport, 0: that is not TCP */
    platen_tcp_session *sessions; /* open ones */
};

/* The reach of a work; the struct's first member. */
reach *reach_of(platen_work *work);

/* Whether the driver may block here; refuses with STATE. */
platen_code reach_may_block(platen_work *work, const char *call, platen_error *err);

/* When a call that may take `ms` must end, on clock_mono(): not behind the work's deadline. */
int64_t reach_until(const reach *r, uint32_t ms);

/* Why a wait ended: CANCELLED when the work was taken back, TIMEOUT when its time is over. */
platen_code reach_check(const reach *r, int64_t until, const char *what, platen_error *err);

/* Waits for the turn at a port. */
platen_code reach_take_turn(reach *r, uint16_t port, int64_t until, platen_error *err);

/* At finish(): closes what the driver left open. */
void reach_end(reach *r);

#define REACH_SLICE_MS 50 /* a wait looks that often whether the work was taken back */

extern const platen_tcp iface_tcp_table;
extern const platen_fetch iface_fetch_table;

#endif
