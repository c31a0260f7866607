/* driver/1: registering drivers. The rest of the table (works and their facts) is the agent's. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORKS_KNOWN                                                                                \
    (PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) |               \
     PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS) |                 \
     PLATEN_WORK_BIT(PLATEN_WORK_ACT))

#define FLAGS_KNOWN (PLATEN_DRIVER_BLOCKING | PLATEN_DRIVER_FALLBACK)

#define DRIVER_SIZE_1_0 offsetof(platen_driver, actions)
#define ACTIONS_MAX 32
#define ACTION_MAX 63

static size_t action_count(const platen_driver *d)
{
    size_t count = 0;
    while (d->actions != NULL && d->actions[count] != NULL && count <= ACTIONS_MAX) {
        count++;
    }
    return count;
}

static bool action_ok(const char *action)
{
    size_t length = strnlen(action, ACTION_MAX + 1);
    return length > 0 && length <= ACTION_MAX &&
           strspn(action, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length;
}

static platen_code check_actions(const platen_driver *d, platen_error *err)
{
    size_t count = action_count(d);
    bool acts = (d->works & PLATEN_WORK_BIT(PLATEN_WORK_ACT)) != 0;
    if (acts != (count > 0) || count > ACTIONS_MAX) {
        return error_set(err, PLATEN_E_INVAL, "driver '%s' %s and has %zu actions, 1 to %d can be",
                         d->id, acts ? "acts" : "does not act", count, ACTIONS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (!action_ok(d->actions[i])) {
            return error_set(err, PLATEN_E_INVAL,
                             "action '%.63s' of driver '%s' is not of a-z, 0-9, '.' and '-'",
                             d->actions[i], d->id);
        }
    }
    return PLATEN_OK;
}

/* The host's own copy in one block, never empty; NULL when there is no memory. */
static const char **copy_actions(const platen_driver *d)
{
    size_t count = action_count(d);
    const char **list = calloc(1, (count + 1) * sizeof(*list) + count * (ACTION_MAX + 1));
    char *room = (char *)(list != NULL ? list + count + 1 : NULL);
    for (size_t i = 0; list != NULL && i < count; i++) {
        memcpy(room, d->actions[i], strlen(d->actions[i]) + 1);
        list[i] = room;
        room += ACTION_MAX + 1;
    }
    return list;
}

static platen_code check(const platen_driver *d, platen_error *err)
{
    if (!handshake_name_ok(d->id)) {
        return error_set(err, PLATEN_E_INVAL, "driver id '%.63s' is not of a-z, 0-9 and '-'",
                         d->id != NULL ? d->id : "");
    }
    if ((d->flags & ~FLAGS_KNOWN) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "driver '%s' has flags 0x%" PRIx32 ", this host knows 0x%x", d->id,
                         d->flags, FLAGS_KNOWN);
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
    return check_actions(d, err);
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
    free(entry->actions);
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
    if (ctx == NULL || given == NULL || given->size < DRIVER_SIZE_1_0) {
        return error_set(err, PLATEN_E_INVAL, "a driver of %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, DRIVER_SIZE_1_0);
    }
    memcpy(&d, given, given->size < sizeof(d) ? given->size : sizeof(d));
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
    const char **actions = copy_actions(&d);
    if (entry == NULL || actions == NULL) {
        free(entry);
        free(actions);
        return error_set(err, PLATEN_E_NOMEM, "no memory for driver '%s'", d.id);
    }
    memcpy(entry->id, d.id, strlen(d.id) + 1);
    entry->ctx = ctx;
    entry->public.driver = d;
    entry->public.driver.id = entry->id;
    entry->public.driver.actions = actions;
    entry->actions = actions;
    entry->public.version = ctx->copy.version;
    entry->public.elsewhere = ctx->elsewhere;
    platen_code rc = plug_own(ctx, withdraw, entry, err);
    if (rc != PLATEN_OK) {
        free(actions);
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
        p->driver_table.action = iface_action_add;
    }
}
