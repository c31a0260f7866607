/*
 * A whole driver: recognises the devices of one maker, reads who they are and how many pages they
 * made, and does one action, hello.greet, which the example hello-feature has tasks for.
 * Everything is called on the SNMP thread and never blocks.
 */
#include <stdio.h>
#include <string.h>

#include <platen/driver.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

#define VENDOR "1.3.6.1.4.1.32473" /* the number of documentation, RFC 5612 */
#define PANEL VENDOR ".2.1.0"      /* a text that the device shows */

static const struct {
    const char *oid;
    uint32_t field;
} facts[] = {
    {"1.3.6.1.2.1.1.5.0", PLATEN_FIELD_NAME},   {VENDOR ".1.1.0", PLATEN_FIELD_SERIAL},
    {VENDOR ".1.2.0", PLATEN_FIELD_FIRMWARE},   {VENDOR ".1.3.0", PLATEN_FIELD_MODEL},
    {VENDOR ".1.4.0", PLATEN_FIELD_PAGE_COUNT},
};
#define FACTS (sizeof(facts) / sizeof(facts[0]))

static const platen_host *host;
static const platen_drivers *drivers;
static const platen_snmp *snmp;
static platen_snmp_plan *plan; /* the host frees it */

static void dotted(const platen_snmp_binding *b, char *text, size_t size)
{
    int length = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < b->oid_count && (size_t)length + 12 < size; i++) {
        length += snprintf(text + length, size - (size_t)length, i > 0 ? ".%u" : "%u", b->oid[i]);
    }
}

static void tell(platen_work *work, const platen_snmp_binding *b, uint32_t field)
{
    if (b->type == PLATEN_SNMP_OCTETS) {
        drivers->text(work, field, (const char *)b->octets, b->octet_count);
    } else if (field == PLATEN_FIELD_PAGE_COUNT) {
        drivers->integer(work, field, b->integer);
    }
}

static void got(platen_work *work, const platen_snmp_result *result, void *user)
{
    char oid[256];
    (void)user;
    for (uint32_t i = 0; i < result->count; i++) {
        const platen_snmp_binding *b =
            (const platen_snmp_binding *)(const void *)((const char *)result->bindings +
                                                        (size_t)i * result->binding_size);
        dotted(b, oid, sizeof(oid));
        for (size_t k = 0; k < FACTS; k++) {
            if (strcmp(oid, facts[k].oid) == 0) {
                tell(work, b, facts[k].field);
            }
        }
    }
    drivers->finish(work, (platen_code)result->code, result->error);
}

static platen_code probe(platen_work *work)
{
    platen_target target = PLATEN_TARGET_INIT;
    drivers->target(work, &target);
    bool mine = strncmp(target.sys_object_id, VENDOR ".", strlen(VENDOR ".")) == 0;
    drivers->sure(work, mine ? 90 : 0, mine ? "the maker's object id" : "another maker");
    drivers->finish(work, PLATEN_OK, NULL);
    return PLATEN_OK;
}

static void greeted(platen_work *work, const platen_snmp_result *result, void *user)
{
    (void)user;
    if (result->code == PLATEN_OK) {
        drivers->act_log(work, PLATEN_ACT_INFO, "the panel shows the greeting");
        (void)drivers->data(work, "{\"shown\":true}", 14, NULL); /* for hello-feature's done() */
    }
    drivers->finish(work, (platen_code)result->code, result->error);
}

/* The settings are {"text":"..."}, as the schema of the task kind says. A text with an escape in it
 * is refused here; a driver with richer settings links a JSON library. */
static platen_code greet(platen_work *work, platen_error *err)
{
    char text[64];
    platen_act act = PLATEN_ACT_INIT;
    platen_snmp_value value = PLATEN_SNMP_VALUE_INIT;
    drivers->act(work, &act);
    if (sscanf(act.settings, "{\"text\":\"%63[^\"\\]\"", text) != 1) {
        return host->fail(err, PLATEN_E_INVAL, "the text of the greeting is not plain");
    }
    drivers->change(work, "panel", "", text);
    if ((act.flags & PLATEN_ACT_PREVIEW) != 0) { /* nothing is written */
        drivers->finish(work, PLATEN_OK, NULL);
        return PLATEN_OK;
    }
    value.oid = PANEL;
    value.octets = (const uint8_t *)text;
    value.octet_count = (uint32_t)strlen(text);
    return snmp->set(work, &value, 1, greeted, NULL, err);
}

static void run(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t kind = drivers->kind(work);
    platen_code rc = kind == PLATEN_WORK_PROBE ? probe(work)
                     : kind == PLATEN_WORK_ACT ? greet(work, &err)
                                               : snmp->read(work, plan, got, user, &err);
    if (rc != PLATEN_OK) { /* then no callback comes */
        drivers->finish(work, rc, &err);
    }
}

static platen_code load(const platen_host *from, platen_ctx *ctx, platen_error *err)
{
    static const char *const actions[] = {"hello.greet", NULL};
    platen_snmp_item items[FACTS];
    platen_driver driver = PLATEN_DRIVER_INIT;
    host = from;
    drivers = host->iface(ctx, "driver/1");
    snmp = host->iface(ctx, "snmp/1");
    for (size_t i = 0; i < FACTS; i++) {
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].oid = facts[i].oid;
    }
    PLATEN_TRY(snmp->plan(ctx, items, FACTS, &plan, err));
    driver.id = "hello-driver";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 60; /* printer-mib has 50 */
    driver.run = run;
    if (PLATEN_HAS(drivers, data)) { /* an older Platen has no tasks of features */
        driver.works |= PLATEN_WORK_BIT(PLATEN_WORK_ACT);
        driver.actions = actions;
    }
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", "snmp/1", NULL};
PLATEN_PLUGIN("hello-driver", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
