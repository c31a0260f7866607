/* A read from its first request to its result: which objects are asked for next, what the answers
 * to GET mean, and how it ends. SNMP thread. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/snmp/engine.h"
#include "core/snmp/rtt.h"

#define ERROR_TOO_BIG 1
#define ERROR_NO_SUCH_NAME 2
#define ERROR_AUTHORIZATION 16

/* Lists */

void read_list_append(read_list *list, snmpeng_read *read)
{
    read->next = NULL;
    read->previous = list->last;
    if (list->last == NULL) {
        list->first = read;
    } else {
        list->last->next = read;
    }
    list->last = read;
    list->count++;
}

void read_list_remove(read_list *list, snmpeng_read *read)
{
    if (read->previous == NULL) {
        list->first = read->next;
    } else {
        read->previous->next = read->next;
    }
    if (read->next == NULL) {
        list->last = read->previous;
    } else {
        read->next->previous = read->previous;
    }
    list->count--;
}

/* Ends */

void read_free(snmpeng_read *read, answer_scratch *scratch)
{
    answer_fini(&read->answer, scratch);
    snmpeng_credential_unref(read->request.credential);
    snmpeng_peer_free(read->own_peer);
    free(read->jobs);
    free(read->error);
    free(read);
}

const char *read_address(const snmpeng_read *read, char text[NET_TEXT])
{
    return net_format(&read->request.address, text);
}

