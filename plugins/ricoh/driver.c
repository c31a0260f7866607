/* A work from its beginning to finish(). */
#include "driver.h"

#include <stdio.h>
#include <string.h>

void note(const visit *of, uint32_t level, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    of->driver->drivers->act_log(of->work, level, text);
}

static platen_code probe(visit *of, platen_error *err)
{
    platen_code rc = device_probe(of, err);
    if (rc == PLATEN_OK) {
        of->driver->drivers->sure(of->work, 90, "a Ricoh that can import from a server");
    }
    return rc;
}

static void end(const visit *of, platen_code rc, const platen_error *err)
{
    if (rc != PLATEN_OK && of->driver->drivers->kind(of->work) == PLATEN_WORK_ACT) {
        note(of, PLATEN_ACT_ERROR, "%s", err->text);
    }
    of->driver->drivers->finish(of->work, rc, rc == PLATEN_OK ? NULL : err);
}

static void act(visit *of)
{
    const platen_host *host = of->driver->host;
    platen_error err = PLATEN_ERROR_INIT;
    platen_act order = PLATEN_ACT_INIT;
    of->driver->drivers->act(of->work, &order);
    cJSON *settings = cJSON_Parse(order.settings);
    platen_code rc = PLATEN_OK;
    if (!cJSON_IsObject(settings)) {
        rc = host->fail(&err, PLATEN_E_INVAL, "the order is no JSON object");
    } else if (strcmp(order.action, "settings.check") == 0) {
        rc = setting_check(of, &err);
    } else if (strcmp(order.action, "settings.write") == 0) {
        setting_write(of, settings, (order.flags & PLATEN_ACT_PREVIEW) != 0);
        return; /* which has taken the order, and ends the work */
    } else {
        rc = host->fail(&err, PLATEN_E_UNSUPPORTED, "ricoh does not know the action '%.60s'",
                        order.action);
    }
    cJSON_Delete(settings);
    end(of, rc, &err);
}

void ricoh_run(platen_work *work, void *user)
{
    const ricoh *driver = user;
    platen_error err = PLATEN_ERROR_INIT;
    visit of = {.driver = driver, .work = work, .target = PLATEN_TARGET_INIT};
    uint32_t kind = driver->drivers->kind(work);
    driver->drivers->target(work, &of.target);
    if (kind == PLATEN_WORK_ACT) {
        act(&of);
        return;
    }
    platen_code rc = kind == PLATEN_WORK_PROBE
                         ? probe(&of, &err)
                         : driver->host->fail(&err, PLATEN_E_UNSUPPORTED,
                                              "ricoh does not know work of kind %u", kind);
    end(&of, rc, &err);
}
