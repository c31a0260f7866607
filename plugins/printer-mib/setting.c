/* settings.check and settings.read, and what settings.write shares with them. SNMP thread. */
#include "setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plans.h"

void setting_free(setting_run *run)
{
    if (run == NULL) {
        return;
    }
    for (uint32_t i = 0; i < run->count; i++) {
        cJSON_Delete(run->wishes[i].before);
        cJSON_Delete(run->wishes[i].after);
    }
    free(run->wishes);
    cJSON_Delete(run->order);
    cJSON_Delete(run->data);
    free(run);
}

static void fail_memory(visit *of)
{
    act_fail(of, PLATEN_E_NOMEM, "printer-mib: no memory");
}

void setting_read_all(visit *of, visit_step *step, const char *doing)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_settings(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    of->error = (platen_error)PLATEN_ERROR_INIT;
    visit_read(of, plan, step, doing);
}

cJSON *setting_head(const visit *of)
{
    platen_target target = PLATEN_TARGET_INIT;
    of->owner->drivers->target(of->work, &target);
    cJSON *head = cJSON_CreateObject();
    bool good = cJSON_AddNumberToObject(head, "format", 1) != NULL &&
                cJSON_AddStringToObject(head, "type", "IV") != NULL &&
                cJSON_AddStringToObject(head, "platform", "") != NULL &&
                cJSON_AddNumberToObject(head, "level", 0) != NULL &&
                cJSON_AddStringToObject(head, "model", target.model) != NULL;
    if (!good) {
        cJSON_Delete(head);
        head = NULL;
    }
    return head;
}

bool setting_is_mine(const visit *of, const setting_place *place)
{
    return !of->known.several || place->index[0] == of->known.row;
}

/* Whether settings of the category are asked for; all are when none is named. */
static bool is_asked_for(const setting_run *run, const char *category)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(run->order, "categories");
    const cJSON *one = NULL;
    if (!cJSON_IsArray(list)) {
        return true;
    }
    cJSON_ArrayForEach(one, list)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, category) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_row(const visit *of, const setting_group *group, const table_row *row, cJSON *items)
{
    bool good = true;
    for (uint32_t i = 0; good && i < group->count; i++) {
        setting_place place = {group, &group->objects[i], {row->index[0], row->index[1]}};
        setting_value value;
        if (is_asked_for(of->act->settings, place.object->category) &&
            setting_value_read(place.object, row->cell[i], &value)) {
            good = cJSON_AddItemToArray(items, setting_item_json(&place, &value));
        }
    }
    return good;
}

static bool add_items(visit *of, const answer *read, cJSON *items)
{
    table *rows = &of->owner->rows;
    bool good = items != NULL;
    for (uint32_t i = 0; good && i < SETTING_GROUPS; i++) {
        const setting_group *group = &setting_groups[i];
        uint32_t columns[SETTING_COLUMNS];
        for (uint32_t j = 0; j < group->count; j++) {
            columns[j] = group->objects[j].column;
        }
        table_read(rows, read, group->arcs, sizeof(group->arcs) / sizeof(group->arcs[0]),
                   group->indexes, columns, group->count);
        visit_keep(of, rows);
        for (uint32_t j = 0; good && j < rows->count; j++) {
            good = add_row(of, group, &rows->row[j], items);
        }
    }
    return good;
}

static void have_read(visit *of, const answer *read, platen_code code)
{
    setting_run *run = of->act->settings;
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    run->data = setting_head(of);
    cJSON *items = cJSON_AddArrayToObject(run->data, "items");
    if (!add_items(of, read, items)) {
        cJSON_Delete(run->data);
        run->data = NULL;
        fail_memory(of);
        return;
    }
    int count = cJSON_GetArraySize(items);
    if (count == 0) {
        cJSON_Delete(run->data);
        run->data = NULL;
        of->owner->drivers->skip(of->work, "unsupported",
                                 "the device has no such setting in its Printer MIB");
    } else {
        act_note(of, PLATEN_ACT_INFO, "%d settings of the Printer MIB", count);
    }
    visit_end(of, PLATEN_OK);
}

/* prtInterpreterLangFamily (RFC 3805; IANA-PRINTER-MIB), as far as PJL comes with it: PJL itself,
 * PCL, PostScript, PCL XL, PDF, and where it is found out from the job, or not told. */