/* The first error is kept; without memory for its text its code is. */
static void note(snmpeng_read *read, platen_code code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void note(snmpeng_read *read, platen_code code, const char *format, va_list args)
{
    if (read->code != PLATEN_OK) {
        return;
    }
    read->code = code;
    read->error = malloc(sizeof *read->error);
    if (read->error != NULL) {
        *read->error = (platen_error)PLATEN_ERROR_INIT;
        error_set_va(read->error, code, format, args);
    }
}

void read_note(snmpeng_read *read, platen_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(read, code, format, args);
    va_end(args);
}

void read_fail(snmpeng *e, snmpeng_read *read, platen_code code, const char *format, ...)
{
    va_list args;
    free(read->error); /* what stops a read counts, not what it went on after */
    read->error = NULL;
    read->code = PLATEN_OK;
    va_start(args, format);
    note(read, code, format, args);
    va_end(args);
    read_end(e, read);
}

static void check_steps(snmpeng_read *read)
{
    for (uint32_t i = 0; i < read->request.plan->step_count; i++) {
        if (read->steps[i] == STEP_FAILED) {
            char text[NET_TEXT];
            read_note(read, PLATEN_E_DEVICE, "%s answers every object of a request with an error",
                      read_address(read, text));
            return;
        }
    }
}

void read_end(snmpeng *e, snmpeng_read *read)
{
    switch ((read_state)read->state) {
    case READ_ENDED:
        return;
    case READ_ACTIVE:
        while (read->flights != NULL) {
            flight_land(e, read->flights);
        }
        e->active--;
        check_steps(read);
        break;
    case READ_QUEUED:
        read_list_remove((read->request.flags & SNMPENG_PACED) != 0 ? &e->paced : &e->queue, read);
        break;
    case READ_INBOX:
    default:
        break;
    }
    wheel_remove(&e->wheel, &read->deadline);
    read->state = READ_ENDED;
    read_list_append(&e->ended, read);
}

void read_finish(snmpeng *e, snmpeng_read *read)
{
    static const platen_error nameless = PLATEN_ERROR_INIT;
    platen_snmp_result result = {.size = (uint32_t)sizeof result,
                                 .binding_size = (uint32_t)sizeof(platen_snmp_binding)};
    if (!answer_build(&read->answer, read->request.plan, read->chains, &e->scratch,
                      &result.count)) {
        read_note(read, PLATEN_E_NOMEM, "no memory for an answer");
    }
    result.code = (uint32_t)read->code;
    result.status = read->set_status;
    result.index = read->set_index;
    result.bindings = e->scratch.bindings;
    if (read->code != PLATEN_OK) {
        result.error = read->error != NULL ? read->error : &nameless;
        count_up(&e->stats.reads_failed);
    }
    count_up(&e->stats.reads_done);
    read->request.done(&result, read->version, read->request.user);
    read_free(read, &e->scratch);
    e->moved = true;
}

/* Jobs */

snmpeng_peer *read_peer(snmpeng_read *read)
{
    return read->request.peer != NULL ? *read->request.peer : read->own_peer;
}

snmpeng_rtt *read_rtt(snmpeng_read *read)
{
    return read->request.rtt != NULL ? read->request.rtt : &read->own_rtt;
}

static bool peer_prepare(snmpeng_read *read)
{
    snmpeng_peer **place = read->request.peer != NULL ? read->request.peer : &read->own_peer;
    if (*place == NULL) {
        *place = calloc(1, sizeof **place);
    }
    return *place != NULL;
}

bool read_push(snmpeng_read *read, read_job job)
{
    if (read->job_count == read->job_capacity) {
        uint16_t capacity = (uint16_t)(read->job_capacity == 0 ? 8 : read->job_capacity * 2);
        read_job *jobs = realloc(read->jobs, capacity * sizeof *jobs);
        if (jobs == NULL) {
            return false;
        }
        read->jobs = jobs;
        read->job_capacity = capacity;
    }
    read->jobs[read->job_count++] = job;
    return true;
}

static bool next_job(snmpeng_read *read, read_job *job)
{
    const snmpeng_plan *plan = read->request.plan;
    if (read->job_count > 0) {
        *job = read->jobs[--read->job_count];
        return true;
    }
    if (read->next_step == plan->step_count) {
        return false;
    }
    uint16_t step = read->next_step++;
    *job = (read_job){.mask = (UINT32_C(1) << plan->steps[step].count) - 1, .step = step};
    return true;
}

/* Until it is known how the device is spoken to there is one request at a time. */
static unsigned window_of(const snmpeng *e, snmpeng_read *read)
{
    bool unsure =
        read->version == SNMPENG_V3
            ? read_peer(read)->engine_id_length == 0
            : (read->request.flags & (SNMPENG_V1_RETRY | SNMPENG_OTHER_LAST)) != 0 && !read->fixed;
    bool wide = rtt_is_long(read_rtt(read)) && e->options.window < WINDOW_LONG;
    return unsure ? 1 : wide ? WINDOW_LONG : e->options.window;
}

void read_advance(snmpeng *e, snmpeng_read *read)
{
    read_job job;
    if (read->state != READ_ACTIVE) {
        return;
    }
    unsigned window = window_of(e, read);
    while (read->active < window && next_job(read, &job)) {
        if (!flight_launch(e, read, job)) {
            read_fail(e, read, PLATEN_E_UNAVAILABLE, "too many requests in flight");
            return;
        }
    }
    if (read->active == 0) {
        read_end(e, read);
    }
}

void read_start(snmpeng *e, snmpeng_read *read)
{
    char text[NET_TEXT];
    read->state = READ_ACTIVE;
    e->active++;
    if (udp_choose(e->udp, read->target.any.sa_family, 0) < 0) {
        read_fail(e, read, PLATEN_E_UNREACHABLE, "%s cannot be reached: this host has no IPv6",
                  read_address(read, text));
        return;
    }
    if (read->version == SNMPENG_V3 && !peer_prepare(read)) {
        read_fail(e, read, PLATEN_E_NOMEM, "no memory for a device's SNMPv3 state");
        return;
    }
    read_advance(e, read);
}

void read_continue(snmpeng *e, flight *f)
{
    snmpeng_read *read = f->read;
    if (read->state != READ_ACTIVE) {
        return;
    }
    if (f->job.mask != 0) {
        flight_again(e, f);
        read_advance(e, read); /* the first answer may have widened the window */
        return;
    }
    flight_land(e, f);
    read_advance(e, read);
}

bool read_split(snmpeng *e, flight *f)
{
    uint32_t mask = f->job.mask;
    int half = __builtin_popcount(mask) / 2;
    if (half == 0) {
        return false;
    }
    for (int i = 0; i < half; i++) {
        mask &= mask - 1;
    }
    read_job rest = f->job;
    rest.mask = mask;
    f->job.mask &= ~mask;
    if (!read_push(f->read, rest)) {
        read_fail(e, f->read, PLATEN_E_NOMEM, "no memory to split a request");
        return true;
    }
    flight_again(e, f);
    return true;
}

/* Answers */

bool read_store(snmpeng *e, snmpeng_read *read, uint32_t item, const uint32_t *arcs, uint32_t count,
                const wire_tlv *value)
{
    switch (answer_add(&read->answer, &e->scratch, &read->chains[item], arcs, count, value)) {
    case ANSWER_OK:
        return true;
    case ANSWER_NO_MEMORY:
        read_fail(e, read, PLATEN_E_NOMEM, "no memory for an answer");
        return false;
    case ANSWER_TOO_LARGE:
    default:
        read_fail(e, read, PLATEN_E_PROTOCOL, "the answers exceed %u octets", ANSWER_MAX);
        return false;
    }
}

static bool name_is(const plan_item *item, const wire_tlv *name)
{
    if (name->length == item->name_length) {
        return memcmp(name->value, item->name, item->name_length) == 0;
    }
    return false;
}

/* The item that was asked for by this name, mostly the next one; PLAN_ITEMS when none was. */
static uint32_t item_of(const snmpeng_plan *plan, uint32_t first, uint32_t mask,
                        const wire_tlv *name)
{
    for (; mask != 0; mask &= mask - 1) {
        uint32_t item = first + (uint32_t)__builtin_ctz(mask);
        if (name_is(&plan->items[item], name)) {
            return item;
        }
    }
    return PLAN_ITEMS;
}

static bool is_exception(uint8_t tag)
{
    return tag == WIRE_NO_SUCH_OBJECT || tag == WIRE_NO_SUCH_INSTANCE || tag == WIRE_END_OF_MIB;
}

static void get_values(snmpeng *e, flight *f, const wire_pdu *pdu)
{
    snmpeng_read *read = f->read;
    const snmpeng_plan *plan = read->request.plan;
    uint32_t first = plan->steps[f->job.step].first;
    uint32_t mask = f->job.mask;
    for (uint32_t i = 0; i < pdu->count && mask != 0; i++) {
        uint32_t item = item_of(plan, first, mask, &pdu->binds[i].name);
        if (item == PLAN_ITEMS) {
            continue; /* nobody asked */
        }
        mask &= ~(UINT32_C(1) << (item - first));
        if (!is_exception(pdu->binds[i].value.tag) &&
            !read_store(e, read, item, NULL, 0, &pdu->binds[i].value)) {
            return;
        }
    }
    read->steps[f->job.step] |= STEP_ANSWERED;
    f->job.mask = 0;
    read_continue(e, f);
}

static uint32_t nth_bit(uint32_t mask, int64_t n)
{
    for (; n > 1; n--) {
        mask &= mask - 1;
    }
    return mask & -mask;
}

/* An error of the whole request: what it is about is left out, when that can be told, or found by
 * halves. */
static void get_error(snmpeng *e, flight *f, const wire_pdu *pdu)
{
    int count = __builtin_popcount(f->job.mask);
    bool named = pdu->index >= 1 && pdu->index <= count;
    uint8_t state = pdu->status == ERROR_NO_SUCH_NAME ? STEP_ANSWERED : STEP_FAILED;
    if (pdu->status == ERROR_TOO_BIG) {
        named = false;
    }
    if (!named && count > 1) {
        (void)read_split(e, f);
        return;
    }
    f->read->steps[f->job.step] |= state;
    f->job.mask &= ~nth_bit(f->job.mask, named ? pdu->index : 1);
    read_continue(e, f);
}

void read_answer(snmpeng *e, flight *f, snmpeng_version version, const wire_pdu *pdu)
{
    if (f->read->request.plan->set) {
        set_answer(e, f, pdu);
    } else if (pdu->status == ERROR_AUTHORIZATION) {
        read_fail(e, f->read, PLATEN_E_AUTH, "the device answers authorizationError");
    } else if (f->read->request.plan->steps[f->job.step].walk) {
        walk_answer(e, f, version, pdu);
    } else if (pdu->status == 0) {
        get_values(e, f, pdu);
    } else {
        get_error(e, f, pdu);
    }
}
