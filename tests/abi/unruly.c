/*
 * A driver of somebody else that does all that a driver must not: it crashes, spins, leaks, floods,
 * ends its process, finishes twice. What it does says the setting "how" of its actions. Two
 * drivers: an ordinary one, and one that blocks. For tests of worker processes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/log.h>
#include <platen/plugin.h>
#include <platen/snmp.h>
#include <platen/tcp.h>

static const platen_drivers *drivers;
static const platen_snmp *snmp;
static const platen_tcp *tcp;
static const platen_conf *conf;
static const platen_log *logs;
static platen_ctx *own;
static platen_snmp_plan *plan;

static const char settings[] = "{\"type\":\"object\",\"properties\":{"
                               "\"how\":{\"type\":\"string\"},\"port\":{\"type\":\"integer\"}}}";

static void finish(platen_work *work)
{
    drivers->finish(work, PLATEN_OK, NULL);
}

static void spin(void)
{
    volatile unsigned long count = 0;
    for (;;) {
        count++;
    }
}

static void leak(void)
{
    for (;;) {
        char *block = malloc(1u << 20);
        if (block != NULL) {
            memset(block, 1, 1u << 20);
        }
    }
}

/* Facts and lines without an end. */
static void flood(platen_work *work)
{
    static char text[4000];
    memset(text, 'x', sizeof(text) - 1);
    for (unsigned i = 0; i < 200000; i++) {
        drivers->text(work, PLATEN_FIELD_LOCATION, text, SIZE_MAX);
        if (i % 20 == 0) {
            logs->write(own, PLATEN_LOG_ERROR, "line %u of a flood", i);
        }
    }
    finish(work);
}

static void waited(platen_work *work, void *user)
{
    (void)user;
    drivers->change(work, "waited", "no", "yes");
    finish(work);
}

static void die_waiting(platen_work *work)
{
    (void)drivers->later(work, 300000, waited, NULL, NULL);
    (void)raise(SIGSEGV);
}

static void has_read(platen_work *work, const platen_snmp_result *result, void *user)
{
    char count[16];
    (void)user;
    (void)snprintf(count, sizeof(count), "%u", result->count);
    drivers->change(work, "read", "", count);
    drivers->finish(work, (platen_code)result->code, result->error);
}

static void die_reading(platen_work *work)
{
    (void)snmp->read(work, plan, has_read, NULL, NULL);
    abort();
}

static void tell(platen_work *work)
{
    platen_target t = PLATEN_TARGET_INIT;
    drivers->target(work, &t);
    drivers->change(work, "address", "", t.address);
    drivers->change(work, "user", "", t.user);
    drivers->change(work, "greeting", "", conf->text(own, "greeting"));
    drivers->change(work, "home", "", getenv("HOME") != NULL ? getenv("HOME") : "none");
    drivers->memo_set(work, "told");
    finish(work);
}

/* One line to a port of the device and one back. */
static void talk(platen_work *work, const char *text)
{
    char line[64] = "";
    size_t length = 0;
    platen_tcp_session *session = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_tcp_options o = PLATEN_TCP_OPTIONS_INIT;
    const char *port = strstr(text, "\"port\":");
    o.port = port != NULL ? (uint32_t)strtoul(port + 7, NULL, 10) : 0;
    platen_code rc = tcp->open(work, &o, &session, &err);
    if (rc == PLATEN_OK) {
        rc = tcp->send(session, "hello\n", 6, 1000, &err);
    }
    if (rc == PLATEN_OK) {
        rc = tcp->receive_until(session, "\n", 1, line, sizeof(line) - 1, 1000, &length, &err);
    }
    drivers->change(work, "heard", "", line);
    drivers->finish(work, rc, &err);
}

/* Data as the worker would send it, but nobody has looked at it: the agent does. */
static void send_data(unsigned number)
{
    static const char text[] = "{not json";
    const unsigned length = sizeof(text) - 1;
    const unsigned char frame[] = {9 + 5 + sizeof(text) - 1, 0, 0, 0, 16,
                                   (unsigned char)number,    0, 0, 0, 14,
                                   (unsigned char)length,    0, 0, 0};
    struct iovec parts[] = {{(void *)(uintptr_t)frame, sizeof(frame)},
                            {(void *)(uintptr_t)text, length}};
    ssize_t written = writev(3, parts, 2);
    (void)written;
}

/* More changes than anybody keeps, and what counts behind them. */
static void tell_much(platen_work *work, const char *how)
{
    platen_error err = PLATEN_ERROR_INIT;
    for (unsigned i = 0; i < 20000; i++) {
        drivers->change(work, "setting", "0", "1");
        drivers->act_log(work, PLATEN_ACT_INFO, "a line");
    }
    platen_code rc = drivers->data(work, "{\"read\":true}", 13, &err);
    if (rc == PLATEN_OK && strcmp(how, "much-fail") == 0) {
        err = (platen_error){(uint32_t)sizeof(err), PLATEN_E_DEVICE, 0, "the tray is jammed"};
        rc = PLATEN_E_DEVICE;
    }
    drivers->warn(work, "different", "many differ");
    drivers->finish(work, rc, &err);
}

