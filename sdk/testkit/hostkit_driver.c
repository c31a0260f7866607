/* conf/1, driver/1, snmp/1, tcp/1, fetch/0, serve/0 of the fake host: what is registered in load().
 * There are no works here, so the rest is never called; testkit.h plays devices. */
#include "hostkit_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"

static platen_code conf_add(platen_ctx *ctx, const platen_conf_item *item, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, item->size, sizeof(*item), err));
    if (item->type < PLATEN_CONF_TEXT || item->type > PLATEN_CONF_BOOLEAN || item->key == NULL ||
        strspn(item->key, SMALL "_") != strlen(item->key) || item->help == NULL ||
        item->help[0] == '\0') {
        hostkit_note(kit, "a setting without key, type or help");
        return hostkit_error(err, PLATEN_E_INVAL, "a setting that cannot be");
    }
    return hostkit_keep(kit, HOSTKIT_SETTING, item->key, item->preset, NULL, err) != NULL
               ? PLATEN_OK
               : PLATEN_E_EXISTS;
}

static const char *conf_text(platen_ctx *ctx, const char *key)
{
    const entry *e = hostkit_find(ctx->kit, HOSTKIT_SETTING, key);
    return e == NULL ? NULL : e->text != NULL ? e->text : "";
}

static int64_t conf_integer(platen_ctx *ctx, const char *key)
{
    const char *text = conf_text(ctx, key);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool conf_boolean(platen_ctx *ctx, const char *key)
{
    const char *text = conf_text(ctx, key);
    return text != NULL && strcmp(text, "yes") == 0;
}

static const char *conf_folder(platen_ctx *ctx)
{
    return ctx->kit->folder;
}

static const platen_conf conf_table = {(uint32_t)sizeof(platen_conf),
                                       conf_add,
                                       conf_text,
                                       conf_integer,
                                       conf_boolean,
                                       conf_folder,
                                       NULL,
                                       NULL};

static platen_code driver_add(platen_ctx *ctx, const platen_driver *driver, platen_error *err)
{
    hostkit *kit = ctx->kit;
    const uint32_t act = PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    bool old_enough = driver->size >= offsetof(platen_driver, actions);
    PLATEN_TRY(hostkit_registering(ctx, driver->size, offsetof(platen_driver, actions), err));
    bool acts = old_enough && driver->size >= sizeof(*driver) && driver->actions != NULL &&
                driver->actions[0] != NULL;
    const char *wrong =
        driver->id == NULL || driver->id[0] == '\0' ||
                strspn(driver->id, SMALL "-") != strlen(driver->id)
            ? "a driver's id is of a-z, 0-9 and '-'"
        : driver->run == NULL ? "a driver without run()"
        : (driver->flags & ~(PLATEN_DRIVER_BLOCKING | PLATEN_DRIVER_FALLBACK)) != 0
            ? "a driver with an unknown flag"
        : (driver->works & PLATEN_WORK_BIT(PLATEN_WORK_PROBE)) == 0 ? "a driver without probe"
        : (driver->works & ~0x3eu) != 0          ? "a driver with an unknown work"
        : ((driver->works & act) != 0) != acts   ? "actions and the work act go together"
        : kit->old && (driver->works & act) != 0 ? "act on a host that has none (1.0)"
        : driver->transport == PLATEN_TRANSPORT_TCP && (driver->port < 1 || driver->port > 65535)
            ? "a driver by TCP needs a port"
        : driver->transport != PLATEN_TRANSPORT_TCP && driver->transport != PLATEN_TRANSPORT_SNMP
            ? "a driver with an unknown transport"
            : NULL;
    if (wrong != NULL) {
        hostkit_note(kit, "%s", wrong);
        return hostkit_error(err, PLATEN_E_INVAL, "%s", wrong);
    }
    entry *e = hostkit_keep(kit, HOSTKIT_DRIVER, driver->id, NULL, NULL, err);
    if (e == NULL) {
        return PLATEN_E_EXISTS;
    }
    e->user = driver->user;
    e->release = driver->release;
    return PLATEN_OK;
}

static platen_code driver_action(platen_ctx *ctx, const platen_action *action, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, action->size, sizeof(*action), err));
    if ((action->flags & ~(PLATEN_ACTION_WRITES | PLATEN_ACTION_VERIFY)) != 0 ||
        action->limit_s < 1 || action->limit_s > 86400 || action->id == NULL ||
        strchr(action->id, '.') == NULL || action->title == NULL || action->title[0] == '\0' ||
        !hostkit_is_json(action->settings, true) ||
        strlen(action->settings) > PLATEN_ACTION_SETTINGS_MAX) {
        hostkit_note(kit, "an action that cannot be: %s", action->id != NULL ? action->id : "");
        return hostkit_error(err, PLATEN_E_INVAL, "an action that cannot be");
    }
    return hostkit_keep(kit, HOSTKIT_ACTION, action->id, NULL, NULL, err) != NULL ? PLATEN_OK
                                                                                  : PLATEN_E_EXISTS;
}

