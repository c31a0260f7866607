/* The engine as others see it: making and ending it, and handing it reads from any thread. */
#include "core/snmp/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/base/clock.h"

#define SLOTS_MAX 0x000fffffu /* what fits an id, see flight.c */
#define DEFAULT_PORT 161

static unsigned widest(const snmpeng_options *o)
{
    return o->window > WINDOW_LONG ? o->window : WINDOW_LONG;
}

static snmpeng_options complete(const snmpeng_options *given)
{
    snmpeng_options o = given != NULL ? *given : (snmpeng_options){0};
    o.timeout_ms = o.timeout_ms == 0 ? 1000 : o.timeout_ms;
    o.tries = o.tries == 0 ? 3 : o.tries > 20 ? 20 : o.tries;
    o.window = o.window == 0 ? 1 : o.window > 16 ? 16 : o.window;
    o.in_flight = o.in_flight == 0 ? 4096 : o.in_flight;
    if (o.in_flight > SLOTS_MAX / widest(&o)) {
        o.in_flight = SLOTS_MAX / widest(&o);
    }
    o.max_repetitions = o.max_repetitions == 0 ? 25 : o.max_repetitions;
    o.max_repetitions = o.max_repetitions > 100 ? 100 : o.max_repetitions;
    return o;
}

static platen_code slots_init(snmpeng *e, platen_error *err)
{
    e->slot_count = e->options.in_flight * widest(&e->options);
    e->slots = calloc(e->slot_count, sizeof *e->slots);
    e->free_slots = calloc(e->slot_count, sizeof *e->free_slots);
    e->pdu.binds = calloc(WIRE_BINDS, sizeof *e->pdu.binds);
    e->plain = malloc(WIRE_PACKET + 64); /* and a block of padding */
    if (e->slots == NULL || e->free_slots == NULL || e->pdu.binds == NULL || e->plain == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for an SNMP engine of %u reads",
                         e->options.in_flight);
    }
    struct {
        uint64_t salt;
        uint32_t random;
        uint32_t generation;
    } seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        return error_sys(err, PLATEN_E_IO, errno, "no random numbers");
    }
    e->salt = seed.salt;
    e->random = seed.random | 1u;
    for (uint32_t i = 0; i < e->slot_count; i++) {
        e->slots[i].id = (seed.generation & 0x3ff00000u) | i;
        e->free_slots[i] = i;
    }
    e->free_count = e->slot_count;
    return PLATEN_OK;
}

static platen_code events_init(snmpeng *e, platen_error *err)
{
    e->epoll = epoll_create1(EPOLL_CLOEXEC);
    e->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = 0}};
    if (e->epoll < 0 || e->event < 0 || epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->event, &event) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make an SNMP engine");
    }
    return udp_watch(e->udp, e->epoll, err);
}

static void wake(void *engine)
{
    loop_wake(engine);
}

platen_code snmpeng_new(const snmpeng_options *options, snmpeng **out, platen_error *err)
{
    static const udp_handler handler = {
        .received = flight_received, .refused = flight_refused, .wake = wake};
    snmpeng *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for an SNMP engine");
    }
    e->epoll = -1;
    e->event = -1;
    e->options = complete(options);
    e->tokens_at = clock_mono_us();
    atomic_init(&e->pace, e->options.packets_per_second);
    pthread_mutex_init(&e->inbox.mutex, NULL);
    wheel_init(&e->wheel, clock_mono());
    platen_code code = slots_init(e, err);
    if (code == PLATEN_OK) {
        code = rows_new(&e->rows, err);
    }
    if (code == PLATEN_OK) {
        code = udp_new(&handler, e, &e->udp, err);
    }
    if (code == PLATEN_OK) {
        code = events_init(e, err);
    }
    if (code != PLATEN_OK) {
        snmpeng_free(e);
        return code;
    }
    *out = e;
    return PLATEN_OK;
}

platen_code snmpeng_start(snmpeng *e, platen_error *err)
{
    int failed = pthread_create(&e->thread, NULL, loop_run, e);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the SNMP thread");
    }
    (void)pthread_setname_np(e->thread, "snmp");
    e->started = true;
    return PLATEN_OK;
}

void snmpeng_stop(snmpeng *e)
{
    pthread_mutex_lock(&e->inbox.mutex);
    e->inbox.stopping = true;
    pthread_mutex_unlock(&e->inbox.mutex);
    loop_wake(e);
    if (e->started) {
        pthread_join(e->thread, NULL);
        e->started = false;
    } else {
        loop_run(e); /* ends what was handed in, here */
    }
}

void snmpeng_free(snmpeng *e)
{
    if (e == NULL) {
        return;
    }
    if (e->started) {
        snmpeng_stop(e);
    }
    while (e->inbox.reads.first != NULL) { /* never started, never stopped: nobody is told */
        snmpeng_read *read = e->inbox.reads.first;
        read_list_remove(&e->inbox.reads, read);
        read_free(read, NULL);
    }
    while (e->inbox.first != NULL) {
        post *next = e->inbox.first->next;
        free(e->inbox.first);
        e->inbox.first = next;
    }
    udp_free(e->udp);
    if (e->epoll >= 0) {
        close(e->epoll);
    }
    if (e->event >= 0) {
        close(e->event);
    }
    answer_scratch_fini(&e->scratch);
    pthread_mutex_destroy(&e->inbox.mutex);
    rows_free(e->rows);
    free(e->plain);
    free(e->pdu.binds);
    free(e->slots);
    free(e->free_slots);
    free(e);
}

