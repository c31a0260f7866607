/* driver/1: what the driver registers, and what it says of its works. */
#include "testkit_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static platen_code drivers_add(platen_ctx *ctx, const platen_driver *driver, platen_error *err)
{
    if (driver->size != sizeof(*driver) || driver->run == NULL || driver->id == NULL) {
        return testkit_error(err, PLATEN_E_INVAL, "a driver without id or run");
    }
    if (!ctx->kit->registered) {
        ctx->kit->driver = *driver;
        ctx->kit->registered = true;
    }
    return PLATEN_OK;
}

static platen_code drivers_action(platen_ctx *ctx, const platen_action *action, platen_error *err)
{
    testkit *kit = ctx->kit;
    if (kit->loaded) {
        testkit_breach(kit, "action() after load()");
    }
    if (action->size != sizeof(*action) || action->id == NULL || action->title == NULL ||
        action->settings == NULL || action->limit_s < 1 || action->limit_s > 86400 ||
        (action->flags & ~(PLATEN_ACTION_WRITES | PLATEN_ACTION_VERIFY)) != 0) {
        return testkit_error(err, PLATEN_E_INVAL, "an action that cannot be");
    }
    if (kit->action_count == ACTIONS || testkit_action(kit, action->id) != NULL) {
        return testkit_error(err, PLATEN_E_EXISTS, "action '%s' is there, or one too many",
                             action->id);
    }
    kit->actions[kit->action_count++] = *action;
    return PLATEN_OK;
}

testkit *testkit_of(const platen_work *work)
{
    if (work->over) {
        testkit_breach(work->kit, "a call with a work that is finished");
    }
    return work->kit;
}

static uint32_t drivers_kind(const platen_work *work)
{
    return testkit_of(work)->work.kind;
}

/* What the sweep has read before: sysObjectID and sysDescr of the recording. */
static void swept(testkit *kit)
{
    static const uint32_t object_id[] = {1, 3, 6, 1, 2, 1, 1, 2, 0};
    static const uint32_t descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};
    const recording *device = &kit->device;
    size_t length = 0;
    size_t at = recording_seek(device, object_id, 9);
    kit->object_id[0] = '\0';
    kit->descr[0] = '\0';
    if (at < device->count && device->at[at].arc_count == 9 && device->at[at].arcs[7] == 2 &&
        device->at[at].type == PLATEN_SNMP_OID) {
        for (uint32_t i = 0;
             i < device->at[at].object_count && length + 12 < sizeof(kit->object_id); i++) {
            length += (size_t)snprintf(kit->object_id + length, sizeof(kit->object_id) - length,
                                       i > 0 ? ".%u" : "%u", device->at[at].object[i]);
        }
    }
    at = recording_seek(device, descr, 9);
    if (at < device->count && device->at[at].arc_count == 9 && device->at[at].arcs[7] == 1) {
        (void)snprintf(kit->descr, sizeof(kit->descr), "%.*s", (int)device->at[at].octet_count,
                       (const char *)device->at[at].octets);
    }
}

static void drivers_target(const platen_work *work, platen_target *target)
{
    testkit *kit = testkit_of(work);
    if (target->size != sizeof(*target)) {
        testkit_breach(kit, "a target of the wrong size");
        return;
    }
    *target = (platen_target)PLATEN_TARGET_INIT;
    target->address = "192.0.2.10";
    target->port = 161;
    target->deadline = INT64_MAX;
    swept(kit);
    target->sys_object_id = kit->object_id;
    target->sys_descr = kit->descr;
}

static const char *drivers_memo(const platen_work *work)
{
    return testkit_of(work)->memo;
}

static void drivers_memo_set(platen_work *work, const char *memo)
{
    testkit *kit = testkit_of(work);
    if (memo == NULL || strlen(memo) >= sizeof(kit->memo)) {
        testkit_breach(kit, "a memo of more than 255 bytes");
        return;
    }
    memcpy(kit->memo, memo, strlen(memo) + 1u);
}

