/*
 * PLATEN_WORK_STATUS: a GET of scalars, then one walk of the tables that the device is known to
 * have. Alerts are walked unless their event counter proves that there can be none. SNMP thread.
 */
#include "status.h"

#include <string.h>

#include "counter.h"
#include "plans.h"

#define DEVICE_WARNING 3
#define DEVICE_TESTING 4
#define DEVICE_DOWN 5

static void report_state(const visit *of, int64_t printer_status)
{
    static const char *const states[] = {"", "other", "other", "idle", "printing", "warmup"};
    const char *state = "";
    if (of->device_status == DEVICE_DOWN) {
        state = "down";
    } else if (of->device_status == DEVICE_TESTING) {
        state = "testing";
    } else if (printer_status >= 1 && printer_status <= 5) {
        state = states[printer_status];
    }
    if (state[0] != '\0') {
        of->owner->drivers->text(of->work, PLATEN_FIELD_STATE, state, SIZE_MAX);
    }
}

/* The instance of the printer's row below a column, or the only one there is. */
static const platen_snmp_binding *instance(const visit *of, const answer *read,
                                           const uint32_t *column, uint32_t count)
{
    uint32_t object[16];
    memcpy(object, column, count * sizeof(object[0]));
    object[count] = of->known.row;
    const platen_snmp_binding *value = answer_get(read, object, count + 1u);
    if (value != NULL) {
        return value;
    }
    uint32_t at = answer_seek(read, column, count);
    if (at == read->count) {
        return NULL;
    }
    value = answer_at(read, at);
    return oid_starts(value->oid, value->oid_count, column, count) ? value : NULL;
}

static void errors_read(visit *of, const platen_snmp_binding *value)
{
    of->errors = 0;
    if (value == NULL || value->type != PLATEN_SNMP_OCTETS || value->octets == NULL) {
        return;
    }
    if (value->octet_count > 0) {
        of->errors = (uint32_t)value->octets[0] << 8;
    }
    if (value->octet_count > 1u) {
        of->errors |= value->octets[1];
    }
}

static void scalars_read(visit *of, const answer *read)
{
    static const uint32_t uptime[] = {SYSTEM_ARCS, 3, 0};
    static const uint32_t printer_status[] = {HR_PRINTER_ARCS, 1};
    static const uint32_t errors[] = {HR_PRINTER_ARCS, 2};
    static const uint32_t events[] = {PRINTER_ARCS, 5, 1, 1, 19};
    static const uint32_t markers[] = {PRINTER_ARCS, 10, 2, 1};
    static const uint32_t columns[] = {3, 4};
    int64_t number = 0;
    if (value_integer(answer_get(read, uptime, 9), &number) && number >= 0 &&
        number <= UINT32_MAX) {
        of->uptime = number * 10;
        of->owner->drivers->integer(of->work, PLATEN_FIELD_UPTIME, of->uptime);
    }
    const uint32_t object[] = {HR_DEVICE_ARCS, 5, of->known.row};
    of->device_status = 0;
    (void)value_integer(answer_get(read, object, 12), &of->device_status);
    number = 0;
    (void)value_integer(instance(of, read, printer_status, 11), &number);
    report_state(of, number);
    errors_read(of, instance(of, read, errors, 11));
    if (!value_integer(instance(of, read, events, 11), &of->events)) {
        of->events = -1;
    }
    table_read(&of->owner->rows, read, markers, 10, 2, columns, 2);
    table_keep_device(&of->owner->rows, of->known.row);
    counter_report_life(of, &of->owner->rows);
    supply_tells(of, read);
}

/*
 * prtAlertAllEvents counts every alert that is added. When the table was empty then, nothing was
 * added since, the agent did not restart and nothing else speaks of trouble, it is empty still. An
 * agent that leaves the counter at 0 proves nothing.
 */
static bool alerts_possible(const visit *of)
{
    const memo *known = &of->known;
    return known->alerts != 0 || of->events <= 0 || of->events != known->events || of->uptime < 0 ||
           of->uptime / 1000 < known->uptime || of->errors != 0 ||
           of->device_status == DEVICE_WARNING || of->device_status == DEVICE_DOWN;
}

static void tables_step(visit *of, const answer *read, platen_code code)
{
    bool walked = (of->walked & STATUS_ALERTS) != 0;
    uint32_t found = supply_report(of, read);
    found |= part_report_inputs(of, read);
    found |= part_report_outputs(of, read);
    found |= part_report_covers(of, read);
    found |= part_report_console(of, read);
    found |= part_report_finishers(of, read);
    found |= supply_report_finisher(of, read);
    uint32_t alerts = alert_report(of, read, code == PLATEN_OK);
    if (code == PLATEN_OK) {
        of->known.tables = found;
        of->known.tables_known = true;
        if (walked) {
            /* The time only matters where the counter may save the next walk; otherwise the memo
             * stays as it is and need not be stored anew after every visit. */
            bool counts = alerts == 0 && of->events > 0 && of->uptime >= 0;
            of->known.alerts = alerts > 0 ? 1 : 0;
            of->known.events = counts ? of->events : -1;
            of->known.uptime = counts ? of->uptime / 1000 : 0;
        }
    }
    visit_end(of, code);
}

static void scalars_step(visit *of, const answer *read, platen_code code)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    scalars_read(of, read);
    of->walked = of->known.tables_known ? of->known.tables & STATUS_ALL & ~STATUS_ALERTS
                                        : STATUS_ALL & ~STATUS_ALERTS;
    if (alerts_possible(of)) {
        of->walked |= STATUS_ALERTS;
    }
    code = plans_tables(of->owner, of->walked, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, tables_step, "reading supplies, trays and alerts");
}

static void read_scalars(visit *of)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_scalars(of->owner, of->vendor, of->known.row, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, scalars_step, "reading the status");
}

void status_run(visit *of)
{
    visit_vendor(of, read_scalars);
}
