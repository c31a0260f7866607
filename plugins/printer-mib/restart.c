/*
 * device.restart: prtGeneralReset (RFC 3805), confirmed by sysUpTime. A restart must not be done
 * twice: whatever is not known is looked at before anything is sent again. SNMP thread.
 */
#include "act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "plans.h"

#define POWER_CYCLE_RESET 4
#define RESET_TO_NVRAM 5
#define BAD_VALUE 3u    /* error-status of SNMPv1 for the next two */
#define WRONG_VALUE 10u /* of RFC 3416 */
#define INCONSISTENT_VALUE 12u

#define POLL_MS 2000u
#define LIMIT_MS 600000 /* until then it is back, or the restart is not confirmed */
#define SETTLE_MS 5000  /* a device that was told to restart says so by then */
#define MARGIN_MS 1500  /* by which the clocks of device and host may have gone apart meanwhile */
#define SETS_MAX 2u

static int64_t now_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ms since the SET; in a test time passes in later() only. */
static int64_t elapsed(const acting *act)
{
    int64_t real = now_of(CLOCK_MONOTONIC) - act->sent_at;
    return act->waited > real ? act->waited : real;
}

static bool uptime_of(const answer *read, int64_t *ms)
{
    static const uint32_t object[] = {SYSTEM_ARCS, 3, 0};
    int64_t ticks = 0;
    if (!value_integer(answer_get(read, object, 9), &ticks) || ticks < 0) {
        return false;
    }
    *ms = ticks * 10;
    return true;
}

static void ask_uptime(visit *of, visit_step *step)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_uptime(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    of->error = (platen_error)PLATEN_ERROR_INIT;
    visit_read(of, plan, step, "waiting for the restart");
}

static void end_skipped(visit *of, const char *why)
{
    act_note(of, PLATEN_ACT_INFO, "%s", why);
    of->owner->drivers->skip(of->work, "unsupported", why);
    visit_end(of, PLATEN_OK);
}

/* ---- after the SET ---- */

static void send_reset(visit *of, int64_t value);
static void poll_again(visit *of);

static void give_up(visit *of)
{
    const acting *act = of->act;
    const char *why = act->gone ? "the restart was sent, but the device was not back in 10 minutes"
                                : "the restart was sent, but the device has not begun it in 10 "
                                  "minutes";
    act_note(of, PLATEN_ACT_WARNING, "%s", why);
    of->owner->drivers->warn(of->work, "not-confirmed", why);
    visit_end(of, PLATEN_OK);
}

static void end_restarted(visit *of)
{
    act_note(of, PLATEN_ACT_INFO, "the device has restarted and answers again");
    of->owner->drivers->change(of->work, "restart", "",
                               of->act->value == RESET_TO_NVRAM ? "resetToNVRAM"
                                                                : "powerCycleReset");
    visit_end(of, PLATEN_OK);
}

/* Whether it started after it was read first: its start then and now are compared. */
static bool has_restarted(const acting *act, int64_t uptime)
{
    int64_t real = now_of(CLOCK_MONOTONIC) - act->read_at;
    int64_t since = act->waited > real ? act->waited : real;
    return uptime + MARGIN_MS < act->uptime + since;
}

static void polled(visit *of, const answer *read, platen_code code)
{
    acting *act = of->act;
    int64_t uptime = 0;
    bool answers = code == PLATEN_OK && uptime_of(read, &uptime);
    if (!answers && !act->gone) {
        act_note(of, PLATEN_ACT_INFO, "the device does not answer any more");
    }
    act->gone = !answers;
    if (answers && has_restarted(act, uptime)) {
        end_restarted(of);
    } else if (answers && act->unheard && elapsed(act) >= SETTLE_MS) {
        if (act->sets >= SETS_MAX) {
            act_fail_mute(of);
            return;
        }
        act_note(of, PLATEN_ACT_WARNING,
                 "the SET was not answered and the device has not restarted: it is sent again");
        send_reset(of, act->value);
    } else {
        poll_again(of);
    }
}

static void poll_now(platen_work *work, void *user)
{
    visit *of = user;
    (void)work;
    of->act->waited += POLL_MS;
    ask_uptime(of, polled);
}

static void poll_again(visit *of)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (elapsed(of->act) >= LIMIT_MS) {
        give_up(of);
        return;
    }
    platen_code code = of->owner->drivers->later(of->work, POLL_MS, poll_now, of, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
    }
}

