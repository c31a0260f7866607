/*
 * The driver printer-mib: printers by the Printer MIB (RFC 3805), with vendor profiles as data.
 * load() and unload() run on the main thread, everything else on the SNMP thread.
 */
#include "mib.h"

#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "manage.h"

static mib *the_mib; /* set by load(), cleared by unload() */

static void run(platen_work *work, void *user)
{
    mib *owner = user;
    visit *of = visit_new(owner, work);
    if (of == NULL) {
        platen_error err = PLATEN_ERROR_INIT;
        platen_code code = owner->host->fail(&err, PLATEN_E_NOMEM, "printer-mib: no memory");
        owner->drivers->finish(work, code, &err);
        return;
    }
    switch (owner->drivers->kind(work)) {
    case PLATEN_WORK_PROBE:
        probe_run(of);
        break;
    case PLATEN_WORK_INFORMATION:
        information_run(of);
        break;
    case PLATEN_WORK_STATUS:
        status_run(of);
        break;
    case PLATEN_WORK_COUNTERS:
        counters_run(of);
        break;
    case PLATEN_WORK_ACT:
        act_run(of);
        break;
    default: {
        platen_error err = PLATEN_ERROR_INIT;
        visit_fail(of,
                   owner->host->fail(&err, PLATEN_E_UNSUPPORTED,
                                     "printer-mib does not know work of kind %u",
                                     owner->drivers->kind(work)),
                   &err);
        break;
    }
    }
}

static void mib_free(mib *owner)
{
    if (owner != NULL) {
        book_unref(owner->book);
        free(owner);
    }
}

/* Profiles came or went: all of the new ones, or the old ones as before. */
static platen_code take_profiles(platen_ctx *ctx, void *user, platen_error *err)
{
    mib *owner = user;
    book *fresh = NULL;
    PLATEN_TRY(book_load(owner->host, owner->conf, ctx, &fresh, err));
    book_unref(owner->book);
    owner->book = fresh;
    owner->log->write(ctx, PLATEN_LOG_NOTICE, "%u vendor profiles from now on",
                      fresh->profiles.count);
    return PLATEN_OK;
}

static platen_code profiles_load(mib *owner, platen_error *err)
{
    const platen_conf *conf = owner->conf;
    PLATEN_TRY(book_load(owner->host, conf, owner->ctx, &owner->book, err));
    return PLATEN_HAS(conf, on_change) ? conf->on_change(owner->ctx, take_profiles, owner, err)
                                       : PLATEN_OK;
}

/* Without data() nobody would hear what a setting is. */
static const char *const actions_1[] = {"device.edit", "device.restart", NULL};
static const char *const actions_2[] = {"device.edit",   "device.restart", "settings.check",
                                        "settings.read", "settings.write", NULL};

static platen_code driver_add(mib *owner, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION) |
                   PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_COUNTERS);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 50;
    driver.id = "printer-mib";
    driver.run = run;
    driver.user = owner;
    if (PLATEN_HAS(owner->snmp, set) && PLATEN_HAS(owner->drivers, later)) { /* hosts since 1.1 */
        driver.works |= PLATEN_WORK_BIT(PLATEN_WORK_ACT);
        driver.actions = PLATEN_HAS(owner->drivers, data) ? actions_2 : actions_1;
    }
    return owner->drivers->add(owner->ctx, &driver, err);
}

static platen_code agent_load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    mib *owner = calloc(1, sizeof(*owner));
    if (owner == NULL) {
        return host->fail(err, PLATEN_E_NOMEM, "printer-mib: no memory");
    }
    owner->host = host;
    owner->ctx = ctx;
    owner->log = host->iface(ctx, "log/1");
    owner->drivers = host->iface(ctx, "driver/1");
    owner->snmp = host->iface(ctx, "snmp/1");
    owner->conf = host->iface(ctx, "conf/1");
    platen_code code = profiles_load(owner, err);
    if (code == PLATEN_OK) {
        code = driver_add(owner, err);
    }
    if (code != PLATEN_OK) {
        mib_free(owner);
        return code;
    }
    owner->log->write(ctx, PLATEN_LOG_INFO, "%u vendor profiles", owner->book->profiles.count);
    the_mib = owner;
    return PLATEN_OK;
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    return host->role == PLATEN_ROLE_MANAGER ? manage_load(host, ctx, err)
                                             : agent_load(host, ctx, err);
}

static void unload(platen_ctx *ctx)
{
    (void)ctx;
    mib_free(the_mib);
    the_mib = NULL;
    manage_unload();
}

static const char *const needs[] = {
    "log/1",        "conf/1",         "agent:driver/1",   "agent:snmp/1",
    "manager:op/1", "manager:page/1", "manager:locale/1", NULL};

PLATEN_PLUGIN("printer-mib", "1.1.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT | PLATEN_ROLE_MANAGER,
              needs, load, unload);
