/* Compiling plans; see plan.h. Any thread. */
#include "core/snmp/plan.h"

#include <stdlib.h>
#include <string.h>

#include <platen/driver.h>

#include "core/base/map.h"

/* What an answer to a GET may fill without being cut into fragments, and what the value of an
 * object nobody knows takes of it: enough for a name of 32 characters. */
#define ANSWER_OCTETS 1400u
#define VALUE_OCTETS 36u
#define BIND_ENCODED_MAX (5u * WIRE_ARCS + 16u)

bool plan_parse_oid(const char *text, uint32_t arcs[WIRE_ARCS], uint32_t *count)
{
    uint32_t n = 0;
    if (*text == '.') {
        text++;
    }
    for (;;) {
        uint64_t arc = 0;
        if (*text < '0' || *text > '9' || n == WIRE_ARCS) {
            return false;
        }
        for (; *text >= '0' && *text <= '9'; text++) {
            arc = arc * 10 + (uint64_t)(*text - '0');
            if (arc > UINT32_MAX) {
                return false;
            }
        }
        arcs[n++] = (uint32_t)arc;
        if (*text == '\0') {
            break;
        }
        if (*text++ != '.') {
            return false;
        }
    }
    *count = n;
    return n >= 2 && arcs[0] <= 2 && (arcs[0] == 2 || arcs[1] < 40);
}

static bool has_get(const snmpeng_plan *plan, const uint32_t *arcs, uint32_t count)
{
    for (uint32_t i = 0; i < plan->item_count; i++) {
        const plan_item *item = &plan->items[i];
        if (wire_oid_compare(item->arcs, item->arc_count, arcs, count) == 0) {
            return true;
        }
    }
    return false;
}

/* Where the growing plan stands. */
typedef struct build {
    snmpeng_plan *plan;
    size_t arcs_used;
    wire_writer writer;
} build;

static platen_code item_add(build *b, const platen_snmp_item *source, platen_error *err)
{
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    snmpeng_plan *plan = b->plan;
    if (source->oid == NULL || !plan_parse_oid(source->oid, arcs, &count)) {
        return error_set(err, PLATEN_E_INVAL, "'%.64s' is not an object identifier",
                         source->oid == NULL ? "" : source->oid);
    }
    if (source->op == PLATEN_SNMP_GET && has_get(plan, arcs, count)) {
        return PLATEN_OK;
    }
    plan_item *item = &plan->items[plan->item_count];
    item->arcs = plan->arcs + b->arcs_used;
    item->arc_count = count;
    memcpy(item->arcs, arcs, count * sizeof *arcs);
    b->arcs_used += count;
    item->table = (uint32_t)hash_bytes(arcs, (count - 1) * sizeof *arcs);
    item->limit = source->limit == 0 ? PLAN_ROWS : source->limit;
    item->bind = b->writer.at;
    wire_put_null_bind(&b->writer, arcs, count);
    if (b->writer.failed) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot encode '%.64s'", source->oid);
    }
    item->bind_length = (uint32_t)(b->writer.at - item->bind);
    wire_reader whole = {item->bind, b->writer.at};
    wire_reader inside;
    wire_tlv name;
    if (!wire_enter(&whole, WIRE_SEQUENCE, &inside) ||
        !wire_expect(&inside, PLATEN_SNMP_OID, &name)) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot encode '%.64s'", source->oid);
    }
    item->name = name.value;
    item->name_length = name.length;
    plan->item_count++;
    return PLATEN_OK;
}

static platen_code gets_add(build *b, const platen_snmp_item *items, uint32_t count,
                            platen_error *err)
{
    snmpeng_plan *plan = b->plan;
    plan_step *step = NULL;
    uint32_t octets = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = plan->item_count;
        if (items[i].op != PLATEN_SNMP_GET) {
            continue;
        }
        PLATEN_TRY(item_add(b, &items[i], err));
        if (plan->item_count == before) {
            continue;
        }
        uint32_t need = plan->items[before].bind_length + VALUE_OCTETS;
        if (step == NULL || step->count == PLAN_STEP_ITEMS || octets + need > ANSWER_OCTETS) {
            step = &plan->steps[plan->step_count++];
            *step = (plan_step){.first = (uint16_t)before};
            octets = 0;
        }
        step->count++;
        octets += need;
    }
    return PLATEN_OK;
}

