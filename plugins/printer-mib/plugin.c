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
        profile_set_fini(&owner->profiles);
        free(owner->vendors);
        free(owner);
    }
}

static platen_code profiles_load(mib *owner, const platen_conf *conf, platen_error *err)
{
    char path[4096];
    const char *folder = conf->folder(owner->ctx);
    size_t length = folder == NULL ? 0 : strnlen(folder, sizeof(path));
    if (length == 0 || length > sizeof(path) - sizeof("/profiles")) {
        return owner->host->fail(err, PLATEN_E_INVAL, "printer-mib: no folder for profiles");
    }
    memcpy(path, folder, length);
    memcpy(path + length, "/profiles", sizeof("/profiles"));
    PLATEN_TRY(profile_set_load(&owner->profiles, owner->host, path, err));
    owner->generic = profile_generic(&owner->profiles);
    owner->vendors = calloc(owner->profiles.count, sizeof(owner->vendors[0]));
    if (owner->vendors == NULL) {
        return owner->host->fail(err, PLATEN_E_NOMEM, "printer-mib: no memory");
    }
    return PLATEN_OK;
}

static const char *const actions[] = {"device.edit", "device.restart", NULL};

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
        driver.actions = actions;
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
    platen_code code = profiles_load(owner, host->iface(ctx, "conf/1"), err);
    if (code == PLATEN_OK) {
        code = driver_add(owner, err);
    }
    if (code != PLATEN_OK) {
        mib_free(owner);
        return code;
    }
    owner->log->write(ctx, PLATEN_LOG_INFO, "%u vendor profiles", owner->profiles.count);
    the_mib = owner;
    return PLATEN_OK;
}

/* What each role needs more than both is asked for here: `needs` holds for both. */
static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    if (host->role == PLATEN_ROLE_MANAGER) {
        return manage_load(host, ctx, err);
    }
    if (host->iface(ctx, "driver/1") == NULL || host->iface(ctx, "snmp/1") == NULL) {
        return host->fail(err, PLATEN_E_VERSION, "printer-mib needs driver/1 and snmp/1");
    }
    return agent_load(host, ctx, err);
}

static void unload(platen_ctx *ctx)
{
    (void)ctx;
    mib_free(the_mib);
    the_mib = NULL;
    manage_unload();
}

static const char *const needs[] = {"log/1", "conf/1", NULL};

PLATEN_PLUGIN("printer-mib", "1.1.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT | PLATEN_ROLE_MANAGER,
              needs, load, unload);