static bool may_have_job_language(int64_t family)
{
    static const int64_t families[] = {2, 3, 4, 5, 6, 37, 42, 47, 54};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (families[i] == family) {
            return true;
        }
    }
    return false;
}

/* Label printers, line printers and the like print what they do not know: others are warned. */
static void tell_languages(visit *of, const answer *read)
{
    static const uint32_t column = SETTING_LANGUAGE;
    const setting_group *group = SETTING_INTERPRETERS;
    const platen_drivers *drivers = of->owner->drivers;
    table *rows = &of->owner->rows;
    bool others = false;
    table_read(rows, read, group->arcs, sizeof(group->arcs) / sizeof(group->arcs[0]),
               group->indexes, &column, 1);
    visit_keep(of, rows);
    for (uint32_t i = 0; i < rows->count; i++) {
        const platen_snmp_binding *family = rows->row[i].cell[0];
        if (family == NULL || family->type != PLATEN_SNMP_INTEGER ||
            may_have_job_language(family->integer)) {
            return;
        }
        others = true;
    }
    if (others && PLATEN_HAS(drivers, hint)) {
        drivers->hint(of->work, PLATEN_TARGET_OTHER_LANGUAGES);
    }
}

static void have_checked(visit *of, const answer *read, platen_code code)
{
    setting_run *run = of->act->settings;
    char why[120];
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    cJSON *items = cJSON_CreateArray();
    bool good = add_items(of, read, items);
    int count = cJSON_GetArraySize(items);
    cJSON_Delete(items);
    tell_languages(of, read);
    (void)snprintf(why, sizeof(why), "%d settings of the Printer MIB", count);
    run->data = cJSON_CreateObject();
    good = good && cJSON_AddBoolToObject(run->data, "supported", count > 0) != NULL &&
           cJSON_AddBoolToObject(run->data, "read", count > 0) != NULL &&
           /* Only a SET would tell, and a check sends none. */
           cJSON_AddStringToObject(run->data, "write", count > 0 ? "unknown" : "no") != NULL &&
           cJSON_AddStringToObject(run->data, "type", "IV") != NULL &&
           cJSON_AddStringToObject(run->data, "platform", "") != NULL &&
           cJSON_AddNumberToObject(run->data, "level", 0) != NULL &&
           cJSON_AddStringToObject(
               run->data, "why",
               count > 0 ? why : "the device has none of the settings of the Printer MIB") != NULL;
    if (!good) {
        cJSON_Delete(run->data);
        run->data = NULL;
        fail_memory(of);
        return;
    }
    visit_end(of, PLATEN_OK);
}

static void read_now(visit *of)
{
    setting_read_all(of, of->act->settings->checks ? have_checked : have_read,
                     "reading the settings");
}

void setting_act(visit *of)
{
    acting *act = of->act;
    const char *verb = act->order.action + strlen("settings.");
    setting_run *run = calloc(1, sizeof(*run));
    act->settings = run;
    if (run == NULL) {
        fail_memory(of);
        return;
    }
    run->order = cJSON_Parse(act->order.settings);
    run->checks = strcmp(verb, "check") == 0;
    if (!cJSON_IsObject(run->order)) {
        act_fail(of, PLATEN_E_INVAL, "the order is no JSON object");
    } else if (strcmp(verb, "write") == 0) {
        setting_write_run(of);
    } else if (run->checks || strcmp(verb, "read") == 0) {
        visit_vendor(of, read_now);
    } else {
        act_fail(of, PLATEN_E_UNSUPPORTED, "printer-mib does not know the action '%.60s'",
                 act->order.action);
    }
}

platen_code setting_closing(visit *of, platen_code code)
{
    setting_run *run = of->act->settings;
    platen_error err = PLATEN_ERROR_INIT;
    if (run->writes) {
        run->data = setting_write_data(of);
    }
    if (run->data == NULL) {
        return code; /* nothing was read, or there is no memory to tell it */
    }
    char *text = cJSON_PrintUnformatted(run->data);
    platen_code taken = text == NULL
                            ? of->owner->host->fail(&err, PLATEN_E_NOMEM, "printer-mib: no memory")
                            : of->owner->drivers->data(of->work, text, strlen(text), &err);
    cJSON_free(text);
    if (taken != PLATEN_OK && code == PLATEN_OK) {
        of->error = err;
        return taken;
    }
    return code;
}
