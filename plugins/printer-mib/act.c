/* PLATEN_WORK_ACT: which action it is, and what all of them need. SNMP thread. */
#include "act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting.h"

void act_note(visit *of, uint32_t level, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    of->owner->drivers->act_log(of->work, level, text);
}

void act_fail(visit *of, platen_code code, const char *format, ...)
{
    platen_error err = PLATEN_ERROR_INIT;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err.text, sizeof(err.text), format, args);
    va_end(args);
    err.code = (uint32_t)code;
    act_note(of, PLATEN_ACT_ERROR, "%s", err.text);
    visit_fail(of, code, &err);
}

void act_fail_mute(visit *of)
{
    act_fail(of, PLATEN_E_TIMEOUT,
             "the device answers what is read, but no SET: allow writing on the device for the "
             "credential that reads it, or register one that may write");
}

static void set_done(platen_work *work, const platen_snmp_result *result, void *user)
{
    visit *of = user;
    platen_code code = (platen_code)result->code;
    (void)work;
    of->error = (platen_error)PLATEN_ERROR_INIT;
    if (code != PLATEN_OK) {
        (void)of->owner->host->fail(&of->error, code, "%s",
                                    result->error == NULL ? "the SET failed" : result->error->text);
    }
    if (code == PLATEN_E_CANCELLED) {
        visit_end(of, code);
        return;
    }
    of->act->unheard = code == PLATEN_E_TIMEOUT;
    of->set_done(of, code, result->status);
}

void act_set(visit *of, const platen_snmp_value *values, uint32_t count,
             void (*answered)(visit *of, platen_code code, uint32_t status))
{
    platen_error err = PLATEN_ERROR_INIT;
    of->set_done = answered;
    of->act->sets++;
    platen_code code = of->owner->snmp->set(of->work, values, count, set_done, of, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
    }
}

platen_code act_closing(visit *of, platen_code code)
{
    return of->act->settings != NULL ? setting_closing(of, code) : code;
}

void act_free(acting *act)
{
    if (act != NULL) {
        setting_free(act->settings);
        free(act);
    }
}

void act_run(visit *of)
{
    of->act = calloc(1, sizeof(*of->act));
    if (of->act == NULL) {
        platen_error err = PLATEN_ERROR_INIT;
        visit_fail(of, of->owner->host->fail(&err, PLATEN_E_NOMEM, "printer-mib: no memory"), &err);
        return;
    }
    of->act->order = (platen_act)PLATEN_ACT_INIT;
    of->owner->drivers->act(of->work, &of->act->order);
    if (strcmp(of->act->order.action, "device.edit") == 0) {
        edit_run(of);
    } else if (strcmp(of->act->order.action, "device.restart") == 0) {
        restart_run(of);
    } else if (strncmp(of->act->order.action, "settings.", strlen("settings.")) == 0) {
        setting_act(of);
    } else {
        act_fail(of, PLATEN_E_UNSUPPORTED, "printer-mib does not know the action '%.60s'",
                 of->act->order.action);
    }
}
