/* Requests in flight: their slots and ids, sending and repeating, and finding the request that a
 * datagram answers. SNMP thread. */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/snmp/engine.h"
#include "core/snmp/rtt.h"

/* An id is 01gggggg ggggssss ssssssss ssssssss: always four octets long, never negative; s is the
 * slot, g goes up with every use of it. */
#define ID_BASE 0x40000000u
#define ID_SLOT 0x000fffffu
#define ID_STEP 0x00100000u
#define ID_GENERATION 0x3ff00000u

#define VERSION_BIT(version) ((uint8_t)(1u << (unsigned)(version)))

static uint32_t random_next(snmpeng *e)
{
    e->random ^= e->random << 13;
    e->random ^= e->random >> 17;
    e->random ^= e->random << 5;
    return e->random;
}

/* The pace */

#define TOKEN 1000000 /* of one packet */
/* What may go at once when the thread comes late. What was missed beyond is made up for slowly, at
 * a 25th over the rate, so that the rate is kept and there is no burst. */
#define GATHER_US 10000
#define MISSED_US 1000000
#define MAKE_UP 25

void pace_fill(snmpeng *e)
{
    int64_t rate = atomic_load_explicit(&e->pace, memory_order_relaxed);
    int64_t now = clock_mono_us();
    int64_t elapsed = now - e->tokens_at > MISSED_US ? MISSED_US : now - e->tokens_at;
    int64_t gained = elapsed * rate;
    int64_t most = rate * GATHER_US < TOKEN ? TOKEN : rate * GATHER_US;
    bool wanted = e->waiting_first != NULL || e->paced.first != NULL;
    int64_t back = e->missed < gained / MAKE_UP ? e->missed : gained / MAKE_UP;
    e->tokens_at = now;
    e->missed -= back;
    e->tokens += gained + back;
    if (e->tokens > most) {
        e->missed += e->tokens - most;
        e->tokens = most;
    }
    if (!wanted) {
        e->missed = 0;
    } else if (e->missed > rate * MISSED_US) {
        e->missed = rate * MISSED_US;
    }
}

bool pace_take(snmpeng *e)
{
    if (atomic_load_explicit(&e->pace, memory_order_relaxed) == 0) {
        return true;
    }
    if (e->tokens < TOKEN) {
        return false;
    }
    e->tokens -= TOKEN;
    return true;
}

int64_t pace_wait(const snmpeng *e)
{
    int64_t rate = atomic_load_explicit(&e->pace, memory_order_relaxed);
    if (rate == 0 || e->tokens >= TOKEN) {
        return 0;
    }
    return ((TOKEN - e->tokens) / rate + 999) / 1000;
}

static void waiting_add(snmpeng *e, flight *f)
{
    f->is_waiting = true;
    f->waiting_next = NULL;
    f->waiting_previous = e->waiting_last;
    if (e->waiting_last == NULL) {
        e->waiting_first = f;
    } else {
        e->waiting_last->waiting_next = f;
    }
    e->waiting_last = f;
}

static void waiting_remove(snmpeng *e, flight *f)
{
    if (f->waiting_previous == NULL) {
        e->waiting_first = f->waiting_next;
    } else {
        f->waiting_previous->waiting_next = f->waiting_next;
    }
    if (f->waiting_next == NULL) {
        e->waiting_last = f->waiting_previous;
    } else {
        f->waiting_next->waiting_previous = f->waiting_previous;
    }
    f->is_waiting = false;
}

/* Sending */

/* A SET goes out once; what it asks before, for the engine id, is asked like any other. */
static bool is_set(const flight *f)
{
    return f->read->request.plan->set && !f->discovers;
}

static unsigned most_tries(const snmpeng *e, const snmpeng_read *read)
{
    if ((read->request.flags & SNMPENG_ONE_TRY) != 0) {
        return 1;
    }
    return read->request.tries != 0 ? read->request.tries : e->options.tries;
}

static snmpeng_version version_of(const snmpeng *e, const flight *f)
{
    const snmpeng_read *read = f->read;
    uint32_t flags = read->request.flags;
    if (read->fixed || read->version == SNMPENG_V3 || read->request.plan->set) {
        return read->version;
    }
    if ((flags & SNMPENG_V1_RETRY) != 0 && read->version == SNMPENG_V2C && (f->tries & 1u) != 0) {
        return SNMPENG_V1;
    }
    if ((flags & SNMPENG_OTHER_LAST) != 0 && f->tries > 0 && f->tries + 1u == most_tries(e, read)) {
        return read->version == SNMPENG_V2C ? SNMPENG_V1 : SNMPENG_V2C;
    }
    return read->version;
}