/* Reads */

static platen_code check_request(const snmpeng_request *request, platen_error *err)
{
    if (request->plan == NULL || request->done == NULL || request->credential == NULL) {
        return error_set(err, PLATEN_E_INVAL, "a read needs a plan, a credential and a callback");
    }
    bool v3 = request->version == SNMPENG_V3;
    if (!v3 && request->version != SNMPENG_V1 && request->version != SNMPENG_V2C) {
        return error_set(err, PLATEN_E_INVAL, "unknown SNMP version %d", (int)request->version);
    }
    if (v3 != request->credential->v3) {
        return error_set(err, PLATEN_E_INVAL, "the credential is of another SNMP version");
    }
    return PLATEN_OK;
}

static snmpeng_read *read_new(const snmpeng_request *request)
{
    const snmpeng_plan *plan = request->plan;
    size_t size = sizeof(snmpeng_read) + plan->item_count * sizeof(answer_chain);
    snmpeng_read *read = calloc(1, size + plan->step_count);
    if (read == NULL) {
        return NULL;
    }
    read->steps = (uint8_t *)read + size;
    read->request = *request;
    read->version = request->version;
    read->deadline.kind = TIMER_DEADLINE;
    snmpeng_credential_ref(request->credential);
    struct sockaddr_storage target;
    uint16_t port = request->port == 0 ? DEFAULT_PORT : request->port;
    socklen_t length = net_to_sockaddr(&request->address, port, &target);
    memcpy(&read->target, &target, length < sizeof read->target ? length : sizeof read->target);
    read->device = rows_device(&read->target);
    return read;
}

/* Puts it into the inbox; false when the engine stops. */
static bool hand_in(snmpeng *e, snmpeng_read *read, post *p)
{
    inbox *box = &e->inbox;
    pthread_mutex_lock(&box->mutex);
    bool open = !box->stopping;
    bool wake = open && !box->signalled;
    if (open && read != NULL) {
        read_list_append(&box->reads, read);
    }
    if (open && p != NULL) {
        if (box->last == NULL) {
            box->first = p;
        } else {
            box->last->next = p;
        }
        box->last = p;
    }
    box->signalled = box->signalled || open;
    pthread_mutex_unlock(&box->mutex);
    if (wake) {
        loop_wake(e);
    }
    return open;
}

platen_code snmpeng_submit(snmpeng *e, const snmpeng_request *request, snmpeng_read **out,
                           platen_error *err)
{
    PLATEN_TRY(check_request(request, err));
    snmpeng_read *read = read_new(request);
    if (read == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a read");
    }
    if (out != NULL) {
        *out = read; /* before the thread can have ended it */
    }
    if (!hand_in(e, read, NULL)) {
        read_free(read, NULL);
        if (out != NULL) {
            *out = NULL;
        }
        return error_set(err, PLATEN_E_STATE, "the SNMP engine is stopping");
    }
    return PLATEN_OK;
}

void snmpeng_cancel(snmpeng *e, snmpeng_read *read)
{
    read->cancelled = true; /* enough for one in the inbox */
    if (read->state == READ_QUEUED || read->state == READ_ACTIVE) {
        read_fail(e, read, PLATEN_E_CANCELLED, "the read was cancelled");
    }
}

platen_code snmpeng_post(snmpeng *e, void (*fn)(void *user), void *user, platen_error *err)
{
    post *p = malloc(sizeof *p);
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a call on the SNMP thread");
    }
    *p = (post){.fn = fn, .user = user};
    if (!hand_in(e, NULL, p)) {
        free(p);
        return error_set(err, PLATEN_E_STATE, "the SNMP engine is stopping");
    }
    return PLATEN_OK;
}

void snmpeng_set_feeder(snmpeng *e, size_t low, void (*fn)(void *user), void *user)
{
    pthread_mutex_lock(&e->inbox.mutex);
    e->inbox.feeder = fn;
    e->inbox.feeder_user = user;
    e->inbox.feeder_low = low;
    e->inbox.feeder_new = true;
    pthread_mutex_unlock(&e->inbox.mutex);
    if (snmpeng_on_thread(e) && fn == NULL) {
        e->feeder = NULL;
    }
    loop_wake(e);
}

void snmpeng_set_pace(snmpeng *e, unsigned packets_per_second)
{
    atomic_store_explicit(&e->pace, packets_per_second, memory_order_relaxed);
    loop_wake(e);
}

#define COUNTER(name) .name = atomic_load_explicit(&e->stats.name, memory_order_relaxed)

void snmpeng_stats_get(const snmpeng *e, snmpeng_stats *out)
{
    *out = (snmpeng_stats){
        COUNTER(sent),
        COUNTER(resent),
        COUNTER(received),
        COUNTER(matched),
        COUNTER(dropped_malformed),
        COUNTER(dropped_unmatched),
        COUNTER(dropped_source),
        COUNTER(dropped_version),
        COUNTER(timeouts),
        COUNTER(reads_done),
        COUNTER(reads_failed),
        COUNTER(walks_cut),
        COUNTER(in_flight),
        COUNTER(queued),
    };
}
