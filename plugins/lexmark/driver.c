/* A work from its beginning to finish(). */
#include "driver.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ENTERPRISE "1.3.6.1.4.1.641." /* Lexmark's */

void note(const visit *of, uint32_t level, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    of->driver->drivers->act_log(of->work, level, text);
}

/* The manufacturer, as far as anybody has said it yet: other makers' devices are not asked. */
static bool is_lexmark(const platen_target *target)
{
    return strncasecmp(target->manufacturer, "Lexmark", 7) == 0 ||
           strncasecmp(target->sys_descr, "Lexmark", 7) == 0 ||
           strncmp(target->sys_object_id, ENTERPRISE, strlen(ENTERPRISE)) == 0;
}

static platen_code probe(visit *of, platen_error *err)
{
    if (!is_lexmark(&of->target)) {
        return of->driver->host->fail(err, PLATEN_E_UNSUPPORTED, "it is not known as a Lexmark");
    }
    platen_code rc = vcc_probe(of, err);
    if (rc == PLATEN_OK) {
        of->driver->drivers->sure(of->work, 90, "a Lexmark with /webservices/vcc/bundles");
    }
    return rc;
}

static platen_code act(visit *of, platen_error *err)
{
    platen_act order = PLATEN_ACT_INIT;
    of->driver->drivers->act(of->work, &order);
    bool preview = (order.flags & PLATEN_ACT_PREVIEW) != 0;
    cJSON *settings = cJSON_Parse(order.settings);
    platen_code rc;
    if (!cJSON_IsObject(settings)) {
        rc = of->driver->host->fail(err, PLATEN_E_INVAL, "the order is no JSON object");
    } else if (strcmp(order.action, "settings.check") == 0) {
        rc = setting_check(of, err);
    } else if (strcmp(order.action, "settings.read") == 0) {
        rc = setting_read(of, settings, err);
    } else if (strcmp(order.action, "settings.write") == 0) {
        rc = setting_write(of, settings, preview, err);
    } else {
        rc = of->driver->host->fail(err, PLATEN_E_UNSUPPORTED,
                                    "lexmark does not know the action '%.60s'", order.action);
    }
    cJSON_Delete(settings);
    if (rc != PLATEN_OK) {
        note(of, PLATEN_ACT_ERROR, "%s", err->text);
    }
    return rc;
}

void lexmark_run(platen_work *work, void *user)
{
    const lexmark *driver = user;
    platen_error err = PLATEN_ERROR_INIT;
    visit of = {.driver = driver, .work = work, .target = PLATEN_TARGET_INIT};
    uint32_t kind = driver->drivers->kind(work);
    driver->drivers->target(work, &of.target);
    platen_code rc = kind == PLATEN_WORK_PROBE ? probe(&of, &err)
                     : kind == PLATEN_WORK_ACT
                         ? act(&of, &err)
                         : driver->host->fail(&err, PLATEN_E_UNSUPPORTED,
                                              "lexmark does not know work of kind %u", kind);
    driver->drivers->finish(work, rc, rc == PLATEN_OK ? NULL : &err);
}