static void reset_answered(visit *of, platen_code code, uint32_t status)
{
    acting *act = of->act;
    bool refuses_value =
        status == WRONG_VALUE || status == BAD_VALUE || status == INCONSISTENT_VALUE;
    if (code == PLATEN_OK || code == PLATEN_E_TIMEOUT) {
        if (act->unheard) {
            act_note(of, PLATEN_ACT_WARNING, "no answer to the SET: is the device restarting?");
        }
        poll_again(of);
    } else if (refuses_value && act->value == POWER_CYCLE_RESET) {
        act_note(of, PLATEN_ACT_INFO, "the device knows no powerCycleReset: resetToNVRAM instead");
        send_reset(of, RESET_TO_NVRAM);
    } else if (code == PLATEN_E_UNSUPPORTED || refuses_value) {
        end_skipped(of, "the device cannot be restarted over the network: use its power switch");
    } else {
        platen_error why = of->error;
        act_fail(of, code, "the device has not restarted: %.280s", why.text);
    }
}

static void send_reset(visit *of, int64_t value)
{
    acting *act = of->act;
    platen_snmp_value one = PLATEN_SNMP_VALUE_INIT;
    one.type = PLATEN_SNMP_INTEGER;
    one.oid = act->reset;
    one.integer = value;
    act->value = value;
    act->sent_at = now_of(CLOCK_MONOTONIC);
    act->waited = 0;
    act_note(of, PLATEN_ACT_INFO, "sending prtGeneralReset %" PRId64, value);
    act_set(of, &one, 1, reset_answered);
}

/* ---- before it ---- */

/* Of a restart that was begun before: it is done when the device started since. */
static bool was_done(const acting *act, int64_t uptime)
{
    return now_of(CLOCK_REALTIME) - uptime >= act->order.first;
}

static bool find_reset(visit *of, const answer *read)
{
    static const uint32_t column[] = {PRINTER_ARCS, 5, 1, 1, 3};
    const platen_snmp_binding *first = NULL;
    for (uint32_t at = answer_seek(read, column, 11); at < read->count; at++) {
        const platen_snmp_binding *one = answer_at(read, at);
        if (!oid_starts(one->oid, one->oid_count, column, 11) || one->oid_count != 12) {
            break;
        }
        if (first == NULL || (of->known.several && one->oid[11] == of->known.row)) {
            first = one;
        }
    }
    if (first == NULL) {
        return false;
    }
    (void)snprintf(of->act->reset, sizeof(of->act->reset), "1.3.6.1.2.1.43.5.1.1.3.%" PRIu32,
                   first->oid[11]);
    return true;
}

static void begin(visit *of);

static void look_again(platen_work *work, void *user)
{
    visit *of = user;
    (void)work;
    of->act->waited += POLL_MS;
    begin(of);
}

/* A device that is silent may be restarting, and one that answers may be about to. */
static void look_later(visit *of)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = of->owner->drivers->later(of->work, POLL_MS, look_again, of, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
    }
}

static void looked(visit *of, const answer *read, platen_code code)
{
    acting *act = of->act;
    bool verify = (act->order.flags & PLATEN_ACT_VERIFY) != 0;
    bool silent = code == PLATEN_E_TIMEOUT || code == PLATEN_E_UNREACHABLE;
    if (verify && silent && elapsed(act) < LIMIT_MS) {
        look_later(of);
        return;
    }
    if (code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    if (!uptime_of(read, &act->uptime) || !find_reset(of, read)) {
        end_skipped(of, "the device has no prtGeneralReset: use its power switch");
        return;
    }
    act->read_at = now_of(CLOCK_MONOTONIC);
    if (verify && was_done(act, act->uptime)) {
        act_note(of, PLATEN_ACT_INFO, "it has restarted since this was given out first");
        end_restarted(of);
    } else if (verify && elapsed(act) < SETTLE_MS) {
        look_later(of);
    } else if ((act->order.flags & PLATEN_ACT_PREVIEW) != 0) {
        of->owner->drivers->change(of->work, "restart", "", "powerCycleReset");
        visit_end(of, PLATEN_OK);
    } else {
        send_reset(of, POWER_CYCLE_RESET);
    }
}

static void begin(visit *of)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_restart(of->owner, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    of->error = (platen_error)PLATEN_ERROR_INIT;
    visit_read(of, plan, looked, "reading uptime and reset");
}

static bool wants_shutdown(const acting *act)
{
    cJSON *tree = cJSON_Parse(act->order.settings);
    const cJSON *action = cJSON_GetObjectItemCaseSensitive(tree, "action");
    bool shutdown = cJSON_IsString(action) && strcmp(action->valuestring, "shutdown") == 0;
    cJSON_Delete(tree);
    return shutdown;
}

void restart_run(visit *of)
{
    if (wants_shutdown(of->act)) {
        end_skipped(of, "SNMP cannot switch a device off: use its power switch");
        return;
    }
    of->act->sent_at = now_of(CLOCK_MONOTONIC);
    begin(of);
}
