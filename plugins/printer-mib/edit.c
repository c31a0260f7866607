/*
 * device.edit: name, location and contact (RFC 3418 sysName, sysLocation, sysContact). What is
 * there is read first, only what differs is written, in one SET, and read back. SNMP thread.
 */
#include "act.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "plans.h"

#define VALUE_MAX 255u /* octets of a DisplayString of the system group */
#define SETS_MAX 2u    /* the second when neither the SET nor its answer came through */

static const struct {
    const char *key;
    const char *object;
    uint32_t column; /* of the system group */
} fields[ACT_FIELDS] = {
    {"name", "1.3.6.1.2.1.1.5.0", 5},
    {"location", "1.3.6.1.2.1.1.6.0", 6},
    {"contact", "1.3.6.1.2.1.1.4.0", 4},
};

static const platen_snmp_binding *field_of(const answer *read, size_t field)
{
    const uint32_t object[] = {SYSTEM_ARCS, fields[field].column, 0};
    return answer_get(read, object, 9);
}

/* Octet by octet: a space more is a difference. */
static bool is_wanted(const platen_snmp_binding *value, const char *want)
{
    size_t length = strlen(want);
    if (value == NULL || value->type != PLATEN_SNMP_OCTETS) {
        return false;
    }
    return value->octet_count == length &&
           (length == 0 || memcmp(value->octets, want, length) == 0);
}

/* The settings' texts; false ends the visit. */
static bool settings_read(visit *of)
{
    acting *act = of->act;
    cJSON *tree = cJSON_Parse(act->order.settings);
    bool good = cJSON_IsObject(tree);
    const char *long_one = NULL;
    for (size_t i = 0; good && i < ACT_FIELDS; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(tree, fields[i].key);
        if (!cJSON_IsString(item)) {
            continue;
        }
        act->wanted[i] = true;
        long_one = strlen(item->valuestring) > VALUE_MAX ? fields[i].key : long_one;
        text_copy(act->want[i], sizeof(act->want[i]), item->valuestring);
    }
    cJSON_Delete(tree);
    if (!good) {
        act_fail(of, PLATEN_E_INVAL, "the settings of the change are no JSON object");
    } else if (long_one != NULL) {
        act_fail(of, PLATEN_E_INVAL, "%s is longer than the %u octets that a device takes",
                 long_one, VALUE_MAX);
    }
    return good && long_one == NULL;
}

/* Tells what became of each field that was to change; those that are as wanted now. */
static void tell_changes(visit *of, const answer *read)
{
    const acting *act = of->act;
    for (size_t i = 0; i < ACT_FIELDS; i++) {
        if (act->differs[i] && (read == NULL || is_wanted(field_of(read, i), act->want[i]))) {
            of->owner->drivers->change(of->work, fields[i].key, act->had[i], act->want[i]);
        }
    }
}

static void set_answered(visit *of, platen_code code, uint32_t status);

/* Writes the fields that are not as wanted. */
static void write_fields(visit *of, const bool differs[ACT_FIELDS])
{
    platen_snmp_value values[ACT_FIELDS];
    uint32_t count = 0;
    for (size_t i = 0; i < ACT_FIELDS; i++) {
        if (!differs[i]) {
            continue;
        }
        values[count] = (platen_snmp_value)PLATEN_SNMP_VALUE_INIT;
        values[count].oid = fields[i].object;
        values[count].octets = (const uint8_t *)of->act->want[i];
        values[count].octet_count = (uint32_t)strlen(of->act->want[i]);
        act_note(of, PLATEN_ACT_INFO, "writing %s", fields[i].key);
        count++;
    }
    act_set(of, values, count, set_answered);
}

/* The field that is not as wanted, after the device said that it is. */
static void fail_different(visit *of, const answer *read, size_t field)
{
    char has[TEXT_SIZE];
    (void)value_text(field_of(read, field), has, sizeof(has));
    act_fail(of, PLATEN_E_DEVICE,
             "%s: the device says that it has taken the new value, but it has '%.100s'",
             fields[field].key, has);
}

static void checked(visit *of, const answer *read, platen_code code)
{
    const acting *act = of->act;
    bool differs[ACT_FIELDS] = {false};
    size_t first = ACT_FIELDS;
    if (code != PLATEN_OK && act->unheard) {
        act_fail(of, code, "no answer to the SET, nor to reading back: it may be done or not");
        return;
    }
    if (code != PLATEN_OK) {
        tell_changes(of, NULL);
        of->owner->drivers->warn(of->work, "not-confirmed",
                                 "the device has taken the values, but cannot be read afterwards");
        visit_end(of, PLATEN_OK);
        return;
    }
    for (size_t i = ACT_FIELDS; i-- > 0;) {
        differs[i] = act->wanted[i] && !is_wanted(field_of(read, i), act->want[i]);
        first = differs[i] ? i : first;
    }
    if (first == ACT_FIELDS) {
        tell_changes(of, read);
        visit_end(of, PLATEN_OK);
    } else if (!act->unheard) {
        tell_changes(of, read);
        fail_different(of, read, first);
    } else if (act->sets < SETS_MAX) {
        act_note(of, PLATEN_ACT_WARNING,
                 "the SET was not answered and %s is as it was: it is sent again",
                 fields[first].key);
        write_fields(of, differs);
    } else {
        act_fail_mute(of);
    }
}

static void read_fields(visit *of, visit_step *step, const char *doing)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_edit(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    of->error = (platen_error)PLATEN_ERROR_INIT;
    visit_read(of, plan, step, doing);
}

static void set_answered(visit *of, platen_code code, uint32_t status)
{
    (void)status;
    if (code == PLATEN_OK || code == PLATEN_E_TIMEOUT) {
        read_fields(of, checked, "reading back");
        return;
    }
    platen_error why = of->error;
    act_fail(of, code, "the device keeps its values: %.280s", why.text);
}

static void compared(visit *of, const answer *read, platen_code code)
{
    acting *act = of->act;
    bool any = false;
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    for (size_t i = 0; i < ACT_FIELDS; i++) {
        const platen_snmp_binding *value = field_of(read, i);
        (void)value_text(value, act->had[i], sizeof(act->had[i]));
        act->differs[i] = act->wanted[i] && !is_wanted(value, act->want[i]);
        any = any || act->differs[i];
    }
    if (!any) {
        act_note(of, PLATEN_ACT_INFO, "everything is as wanted: nothing is written");
        visit_end(of, PLATEN_OK);
    } else if ((act->order.flags & PLATEN_ACT_PREVIEW) != 0) {
        tell_changes(of, NULL);
        visit_end(of, PLATEN_OK);
    } else {
        write_fields(of, act->differs);
    }
}

void edit_run(visit *of)
{
    if (settings_read(of)) {
        read_fields(of, compared, "reading name, location and contact");
    }
}