static void act(platen_work *work)
{
    static unsigned number; /* of the work in this worker, while nothing else is asked for */
    number++;
    platen_act a = PLATEN_ACT_INIT;
    char how[32] = "";
    drivers->act(work, &a);
    const char *at = strstr(a.settings, "\"how\":\"");
    if (at != NULL) {
        (void)sscanf(at + 7, "%31[a-z-]", how);
    }
    if (strcmp(how, "crash") == 0) {
        (void)raise(SIGSEGV);
    } else if (strcmp(how, "abort") == 0) {
        abort();
    } else if (strcmp(how, "exit") == 0) {
        _exit(3);
    } else if (strcmp(how, "spin") == 0) {
        spin();
    } else if (strcmp(how, "leak") == 0) {
        leak();
    } else if (strcmp(how, "flood") == 0) {
        flood(work);
    } else if (strcmp(how, "twice") == 0) {
        finish(work);
        drivers->text(work, PLATEN_FIELD_MODEL, "too late", SIZE_MAX);
        finish(work);
    } else if (strcmp(how, "garbage") == 0) {
        ssize_t written = write(3, "this is no message of the protocol", 34);
        (void)written;
        for (;;) {
            (void)pause();
        }
    } else if (strcmp(how, "wait") == 0) {
        (void)drivers->later(work, 200, waited, NULL, NULL);
    } else if (strcmp(how, "die-waiting") == 0) {
        die_waiting(work);
    } else if (strcmp(how, "die-reading") == 0) {
        die_reading(work);
    } else if (strcmp(how, "read") == 0) {
        (void)snmp->read(work, plan, has_read, NULL, NULL);
    } else if (strcmp(how, "tell") == 0) {
        tell(work);
    } else if (strcmp(how, "talk") == 0) {
        talk(work, a.settings);
    } else if (strcmp(how, "bad-data") == 0) {
        send_data(number);
        finish(work);
    } else if (strncmp(how, "much", 4) == 0) {
        tell_much(work, how);
    } else {
        finish(work);
    }
}

/* `user` is not NULL for the driver that blocks. */
static void run(platen_work *work, void *user)
{
    if (drivers->kind(work) == PLATEN_WORK_ACT) {
        act(work);
        return;
    }
    if (user != NULL && strcmp(conf->text(own, "greeting"), "spin") == 0) {
        spin();
    }
    if (drivers->kind(work) == PLATEN_WORK_PROBE) {
        drivers->sure(work, 40, "every device");
    } else {
        drivers->text(work, PLATEN_FIELD_LOCATION, "where the unruly are", SIZE_MAX);
    }
    finish(work);
}

static platen_code add_action(platen_ctx *ctx, const char *id, platen_error *err)
{
    platen_action action = PLATEN_ACTION_INIT;
    action.flags = PLATEN_ACTION_WRITES;
    action.id = id;
    action.title = "[Unruly] Do";
    action.settings = settings;
    return drivers->action(ctx, &action, err);
}

static platen_code add_driver(platen_ctx *ctx, const char *id, const char *const *actions,
                              uint32_t flags, platen_error *err)
{
    platen_driver driver = PLATEN_DRIVER_INIT;
    driver.id = id;
    driver.flags = flags;
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS) |
                   PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 5;
    driver.run = run;
    driver.actions = actions;
    driver.user = flags != 0 ? ctx : NULL;
    return drivers->add(ctx, &driver, err);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const ordinary[] = {"unruly.do", NULL};
    static const char *const blocking[] = {"unruly.slow", NULL};
    platen_conf_item greeting = PLATEN_CONF_ITEM_INIT;
    platen_snmp_item item = PLATEN_SNMP_ITEM_INIT;
    own = ctx;
    drivers = host->iface(ctx, "driver/1");
    snmp = host->iface(ctx, "snmp/1");
    tcp = host->iface(ctx, "tcp/1");
    conf = host->iface(ctx, "conf/1");
    logs = host->iface(ctx, "log/1");
    greeting.key = "greeting";
    greeting.preset = "good day";
    greeting.help = "What it says.";
    item.oid = "1.3.6.1.2.1.1.5.0";
    PLATEN_TRY(conf->add(ctx, &greeting, err));
    PLATEN_TRY(snmp->plan(ctx, &item, 1, &plan, err));
    PLATEN_TRY(add_action(ctx, "unruly.do", err));
    PLATEN_TRY(add_action(ctx, "unruly.slow", err));
    PLATEN_TRY(add_driver(ctx, "unruly", ordinary, 0, err));
    return add_driver(ctx, "unruly-slow", blocking, PLATEN_DRIVER_BLOCKING, err);
}

static const char *const needs[] = {"driver/1", "snmp/1", "tcp/1", "conf/1", "log/1", NULL};
PLATEN_PLUGIN("unruly", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