static platen_code never_later(platen_work *work, uint32_t ms,
                               void (*then)(platen_work *of, void *user), void *user,
                               platen_error *err)
{
    (void)work;
    (void)ms;
    (void)then;
    (void)user;
    return hostkit_error(err, PLATEN_E_STATE, "there is no work");
}

static platen_code never_data(platen_work *work, const char *json, size_t length, platen_error *err)
{
    (void)work;
    (void)json;
    (void)length;
    return hostkit_error(err, PLATEN_E_STATE, "there is no work");
}

static platen_code plan_items(const platen_snmp_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const platen_snmp_item *item =
            (const platen_snmp_item *)(const void *)((const char *)items +
                                                     (size_t)i * items[0].size);
        if ((item->op != PLATEN_SNMP_GET && item->op != PLATEN_SNMP_WALK) || item->oid == NULL ||
            strncmp(item->oid, "1.", 2) != 0 ||
            strspn(item->oid, "0123456789.") != strlen(item->oid)) {
            return PLATEN_E_INVAL;
        }
    }
    return PLATEN_OK;
}

static platen_code snmp_plan(platen_ctx *ctx, const platen_snmp_item *items, uint32_t count,
                             platen_snmp_plan **plan, platen_error *err)
{
    hostkit *kit = ctx->kit;
    char id[32];
    if (hostkit_strikes(kit, err)) {
        return PLATEN_E_NOMEM;
    }
    if (count < 1 || count > 256 || plan_items(items, count) != PLATEN_OK) {
        hostkit_note(kit, "a plan of %u items that cannot be", (unsigned)count);
        return hostkit_error(err, PLATEN_E_INVAL, "a plan that cannot be");
    }
    (void)snprintf(id, sizeof(id), "%zu", kit->count);
    entry *e = hostkit_keep(kit, HOSTKIT_PLAN, id, NULL, NULL, err);
    /* Opaque: an address that is not NULL. */
    *plan = (platen_snmp_plan *)(void *)e;
    return e != NULL ? PLATEN_OK : PLATEN_E_TOO_LARGE;
}

static platen_code never_set(platen_work *work, const platen_snmp_value *values, uint32_t count,
                             void (*done)(platen_work *of, const platen_snmp_result *result,
                                          void *user),
                             void *user, platen_error *err)
{
    (void)work;
    (void)values;
    (void)count;
    (void)done;
    (void)user;
    return hostkit_error(err, PLATEN_E_STATE, "there is no work");
}

static const platen_drivers driver_tables[2] = {
    {.size = sizeof(platen_drivers),
     .add = driver_add,
     .later = never_later,
     .action = driver_action,
     .data = never_data},
    {.size = offsetof(platen_drivers, act), .add = driver_add}};
static const platen_snmp snmp_tables[2] = {
    {.size = sizeof(platen_snmp), .plan = snmp_plan, .set = never_set},
    {.size = offsetof(platen_snmp, set), .plan = snmp_plan}};
static const platen_tcp tcp_table = {.size = sizeof(platen_tcp)};
static const platen_fetch fetch_table = {.size = sizeof(platen_fetch)};
static const platen_serve serve_table = {.size = sizeof(platen_serve)};

const void *hostkit_driver_table(const hostkit *kit, const char *name)
{
    bool agent = kit->role == PLATEN_ROLE_AGENT;
    const struct {
        const char *name;
        const void *table;
    } tables[] = {
        {"conf/1", &conf_table},
        {"driver/1", agent ? &driver_tables[kit->old ? 1 : 0] : NULL},
        {"snmp/1", agent ? &snmp_tables[kit->old ? 1 : 0] : NULL},
        {"tcp/1", agent && !kit->old ? &tcp_table : NULL},
        {"fetch/0", agent && !kit->old ? &fetch_table : NULL},
        {"serve/0", agent && !kit->old ? &serve_table : NULL},
    };
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return tables[i].table;
        }
    }
    return NULL;
}