static platen_code walks_add(build *b, const platen_snmp_item *items, uint32_t count,
                             platen_error *err)
{
    snmpeng_plan *plan = b->plan;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].op != PLATEN_SNMP_WALK) {
            continue;
        }
        bool joins = i > 0 && items[i].table != 0 && items[i - 1].op == PLATEN_SNMP_WALK &&
                     items[i - 1].table == items[i].table;
        if (!joins || plan->steps[plan->step_count - 1].count == PLAN_STEP_ITEMS) {
            plan->steps[plan->step_count++] =
                (plan_step){.first = (uint16_t)plan->item_count, .walk = true};
        }
        plan->steps[plan->step_count - 1].count++;
        PLATEN_TRY(item_add(b, &items[i], err));
    }
    return PLATEN_OK;
}

static int compare_items(const void *a, const void *b, void *user)
{
    const snmpeng_plan *plan = user;
    const plan_item *x = &plan->items[*(const uint16_t *)a];
    const plan_item *y = &plan->items[*(const uint16_t *)b];
    return wire_oid_compare(x->arcs, x->arc_count, y->arcs, y->arc_count);
}

static void sort_items(snmpeng_plan *plan)
{
    for (uint32_t i = 0; i < plan->item_count; i++) {
        plan->sorted[i] = (uint16_t)i;
    }
    qsort_r(plan->sorted, plan->item_count, sizeof plan->sorted[0], compare_items, plan);
    plan->disjoint = true;
    for (uint32_t i = 1; i < plan->item_count; i++) {
        const plan_item *a = &plan->items[plan->sorted[i - 1]];
        const plan_item *b = &plan->items[plan->sorted[i]];
        /* A GET of an inner node cannot answer more than itself, but telling is not worth it. */
        if (a->arc_count <= b->arc_count &&
            memcmp(a->arcs, b->arcs, a->arc_count * sizeof *a->arcs) == 0) {
            plan->disjoint = false;
        }
    }
}

static platen_code check_items(const platen_snmp_item *items, uint32_t count, platen_error *err)
{
    if (count == 0 || count > PLAN_ITEMS) {
        return error_set(err, PLATEN_E_INVAL, "a plan has %u items, 1 to %u are possible", count,
                         PLAN_ITEMS);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].op != PLATEN_SNMP_GET && items[i].op != PLATEN_SNMP_WALK) {
            return error_set(err, PLATEN_E_INVAL, "item %u has the unknown operation %u", i,
                             items[i].op);
        }
    }
    return PLATEN_OK;
}

/* Gives back what the worst case of all names would have taken; the items' pointers move. */
static void shrink(build *b)
{
    snmpeng_plan *plan = b->plan;
    const uint8_t *old = plan->encoded;
    const uint32_t *old_arcs = plan->arcs;
    size_t used = (size_t)(b->writer.at - plan->encoded);
    uint8_t *encoded = malloc(used);
    uint32_t *arcs = malloc(b->arcs_used * sizeof *arcs);
    if (encoded == NULL || arcs == NULL) {
        free(encoded);
        free(arcs);
        return;
    }
    memcpy(encoded, old, used);
    memcpy(arcs, old_arcs, b->arcs_used * sizeof *arcs);
    for (uint32_t i = 0; i < plan->item_count; i++) {
        plan_item *item = &plan->items[i];
        item->arcs = arcs + (item->arcs - old_arcs);
        item->bind = encoded + (item->bind - old);
        item->name = encoded + (item->name - old);
    }
    free(plan->encoded);
    free(plan->arcs);
    plan->encoded = encoded;
    plan->arcs = arcs;
}

platen_code snmpeng_plan_new(const platen_snmp_item *items, uint32_t count, snmpeng_plan **out,
                             platen_error *err)
{
    PLATEN_TRY(check_items(items, count, err));
    snmpeng_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a plan of %u items", count);
    }
    size_t space = (size_t)count * BIND_ENCODED_MAX;
    plan->encoded = malloc(space);
    plan->arcs = malloc((size_t)count * WIRE_ARCS * sizeof *plan->arcs);
    plan->row_hints = calloc(count, sizeof *plan->row_hints);
    platen_code code = PLATEN_OK;
    if (plan->encoded == NULL || plan->arcs == NULL || plan->row_hints == NULL) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for a plan of %u items", count);
    }
    build b = {.plan = plan, .writer = {.at = plan->encoded, .left = space}};
    if (code == PLATEN_OK) {
        code = gets_add(&b, items, count, err);
    }
    if (code == PLATEN_OK) {
        code = walks_add(&b, items, count, err);
    }
    if (code != PLATEN_OK) {
        snmpeng_plan_free(plan);
        return code;
    }
    shrink(&b);
    sort_items(plan);
    *out = plan;
    return PLATEN_OK;
}

void snmpeng_plan_free(snmpeng_plan *plan)
{
    if (plan != NULL) {
        free(plan->row_hints);
        free(plan->encoded);
        free(plan->arcs);
        free(plan);
    }
}