static uint32_t timeout_of(const snmpeng *e, const flight *f)
{
    const snmpeng_request *request = &f->read->request;
    return request->timeout_ms != 0 ? request->timeout_ms : e->options.timeout_ms;
}

/* A silent device costs tries x time-out at most, whatever the network, as a late answer to any of
 * the tries counts. What that leaves is not waited for when a try was most likely lost: of a device
 * whose round trip is known the second one goes out after a few of them. The others double that
 * when the device was heard just now; else it may be down for a moment, and they are spread. */
static int64_t full_wait(const snmpeng *e, const flight *f)
{
    unsigned most = most_tries(e, f->read);
    int64_t timeout = timeout_of(e, f);
    int64_t soon = (f->read->request.flags & SNMPENG_PACED) != 0
                       ? timeout
                       : rtt_repeat(read_rtt(f->read), timeout_of(e, f));
    if (is_set(f)) {
        return timeout * most;
    }
    if (soon >= timeout) {
        return timeout;
    }
    int64_t left = f->begun + timeout * most - e->now;
    left = left < soon ? soon : left; /* the thread came late */
    if (f->tries >= most) {
        return left;
    }
    int64_t share = left / (most - f->tries + 1);
    bool heard = f->read->fixed || (f->read->request.flags & SNMPENG_HEARD) != 0;
    soon <<= f->tries - 1;
    return soon < share && (heard || f->tries == 1) ? soon : share;
}

/* All but the last are up to a sixteenth shorter, so that devices which were silent together are
 * not asked together for ever. */
static int64_t wait_of(snmpeng *e, const flight *f)
{
    int64_t wait = full_wait(e, f);
    bool last = is_set(f) || f->tries >= most_tries(e, f->read);
    return wait - (last ? 0 : (int64_t)(random_next(e) % (uint32_t)(wait / 16 + 1)));
}

/* Somebody wants to know that there is no answer yet. */
static bool tells_late(const flight *f)
{
    const snmpeng_read *read = f->read;
    return !read->late && !read->fixed && read->request.late != NULL && !is_set(f);
}

static int64_t late_at(const snmpeng *e, const flight *f)
{
    int64_t timeout = timeout_of(e, f);
    return f->begun + timeout - timeout / 16;
}

static void wait_on(snmpeng *e, flight *f)
{
    bool sooner = tells_late(f) && late_at(e, f) < f->due;
    wheel_add(&e->wheel, &f->timer, sooner ? late_at(e, f) : f->due);
}

static void transmit(snmpeng *e, flight *f)
{
    snmpeng_version version = version_of(e, f);
    int number = udp_choose(e->udp, f->read->target.any.sa_family, f->id & ID_SLOT);
    uint8_t *space = udp_space(e->udp, number);
    size_t length = message_write(e, f, version, space, UDP_REQUEST);
    if (length == 0) {
        f->unsendable = true; /* flight_expired() deals with it, outside of whatever calls us */
        wheel_add(&e->wheel, &f->timer, e->now);
        return;
    }
    udp_put(e->udp, number, length, &f->read->target);
    count_up(f->tries == 0 ? &e->stats.sent : &e->stats.resent);
    f->sent_as |= VERSION_BIT(version);
    f->begun = f->tries == 0 ? e->now : f->begun;
    f->tries++;
    f->due = e->now + wait_of(e, f);
    wait_on(e, f);
}

static void flight_send(snmpeng *e, flight *f)
{
    if ((f->read->request.flags & SNMPENG_PACED) != 0 &&
        (e->waiting_first != NULL || !pace_take(e))) {
        waiting_add(e, f);
        return;
    }
    transmit(e, f);
}

void flight_send_waiting(snmpeng *e)
{
    while (e->waiting_first != NULL && pace_take(e)) {
        flight *f = e->waiting_first;
        waiting_remove(e, f);
        transmit(e, f);
    }
}

bool flight_launch(snmpeng *e, snmpeng_read *read, read_job job)
{
    if (e->free_count == 0) {
        return false;
    }
    flight *f = &e->slots[e->free_slots[e->free_first]];
    e->free_first = (e->free_first + 1) % e->slot_count;
    e->free_count--;
    uint32_t id = f->id;
    *f = (flight){.timer = {.kind = TIMER_FLIGHT}, .read = read, .job = job, .id = id};
    f->limit = (uint8_t)e->options.max_repetitions;
    f->sibling = read->flights;
    read->flights = f;
    read->active++;
    flight_again(e, f);
    return true;
}

