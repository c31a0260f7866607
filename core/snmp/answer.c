/* See answer.h. Offsets, not pointers, tie the records together, for the block moves. */
#include "core/snmp/answer.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_FIRST 4096u /* octets of a block; holds what a status poll reads */

/* Where the first record is: offset 0 stands for none. */
#define ANSWER_START 8u

/* Followed by the arcs of the name, then by the octets or arcs of the value. */
typedef struct record {
    int64_t integer;
    uint32_t next;   /* offset in the chain, 0: last */
    uint32_t length; /* octets, or arcs of an OID value */
    uint16_t arcs;   /* of the name, 0: the item's own */
    uint8_t type;    /* 0: not shown */
} record;

static bool first_block(answer *a, answer_scratch *scratch)
{
    a->data =
        scratch->spare_count > 0 ? scratch->spare[--scratch->spare_count] : malloc(ANSWER_FIRST);
    a->capacity = a->data == NULL ? 0 : ANSWER_FIRST;
    a->used = ANSWER_START;
    return a->data != NULL;
}

static answer_status reserve(answer *a, answer_scratch *scratch, size_t size)
{
    if (a->data == NULL && !first_block(a, scratch)) {
        return ANSWER_NO_MEMORY;
    }
    size_t need = a->used + size;
    if (need > ANSWER_MAX) {
        return ANSWER_TOO_LARGE;
    }
    if (need > a->capacity) {
        size_t capacity = a->capacity;
        while (capacity < need) {
            capacity *= 2;
        }
        uint8_t *data = realloc(a->data, capacity);
        if (data == NULL) {
            return ANSWER_NO_MEMORY;
        }
        a->data = data;
        a->capacity = (uint32_t)capacity;
    }
    return ANSWER_OK;
}

static record *record_at(const answer *a, uint32_t offset)
{
    return (record *)(void *)(a->data + offset);
}

static uint32_t *arcs_of(record *r)
{
    return (uint32_t *)(void *)(r + 1);
}

/* Whether the value is one of SNMP's; numbers land in `integer`, an OID in `arcs`. */
static bool decode(const wire_tlv *value, record *r, uint32_t arcs[WIRE_ARCS])
{
    uint64_t number;
    r->type = value->tag;
    switch (value->tag) {
    case PLATEN_SNMP_INTEGER:
        return wire_signed(value, &r->integer);
    case PLATEN_SNMP_COUNTER32:
    case PLATEN_SNMP_GAUGE32:
    case PLATEN_SNMP_TIMETICKS:
        return wire_unsigned(value, &r->integer);
    case PLATEN_SNMP_COUNTER64:
        if (!wire_unsigned64(value, &number)) {
            return false;
        }
        r->integer = number > INT64_MAX ? INT64_MAX : (int64_t)number;
        return true;
    case PLATEN_SNMP_OID:
        if (value->length == 0) { /* what some devices send for 0.0 */
            arcs[0] = arcs[1] = 0;
            r->length = 2;
            return true;
        }
        return wire_oid(value, arcs, &r->length);
    case PLATEN_SNMP_IPADDRESS:
        r->length = 4;
        return value->length == 4;
    case PLATEN_SNMP_OCTETS:
    case PLATEN_SNMP_OPAQUE:
        r->length = value->length;
        return true;
    case PLATEN_SNMP_NULL:
        return true;
    default:
        return false;
    }
}

