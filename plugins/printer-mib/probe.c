/*
 * PLATEN_WORK_PROBE: is it a printer? Most say so in one GET; only of the others a second read asks
 * for any object of the Printer MIB, the device types and the vendor's evidence. SNMP thread.
 */
#include "identity.h"
#include "plans.h"

#include <string.h>

/* Agents of general computers: they list the printers that are installed on them. */
static bool is_computer(uint32_t enterprise)
{
    static const uint32_t computers[] = {8072, 311, 2021, 42, 2, 9, 4413, 6876, 1315, 12325};
    for (size_t i = 0; i < sizeof(computers) / sizeof(computers[0]); i++) {
        if (computers[i] == enterprise) {
            return true;
        }
    }
    return false;
}

static void answer_sure(visit *of, uint32_t sureness, const char *why)
{
    const profile *vendor = identity_profile(of);
    of->owner->drivers->sure(of->work, sureness, why);
    if (sureness > 0) {
        text_copy(of->known.profile, sizeof(of->known.profile), vendor->id);
    }
    visit_end(of, PLATEN_OK);
}

static bool says_printer(const visit *of, const answer *read)
{
    for (uint32_t i = 0; i < of->vendor->evidence.count; i++) {
        const source *from = &of->vendor->evidence.at[i];
        char found[TEXT_SIZE];
        if (from->from == SOURCE_OID) {
            const platen_snmp_binding *value =
                answer_get(read, from->object.arcs, from->object.count);
            if (value != NULL && value_text(value, found, sizeof(found)) > 0) {
                return true;
            }
        } else if (from->from == SOURCE_SYS_DESCR &&
                   source_capture(from, of->said.sys_descr, found, sizeof(found))) {
            return true;
        }
    }
    return false;
}

static bool is_printer_line(const visit *of)
{
    for (uint32_t i = 0; i < of->vendor->object_id_count; i++) {
        const oid *line = &of->vendor->object_ids[i];
        if (oid_starts(of->said.object, of->said.object_count, line->arcs, line->count)) {
            return true;
        }
    }
    return false;
}

/* Rows of hrDeviceTable of type printer, and all rows. */
static uint32_t printer_rows(visit *of, const answer *read, uint32_t *all)
{
    static const uint32_t entry[] = {HR_DEVICE_ARCS};
    static const uint32_t types[] = {HR_TYPE_PRINTER_ARCS};
    static const uint32_t columns[] = {2};
    uint32_t printers = 0;
    table_read(&of->owner->rows, read, entry, 10, 1, columns, 1);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const platen_snmp_binding *value = of->owner->rows.row[i].cell[0];
        if (value->type == PLATEN_SNMP_OID && value->arcs != NULL &&
            oid_compare(value->arcs, value->arc_count, types, 10) == 0) {
            printers++;
        }
    }
    *all = of->owner->rows.count;
    return printers;
}

static void second_step(visit *of, const answer *read, platen_code code)
{
    static const uint32_t printer_mib[] = {PRINTER_ARCS};
    uint32_t all = 0;
    uint32_t enterprise = identity_enterprise(&of->said);
    if (answer_any(read, printer_mib, 7)) {
        answer_sure(of, 85, "answers the printer mib");
        return;
    }
    uint32_t printers = printer_rows(of, read, &all);
    bool maker = of->vendor != of->book->generic;
    if (says_printer(of, read)) {
        answer_sure(of, 70, "answers a printer maker's own objects");
    } else if (printers > 0 && maker && !is_computer(enterprise)) {
        answer_sure(of, 75, "a device of type printer, of a printer maker");
    } else if (is_printer_line(of)) {
        answer_sure(of, 60, "the object id of a maker's printers");
    } else if (printers > 0 && all <= 8u && !is_computer(enterprise)) {
        answer_sure(of, 50, "a device of type printer");
    } else if (code != PLATEN_OK && read->count == 0) {
        visit_end(of, code);
    } else if (printers > 0) {
        answer_sure(of, 0, "a computer with printers, no printer mib");
    } else if (all > 0) {
        answer_sure(of, 0, "no printer mib, no device of type printer");
    } else {
        answer_sure(of, 0, "no printer mib, no device table");
    }
}

static void first_step(visit *of, const answer *read, platen_code code)
{
    static const uint32_t printer_mib[] = {PRINTER_ARCS};
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t all = 0;
    if (read->count == 0 && code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    identity_read(of, read);
    bool typed = printer_rows(of, read, &all) > 0;
    if (answer_any(read, printer_mib, 7)) {
        answer_sure(of, typed ? 95 : 90,
                    typed ? "printer mib and a device of type printer" : "answers the printer mib");
        return;
    }
    of->vendor = identity_profile(of);
    code = plans_evidence(of->owner, of->vendor, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, second_step, "looking for the printer mib");
}

void probe_run(visit *of)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_probe(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, first_step, "asking whether it is a printer");
}
