/* driver/1: registering drivers. The rest of the table (works and their facts) is the agent's. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORKS_KNOWN                                                                                \
    (PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) |               \
     PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS))

static platen_code check(const platen_driver *d, platen_error *err)
{
    if (!handshake_name_ok(d->id)) {
        return error_set(err, PLATEN_E_INVAL, "driver id '%.63s' is not of a-z, 0-9 and '-'",
                         d->id != NULL ? d->id : "");
    }
    if ((d->flags & ~PLATEN_DRIVER_BLOCKING) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "driver '%s' has flags 0x%" PRIx32 ", this host knows 0x%x", d->id,
                         d->flags, PLATEN_DRIVER_BLOCKING);
    }
    if (d->works == 0 || (d->works & ~WORKS_KNOWN) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "driver '%s' does works 0x%" PRIx32 ", this host knows 0x%x", d->id,
                         d->works, WORKS_KNOWN);
    }
    if (d->transport != PLATEN_TRANSPORT_SNMP && d->transport != PLATEN_TRANSPORT_TCP) {
        return error_set(err, PLATEN_E_INVAL,
                         "driver '%s' has transport %" PRIu32 ", this host knows 1 and 2", d->id,
                         d->transport);
    }
    if (d->run == NULL || (d->transport == PLATEN_TRANSPORT_TCP && d->port - 1 >= 65535)) {
        return error_set(err, PLATEN_E_INVAL, "driver '%s' has no %s", d->id,
                         d->run == NULL ? "run()" : "port");
    }
    return PLATEN_OK;
}

static void withdraw(platen_ctx *ctx, void *object)
{
    plug *p = ctx->owner;
    driver_entry *entry = object;
    for (size_t i = 0; i < p->driver_count; i++) {
        if (p->drivers[i] == entry) {
            memmove(&p->drivers[i], &p->drivers[i + 1],
                    (p->driver_count - i - 1) * sizeof(p->drivers[0]));
            p->driver_count--;
            break;
        }
    }
    if (entry->public.driver.release != NULL) {
        entry->public.driver.release(entry->public.driver.user);
    }
    free(entry);
}

/* Highest rank first; equal ranks in the order of registration. */
static void insert(plug *p, driver_entry *entry)
{
    size_t at = p->driver_count;
    while (at > 0 && p->drivers[at - 1]->public.driver.rank < entry->public.driver.rank) {
        p->drivers[at] = p->drivers[at - 1];
        at--;
    }
    p->drivers[at] = entry;
    p->driver_count++;
}

static platen_code add(platen_ctx *ctx, const platen_driver *given, platen_error *err)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    if (ctx == NULL || given == NULL || given->size < sizeof(d)) {
        return error_set(err, PLATEN_E_INVAL, "a driver of %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, sizeof(d));
    }
    memcpy(&d, given, sizeof(d));
    d.size = (uint32_t)sizeof(d);
    if (!ctx->loading) {
        return error_set(err, PLATEN_E_STATE, "drivers are registered in load()");
    }
    PLATEN_TRY(check(&d, err));
    plug *p = ctx->owner;
    for (size_t i = 0; i < p->driver_count; i++) {
        if (strcmp(p->drivers[i]->id, d.id) == 0) {
            return error_set(err, PLATEN_E_EXISTS, "driver '%s' is registered by plugin '%s'", d.id,
                             p->drivers[i]->ctx->name);
        }
    }
    if (p->driver_count == PLUG_DRIVERS) {
        return error_set(err, PLATEN_E_TOO_LARGE, "driver '%s' is one more than %d", d.id,
                         PLUG_DRIVERS);
    }
    driver_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for driver '%s'", d.id);
    }
    memcpy(entry->id, d.id, strlen(d.id) + 1);
    entry->ctx = ctx;
    entry->public.driver = d;
    entry->public.driver.id = entry->id;
    entry->public.version = ctx->copy.version;
    platen_code rc = context_own(ctx, withdraw, entry, err);
    if (rc != PLATEN_OK) {
        free(entry);
        return rc;
    }
    insert(p, entry);
    return PLATEN_OK;
}

void iface_driver_init(plug *p, const platen_drivers *works)
{
    p->has_drivers = works != NULL;
    if (works != NULL) {
        p->driver_table = *works;
        p->driver_table.size = (uint32_t)sizeof(p->driver_table);
        p->driver_table.add = add;
    }
}
