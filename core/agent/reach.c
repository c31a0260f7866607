/* See reach.h: times and turns of tcp/1 and fetch/0. */
#include "core/agent/reach.h"

#include <time.h>

#include "core/base/clock.h"

reach *reach_of(platen_work *work)
{
    return (reach *)(void *)work;
}

platen_code reach_may_block(platen_work *work, const char *call, platen_error *err)
{
    if (work == NULL || !reach_of(work)->calls->usable(work, call)) {
        return error_set(err, PLATEN_E_INVAL, "%s() needs a work that is not finished", call);
    }
    if (!reach_of(work)->blocking) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' cannot call %s(): it is no blocking one",
                         reach_of(work)->driver, call);
    }
    return PLATEN_OK;
}

int64_t reach_until(const reach *r, uint32_t ms)
{
    int64_t now = clock_mono();
    int64_t left = r->calls->deadline(r) - clock_now();
    left = left < 0 ? 0 : left;
    return now + (left < (int64_t)ms ? left : (int64_t)ms);
}

platen_code reach_check(const reach *r, int64_t until, const char *what, platen_error *err)
{
    if (r->calls->taken(r)) {
        return error_set(err, PLATEN_E_CANCELLED, "%s: the work was taken back", what);
    }
    if (clock_mono() >= until) {
        return error_set(err, PLATEN_E_TIMEOUT, "%s: not done in time", what);
    }
    return PLATEN_OK;
}

platen_code reach_take_turn(reach *r, uint16_t port, int64_t until, platen_error *err)
{
    for (;;) {
        platen_code rc = r->calls->take_turn(r, port, err);
        if (rc != PLATEN_E_UNAVAILABLE) {
            return rc;
        }
        rc = reach_check(r, until, "open", NULL);
        if (rc == PLATEN_E_CANCELLED) {
            return reach_check(r, until, "open", err);
        }
        if (rc != PLATEN_OK) {
            return PLATEN_E_UNAVAILABLE; /* with the text of who was asked */
        }
        const struct timespec nap = {.tv_nsec = 20000000};
        (void)nanosleep(&nap, NULL);
    }
}

void reach_end(reach *r)
{
    while (r->sessions != NULL) {
        iface_tcp_table.close(r->sessions);
    }
}
