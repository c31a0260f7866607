/* SETs: a plan with values, and what a device's answer to it means. SNMP thread but for
 * snmpeng_set_new(). */
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/snmp/engine.h"

/* ---- the plan ---- */

static void put_value(wire_writer *writer, const platen_snmp_value *value)
{
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    char text[WIRE_ARCS * 11];
    switch (value->type) {
    case PLATEN_SNMP_INTEGER:
        writer->failed |= value->integer < INT32_MIN || value->integer > INT32_MAX;
        wire_put_integer(writer, value->integer);
        return;
    case PLATEN_SNMP_OCTETS:
        wire_put_octets(writer, PLATEN_SNMP_OCTETS, value->octets, value->octet_count);
        return;
    case PLATEN_SNMP_IPADDRESS:
        writer->failed |= value->octet_count != 4;
        wire_put_octets(writer, PLATEN_SNMP_IPADDRESS, value->octets, value->octet_count);
        return;
    case PLATEN_SNMP_OID:
        if (value->octet_count < sizeof text) {
            memcpy(text, value->octets, value->octet_count);
            text[value->octet_count] = '\0';
            if (plan_parse_oid(text, arcs, &count)) {
                wire_put_oid(writer, arcs, count);
                return;
            }
        }
        writer->failed = true;
        return;
    default:
        writer->failed = true;
    }
}

/* { name, value } at the end of the plan's octets; `left` is what is free there. */
static platen_code value_add(snmpeng_plan *plan, const platen_snmp_value *value, uint8_t **at,
                             size_t *left, platen_error *err)
{
    uint8_t inside[UDP_REQUEST];
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    if (value->oid == NULL || !plan_parse_oid(value->oid, arcs, &count)) {
        return error_set(err, PLATEN_E_INVAL, "'%.64s' is not an object identifier",
                         value->oid == NULL ? "" : value->oid);
    }
    if (value->octets == NULL && value->octet_count > 0) {
        return error_set(err, PLATEN_E_INVAL, "the value for %.64s has no octets", value->oid);
    }
    if (value->octet_count > UDP_REQUEST) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the value for %.64s has %u octets, %u can be",
                         value->oid, value->octet_count, UDP_REQUEST);
    }
    wire_writer body = {.at = inside, .left = sizeof inside};
    wire_put_oid(&body, arcs, count);
    put_value(&body, value);
    wire_writer writer = {.at = *at, .left = *left};
    wire_put_octets(&writer, WIRE_SEQUENCE, inside, (size_t)(body.at - inside));
    if (body.failed || writer.failed) {
        return error_set(err, PLATEN_E_INVAL, "the value for %.64s cannot be written", value->oid);
    }
    plan_item *item = &plan->items[plan->item_count];
    item->arcs = plan->arcs + plan->item_count * WIRE_ARCS;
    item->arc_count = count;
    memcpy(item->arcs, arcs, count * sizeof *arcs);
    item->bind = *at;
    item->bind_length = (uint32_t)(writer.at - *at);
    plan->sorted[plan->item_count] = (uint16_t)plan->item_count;
    plan->item_count++;
    *at = writer.at;
    *left = writer.left;
    return PLATEN_OK;
}

platen_code snmpeng_set_new(const platen_snmp_value *values, uint32_t count, snmpeng_plan **out,
                            platen_error *err)
{
    if (count == 0 || count > PLAN_STEP_ITEMS) {
        return error_set(err, PLATEN_E_INVAL, "a SET of %u values, 1 to %u are possible", count,
                         PLAN_STEP_ITEMS);
    }
    snmpeng_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a SET of %u values", count);
    }
    size_t left = 2u * UDP_REQUEST; /* more does not fit a request anyway */
    plan->set = true;
    plan->disjoint = true;
    plan->encoded = malloc(left);
    plan->arcs = malloc((size_t)count * WIRE_ARCS * sizeof *plan->arcs);
    platen_code code = PLATEN_OK;
    if (plan->encoded == NULL || plan->arcs == NULL) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for a SET of %u values", count);
    }
    uint8_t *at = plan->encoded;
    for (uint32_t i = 0; i < count && code == PLATEN_OK; i++) {
        code = value_add(plan, &values[i], &at, &left, err);
    }
    if (code != PLATEN_OK) {
        snmpeng_plan_free(plan);
        return code;
    }
    plan->step_count = 1;
    plan->steps[0].count = (uint16_t)count;
    *out = plan;
    return PLATEN_OK;
}

/* ---- the answer ---- */

typedef struct refusal {
    const char *word; /* RFC 3416 section 3 */
    platen_code code;
} refusal;

/* By error-status. Those of SNMPv1 stand for several of the later ones (RFC 3584 section 4.4). */
static const refusal refusals[] = {
    {"noError", PLATEN_OK},
    {"tooBig", PLATEN_E_TOO_LARGE},
    {"noSuchName", PLATEN_E_AUTH}, /* of a SET: not available to this community (RFC 1157 4.1.5) */
    {"badValue", PLATEN_E_INVAL},
    {"readOnly", PLATEN_E_UNSUPPORTED},
    {"genErr", PLATEN_E_DEVICE},
    {"noAccess", PLATEN_E_AUTH},
    {"wrongType", PLATEN_E_INVAL},
    {"wrongLength", PLATEN_E_INVAL},
    {"wrongEncoding", PLATEN_E_INVAL},
    {"wrongValue", PLATEN_E_INVAL},
    {"noCreation", PLATEN_E_UNSUPPORTED},
    {"inconsistentValue", PLATEN_E_INVAL},
    {"resourceUnavailable", PLATEN_E_DEVICE},
    {"commitFailed", PLATEN_E_DEVICE},
    {"undoFailed", PLATEN_E_DEVICE},
    {"authorizationError", PLATEN_E_AUTH},
    {"notWritable", PLATEN_E_UNSUPPORTED},
    {"inconsistentName", PLATEN_E_INVAL},
};
#define REFUSALS ((int64_t)(sizeof refusals / sizeof *refusals))

static void oid_text(const plan_item *item, strbuf *out)
{
    for (uint32_t i = 0; i < item->arc_count; i++) {
        strbuf_appendf(out, "%s%u", i == 0 ? "" : ".", item->arcs[i]);
    }
}

void set_answer(snmpeng *e, flight *f, const wire_pdu *pdu)
{
    snmpeng_read *read = f->read;
    const snmpeng_plan *plan = read->request.plan;
    if (pdu->status == 0) {
        f->job.mask = 0;
        read_continue(e, f);
        return;
    }
    if (pdu->status < 0 || pdu->status >= REFUSALS) {
        read_fail(e, read, PLATEN_E_PROTOCOL, "the device answers a SET with error-status %lld",
                  (long long)pdu->status);
        return;
    }
    const refusal *why = &refusals[pdu->status];
    bool named = pdu->index >= 1 && pdu->index <= plan->item_count;
    read->set_status = (uint8_t)pdu->status;
    read->set_index = (uint8_t)(named ? pdu->index : 0);
    strbuf about;
    strbuf_init(&about);
    if (named || plan->item_count == 1) {
        strbuf_append(&about, " for ");
        oid_text(&plan->items[named ? pdu->index - 1 : 0], &about);
    }
    read_fail(e, read, why->code, "the device answers %s%.200s", why->word,
              about.length > 0 ? about.data : "");
    strbuf_fini(&about);
}

void set_lost(snmpeng *e, const flight *f)
{
    char text[NET_TEXT];
    read_fail(e, f->read, PLATEN_E_TIMEOUT, "%s does not answer a SET: it may be done or not",
              read_address(f->read, text));
}
