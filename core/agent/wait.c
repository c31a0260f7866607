/*
 * later() of driver/1: works that wait, in a heap by the time when they go on. A visit that waits
 * takes no room of its job's window: a device that restarts is quiet for minutes. SNMP thread but
 * for wait_later().
 */
#include "core/agent/room.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define LATER_MS_MAX 600000

/* ---- the heap ---- */

static void swap(desk *d, size_t a, size_t b)
{
    work *w = d->waits[a];
    d->waits[a] = d->waits[b];
    d->waits[b] = w;
}

static bool push(desk *d, work *w)
{
    if (d->wait_count == d->wait_room) {
        size_t room = d->wait_room == 0 ? 64 : d->wait_room * 2;
        work **more = reallocarray(d->waits, room, sizeof(*more));
        if (more == NULL) {
            return false;
        }
        d->waits = more;
        d->wait_room = room;
    }
    size_t at = d->wait_count++;
    d->waits[at] = w;
    while (at > 0 && d->waits[at]->due < d->waits[(at - 1) / 2]->due) {
        swap(d, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return true;
}

static work *pop(desk *d)
{
    work *first = d->waits[0];
    d->waits[0] = d->waits[--d->wait_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < d->wait_count; child++) {
            least = d->waits[child]->due < d->waits[least]->due ? child : least;
        }
        if (least == at) {
            return first;
        }
        swap(d, at, least);
        at = least;
    }
}

/* ---- from later() to then() ---- */

static void count_visit(visit *v, bool waits)
{
    if (v != NULL && v->waits != waits) {
        v->waits = waits;
        v->job->waiting += waits ? 1 : (size_t)-1;
        v->desk->waiting += waits ? 1 : (size_t)-1;
        visit_note_slow(v);
        v->desk->data_visits += !v->weighs ? 0 : waits ? (size_t)-1 : 1;
        if (waits && v->early) { /* nor does it hold up those that are silent */
            v->early = false;
            v->desk->early--;
        }
    }
}

static void go_on(work *w)
{
    void (*then)(platen_work * work, void *user) = w->then;
    w->then = NULL;
    then(w, w->then_user);
}

static void go_on_in_pool(pool_item *item)
{
    go_on(CONTAINER_OF(item, work, pool_item));
}

static void wait_over(work *w)
{
    count_visit(w->visit, false);
    if (work_needs_thread(w)) {
        w->pool_item.run = go_on_in_pool;
        w->pool_item.drop = go_on_in_pool; /* the driver has something to free */
        pool_put(w->desk->pool, &w->pool_item);
    } else {
        go_on(w);
    }
}

/* The driver has returned: its work is nobody's until it goes on. */
static void begin(inbox_item *item)
{
    work *w = CONTAINER_OF(item, work, item);
    desk *d = w->desk;
    if (w->visit == NULL || atomic_load(&d->halted)) {
        wait_over(w);
        return;
    }
    if (!push(d, w)) {
        log_error("no memory to wait: the driver goes on at once driver=%s", w->driver->driver.id);
        wait_over(w);
        return;
    }
    count_visit(w->visit, true);
}

platen_code wait_later(work *w, uint32_t ms, void (*then)(platen_work *work, void *user),
                       void *user, platen_error *err)
{
    if (then == NULL || ms == 0 || ms > LATER_MS_MAX || !work_usable(w, "later")) {
        return error_set(err, PLATEN_E_INVAL, "a wait of %u ms, 1 to %d are possible", ms,
                         LATER_MS_MAX);
    }
    if (w->act == NULL || w->then != NULL || w->reading) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' cannot wait now", w->driver->driver.id);
    }
    if (atomic_load(&w->desk->halted)) {
        return error_set(err, PLATEN_E_CANCELLED, "the work was taken back");
    }
    w->then = then;
    w->then_user = user;
    w->due = clock_mono() + ms;
    w->item.run = begin;
    inbox_put(&w->desk->inbox, &w->item);
    return PLATEN_OK;
}

void desk_work_hurry(platen_work *w)
{
    desk *d = w->desk;
    w->due = 0; /* if it is still on its way into the heap */
    for (size_t at = 0; at < d->wait_count; at++) {
        if (d->waits[at] == w) {
            while (at > 0) {
                swap(d, at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
            return;
        }
    }
}

void wait_run(desk *d, int64_t now)
{
    while (d->wait_count > 0 && d->waits[0]->due <= now) {
        wait_over(pop(d));
    }
}

void wait_end_all(desk *d)
{
    while (d->wait_count > 0) {
        wait_over(pop(d));
    }
}