void flight_again(snmpeng *e, flight *f)
{
    uint32_t generation = (f->id + ID_STEP) & ID_GENERATION;
    f->id = ID_BASE | generation | (f->id & ID_SLOT);
    f->tries = 0;
    f->sent_as = 0;
    wheel_remove(&e->wheel, &f->timer);
    flight_send(e, f);
}

void flight_land(snmpeng *e, flight *f)
{
    snmpeng_read *read = f->read;
    for (flight **at = &read->flights; *at != NULL; at = &(*at)->sibling) {
        if (*at == f) {
            *at = f->sibling;
            break;
        }
    }
    read->active--;
    wheel_remove(&e->wheel, &f->timer);
    if (f->is_waiting) {
        waiting_remove(e, f);
    }
    f->read = NULL;
    e->free_slots[(e->free_first + e->free_count) % e->slot_count] = f->id & ID_SLOT;
    e->free_count++;
}

static void expired_unsendable(snmpeng *e, flight *f)
{
    f->unsendable = false;
    if (is_set(f)) {
        read_fail(e, f->read, PLATEN_E_TOO_LARGE, "a SET does not fit a packet of %u octets",
                  UDP_REQUEST);
        return;
    }
    if (!f->discovers && read_split(e, f)) {
        return;
    }
    read_fail(e, f->read, PLATEN_E_INTERNAL, "a request of one object does not fit a packet");
}

void flight_expired(snmpeng *e, flight *f)
{
    char text[NET_TEXT];
    snmpeng_read *read = f->read;
    if (f->refused != 0) {
        char reason[64];
        read_fail(e, read, PLATEN_E_UNREACHABLE, "%s cannot be reached: %s",
                  read_address(read, text), strerror_r(f->refused, reason, sizeof reason));
        return;
    }
    if (f->unsendable) {
        expired_unsendable(e, f);
        return;
    }
    if (tells_late(f) && e->now >= late_at(e, f)) {
        read->late = true;
        read->request.late(read->request.user);
    }
    if (e->now < f->due) {
        wait_on(e, f);
        return;
    }
    count_up(&e->stats.timeouts);
    if (is_set(f)) {
        set_lost(e, f);
        return;
    }
    if (f->tries >= most_tries(e, read)) {
        read_fail(e, read, PLATEN_E_TIMEOUT, "no answer from %s, asked %u times",
                  read_address(read, text), (unsigned)f->tries);
        return;
    }
    if (f->limit > 1 && (f->tries > 1 || most_tries(e, read) == 2)) {
        f->limit /= 2; /* perhaps the answer was too long for the way */
    }
    flight_send(e, f);
}

/* Receiving */

static flight *find(snmpeng *e, int64_t id)
{
    if (id < 0 || id > INT32_MAX) {
        return NULL;
    }
    uint32_t slot = (uint32_t)id & ID_SLOT;
    if (slot >= e->slot_count) {
        return NULL;
    }
    flight *f = &e->slots[slot];
    return f->read != NULL && f->id == (uint32_t)id ? f : NULL;
}

/* The flight of that id, provided that it was sent to where this comes from, in this version. */
static flight *match(snmpeng *e, int64_t id, const udp_address *from, snmpeng_version version)
{
    flight *f = find(e, id);
    if (f == NULL) {
        count_up(&e->stats.dropped_unmatched);
        return NULL;
    }
    if (!udp_address_equal(&f->read->target, from)) {
        count_up(&e->stats.dropped_source);
        return NULL;
    }
    if ((f->sent_as & VERSION_BIT(version)) == 0) {
        count_up(&e->stats.dropped_version);
        return NULL;
    }
    return f;
}

static void arrived(snmpeng *e, flight *f, snmpeng_version version)
{
    count_up(&e->stats.matched);
    if (f->is_waiting) { /* to be repeated, but that is not needed any more */
        waiting_remove(e, f);
    }
    /* From the first try on, though it may be a later one that is answered: that errs on the
     * patient side, and a device that became slow is soon not asked twice any more. */
    if (!is_set(f)) {
        rtt_note(read_rtt(f->read), e->now - f->begun);
    }
    f->read->fixed = true;
    f->read->version = version;
    read_answer(e, f, version, &e->pdu);
}

static void v3_discovered(snmpeng *e, flight *f)
{
    snmpeng_read *read = f->read;
    if (is_set(f)) { /* anybody can say this; that the device did not do it is not sure */
        read_fail(e, read, PLATEN_E_PROTOCOL, "another engine id than before answers a SET");
        return;
    }
    if (!f->discovers) {
        if (read->rediscovered) {
            count_up(&e->stats.dropped_unmatched);
            return;
        }
        read->rediscovered = true;
    }
    count_up(&e->stats.matched);
    if (f->is_waiting) {
        waiting_remove(e, f);
    }
    flight_again(e, f);
    read_advance(e, read);
}

