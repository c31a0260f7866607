/* A driver for tests/integration/feature-task.sh: it "reads" as many settings of a device as it is
 * told to, which takes the time that it is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/driver.h>
#include <platen/plugin.h>

#define VALUES_MAX 50000

static const platen_drivers *drivers;

static long number_of(const char *settings, const char *key)
{
    const char *at = strstr(settings, key);
    return at != NULL ? strtol(at + strlen(key), NULL, 10) : 0;
}

/* {"number":7,"values":["setting 0 of 7: .....", ...]}, 50 bytes a value */
static char *make(const char *settings, size_t *length)
{
    long number = number_of(settings, "\"number\":");
    long values = number_of(settings, "\"values\":");
    values = values < 0 || values > VALUES_MAX ? 0 : values;
    size_t room = 64 + 52 * (size_t)values;
    char *text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    size_t at = (size_t)snprintf(text, room, "{\"number\":%ld,\"values\":[", number);
    for (long i = 0; i < values; i++) {
        at += (size_t)snprintf(text + at, room - at,
                               "%s\"setting %05ld of %09ld: .................\"", i > 0 ? "," : "",
                               i, number);
    }
    *length = at + (size_t)snprintf(text + at, room - at, "]}");
    return text;
}

static void tell(platen_work *work, void *user)
{
    platen_act act = PLATEN_ACT_INIT;
    platen_error err = PLATEN_ERROR_INIT;
    size_t length = 0;
    (void)user;
    drivers->act(work, &act);
    char *text = strstr(act.settings, "\"spoil\":true") != NULL ? strdup("{\"spoiled\":1}")
                                                                : make(act.settings, &length);
    length = text != NULL && length == 0 ? strlen(text) : length;
    platen_code rc = text != NULL ? drivers->data(work, text, length, &err) : PLATEN_E_NOMEM;
    free(text);
    drivers->finish(work, rc, &err);
}

static void run(platen_work *work, void *user)
{
    platen_act act = PLATEN_ACT_INIT;
    if (drivers->kind(work) == PLATEN_WORK_PROBE) {
        drivers->sure(work, 40, "every device has settings");
        drivers->finish(work, PLATEN_OK, NULL);
        return;
    }
    drivers->act(work, &act);
    if ((act.flags & PLATEN_ACT_PREVIEW) != 0) {
        drivers->act_log(work, PLATEN_ACT_INFO, act.settings);
        drivers->finish(work, PLATEN_OK, NULL);
        return;
    }
    long wait = number_of(act.settings, "\"wait\":");
    if (wait < 1 || drivers->later(work, (uint32_t)wait, tell, user, NULL) != PLATEN_OK) {
        tell(work, user);
    }
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const actions[] = {"setting.tell", NULL};
    drivers = host->iface(ctx, "driver/1");
    if (!PLATEN_HAS(drivers, data)) {
        return host->fail(err, PLATEN_E_VERSION, "the host takes no data");
    }
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.id = "teller";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.actions = actions;
    driver.run = run;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", NULL};
PLATEN_PLUGIN("teller", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