static void drivers_sure(platen_work *work, uint32_t sureness, const char *why)
{
    testkit *kit = testkit_of(work);
    if (sureness > 100u || why == NULL || kit->work.kind != PLATEN_WORK_PROBE) {
        testkit_breach(kit, "sure() outside of a probe, over 100, or without a reason");
    }
    kit->report.sureness = sureness;
    free(kit->report.why);
    kit->report.why = strdup(why == NULL ? "" : why);
}

static void drivers_text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    testkit *kit = testkit_of(work);
    if (value == NULL || !report_add_text(&kit->report, field, value, length)) {
        testkit_breach(kit, "a text that is NULL");
    }
}

static void drivers_integer(platen_work *work, uint32_t field, int64_t value)
{
    (void)report_add_integer(&testkit_of(work)->report, field, value);
}

static void drivers_firmware(platen_work *work, const char *component, const char *version)
{
    (void)report_add_firmware(&testkit_of(work)->report, component, version);
}

static void drivers_counter(platen_work *work, const platen_counter *counter)
{
    testkit *kit = testkit_of(work);
    if (counter->size != sizeof(*counter) || counter->value < 0 || counter->key[0] == '\0') {
        testkit_breach(kit, "a counter without key, or below zero");
    }
    (void)report_add_counter(&kit->report, counter);
}

static bool level_valid(int64_t level)
{
    return level >= PLATEN_LEVEL_SOME;
}

static void drivers_supply(platen_work *work, const platen_supply *supply)
{
    testkit *kit = testkit_of(work);
    if (supply->size != sizeof(*supply) || supply->key[0] == '\0' || supply->percent > 100 ||
        !level_valid(supply->percent) || !level_valid(supply->level) ||
        !level_valid(supply->capacity)) {
        testkit_breach(kit, "a supply with an impossible level");
    }
    (void)report_add_supply(&kit->report, supply);
}

static void drivers_part(platen_work *work, const platen_part *part)
{
    testkit *kit = testkit_of(work);
    if (part->size != sizeof(*part) || part->key[0] == '\0' || part->percent > 100 ||
        !level_valid(part->percent) || !level_valid(part->level) || !level_valid(part->capacity)) {
        testkit_breach(kit, "a part with an impossible level");
    }
    (void)report_add_part(&kit->report, part);
}

static void drivers_alert(platen_work *work, const platen_alert *alert)
{
    testkit *kit = testkit_of(work);
    if (alert->size != sizeof(*alert)) {
        testkit_breach(kit, "an alert of the wrong size");
    }
    (void)report_add_alert(&kit->report, alert);
}

static void drivers_finish(platen_work *work, platen_code code, const platen_error *err)
{
    testkit *kit = work->kit;
    kit->report.finished++;
    if (kit->report.finished > 1u) {
        testkit_breach(kit, "finish() more than once");
    }
    if (work->plan != NULL || work->setting || work->then != NULL) {
        testkit_breach(kit, "finish() while a read or a wait is under way");
    }
    if (code != PLATEN_OK && err == NULL) {
        testkit_breach(kit, "finish() with a failure and no error");
    }
    kit->report.code = code;
    if (err != NULL) {
        kit->report.error = *err;
    }
    work->over = true;
}

bool testkit_acts(platen_work *work, const char *what)
{
    testkit *kit = testkit_of(work);
    if (work->kind != PLATEN_WORK_ACT) {
        testkit_breach(kit, what);
    }
    return work->kind == PLATEN_WORK_ACT;
}

static void drivers_act(const platen_work *work, platen_act *act)
{
    uint32_t size = act->size;
    if (size != sizeof(*act)) {
        testkit_breach(work->kit, "act() with a struct of the wrong size");
        return;
    }
    *act = work->kit->act;
    act->size = size;
}