static void v3_resynced(snmpeng *e, flight *f, const char *why)
{
    snmpeng_read *read = f->read;
    count_up(&e->stats.matched);
    if (read->resynced) {
        read_fail(e, read, PLATEN_E_PROTOCOL, "%s again and again", why);
        return;
    }
    read->resynced = true;
    if (f->is_waiting) {
        waiting_remove(e, f);
    }
    flight_again(e, f);
}

static void v3_received(snmpeng *e, wire_reader *rest, uint8_t *data, size_t length,
                        const udp_address *from)
{
    v3_message message;
    const char *why = "";
    if (!v3_read(rest, &message)) {
        count_up(&e->stats.dropped_malformed);
        return;
    }
    flight *f = match(e, message.id, from, SNMPENG_V3);
    if (f == NULL) {
        return;
    }
    v3_verdict verdict = v3_open(f->read->request.credential, read_peer(f->read), &message, data,
                                 length, e->plain, e->now, &e->pdu, &why);
    switch (verdict) {
    case V3_DISCOVERED:
        v3_discovered(e, f);
        break;
    case V3_RESYNCED:
        v3_resynced(e, f, why);
        break;
    case V3_REFUSED:
        read_fail(e, f->read, PLATEN_E_AUTH, "%s", why);
        break;
    case V3_FAILED:
        read_fail(e, f->read, PLATEN_E_DEVICE, "%s", why);
        break;
    case V3_GOOD:
        if (e->pdu.tag == WIRE_RESPONSE && e->pdu.id == f->id) {
            arrived(e, f, SNMPENG_V3);
            break;
        }
        count_up(&e->stats.dropped_unmatched);
        break;
    case V3_DROP:
    default:
        count_up(&e->stats.dropped_malformed);
        break;
    }
}

void flight_received(uint8_t *data, size_t length, const udp_address *from, void *engine)
{
    snmpeng *e = engine;
    int64_t version;
    wire_reader rest;
    count_up(&e->stats.received);
    if (!wire_message_read(data, length, &version, &rest, &e->pdu)) {
        count_up(&e->stats.dropped_malformed);
        return;
    }
    if (version == SNMPENG_V3) {
        v3_received(e, &rest, data, length, from);
        return;
    }
    if (e->pdu.tag != WIRE_RESPONSE) {
        count_up(&e->stats.dropped_malformed);
        return;
    }
    flight *f = match(e, e->pdu.id, from, (snmpeng_version)version);
    if (f != NULL) {
        arrived(e, f, (snmpeng_version)version);
    }
}

/* Refusals */

/* The id of one of our own requests, of which only the beginning may be there. */
static bool quoted_id(const uint8_t *data, size_t length, int64_t *id)
{
    uint8_t head[96];
    size_t size = length < sizeof head ? length : sizeof head;
    memcpy(head, data, size);
    size_t at = 0;
    /* Down through message and, behind version and community, PDU or v3 header. */
    for (int depth = 0; depth < 2; depth++) {
        if (at + 2 > size) {
            return false;
        }
        at += 2 + ((head[at + 1] & 0x80u) != 0 ? head[at + 1] & 0x7fu : 0);
        if (depth == 0) {
            at += 3;
            if (at + 2 > size) {
                return false;
            }
            if (head[at] == PLATEN_SNMP_OCTETS) {
                wire_reader rest = {data + at, data + length};
                wire_tlv community;
                if (!wire_next(&rest, &community)) {
                    return false;
                }
                at = (size_t)(rest.at - data);
            }
        }
    }
    if (at + 6 > size || head[at] != PLATEN_SNMP_INTEGER || head[at + 1] != 4) {
        return false;
    }
    *id = (int64_t)head[at + 2] << 24 | head[at + 3] << 16 | head[at + 4] << 8 | head[at + 5];
    return true;
}

void flight_refused(const uint8_t *data, size_t length, const udp_address *to, int errnum,
                    void *engine)
{
    snmpeng *e = engine;
    int64_t id;
    flight *f = quoted_id(data, length, &id) ? find(e, id) : NULL;
    if (f == NULL || !udp_address_equal(&f->read->target, to)) {
        return;
    }
    if (errnum == EMSGSIZE) {
        f->unsendable = true; /* too long for the way */
    } else {
        f->refused = errnum;
    }
    wheel_add(&e->wheel, &f->timer, e->now);
}
