/*
 * @TITLE@: a driver by SNMP. It takes devices whose object id is below VENDOR, and reads three
 * facts. run() and got() are called on the SNMP thread and never block.
 */
#include <stdio.h>
#include <string.h>

#include <platen/driver.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

/* The maker's number: 1.3.6.1.4.1.<yours>. 32473 is that of documentation (RFC 5612). */
#define VENDOR "1.3.6.1.4.1.32473"

static const struct {
    const char *oid;
    uint32_t field;
} facts[] = {
    {"1.3.6.1.2.1.1.5.0", PLATEN_FIELD_NAME}, /* sysName */
    {VENDOR ".1.1.0", PLATEN_FIELD_SERIAL},
    {VENDOR ".1.2.0", PLATEN_FIELD_FIRMWARE},
};
#define FACTS (sizeof(facts) / sizeof(facts[0]))

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

/* What the device answered. An object that it does not have is not among the bindings. */
static void got(platen_work *work, const platen_snmp_result *result, void *user)
{
    char oid[256];
    (void)user;
    for (uint32_t i = 0; i < result->count; i++) {
        /* The host's bindings may be longer than those of this header. */
        const platen_snmp_binding *b =
            (const platen_snmp_binding *)(const void *)((const char *)result->bindings +
                                                        (size_t)i * result->binding_size);
        dotted(b, oid, sizeof(oid));
        for (size_t k = 0; k < FACTS; k++) {
            if (b->type == PLATEN_SNMP_OCTETS && strcmp(oid, facts[k].oid) == 0) {
                drivers->text(work, facts[k].field, (const char *)b->octets, b->octet_count);
            }
        }
    }
    if (result->code == PLATEN_OK) {
        drivers->text(work, PLATEN_FIELD_MANUFACTURER, "@TITLE@", SIZE_MAX);
    }
    drivers->finish(work, (platen_code)result->code, result->error);
}

/* The search has asked for sysObjectID before: a probe needs no packet of its own. */
static void probe(platen_work *work)
{
    platen_target target = PLATEN_TARGET_INIT;
    drivers->target(work, &target);
    bool mine = strncmp(target.sys_object_id, VENDOR ".", strlen(VENDOR ".")) == 0;
    drivers->sure(work, mine ? 90 : 0, mine ? "the maker's object id" : "another maker");
    drivers->finish(work, PLATEN_OK, NULL);
}

static void run(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    if (drivers->kind(work) == PLATEN_WORK_PROBE) {
        probe(work);
        return;
    }
    platen_code rc = snmp->read(work, plan, got, NULL, &err);
    if (rc != PLATEN_OK) { /* then got() is not called */
        drivers->finish(work, rc, &err);
    }
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_snmp_item items[FACTS];
    platen_driver driver = PLATEN_DRIVER_INIT;
    drivers = host->iface(ctx, "driver/1");
    snmp = host->iface(ctx, "snmp/1");
    for (size_t i = 0; i < FACTS; i++) {
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].oid = facts[i].oid;
    }
    PLATEN_TRY(snmp->plan(ctx, items, FACTS, &plan, err));
    driver.id = "@NAME@";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 60; /* printer-mib has 50: where both report a field, this one counts */
    driver.run = run;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", "snmp/1", NULL};
PLATEN_PLUGIN("@NAME@", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
