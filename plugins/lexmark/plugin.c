/* The plugin "lexmark". load() runs on the main thread; what it stores is read-only afterwards. */
#include "driver.h"

#include <time.h>

#define LEXMARK_PORT 443u
#define LEXMARK_RANK 20u

static lexmark self;

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {.tv_sec = ms / 1000u, .tv_nsec = (long)(ms % 1000u) * 1000000L};
    (void)nanosleep(&time, NULL);
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *const actions[] = {"settings.check", "settings.read", "settings.write", NULL};
static const char *const needs[] = {"driver/1", "fetch/0", NULL};

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    self.host = host;
    self.drivers = host->iface(ctx, "driver/1");
    self.fetch = host->iface(ctx, "fetch/0");
    self.pause = pause_ms;
    self.now = now_ms;
    if (!PLATEN_HAS(self.drivers, data)) {
        return host->fail(err, PLATEN_E_VERSION, "lexmark needs a host that takes data()");
    }
    driver.id = "lexmark";
    driver.flags = PLATEN_DRIVER_BLOCKING;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_TCP;
    driver.port = LEXMARK_PORT;
    driver.rank = LEXMARK_RANK;
    driver.actions = actions;
    driver.run = lexmark_run;
    driver.user = &self;
    return self.drivers->add(ctx, &driver, err);
}

PLATEN_PLUGIN("lexmark", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
