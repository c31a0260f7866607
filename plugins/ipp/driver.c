/* A work from start to finish(): ask for the attributes that it needs, report what they say. */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#include "attribute.h"
#include "client.h"
#include "facts.h"

static const char *const probe_attributes[] = {
    "printer-make-and-model", "printer-device-id", "printer-state",
    "operations-supported",   "printer-type",      NULL,
};

static const char *const information_attributes[] = {
    "printer-make-and-model",
    "printer-device-id",
    "printer-serial-number",
    "printer-name",
    "printer-dns-sd-name",
    "printer-info",
    "printer-location",
    "printer-contact-col",
    "printer-uuid",
    "printer-more-info",
    "printer-firmware-name",
    "printer-firmware-string-version",
    "printer-firmware-patches",
    "color-supported",
    "printer-input-tray",
    "printer-input-tray-description",
    "printer-output-tray",
    "printer-output-tray-description",
    "printer-finisher",
    "printer-finisher-description",
    NULL,
};

static const char *const status_attributes[] = {
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-up-time",
    "printer-alert",
    "printer-alert-description",
    "printer-supply",
    "printer-supply-description",
    "printer-finisher-supplies",
    "printer-finisher-supplies-description",
    "marker-names",
    "marker-types",
    "marker-colors",
    "marker-levels",
    "printer-input-tray",
    "printer-input-tray-description",
    "printer-output-tray",
    "printer-output-tray-description",
    "printer-finisher",
    "printer-finisher-description",
    NULL,
};

static const char *const counter_attributes[] = {
    "printer-impressions-completed",
    "printer-media-sheets-completed",
    "printer-pages-completed",
    NULL,
};

static const char *const *attributes_of(uint32_t kind)
{
    switch (kind) {
    case PLATEN_WORK_PROBE:
        return probe_attributes;
    case PLATEN_WORK_INFORMATION:
        return information_attributes;
    case PLATEN_WORK_STATUS:
        return status_attributes;
    case PLATEN_WORK_COUNTERS:
        return counter_attributes;
    default:
        return NULL;
    }
}

/* A device names its model. What only has a state may be a queue of a print server, which has a
 * CUPS type besides. */
static void say_sure(const facts *f, const client_way *way)
{
    char why[160];
    bool named = attribute_count(f->answer, "printer-make-and-model") > 0 ||
                 attribute_count(f->answer, "printer-device-id") > 0;
    bool is_printer = attribute_count(f->answer, "printer-state") > 0;
    bool is_queue = attribute_count(f->answer, "printer-type") > 0;
    uint32_t sureness = is_queue ? 30 : named && is_printer ? 90 : named || is_printer ? 60 : 10;
    (void)snprintf(why, sizeof(why), "%s answers get-printer-attributes on %s in ipp %u.%u",
                   is_queue ? "a print queue"
                   : named  ? "a printer"
                            : "something unnamed",
                   way->path, way->version / 10, way->version % 10);
    f->drivers->sure(f->work, sureness, why);
}

static void report(const facts *f, uint32_t kind, const client_way *way)
{
    switch (kind) {
    case PLATEN_WORK_PROBE:
        say_sure(f, way);
        break;
    case PLATEN_WORK_INFORMATION:
        facts_identity(f);
        facts_parts(f);
        break;
    case PLATEN_WORK_STATUS:
        facts_state(f);
        facts_alerts(f);
        facts_supplies(f);
        facts_parts(f);
        break;
    default:
        facts_counters(f);
        break;
    }
}

static platen_code work_on(const ipp_driver *driver, platen_work *work, const platen_target *target,
                           platen_error *err)
{
    const platen_drivers *drivers = driver->drivers;
    uint32_t kind = drivers->kind(work);
    const char *const *attributes = attributes_of(kind);
    char memo[CLIENT_MEMO];
    client_way way = {TRANSPORT_TLS, 20, "/"};
    client c;

    if (attributes == NULL) {
        return driver->host->fail(err, PLATEN_E_UNSUPPORTED, "driver 'ipp' has no work %u", kind);
    }
    bool known = client_way_read(drivers->memo(work), &way);
    PLATEN_TRY(client_open(&c, driver->host, target, err));
    facts f = {drivers, work, NULL};
    platen_code rc = client_ask(&c, known, &way, attributes, &f.answer, err);
    if (rc == PLATEN_OK) {
        client_way_write(&way, memo);
        if (strcmp(memo, drivers->memo(work)) != 0) {
            drivers->memo_set(work, memo);
        }
        report(&f, kind, &way);
        ippDelete(f.answer);
    } else if (kind == PLATEN_WORK_PROBE && rc == PLATEN_E_UNSUPPORTED) {
        /* It answered properly that there is no printer: the probe's result, not its failure. */
        drivers->sure(work, 0, err->text);
        rc = PLATEN_OK;
    }
    client_close(&c);
    return rc;
}

void driver_run(platen_work *work, void *user)
{
    const ipp_driver *driver = user;
    platen_target target = PLATEN_TARGET_INIT;
    platen_error err = PLATEN_ERROR_INIT;
    driver->drivers->target(work, &target);
    platen_code rc = work_on(driver, work, &target, &err);
    driver->drivers->finish(work, rc, rc == PLATEN_OK ? NULL : &err);
}
