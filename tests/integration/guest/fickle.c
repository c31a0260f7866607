/*
 * A driver that is good in a self-test, and not behind it: FICKLE_HOW 0 is good there, too, 1 does
 * not load, 2 crashes soon after. For tests of agents that go back.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <platen/driver.h>
#include <platen/plugin.h>

static const platen_drivers *drivers;

static void run(platen_work *work, void *user)
{
    (void)user;
    drivers->finish(work, PLATEN_OK, NULL);
}

#if FICKLE_HOW != 0
/* No socket is made in a self-test. */
static int is_tested(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return 1;
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
    return 0;
}
#endif

#if FICKLE_HOW == 2
static void *crash(void *user)
{
    const struct timespec soon = {0, 300000000};
    (void)user;
    (void)nanosleep(&soon, NULL);
    abort();
}
#endif

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    drivers = host->iface(ctx, "driver/1");
#if FICKLE_HOW == 1
    if (!is_tested()) {
        return host->fail(err, PLATEN_E_STATE, "it does not like this agent");
    }
#elif FICKLE_HOW == 2
    pthread_t thread;
    if (!is_tested() && pthread_create(&thread, NULL, crash, NULL) != 0) {
        abort();
    }
#endif
    driver.id = "fickle";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 5;
    driver.run = run;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", NULL};
PLATEN_PLUGIN("fickle", FICKLE_VERSION, PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
