/* A work from start to finish(). */
#include "driver.h"

#include <string.h>

#include "act.h"
#include "facts.h"

static platen_code act(device *d, platen_error *err)
{
    const platen_host *host = d->line.driver->host;
    platen_act order = PLATEN_ACT_INIT;
    d->drivers->act(d->work, &order);
    if (strcmp(order.action, "settings.check") == 0) {
        return act_check(d, err);
    }
    cJSON *settings = cJSON_Parse(order.settings);
    platen_code rc = PLATEN_OK;
    if (!cJSON_IsObject(settings)) {
        rc = host->fail(err, PLATEN_E_INVAL, "the settings of '%.60s' are no JSON object",
                        order.action);
    } else if (strcmp(order.action, "settings.read") == 0) {
        rc = act_read(d, settings, err);
    } else if (strcmp(order.action, "settings.write") == 0) {
        rc = act_write(d, settings, (order.flags & PLATEN_ACT_PREVIEW) != 0, err);
    } else {
        rc = host->fail(err, PLATEN_E_UNSUPPORTED, "pjl does not know the action '%.60s'",
                        order.action);
    }
    cJSON_Delete(settings);
    return rc;
}

static platen_code work_on(device *d, platen_error *err)
{
    uint32_t kind = d->drivers->kind(d->work);
    switch (kind) {
    case PLATEN_WORK_PROBE:
        return facts_probe(d, err);
    case PLATEN_WORK_INFORMATION:
    case PLATEN_WORK_STATUS:
    case PLATEN_WORK_COUNTERS:
        return facts_read(d, kind, err);
    case PLATEN_WORK_ACT:
        return act(d, err);
    default:
        return d->line.driver->host->fail(err, PLATEN_E_UNSUPPORTED, "driver 'pjl' has no work %u",
                                          kind);
    }
}

void driver_run(platen_work *work, void *user)
{
    const pjl_driver *driver = user;
    platen_target target = PLATEN_TARGET_INIT;
    platen_error err = PLATEN_ERROR_INIT;
    device d;
    driver->drivers->target(work, &target);
    device_init(&d, driver, work, &target);
    platen_code rc = work_on(&d, &err);
    device_fini(&d); /* ends the session: the port is free for the next one */
    driver->drivers->finish(work, rc, rc == PLATEN_OK ? NULL : &err);
}
