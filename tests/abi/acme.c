/* A driver of somebody else with an action that the core does not know: it blinks, which needs no
 * network. Also for tests/integration/plugin-action.sh and the contract. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/driver.h>
#include <platen/plugin.h>

static const platen_drivers *drivers;

static const char settings[] = "{\"type\":\"object\",\"required\":[\"times\"],\"properties\":{"
                               "\"times\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}}}";

static void blink(platen_work *work)
{
    char times[16];
    char line[64];
    platen_act act = PLATEN_ACT_INIT;
    drivers->act(work, &act);
    const char *at = strstr(act.settings, "\"times\":");
    (void)snprintf(times, sizeof(times), "%ld", at != NULL ? strtol(at + 8, NULL, 10) : 0);
    (void)snprintf(line, sizeof(line), "%s %s times",
                   (act.flags & PLATEN_ACT_PREVIEW) != 0 ? "would blink" : "blinks", times);
    drivers->change(work, "blinked", "0", times);
    drivers->act_log(work, PLATEN_ACT_INFO, line);
}

static void run(platen_work *work, void *user)
{
    (void)user;
    if (drivers->kind(work) == PLATEN_WORK_PROBE) {
        drivers->sure(work, 40, "every device can blink");
    } else if (drivers->kind(work) == PLATEN_WORK_ACT) {
        blink(work);
    }
    drivers->finish(work, PLATEN_OK, NULL);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const actions[] = {"acme.blink", NULL};
    drivers = host->iface(ctx, "driver/1");
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.id = "acme";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.run = run;
    if (PLATEN_HAS(drivers, action)) {
        platen_action action = PLATEN_ACTION_INIT;
        action.flags = PLATEN_ACTION_WRITES;
        action.limit_s = 600;
        action.id = "acme.blink";
        action.title = "[Acme] Blink";
        action.settings = settings;
        PLATEN_TRY(drivers->action(ctx, &action, err));
        driver.works |= PLATEN_WORK_BIT(PLATEN_WORK_ACT);
        driver.actions = actions;
    }
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", NULL};
PLATEN_PLUGIN("acme", "1.1", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
