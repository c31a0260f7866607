/* The plans of the driver, compiled at first use and kept. SNMP thread. */
#include "plans.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting_object.h"

#define PLAN_ITEMS 200u
#define REQUEST_COLUMNS 24u /* that the engine walks side by side */

#define SYSTEM "1.3.6.1.2.1.1"
#define IF_ENTRY "1.3.6.1.2.1.2.2.1"
#define HR_DEVICE "1.3.6.1.2.1.25.3.2.1"
#define HR_PRINTER "1.3.6.1.2.1.25.3.5.1"
#define PRINTER "1.3.6.1.2.1.43"
#define GENERAL PRINTER ".5.1.1"
#define MARKER PRINTER ".10.2.1"
#define HP_DEVICE_ID "1.3.6.1.4.1.11.2.3.9.1.1.7.0"
#define PWG_DEVICE_ID "1.3.6.1.4.1.2699.1.2.1.2.1.1.3"

typedef struct drafting {
    uint32_t count;
    uint32_t tables; /* the last table number given */
    bool over;       /* more items than fit */
    platen_snmp_item items[PLAN_ITEMS];
    char oids[PLAN_ITEMS][OID_TEXT];
} drafting;

static void draft_item(drafting *plan, uint32_t op, uint32_t number, uint32_t limit,
                       const char *object)
{
    if (plan->count == PLAN_ITEMS) {
        plan->over = true;
        return;
    }
    platen_snmp_item *item = &plan->items[plan->count];
    *item = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
    item->op = op;
    item->table = number;
    item->limit = limit;
    text_copy(plan->oids[plan->count], OID_TEXT, object);
    item->oid = plan->oids[plan->count];
    plan->count++;
}

static void draft_get(drafting *plan, const char *object)
{
    draft_item(plan, PLATEN_SNMP_GET, 0, 0, object);
}

static void draft_get_oid(drafting *plan, const oid *object)
{
    char text[OID_TEXT];
    oid_format(object->arcs, object->count, text, sizeof(text));
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->items[i].op == PLATEN_SNMP_GET && strcmp(plan->oids[i], text) == 0) {
            return; /* a profile may use one object for two things */
        }
    }
    draft_get(plan, text);
}

static void draft_get_row(drafting *plan, const char *column, uint32_t row, const char *rest)
{
    char text[OID_TEXT];
    (void)snprintf(text, sizeof(text), "%s.%" PRIu32 "%s", column, row, rest);
    draft_get(plan, text);
}

static void draft_walk(drafting *plan, const char *object, uint32_t limit)
{
    draft_item(plan, PLATEN_SNMP_WALK, 0, limit, object);
}

/* Columns that are walked beside those drafted last. */
static void draft_columns(drafting *plan, const char *entry, const uint32_t *columns,
                          uint32_t count, uint32_t limit)
{
    char text[OID_TEXT];
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof(text), "%s.%" PRIu32, entry, columns[i]);
        draft_item(plan, PLATEN_SNMP_WALK, plan->tables, limit, text);
    }
}

/* Columns of one table, walked side by side. */
static void draft_table(drafting *plan, const char *entry, const uint32_t *columns, uint32_t count,
                        uint32_t limit)
{
    plan->tables++;
    draft_columns(plan, entry, columns, count, limit);
}

static void draft_pair(drafting *plan, const oid *first, const oid *second)
{
    char text[OID_TEXT];
    plan->tables++;
    oid_format(first->arcs, first->count, text, sizeof(text));
    draft_item(plan, PLATEN_SNMP_WALK, plan->tables, TABLE_ROWS, text);
    oid_format(second->arcs, second->count, text, sizeof(text));
    draft_item(plan, PLATEN_SNMP_WALK, plan->tables, TABLE_ROWS, text);
}

static void draft_sources(drafting *plan, const source_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->at[i].from == SOURCE_OID) {
            draft_get_oid(plan, &list->at[i].object);
        }
    }
}

/* Compiles what `draft` wrote into *kept, once. */
static platen_code compile(mib *of,
                           void (*draft)(drafting *plan, const profile *vendor, uint32_t n),
                           const profile *vendor, uint32_t n, platen_snmp_plan **kept,
                           const platen_snmp_plan **plan, platen_error *err)
{
    platen_code code = PLATEN_OK;
    *plan = *kept;
    if (*kept != NULL) {
        return PLATEN_OK;
    }
    drafting *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return of->host->fail(err, PLATEN_E_NOMEM, "snmp plan: no memory");
    }
    draft(made, vendor, n);
    if (made->over) {
        code = of->host->fail(err, PLATEN_E_TOO_LARGE, "profile %s: more than %u objects to read",
                              vendor->id, PLAN_ITEMS);
    } else if (made->count > 0) {
        code = of->snmp->plan(of->ctx, made->items, made->count, kept, err);
    }
    free(made);
    if (code == PLATEN_OK) {
        *plan = *kept;
    }
    return code;
}

static vendor_plans *plans_of(const profile *vendor)
{
    return vendor->plans;
}

