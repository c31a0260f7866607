/*
 * A compiled plan: the objects sorted into steps (a GET of up to 24 objects, or columns walked side
 * by side) with their variable bindings already encoded. Immutable but for the row hints, which
 * only the SNMP thread touches.
 */
#ifndef PLATEN_SNMP_PLAN_H
#define PLATEN_SNMP_PLAN_H

#include "core/snmp/snmp.h"
#include "core/snmp/wire.h"

#define PLAN_ITEMS 256u
#define PLAN_STEP_ITEMS 24u
#define PLAN_ROWS 1000u /* most rows of a column when the item names no limit */

typedef struct plan_item {
    uint32_t *arcs;
    uint32_t arc_count;
    uint32_t table;      /* of a WALK: a hash of the name without its last arc */
    uint32_t limit;      /* rows of a WALK */
    const uint8_t *bind; /* { oid, NULL } encoded, of a SET with its value */
    uint32_t bind_length;
    const uint8_t *name; /* contents octets of the encoded oid */
    uint32_t name_length;
} plan_item;

typedef struct plan_step {
    uint16_t first; /* items of a step follow one another, and so do their encodings */
    uint16_t count;
    bool walk;
} plan_step;

struct snmpeng_plan {
    uint32_t item_count;
    uint32_t step_count;
    bool set;      /* one step with values to write */
    bool disjoint; /* no object is in another's subtree: sorting the items sorts the answer */
    plan_item items[PLAN_ITEMS];
    plan_step steps[PLAN_ITEMS];
    uint16_t sorted[PLAN_ITEMS]; /* items by oid */
    uint16_t *row_hints;         /* a step: repetitions that sufficed lately, 0: unknown */
    uint8_t *encoded;
    uint32_t *arcs;
};

/* Dotted numbers, with or without a leading dot; false when it is no name of an object. */
bool plan_parse_oid(const char *text, uint32_t arcs[WIRE_ARCS], uint32_t *count);

#endif
