/* snmp/1: compiling plans, which the host frees after unload(). Reading is the agent's. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/snmp/snmp.h"

#define ITEMS_MAX 256u

static void withdraw(platen_ctx *ctx, void *object)
{
    (void)ctx;
    snmpeng_plan_free(object);
}

/* `given` has a stride of its own: the struct may be longer in a newer plugin. */
static platen_code copy_items(const platen_snmp_item *given, uint32_t count,
                              platen_snmp_item *items, platen_error *err)
{
    size_t stride = given->size;
    if (stride < sizeof(*items) || stride > 4096 || stride % _Alignof(platen_snmp_item) != 0) {
        return error_set(err, PLATEN_E_INVAL, "items of %zu bytes, at least %zu needed", stride,
                         sizeof(*items));
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&items[i], (const char *)given + i * stride, sizeof(*items));
        items[i].size = (uint32_t)sizeof(*items);
    }
    return PLATEN_OK;
}

static platen_code plan(platen_ctx *ctx, const platen_snmp_item *given, uint32_t count,
                        platen_snmp_plan **out, platen_error *err)
{
    if (ctx == NULL || given == NULL || out == NULL || count == 0 || count > ITEMS_MAX) {
        return error_set(err, PLATEN_E_INVAL, "a plan of %" PRIu32 " items, 1 to %u can be", count,
                         ITEMS_MAX);
    }
    platen_snmp_item *items = calloc(count, sizeof(*items));
    if (items == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a plan of %" PRIu32 " items", count);
    }
    snmpeng_plan *made = NULL;
    platen_code rc = copy_items(given, count, items, err);
    if (rc == PLATEN_OK) {
        rc = snmpeng_plan_new(items, count, &made, err);
    }
    free(items);
    if (rc == PLATEN_OK) {
        rc = plug_own(ctx, withdraw, made, err);
        if (rc != PLATEN_OK) {
            snmpeng_plan_free(made);
        }
    }
    if (rc == PLATEN_OK) {
        *out = (platen_snmp_plan *)made;
    }
    return rc;
}

void iface_snmp_init(plug *p, const platen_snmp *reads)
{
    p->has_snmp = reads != NULL;
    if (reads != NULL) {
        p->snmp_table = *reads;
        p->snmp_table.size = (uint32_t)sizeof(p->snmp_table);
        if (reads->plan == NULL) { /* a worker process has its own: its plans are read elsewhere */
            p->snmp_table.plan = plan;
        }
    }
}