static void draft_probe(drafting *plan, const profile *vendor, uint32_t n)
{
    (void)vendor;
    (void)n;
    draft_get(plan, SYSTEM ".1.0");
    draft_get(plan, SYSTEM ".2.0");
    draft_get(plan, HR_DEVICE ".2.1");
    draft_get(plan, GENERAL ".16.1");
    draft_get(plan, GENERAL ".17.1");
    draft_get(plan, MARKER ".4.1.1");
    draft_get(plan, PRINTER ".11.1.1.9.1.1");
}

platen_code plans_probe(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_probe, of->book->generic, 0, &of->probe, plan, err);
}

static void draft_evidence(drafting *plan, const profile *vendor, uint32_t n)
{
    (void)n;
    draft_sources(plan, &vendor->evidence);
    draft_walk(plan, PRINTER, 1); /* the first object there is, whichever it be */
    draft_walk(plan, HR_DEVICE ".2", 64);
}

platen_code plans_evidence(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                           platen_error *err)
{
    return compile(of, draft_evidence, vendor, 0, &plans_of(vendor)->evidence, plan, err);
}

static void draft_identity(drafting *plan, const profile *vendor, uint32_t n)
{
    static const uint32_t devices[] = {2, 3};
    static const uint32_t generals[] = {16, 17};
    static const uint32_t markers[] = {3, 4, 6};
    static const uint32_t interfaces[] = {3, 6, 8};
    (void)vendor;
    (void)n;
    for (uint32_t i = 1; i <= 6; i++) {
        draft_get_row(plan, SYSTEM, i, ".0");
    }
    draft_get(plan, HP_DEVICE_ID);
    draft_walk(plan, PWG_DEVICE_ID, 2);
    draft_table(plan, HR_DEVICE, devices, 2, 64);
    draft_walk(plan, HR_PRINTER ".2", 8);
    draft_table(plan, GENERAL, generals, 2, 8);
    draft_table(plan, MARKER, markers, 3, 16);
    draft_table(plan, IF_ENTRY, interfaces, 3, 64);
}

platen_code plans_identity(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_identity, of->book->generic, 0, &of->identity, plan, err);
}

static void draft_vendor_identity(drafting *plan, const profile *vendor, uint32_t n)
{
    (void)n;
    draft_sources(plan, &vendor->device_id);
    draft_sources(plan, &vendor->model);
    draft_sources(plan, &vendor->serial);
    draft_sources(plan, &vendor->firmware);
    draft_sources(plan, &vendor->name);
    draft_sources(plan, &vendor->components);
    for (uint32_t i = 0; i < vendor->component_table_count; i++) {
        draft_pair(plan, &vendor->component_tables[i].name, &vendor->component_tables[i].version);
    }
}

platen_code plans_vendor_identity(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                                  platen_error *err)
{
    return compile(of, draft_vendor_identity, vendor, 0, &plans_of(vendor)->identity, plan, err);
}

static void draft_scalars(drafting *plan, const profile *vendor, uint32_t row)
{
    static const uint32_t devices[] = {2, 5};
    static const uint32_t printers[] = {1, 2};
    static const uint32_t markers[] = {3, 4};
    draft_get(plan, SYSTEM ".3.0");
    for (uint32_t i = 0; i < vendor->percent_count; i++) {
        draft_get_oid(plan, &vendor->percents[i].object);
    }
    for (uint32_t i = 0; i < vendor->percent_record_count; i++) {
        draft_get_oid(plan, &vendor->percent_records[i].object);
    }
    if (row == 0) {
        draft_table(plan, HR_DEVICE, devices, 2, 64);
        draft_table(plan, HR_PRINTER, printers, 2, 8);
        draft_walk(plan, GENERAL ".19", 8);
        draft_table(plan, MARKER, markers, 2, 16);
        return;
    }
    draft_get_row(plan, HR_DEVICE ".5", row, "");
    draft_get_row(plan, HR_PRINTER ".1", row, "");
    draft_get_row(plan, HR_PRINTER ".2", row, "");
    draft_get_row(plan, GENERAL ".19", row, "");
    draft_get_row(plan, MARKER ".3", row, ".1");
    draft_get_row(plan, MARKER ".4", row, ".1");
}

platen_code plans_scalars(mib *of, const profile *vendor, uint32_t row,
                          const platen_snmp_plan **plan, platen_error *err)
{
    uint32_t slot = row > SCALAR_ROWS ? 0 : row;
    return compile(of, draft_scalars, vendor, slot, &plans_of(vendor)->scalars[slot], plan, err);
}

