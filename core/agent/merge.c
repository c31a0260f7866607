/*
 * Two drivers, one device: what the higher one says counts, the lower one fills gaps. Rows without
 * a common key (supplies, parts, alerts) are taken from one driver only, else the same cartridge
 * would be there twice under two names.
 */
#include "core/agent/room.h"

#include <string.h>

static bool has_counter(const report *r, const char *key)
{
    for (size_t i = 0; i < r->counter_count; i++) {
        if (strcmp(r->counters[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_firmware(const report *r, const char *component)
{
    for (size_t i = 0; i < r->firmware_count; i++) {
        if (strcmp(r->firmware[i].component, component) == 0) {
            return true;
        }
    }
    return false;
}

static void merge_fields(report *into, const report *from, uint32_t rank)
{
    for (uint32_t i = 1; i < REPORT_FIELDS; i++) {
        if (from->text[i] != NULL) {
            report_set_text(into, rank, i, from->text[i], SIZE_MAX);
        }
        if (from->integer[i] != REPORT_NONE) {
            report_set_integer(into, rank, i, from->integer[i]);
        }
    }
    for (size_t i = 0; i < from->mac_count; i++) {
        report_set_text(into, rank, PLATEN_FIELD_MAC, from->macs[i], SIZE_MAX);
    }
}

/* Whether rows of this driver may be added; the first driver that has some owns them. */
static bool claim(uint8_t *owner, size_t rows, size_t driver)
{
    if (*owner == 0 && rows > 0) {
        *owner = (uint8_t)(driver + 1);
    }
    return *owner == driver + 1;
}

static void merge_rows(report *into, const report *from, report_owners *owners, size_t driver)
{
    bool supplies = claim(&owners->supplies, from->supply_count, driver);
    bool parts = claim(&owners->parts, from->part_count, driver);
    bool alerts = claim(&owners->alerts, from->alert_count, driver);
    for (size_t i = 0; supplies && i < from->supply_count; i++) {
        report_add_supply(into, &from->supplies[i]);
    }
    for (size_t i = 0; parts && i < from->part_count; i++) {
        report_add_part(into, &from->parts[i]);
    }
    for (size_t i = 0; alerts && i < from->alert_count; i++) {
        report_add_alert(into, &from->alerts[i]);
    }
    for (size_t i = 0; i < from->counter_count; i++) {
        if (!has_counter(into, from->counters[i].key)) {
            report_add_counter(into, &from->counters[i]);
        }
    }
    for (size_t i = 0; i < from->firmware_count; i++) {
        if (!has_firmware(into, from->firmware[i].component)) {
            report_add_firmware(into, from->firmware[i].component, from->firmware[i].version);
        }
    }
}

/* Reports come from the highest driver down, and of one driver in the order of its works. */
void report_merge(report **into, report *from, report_owners *owners, size_t driver, uint32_t rank)
{
    if (*into == NULL) {
        (void)claim(&owners->supplies, from->supply_count, driver);
        (void)claim(&owners->parts, from->part_count, driver);
        (void)claim(&owners->alerts, from->alert_count, driver);
        *into = from;
        return;
    }
    merge_fields(*into, from, rank);
    merge_rows(*into, from, owners, driver);
    report_free(from);
}