static void drivers_change(platen_work *work, const char *path, const char *from, const char *to)
{
    testkit_report *report = &work->kit->report;
    if (!testkit_acts(work, "change() in a work that reads") ||
        report->change_count == TESTKIT_CHANGES) {
        return;
    }
    testkit_change *one = &report->changes[report->change_count++];
    (void)snprintf(one->path, sizeof(one->path), "%s", path);
    (void)snprintf(one->from, sizeof(one->from), "%s", from);
    (void)snprintf(one->to, sizeof(one->to), "%s", to);
}

static void drivers_act_log(platen_work *work, uint32_t level, const char *text)
{
    char *log = work->kit->report.log;
    size_t length = strlen(log);
    if (testkit_acts(work, "act_log() in a work that reads")) {
        (void)snprintf(log + length, TESTKIT_LOG - length, "%u %s\n", level, text);
    }
}

static void drivers_skip(platen_work *work, const char *code, const char *text)
{
    testkit_report *report = &work->kit->report;
    if (testkit_acts(work, "skip() in a work that reads")) {
        (void)snprintf(report->skipped, sizeof(report->skipped), "%s", code);
        (void)snprintf(report->reason, sizeof(report->reason), "%s", text);
    }
}

static void drivers_warn(platen_work *work, const char *code, const char *text)
{
    testkit_report *report = &work->kit->report;
    if (testkit_acts(work, "warn() in a work that reads")) {
        (void)snprintf(report->warned, sizeof(report->warned), "%s", code);
        (void)snprintf(report->reason, sizeof(report->reason), "%s", text);
    }
}

static platen_code drivers_later(platen_work *work, uint32_t ms,
                                 void (*then)(platen_work *work, void *user), void *user,
                                 platen_error *err)
{
    testkit *kit = testkit_of(work);
    if (!testkit_acts(work, "later() in a work that reads") || work->plan != NULL ||
        work->setting || work->then != NULL || then == NULL || ms < 1 || ms > 600000) {
        testkit_breach(kit, "later() that cannot be");
        return testkit_error(err, PLATEN_E_STATE, "later() cannot be now");
    }
    if (testkit_strikes(kit, TESTKIT_FAULT_LATER)) {
        return testkit_error(err, kit->fault_code, "later() was told to fail");
    }
    work->then = then;
    work->then_user = user;
    work->wait_ms = ms;
    kit->report.waits++;
    kit->report.waited += ms;
    return PLATEN_OK;
}

static platen_code drivers_data(platen_work *work, const char *json, size_t length,
                                platen_error *err)
{
    testkit_report *report = &work->kit->report;
    if (!testkit_acts(work, "data() in a work that reads") || json == NULL) {
        return testkit_error(err, PLATEN_E_STATE, "data() of a work that reads, or of nothing");
    }
    if (length > PLATEN_DATA_MAX) {
        return testkit_error(err, PLATEN_E_TOO_LARGE, "data of %zu bytes", length);
    }
    if (testkit_strikes(work->kit, TESTKIT_FAULT_DATA)) {
        return testkit_error(err, work->kit->fault_code, "data() was told to fail");
    }
    free(report->data);
    report->data = strndup(json, length);
    return report->data != NULL ? PLATEN_OK : testkit_error(err, PLATEN_E_NOMEM, "no memory");
}

static void drivers_hint(platen_work *work, uint32_t hints)
{
    work->kit->report.hints |= hints;
}

const platen_drivers testkit_driver_table = {(uint32_t)sizeof(platen_drivers),
                                             drivers_add,
                                             drivers_kind,
                                             drivers_target,
                                             drivers_memo,
                                             drivers_memo_set,
                                             drivers_sure,
                                             drivers_text,
                                             drivers_integer,
                                             drivers_firmware,
                                             drivers_counter,
                                             drivers_supply,
                                             drivers_part,
                                             drivers_alert,
                                             drivers_finish,
                                             drivers_act,
                                             drivers_change,
                                             drivers_act_log,
                                             drivers_skip,
                                             drivers_warn,
                                             drivers_later,
                                             drivers_action,
                                             drivers_data,
                                             drivers_hint};
