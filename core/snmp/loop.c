/* The SNMP thread: what comes from other threads, what comes from the network, what is due, and
 * then what may be sent. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/snmp/engine.h"

#define EVENTS 16
#define WAIT_MAX 1000 /* ms */
/* Reads started in one turn: their answers are looked at before more are asked for, or the
 * sockets' buffers overflow. */
#define START_MAX 256

void loop_wake(snmpeng *e)
{
    uint64_t one = 1;
    ssize_t n = write(e->event, &one, sizeof one);
    (void)n; /* full means that it is awake already */
}

/* What other threads left */

static void queue_read(snmpeng *e, snmpeng_read *read)
{
    if (read->cancelled) {
        read_fail(e, read, PLATEN_E_CANCELLED, "the read was cancelled");
        return;
    }
    read->state = READ_QUEUED;
    read_list_append((read->request.flags & SNMPENG_PACED) != 0 ? &e->paced : &e->queue, read);
    if (read->request.deadline != 0) {
        wheel_add(&e->wheel, &read->deadline, read->request.deadline);
    }
}

/* True when the engine is to stop. */
static bool take_inbox(snmpeng *e)
{
    inbox *box = &e->inbox;
    pthread_mutex_lock(&box->mutex);
    read_list reads = box->reads;
    post *posts = box->first;
    bool stopping = box->stopping;
    box->reads = (read_list){0};
    box->first = NULL;
    box->last = NULL;
    box->signalled = false;
    if (box->feeder_new) {
        e->feeder = box->feeder;
        e->feeder_user = box->feeder_user;
        e->feeder_low = box->feeder_low;
        e->moved = true; /* asks it once */
        box->feeder_new = false;
    }
    pthread_mutex_unlock(&box->mutex);
    e->moved = e->moved || reads.first != NULL;
    while (reads.first != NULL) {
        snmpeng_read *read = reads.first;
        read_list_remove(&reads, read);
        queue_read(e, read);
    }
    while (posts != NULL) {
        post *next = posts->next;
        posts->fn(posts->user);
        free(posts);
        posts = next;
    }
    return stopping;
}

static bool has_signal(snmpeng *e)
{
    uint64_t number;
    ssize_t n = read(e->event, &number, sizeof number);
    return n > 0;
}

/* Timers */

static void expired(wheel_timer *timer, void *engine)
{
    snmpeng *e = engine;
    char text[NET_TEXT];
    if (timer->kind == TIMER_FLIGHT) {
        flight_expired(e, (flight *)(void *)((char *)timer - offsetof(flight, timer)));
        return;
    }
    snmpeng_read *read = (snmpeng_read *)(void *)((char *)timer - offsetof(snmpeng_read, deadline));
    read_fail(e, read, PLATEN_E_TIMEOUT, "the deadline passed before %s had answered all",
              read_address(read, text));
}

/* Starting reads */

static snmpeng_read *startable(const snmpeng *e)
{
    if (e->active >= e->options.in_flight) {
        return NULL;
    }
    if (e->queue.first != NULL) {
        return e->queue.first;
    }
    return e->waiting_first == NULL && pace_wait(e) == 0 ? e->paced.first : NULL;
}

static void start_reads(snmpeng *e)
{
    snmpeng_read *read;
    for (int i = 0; i < START_MAX && (read = startable(e)) != NULL; i++) {
        read_list_remove((read->request.flags & SNMPENG_PACED) != 0 ? &e->paced : &e->queue, read);
        read_start(e, read);
    }
}

/* Ending reads */

static void finish_reads(snmpeng *e)
{
    /* Those that end meanwhile wait for the next turn. */
    for (size_t count = e->ended.count; count > 0; count--) {
        snmpeng_read *read = e->ended.first;
        read_list_remove(&e->ended, read);
        read_finish(e, read);
    }
    if (e->feeder != NULL && e->moved &&
        e->active + e->queue.count + e->paced.count < e->feeder_low) {
        e->moved = false;
        e->feeder(e->feeder_user);
    }
}

static void stop_reads(snmpeng *e)
{
    for (uint32_t i = 0; i < e->slot_count; i++) {
        if (e->slots[i].read != NULL) {
            read_fail(e, e->slots[i].read, PLATEN_E_CANCELLED, "the engine stops");
        }
    }
    while (e->queue.first != NULL) {
        read_fail(e, e->queue.first, PLATEN_E_CANCELLED, "the engine stops");
    }
    while (e->paced.first != NULL) {
        read_fail(e, e->paced.first, PLATEN_E_CANCELLED, "the engine stops");
    }
    e->feeder = NULL;
    while (e->ended.count > 0) {
        finish_reads(e);
    }
}

/* The turn */

static int wait_ms(const snmpeng *e)
{
    if (e->ended.first != NULL || startable(e) != NULL) {
        return 0;
    }
    int64_t next = wheel_next(&e->wheel);
    int64_t wait = next == INT64_MAX ? WAIT_MAX : next - clock_mono();
    bool pace =
        e->waiting_first != NULL || (e->paced.first != NULL && e->active < e->options.in_flight);
    if (pace && pace_wait(e) < wait) {
        wait = pace_wait(e);
    }
    return (int)(wait < 0 ? 0 : wait > WAIT_MAX ? WAIT_MAX : wait);
}

static bool look(snmpeng *e)
{
    struct epoll_event events[EVENTS];
    bool stopping = false;
    int n = epoll_wait(e->epoll, events, EVENTS, wait_ms(e));
    e->now = clock_mono();
    for (int i = 0; i < n; i++) {
        if (events[i].data.u32 < UDP_EVENT) {
            stopping = has_signal(e) && take_inbox(e);
            continue;
        }
        int number = (int)(events[i].data.u32 - UDP_EVENT);
        if ((events[i].events & EPOLLERR) != 0) {
            udp_errors(e->udp, number);
        }
        udp_receive(e->udp, number);
    }
    return stopping;
}

static void counts_show(snmpeng *e)
{
    atomic_store_explicit(&e->stats.in_flight, e->active, memory_order_relaxed);
    atomic_store_explicit(&e->stats.queued, e->queue.count + e->paced.count, memory_order_relaxed);
}

static _Thread_local const snmpeng *engine_here;

bool snmpeng_on_thread(const snmpeng *e)
{
    return engine_here == e;
}

void *loop_run(void *engine)
{
    snmpeng *e = engine;
    engine_here = e;
    bool stopping = false;
    e->now = clock_mono();
    while (!stopping) {
        stopping = look(e);
        wheel_run(&e->wheel, e->now, expired, e);
        finish_reads(e);
        pace_fill(e);
        flight_send_waiting(e);
        start_reads(e);
        udp_flush(e->udp);
        counts_show(e);
    }
    stop_reads(e);
    counts_show(e);
    engine_here = NULL;
    return NULL;
}
