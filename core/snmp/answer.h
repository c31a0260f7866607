/*
 * What one device has answered so far: values chained by the plan's items in one block of memory
 * that grows, turned into the sorted bindings of a result at the end. The SNMP thread owns it.
 */
#ifndef PLATEN_SNMP_ANSWER_H
#define PLATEN_SNMP_ANSWER_H

#include "core/snmp/plan.h"

#define ANSWER_MAX (8u << 20) /* octets; a device that sends more is not telling the truth */

/* The values of one item of the plan, in the order they came, which walks make ascending. */
typedef struct answer_chain {
    uint32_t head; /* offset of a record, 0: none */
    uint32_t tail;
    uint32_t rows;
} answer_chain;

typedef struct answer {
    uint8_t *data;
    uint32_t used;
    uint32_t capacity;
    uint32_t count; /* values to show */
} answer;

/* Room for building results and blocks for answers to begin in, used again and again: the last
 * ones that were used are still in the processor's cache. */
#define ANSWER_SPARE 32u
typedef struct answer_scratch {
    platen_snmp_binding *bindings;
    uint32_t capacity;
    uint32_t spare_count;
    uint8_t *spare[ANSWER_SPARE];
} answer_scratch;

typedef enum answer_status { ANSWER_OK, ANSWER_NO_MEMORY, ANSWER_TOO_LARGE } answer_status;

/* Adds a value. `arcs` is its name when that is not the item's own (rows of a walk). A value that
 * does not decode is kept as a row that is not shown, so that a walk goes on behind it. */
answer_status answer_add(answer *a, answer_scratch *scratch, answer_chain *chain,
                         const uint32_t *arcs, uint32_t count, const wire_tlv *value);

/* The name of the last row in the chain; NULL when there is none. */
const uint32_t *answer_last(const answer *a, const answer_chain *chain, uint32_t *count);

/* Sorted by OID, without doubles, valid until the answer or the scratch changes. False: no
 * memory. */
bool answer_build(const answer *a, const snmpeng_plan *plan, const answer_chain *chains,
                  answer_scratch *scratch, uint32_t *count);

void answer_fini(answer *a, answer_scratch *scratch); /* `scratch` may be NULL */
void answer_scratch_fini(answer_scratch *scratch);

#endif