answer_status answer_add(answer *a, answer_scratch *scratch, answer_chain *chain,
                         const uint32_t *arcs, uint32_t count, const wire_tlv *value)
{
    uint32_t value_arcs[WIRE_ARCS];
    record head = {.arcs = (uint16_t)count};
    if (!decode(value, &head, value_arcs)) {
        head = (record){.arcs = (uint16_t)count};
    }
    bool is_oid = head.type == PLATEN_SNMP_OID;
    size_t payload = is_oid ? head.length * sizeof *value_arcs : head.length;
    size_t size = sizeof head + count * sizeof *arcs + payload;
    size = (size + 7) & ~(size_t)7;
    answer_status status = reserve(a, scratch, size);
    if (status != ANSWER_OK) {
        return status;
    }
    record *r = record_at(a, a->used);
    *r = head;
    if (count > 0) {
        memcpy(arcs_of(r), arcs, count * sizeof *arcs);
    }
    if (payload > 0) {
        memcpy(arcs_of(r) + count, is_oid ? (const void *)value_arcs : value->value, payload);
    }
    if (chain->head == 0) {
        chain->head = a->used;
    } else {
        record_at(a, chain->tail)->next = a->used;
    }
    chain->tail = a->used;
    chain->rows++;
    a->used += (uint32_t)size;
    a->count += head.type != 0;
    return ANSWER_OK;
}

const uint32_t *answer_last(const answer *a, const answer_chain *chain, uint32_t *count)
{
    if (chain->head == 0) {
        return NULL;
    }
    record *r = record_at(a, chain->tail);
    *count = r->arcs;
    return arcs_of(r);
}

static void show(const plan_item *item, record *r, platen_snmp_binding *binding)
{
    uint32_t *arcs = arcs_of(r);
    *binding = (platen_snmp_binding){
        .oid = r->arcs == 0 ? item->arcs : arcs,
        .oid_count = r->arcs == 0 ? item->arc_count : r->arcs,
        .type = r->type,
        .integer = r->integer,
    };
    if (r->type == PLATEN_SNMP_OID) {
        binding->arcs = arcs + r->arcs;
        binding->arc_count = r->length;
    } else if (r->type == PLATEN_SNMP_OCTETS || r->type == PLATEN_SNMP_OPAQUE ||
               r->type == PLATEN_SNMP_IPADDRESS) {
        binding->octets = (const uint8_t *)(arcs + r->arcs);
        binding->octet_count = r->length;
    }
}

static int compare_bindings(const void *a, const void *b)
{
    const platen_snmp_binding *x = a;
    const platen_snmp_binding *y = b;
    return wire_oid_compare(x->oid, x->oid_count, y->oid, y->oid_count);
}

static uint32_t sort_unique(platen_snmp_binding *bindings, uint32_t count)
{
    uint32_t kept = 0;
    qsort(bindings, count, sizeof *bindings, compare_bindings);
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || compare_bindings(&bindings[kept - 1], &bindings[i]) != 0) {
            bindings[kept++] = bindings[i];
        }
    }
    return kept;
}

bool answer_build(const answer *a, const snmpeng_plan *plan, const answer_chain *chains,
                  answer_scratch *scratch, uint32_t *count)
{
    if (a->count > scratch->capacity) {
        uint32_t capacity = a->count < 128 ? 128 : a->count + a->count / 2;
        platen_snmp_binding *grown =
            realloc(scratch->bindings, (size_t)capacity * sizeof *scratch->bindings);
        if (grown == NULL) {
            return false;
        }
        scratch->bindings = grown;
        scratch->capacity = capacity;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->item_count; i++) {
        uint16_t item = plan->sorted[i];
        for (uint32_t at = chains[item].head; at != 0;) {
            record *r = record_at(a, at);
            if (r->type != 0) {
                show(&plan->items[item], r, &scratch->bindings[n++]);
            }
            at = r->next;
        }
    }
    *count = plan->disjoint ? n : sort_unique(scratch->bindings, n);
    return true;
}

void answer_fini(answer *a, answer_scratch *scratch)
{
    if (scratch != NULL && a->capacity == ANSWER_FIRST && scratch->spare_count < ANSWER_SPARE) {
        scratch->spare[scratch->spare_count++] = a->data;
    } else {
        free(a->data);
    }
    *a = (answer){0};
}

void answer_scratch_fini(answer_scratch *scratch)
{
    while (scratch->spare_count > 0) {
        free(scratch->spare[--scratch->spare_count]);
    }
    free(scratch->bindings);
    *scratch = (answer_scratch){0};
}
