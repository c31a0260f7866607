/*
 * PLATEN_WORK_INFORMATION: the common objects in one read, then the vendor's own in a second.
 * Runs on the SNMP thread.
 */
#include "counter.h"
#include "identity.h"
#include "interface.h"
#include "plans.h"

/* The life count of the main marker, and whether the engine mixes colours. */
static void marker_report(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 10, 2, 1};
    static const uint32_t columns[] = {3, 4, 6};
    int64_t colorants = -1;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 3);
    table_keep_device(&of->owner->rows, of->said.row);
    counter_report_life(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        int64_t number = cell_integer(&of->owner->rows.row[i], 2, -1);
        colorants = number > colorants ? number : colorants;
    }
    if (colorants >= 1 && colorants <= 64) {
        of->owner->drivers->integer(of->work, PLATEN_FIELD_COLOR, colorants > 1 ? 1 : 0);
    }
}

static void vendor_step(visit *of, const answer *read, platen_code code)
{
    /* Agents that stumble over objects they do not know still told the common ones. */
    if (code != PLATEN_OK) {
        of->owner->log->write(of->owner->ctx, PLATEN_LOG_DEBUG, "profile %s: %s", of->vendor->id,
                              of->error.text);
    }
    identity_report(of, read);
    visit_end(of, PLATEN_OK);
}

static void common_step(visit *of, const answer *read, platen_code code)
{
    static const answer nothing = {NULL, 0, 0};
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (read->count == 0 && code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    identity_read(of, read);
    of->vendor = identity_profile(of);
    text_copy(of->known.profile, sizeof(of->known.profile), of->vendor->id);
    of->known.row = of->said.row != 0 ? of->said.row : 1u;
    /* A finisher may have been fitted or taken away: the next status visit looks at all tables. */
    of->known.tables_known = false;
    marker_report(of, read);
    interface_report(of, read);
    if (code != PLATEN_OK) {
        identity_report(of, &nothing);
        visit_end(of, code);
        return;
    }
    code = plans_vendor_identity(of->owner, of->vendor, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    if (plan == NULL) {
        identity_report(of, &nothing);
        visit_end(of, PLATEN_OK);
        return;
    }
    visit_read(of, plan, vendor_step, "reading the vendor's own objects");
}

void information_run(visit *of)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_identity(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, common_step, "reading the identity");
}