static void draft_tables(drafting *plan, const profile *vendor, uint32_t tables)
{
    static const uint32_t supplies[] = {3, 4, 5, 6, 7, 8, 9};
    static const uint32_t inputs[] = {2, 8, 9, 10, 11, 12, 13, 18};
    static const uint32_t outputs[] = {2, 3, 4, 5, 6, 7, 12};
    static const uint32_t covers[] = {2, 3};
    static const uint32_t colorants[] = {4};
    static const uint32_t texts[] = {2};
    static const uint32_t finishers[] = {2, 4, 5, 6, 9, 10};
    static const uint32_t finisher_supplies[] = {3, 4, 5, 6, 7, 8, 9};
    static const uint32_t alerts[] = {2, 3, 4, 5, 6, 7, 8, 9};
    (void)vendor;
    draft_table(plan, PRINTER ".11.1.1", supplies, 7, TABLE_ROWS);
    if ((tables & STATUS_COLORANTS) != 0) {
        draft_columns(plan, PRINTER ".12.1.1", colorants, 1, 64);
    }
    if ((tables & STATUS_INPUTS) != 0) {
        draft_table(plan, PRINTER ".8.2.1", inputs, 8, TABLE_ROWS);
    }
    plan->tables++; /* three small tables of a few rows each: one packet for all */
    if ((tables & STATUS_OUTPUTS) != 0) {
        draft_columns(plan, PRINTER ".9.2.1", outputs, 7, TABLE_ROWS);
    }
    if ((tables & STATUS_COVERS) != 0) {
        draft_columns(plan, PRINTER ".6.1.1", covers, 2, TABLE_ROWS);
    }
    if ((tables & STATUS_CONSOLE) != 0) {
        draft_columns(plan, PRINTER ".16.5.1", texts, 1, 32);
    }
    if ((tables & STATUS_FINISHERS) != 0) {
        draft_table(plan, PRINTER ".30.1.1", finishers, 6, TABLE_ROWS);
        draft_table(plan, PRINTER ".31.1.1", finisher_supplies, 7, TABLE_ROWS);
    }
    if ((tables & STATUS_ALERTS) != 0) {
        draft_table(plan, PRINTER ".18.1.1", alerts, 8, TABLE_ROWS);
    }
}

platen_code plans_tables(mib *of, uint32_t tables, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_tables, of->book->generic, tables, &of->tables[tables & STATUS_ALL],
                   plan, err);
}

static void draft_counters(drafting *plan, const profile *vendor, uint32_t n)
{
    static const uint32_t markers[] = {3, 4};
    (void)n;
    for (uint32_t i = 0; i < vendor->scalar_count; i++) {
        for (uint32_t j = 0; j < vendor->scalars[i].oid_count; j++) {
            draft_get_oid(plan, &vendor->scalars[i].oids[j]);
        }
    }
    for (uint32_t i = 0; i < vendor->counter_record_count; i++) {
        draft_get_oid(plan, &vendor->counter_records[i].object);
    }
    draft_table(plan, MARKER, markers, 2, 16);
    for (uint32_t i = 0; i < vendor->table_count; i++) {
        draft_pair(plan, &vendor->tables[i].kind, &vendor->tables[i].value);
    }
}

platen_code plans_counters(mib *of, const profile *vendor, const platen_snmp_plan **plan,
                           platen_error *err)
{
    return compile(of, draft_counters, vendor, 0, &plans_of(vendor)->counters, plan, err);
}

static void draft_edit(drafting *plan, const profile *vendor, uint32_t n)
{
    (void)vendor;
    (void)n;
    draft_get(plan, SYSTEM ".5.0");
    draft_get(plan, SYSTEM ".6.0");
    draft_get(plan, SYSTEM ".4.0");
}

platen_code plans_edit(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_edit, of->book->generic, 0, &of->edit, plan, err);
}

static void draft_uptime(drafting *plan, const profile *vendor, uint32_t n)
{
    (void)vendor;
    (void)n;
    draft_get(plan, SYSTEM ".3.0");
}

platen_code plans_uptime(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_uptime, of->book->generic, 0, &of->uptime, plan, err);
}

static void draft_restart(drafting *plan, const profile *vendor, uint32_t n)
{
    draft_uptime(plan, vendor, n);
    draft_walk(plan, GENERAL ".3", 8); /* indexed by hrDeviceIndex, which is not always 1 */
}

platen_code plans_restart(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_restart, of->book->generic, 0, &of->restart, plan, err);
}

/* Groups that fit one request together share it: they are of few rows each. */
static void draft_settings(drafting *plan, const profile *vendor, uint32_t n)
{
    uint32_t in_request = 0;
    (void)vendor;
    (void)n;
    for (uint32_t i = 0; i < SETTING_GROUPS; i++) {
        const setting_group *group = &setting_groups[i];
        uint32_t columns[SETTING_COLUMNS];
        for (uint32_t j = 0; j < group->count; j++) {
            columns[j] = group->objects[j].column;
        }
        if (i == 0 || in_request + group->count > REQUEST_COLUMNS) {
            plan->tables++;
            in_request = 0;
        }
        uint32_t count = group->count;
        if (group == SETTING_INTERPRETERS) {
            columns[count++] = SETTING_LANGUAGE; /* no setting: which languages there are */
        }
        in_request += count;
        draft_columns(plan, group->entry, columns, count, TABLE_ROWS);
    }
}

platen_code plans_settings(mib *of, const platen_snmp_plan **plan, platen_error *err)
{
    return compile(of, draft_settings, of->book->generic, 0, &of->settings, plan, err);
}
