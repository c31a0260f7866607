/* Requests: the encoded objects of the plan, or the rows where walks stand, with a header around
 * them. SNMP thread. */
#include <string.h>

#include "core/snmp/engine.h"

#define BINDS_MAX (UDP_REQUEST - 64u)

/* The bindings of a job: `at` points into the plan when they lie there as wanted, else to `space`.
 */
typedef struct binds {
    const uint8_t *at;
    size_t length;
    uint8_t space[BINDS_MAX];
} binds;

static bool is_whole(const plan_step *step, uint32_t mask)
{
    return mask == (UINT32_C(1) << step->count) - 1;
}

static void whole_step(const snmpeng_plan *plan, const plan_step *step, binds *b)
{
    const plan_item *first = &plan->items[step->first];
    const plan_item *last = &plan->items[step->first + step->count - 1];
    b->at = first->bind;
    b->length = (size_t)(last->bind - first->bind) + last->bind_length;
}

static bool any_begun(const snmpeng_read *read, const plan_step *step)
{
    for (uint32_t i = 0; i < step->count; i++) {
        if (read->chains[step->first + i].head != 0) {
            return true;
        }
    }
    return false;
}

static bool fill_binds(const flight *f, binds *b)
{
    const snmpeng_read *read = f->read;
    const snmpeng_plan *plan = read->request.plan;
    const plan_step *step = &plan->steps[f->job.step];
    if (is_whole(step, f->job.mask) && !(step->walk && any_begun(read, step))) {
        whole_step(plan, step, b);
        return true;
    }
    wire_writer writer = {.at = b->space, .left = sizeof b->space};
    for (uint32_t mask = f->job.mask; mask != 0; mask &= mask - 1) {
        uint32_t item = step->first + (uint32_t)__builtin_ctz(mask);
        uint32_t count = 0;
        const uint32_t *row =
            step->walk ? answer_last(&read->answer, &read->chains[item], &count) : NULL;
        if (row != NULL) {
            wire_put_null_bind(&writer, row, count);
        } else {
            wire_put_raw(&writer, plan->items[item].bind, plan->items[item].bind_length);
        }
    }
    b->at = b->space;
    b->length = (size_t)(writer.at - b->space);
    return !writer.failed;
}

static uint8_t request_tag(const snmpeng *e, flight *f, snmpeng_version version)
{
    if (f->read->request.plan->set) {
        return WIRE_SET;
    }
    if (!f->read->request.plan->steps[f->job.step].walk) {
        return WIRE_GET;
    }
    if (version == SNMPENG_V1 || f->job.next) {
        return WIRE_GETNEXT;
    }
    f->repetitions = walk_repetitions(e, f);
    return WIRE_GETBULK;
}

static size_t write_community(const snmpeng_credential *credential, snmpeng_version version,
                              uint8_t tag, uint32_t id, uint8_t repetitions, const binds *b,
                              uint8_t *out, size_t capacity)
{
    wire_writer writer = {.at = out, .left = capacity};
    const uint8_t number[3] = {PLATEN_SNMP_INTEGER, 1, (uint8_t)version};
    wire_put_header(&writer, WIRE_SEQUENCE,
                    sizeof number + credential->community_length + wire_pdu_size(b->length));
    wire_put_raw(&writer, number, sizeof number);
    wire_put_raw(&writer, credential->community, credential->community_length);
    wire_put_pdu(&writer, tag, id, 0, repetitions, b->at, b->length);
    return writer.failed ? 0 : (size_t)(writer.at - out);
}

static size_t write_secure(snmpeng *e, flight *f, uint8_t tag, uint8_t repetitions, const binds *b,
                           uint8_t *out, size_t capacity)
{
    uint8_t pdu[UDP_REQUEST];
    wire_writer writer = {.at = pdu, .left = sizeof pdu};
    const snmpeng_credential *credential = f->read->request.credential;
    snmpeng_peer *peer = read_peer(f->read);
    wire_put_pdu(&writer, tag, f->id, 0, repetitions, b->at, b->length);
    if (writer.failed || !v3_localise(credential, peer)) {
        return 0;
    }
    return v3_write(credential, peer, f->id, pdu, (size_t)(writer.at - pdu), e->salt++, e->now, out,
                    capacity);
}

size_t message_write(snmpeng *e, flight *f, snmpeng_version version, uint8_t *out, size_t capacity)
{
    binds b;
    f->discovers = version == SNMPENG_V3 && read_peer(f->read)->engine_id_length == 0;
    if (f->discovers) {
        return v3_write_discovery(f->id, out, capacity);
    }
    uint8_t tag = request_tag(e, f, version);
    uint8_t repetitions = tag == WIRE_GETBULK ? f->repetitions : 0;
    if (!fill_binds(f, &b)) {
        return 0;
    }
    if (version == SNMPENG_V3) {
        return write_secure(e, f, tag, repetitions, &b, out, capacity);
    }
    return write_community(f->read->request.credential, version, tag, f->id, repetitions, &b, out,
                           capacity);
}
