/*
 * A fake host for driver plugins: loads one plugin, plays a recorded device to it, and keeps what
 * it reports. For tests only; one thread.
 */
#include "testkit.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/conf.h>
#include <platen/log.h>

#include "need.h"
#include "recording.h"
#include "report.h"

#define PLANS 1024u
#define READS_A_WORK 64u
#define REPETITIONS 25u
#define VARBINDS 24u
#define DEFAULT_ROWS 1000u
#define SET_VALUES 24u
#define WAITS_A_WORK 1000u
#define ACTIONS 64u

struct platen_ctx {
    testkit *kit;
};

typedef struct plan_item {
    uint32_t op;
    uint32_t table;
    uint32_t limit;
    uint32_t arcs[RECORD_ARCS];
    uint32_t arc_count;
} plan_item;

struct platen_snmp_plan {
    uint32_t count;
    plan_item *items;
};

struct platen_work {
    testkit *kit;
    uint32_t kind;
    bool over;
    const platen_snmp_plan *plan; /* of the read under way */
    void (*done)(platen_work *work, const platen_snmp_result *result, void *user);
    void *user;
    bool setting; /* a SET is under way */
    uint32_t count;
    platen_snmp_value values[SET_VALUES];
    void (*then)(platen_work *work, void *user); /* after later() */
    void *then_user;
    uint32_t wait_ms;
};

struct testkit {
    platen_ctx ctx;
    const platen_plugin *plugin;
    void *library;
    char folder[1024];
    bool loaded;
    bool registered;
    platen_driver driver;
    platen_action actions[ACTIONS];
    size_t action_count;
    recording device;
    char memo[256];
    char object_id[512];
    char descr[256];
    testkit_report report;
    size_t plan_count;
    platen_snmp_plan *plans[PLANS];
    platen_work work;
    testkit_fault fault;
    unsigned nth;
    unsigned calls;
    platen_code fault_code;
    platen_act act;
    testkit_on_set *on_set;
    testkit_on_wait *on_wait;
    void *hook_user;
    bool silent;
    char misuse[200];
};

static void misuse(testkit *kit, const char *what)
{
    if (kit->misuse[0] == '\0') {
        (void)snprintf(kit->misuse, sizeof(kit->misuse), "%s", what);
    }
}

/* Whether this call of that kind is the one that is to fail. */
static bool strikes(testkit *kit, testkit_fault fault)
{
    if (kit->fault != fault) {
        return false;
    }
    kit->calls++;
    return kit->calls == kit->nth;
}

__attribute__((format(printf, 3, 4))) static platen_code
host_fail(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = (uint32_t)code;
        err->sys = 0;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

/* log/1: lines go to standard error when TESTKIT_LOG is set. */
__attribute__((format(printf, 3, 4))) static void log_write(platen_ctx *ctx, uint32_t level,
                                                            const char *format, ...)
{
    va_list args;
    if (ctx == NULL || level > PLATEN_LOG_DEBUG || getenv("TESTKIT_LOG") == NULL) {
        return;
    }
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static const platen_log log_table = {(uint32_t)sizeof(platen_log), log_write};

/* conf/1: no file, so no values. */
static platen_code conf_add(platen_ctx *ctx, const platen_conf_item *item, platen_error *err)
{
    (void)ctx;
    if (item->size != sizeof(*item) || item->key == NULL) {
        return host_fail(err, PLATEN_E_INVAL, "a setting without a key");
    }
    return PLATEN_OK;
}

static const char *conf_text(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return NULL;
}

static int64_t conf_integer(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return 0;
}

static bool conf_boolean(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return false;
}

static const char *conf_folder(platen_ctx *ctx)
{
    return ctx->kit->folder;
}

static const platen_conf conf_table = {(uint32_t)sizeof(platen_conf),
                                       conf_add,
                                       conf_text,
                                       conf_integer,
                                       conf_boolean,
                                       conf_folder,
                                       NULL,
                                       NULL};

/* driver/1 */
static platen_code drivers_add(platen_ctx *ctx, const platen_driver *driver, platen_error *err)
{
    if (driver->size != sizeof(*driver) || driver->run == NULL || driver->id == NULL) {
        return host_fail(err, PLATEN_E_INVAL, "a driver without id or run");
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
        misuse(kit, "action() after load()");
    }
    if (action->size != sizeof(*action) || action->id == NULL || action->title == NULL ||
        action->settings == NULL || action->limit_s < 1 || action->limit_s > 86400 ||
        (action->flags & ~(PLATEN_ACTION_WRITES | PLATEN_ACTION_VERIFY)) != 0) {
        return host_fail(err, PLATEN_E_INVAL, "an action that cannot be");
    }
    if (kit->action_count == ACTIONS || testkit_action(kit, action->id) != NULL) {
        return host_fail(err, PLATEN_E_EXISTS, "action '%s' is there, or one too many", action->id);
    }
    kit->actions[kit->action_count++] = *action;
    return PLATEN_OK;
}

/* The kit of a work that is not over. */
static testkit *kit_of(const platen_work *work)
{
    if (work->over) {
        misuse(work->kit, "a call with a work that is finished");
    }
    return work->kit;
}

static uint32_t drivers_kind(const platen_work *work)
{
    return kit_of(work)->work.kind;
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
    testkit *kit = kit_of(work);
    if (target->size != sizeof(*target)) {
        misuse(kit, "a target of the wrong size");
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
    return kit_of(work)->memo;
}

static void drivers_memo_set(platen_work *work, const char *memo)
{
    testkit *kit = kit_of(work);
    if (memo == NULL || strlen(memo) >= sizeof(kit->memo)) {
        misuse(kit, "a memo of more than 255 bytes");
        return;
    }
    memcpy(kit->memo, memo, strlen(memo) + 1u);
}

static void drivers_sure(platen_work *work, uint32_t sureness, const char *why)
{
    testkit *kit = kit_of(work);
    if (sureness > 100u || why == NULL || kit->work.kind != PLATEN_WORK_PROBE) {
        misuse(kit, "sure() outside of a probe, over 100, or without a reason");
    }
    kit->report.sureness = sureness;
    free(kit->report.why);
    kit->report.why = strdup(why == NULL ? "" : why);
}

static void drivers_text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    testkit *kit = kit_of(work);
    if (value == NULL || !report_add_text(&kit->report, field, value, length)) {
        misuse(kit, "a text that is NULL");
    }
}

static void drivers_integer(platen_work *work, uint32_t field, int64_t value)
{
    (void)report_add_integer(&kit_of(work)->report, field, value);
}

static void drivers_firmware(platen_work *work, const char *component, const char *version)
{
    (void)report_add_firmware(&kit_of(work)->report, component, version);
}

static void drivers_counter(platen_work *work, const platen_counter *counter)
{
    testkit *kit = kit_of(work);
    if (counter->size != sizeof(*counter) || counter->value < 0 || counter->key[0] == '\0') {
        misuse(kit, "a counter without key, or below zero");
    }
    (void)report_add_counter(&kit->report, counter);
}

static bool level_valid(int64_t level)
{
    return level >= PLATEN_LEVEL_SOME;
}

static void drivers_supply(platen_work *work, const platen_supply *supply)
{
    testkit *kit = kit_of(work);
    if (supply->size != sizeof(*supply) || supply->key[0] == '\0' || supply->percent > 100 ||
        !level_valid(supply->percent) || !level_valid(supply->level) ||
        !level_valid(supply->capacity)) {
        misuse(kit, "a supply with an impossible level");
    }
    (void)report_add_supply(&kit->report, supply);
}

static void drivers_part(platen_work *work, const platen_part *part)
{
    testkit *kit = kit_of(work);
    if (part->size != sizeof(*part) || part->key[0] == '\0' || part->percent > 100 ||
        !level_valid(part->percent) || !level_valid(part->level) || !level_valid(part->capacity)) {
        misuse(kit, "a part with an impossible level");
    }
    (void)report_add_part(&kit->report, part);
}

static void drivers_alert(platen_work *work, const platen_alert *alert)
{
    testkit *kit = kit_of(work);
    if (alert->size != sizeof(*alert)) {
        misuse(kit, "an alert of the wrong size");
    }
    (void)report_add_alert(&kit->report, alert);
}

static void drivers_finish(platen_work *work, platen_code code, const platen_error *err)
{
    testkit *kit = work->kit;
    kit->report.finished++;
    if (kit->report.finished > 1u) {
        misuse(kit, "finish() more than once");
    }
    if (work->plan != NULL || work->setting || work->then != NULL) {
        misuse(kit, "finish() while a read or a wait is under way");
    }
    if (code != PLATEN_OK && err == NULL) {
        misuse(kit, "finish() with a failure and no error");
    }
    kit->report.code = code;
    if (err != NULL) {
        kit->report.error = *err;
    }
    work->over = true;
}

static bool acts(platen_work *work, const char *what)
{
    testkit *kit = kit_of(work);
    if (work->kind != PLATEN_WORK_ACT) {
        misuse(kit, what);
    }
    return work->kind == PLATEN_WORK_ACT;
}

static void drivers_act(const platen_work *work, platen_act *act)
{
    uint32_t size = act->size;
    if (size != sizeof(*act)) {
        misuse(work->kit, "act() with a struct of the wrong size");
        return;
    }
    *act = work->kit->act;
    act->size = size;
}

static void drivers_change(platen_work *work, const char *path, const char *from, const char *to)
{
    testkit_report *report = &work->kit->report;
    if (!acts(work, "change() in a work that reads") || report->change_count == TESTKIT_CHANGES) {
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
    if (acts(work, "act_log() in a work that reads")) {
        (void)snprintf(log + length, TESTKIT_LOG - length, "%u %s\n", level, text);
    }
}

static void drivers_skip(platen_work *work, const char *code, const char *text)
{
    testkit_report *report = &work->kit->report;
    if (acts(work, "skip() in a work that reads")) {
        (void)snprintf(report->skipped, sizeof(report->skipped), "%s", code);
        (void)snprintf(report->reason, sizeof(report->reason), "%s", text);
    }
}

static void drivers_warn(platen_work *work, const char *code, const char *text)
{
    testkit_report *report = &work->kit->report;
    if (acts(work, "warn() in a work that reads")) {
        (void)snprintf(report->warned, sizeof(report->warned), "%s", code);
        (void)snprintf(report->reason, sizeof(report->reason), "%s", text);
    }
}

static platen_code drivers_later(platen_work *work, uint32_t ms,
                                 void (*then)(platen_work *work, void *user), void *user,
                                 platen_error *err)
{
    testkit *kit = kit_of(work);
    if (!acts(work, "later() in a work that reads") || work->plan != NULL || work->setting ||
        work->then != NULL || then == NULL || ms < 1 || ms > 600000) {
        misuse(kit, "later() that cannot be");
        return host_fail(err, PLATEN_E_STATE, "later() cannot be now");
    }
    if (strikes(kit, TESTKIT_FAULT_LATER)) {
        return host_fail(err, kit->fault_code, "later() was told to fail");
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
    if (!acts(work, "data() in a work that reads") || json == NULL) {
        return host_fail(err, PLATEN_E_STATE, "data() of a work that reads, or of nothing");
    }
    if (length > PLATEN_DATA_MAX) {
        return host_fail(err, PLATEN_E_TOO_LARGE, "data of %zu bytes", length);
    }
    if (strikes(work->kit, TESTKIT_FAULT_DATA)) {
        return host_fail(err, work->kit->fault_code, "data() was told to fail");
    }
    free(report->data);
    report->data = strndup(json, length);
    return report->data != NULL ? PLATEN_OK : host_fail(err, PLATEN_E_NOMEM, "no memory");
}

static void drivers_hint(platen_work *work, uint32_t hints)
{
    work->kit->report.hints |= hints;
}

static const platen_drivers drivers_table = {(uint32_t)sizeof(platen_drivers),
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

/* snmp/1 */
static platen_code snmp_plan(platen_ctx *ctx, const platen_snmp_item *items, uint32_t count,
                             platen_snmp_plan **plan, platen_error *err)
{
    testkit *kit = ctx->kit;
    if (strikes(kit, TESTKIT_FAULT_PLAN)) {
        return host_fail(err, kit->fault_code, "the plan was told to fail");
    }
    if (count < 1u || count > 256u || kit->plan_count == PLANS) {
        return host_fail(err, PLATEN_E_INVAL, "a plan of %u items", count);
    }
    platen_snmp_plan *made = calloc(1, sizeof(*made));
    plan_item *copies = calloc(count, sizeof(*copies));
    if (made == NULL || copies == NULL) {
        free(made);
        free(copies);
        return host_fail(err, PLATEN_E_NOMEM, "no memory");
    }
    made->items = copies;
    made->count = count;
    kit->plans[kit->plan_count++] = made;
    for (uint32_t i = 0; i < count; i++) {
        copies[i].op = items[i].op;
        copies[i].table = items[i].table;
        copies[i].limit = items[i].limit == 0 ? DEFAULT_ROWS : items[i].limit;
        if (items[i].size != sizeof(items[i]) || items[i].oid[0] == '.' ||
            !recording_oid(items[i].oid, strlen(items[i].oid), copies[i].arcs,
                           &copies[i].arc_count)) {
            return host_fail(err, PLATEN_E_INVAL, "item %u is no object: %s", i, items[i].oid);
        }
    }
    *plan = made;
    return PLATEN_OK;
}

static platen_code snmp_read(platen_work *work, const platen_snmp_plan *plan,
                             void (*done)(platen_work *work, const platen_snmp_result *result,
                                          void *user),
                             void *user, platen_error *err)
{
    testkit *kit = kit_of(work);
    if (work->plan != NULL) {
        misuse(kit, "a read while another is under way");
    }
    if (strikes(kit, TESTKIT_FAULT_READ)) {
        return host_fail(err, kit->fault_code, "the read was told to fail");
    }
    if (plan == NULL || done == NULL) {
        misuse(kit, "a read without plan or callback");
        return host_fail(err, PLATEN_E_INVAL, "a read without plan");
    }
    work->plan = plan;
    work->done = done;
    work->user = user;
    kit->report.reads++;
    return PLATEN_OK;
}

static platen_code snmp_set(platen_work *work, const platen_snmp_value *values, uint32_t count,
                            void (*done)(platen_work *work, const platen_snmp_result *result,
                                         void *user),
                            void *user, platen_error *err)
{
    testkit *kit = kit_of(work);
    if (work->plan != NULL || work->setting || work->then != NULL || done == NULL || count < 1 ||
        count > SET_VALUES || !acts(work, "set() in a work that reads")) {
        misuse(kit, "a set() that cannot be");
        return host_fail(err, PLATEN_E_INVAL, "a set() that cannot be");
    }
    if ((kit->act.flags & PLATEN_ACT_PREVIEW) != 0) {
        misuse(kit, "a set() in a preview");
        return host_fail(err, PLATEN_E_STATE, "a preview writes nothing");
    }
    if (strikes(kit, TESTKIT_FAULT_SET)) {
        return host_fail(err, kit->fault_code, "the SET was told to fail");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].size != sizeof(values[i]) || values[i].octet_count > 4096) {
            misuse(kit, "a value of the wrong size");
        }
        work->values[i] = values[i];
        /* Copied, as the real host does: the driver's memory may be gone by then. */
        uint8_t *octets = malloc(values[i].octet_count + 1u);
        char *oid = strdup(values[i].oid);
        if (octets != NULL && values[i].octet_count > 0) {
            memcpy(octets, values[i].octets, values[i].octet_count);
        }
        work->values[i].octets = octets;
        work->values[i].oid = oid;
    }
    work->count = count;
    work->setting = true;
    work->done = done;
    work->user = user;
    kit->report.sets++;
    return PLATEN_OK;
}

static const platen_snmp snmp_table = {(uint32_t)sizeof(platen_snmp), snmp_plan, snmp_read,
                                       snmp_set};

static const void *host_iface(platen_ctx *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "log/1") == 0) {
        return &log_table;
    }
    if (strcmp(name, "conf/1") == 0) {
        return &conf_table;
    }
    if (strcmp(name, "driver/1") == 0) {
        return &drivers_table;
    }
    return strcmp(name, "snmp/1") == 0 ? (const void *)&snmp_table : NULL;
}

static const platen_host host_table = {
    (uint32_t)sizeof(platen_host), PLATEN_ABI, PLATEN_ROLE_AGENT, "testkit", host_iface, host_fail};

/* Marks the records that a plan reads, and counts the packets it takes. */
static void read_item(const testkit *kit, const plan_item *item, bool *taken, uint32_t *rows)
{
    const recording *device = &kit->device;
    *rows = 0;
    for (size_t at = recording_seek(device, item->arcs, item->arc_count); at < device->count;
         at++) {
        const record *one = &device->at[at];
        bool below = one->arc_count >= item->arc_count &&
                     memcmp(one->arcs, item->arcs, item->arc_count * sizeof(item->arcs[0])) == 0;
        if (!below || (item->op == PLATEN_SNMP_GET && one->arc_count != item->arc_count) ||
            *rows == item->limit) {
            return;
        }
        if (item->op == PLATEN_SNMP_WALK && one->arc_count == item->arc_count) {
            continue;
        }
        taken[at] = true;
        (*rows)++;
    }
}

static void read_plan(testkit *kit, const platen_snmp_plan *plan, bool *taken)
{
    uint32_t gets = 0;
    uint32_t most = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        const plan_item *item = &plan->items[i];
        uint32_t rows = 0;
        read_item(kit, item, taken, &rows);
        if (item->op == PLATEN_SNMP_GET) {
            gets++;
            continue;
        }
        most = rows > most ? rows : most;
        bool last =
            i + 1u == plan->count || item->table == 0 || plan->items[i + 1u].table != item->table;
        if (last) {
            kit->report.requests += most / REPETITIONS + 1u;
            most = 0;
        }
    }
    kit->report.requests += (gets + VARBINDS - 1u) / VARBINDS;
}

static uint32_t bindings_make(const testkit *kit, const bool *taken, platen_snmp_binding *out)
{
    uint32_t count = 0;
    for (size_t i = 0; i < kit->device.count; i++) {
        const record *one = &kit->device.at[i];
        if (!taken[i]) {
            continue;
        }
        platen_snmp_binding *to = &out[count++];
        to->oid = one->arcs;
        to->oid_count = one->arc_count;
        to->type = one->type;
        to->integer = one->integer;
        to->octets = one->octets;
        to->octet_count = one->octet_count;
        to->arcs = one->object;
        to->arc_count = one->object_count;
    }
    return count;
}

/* Ends the read under way: calls the driver's callback. */
static void deliver(testkit *kit)
{
    platen_work *work = &kit->work;
    platen_error error = PLATEN_ERROR_INIT;
    platen_snmp_result result = {.size = (uint32_t)sizeof(result),
                                 .binding_size = (uint32_t)sizeof(platen_snmp_binding)};
    bool *taken = calloc(kit->device.count + 1u, sizeof(*taken));
    platen_snmp_binding *bindings = calloc(kit->device.count + 1u, sizeof(*bindings));
    if (taken != NULL && bindings != NULL) {
        read_plan(kit, work->plan, taken);
        result.count = bindings_make(kit, taken, bindings);
    }
    result.bindings = bindings;
    if (strikes(kit, TESTKIT_FAULT_BREAK)) {
        result.code = (uint32_t)host_fail(&error, kit->fault_code, "the read broke off");
        result.error = &error;
        result.count /= 2u;
    } else if (kit->silent || strikes(kit, TESTKIT_FAULT_SILENCE)) {
        result.code = (uint32_t)host_fail(&error, kit->silent ? PLATEN_E_TIMEOUT : kit->fault_code,
                                          "no answer");
        result.error = &error;
        result.count = 0;
        result.bindings = NULL;
    }
    work->plan = NULL;
    work->done(work, &result, work->user);
    free(taken);
    free(bindings);
}

static void write_value(testkit *kit, const platen_snmp_value *value)
{
    char line[9000];
    int at = snprintf(line, sizeof(line), "%s|", value->oid);
    if (value->type == PLATEN_SNMP_INTEGER) {
        (void)snprintf(line + at, sizeof(line) - (size_t)at, "2|%lld", (long long)value->integer);
    } else {
        at += snprintf(line + at, sizeof(line) - (size_t)at, "4x|");
        for (uint32_t i = 0; i < value->octet_count; i++) {
            at += snprintf(line + at, sizeof(line) - (size_t)at, "%02x", value->octets[i]);
        }
    }
    if (!recording_set(&kit->device, line)) {
        misuse(kit, "a value that a recording cannot hold");
    }
}

static platen_code refusal_code(int status)
{
    switch (status) {
    case 1:
        return PLATEN_E_TOO_LARGE;
    case 2:
    case 6:
    case 16:
        return PLATEN_E_AUTH;
    case 4:
    case 11:
    case 17:
        return PLATEN_E_UNSUPPORTED;
    case 5:
    case 13:
    case 14:
    case 15:
        return PLATEN_E_DEVICE;
    default:
        return PLATEN_E_INVAL;
    }
}

/* Ends the SET under way. */
static void deliver_set(testkit *kit)
{
    platen_work *work = &kit->work;
    platen_error error = PLATEN_ERROR_INIT;
    platen_snmp_result result = {.size = (uint32_t)sizeof(result),
                                 .binding_size = (uint32_t)sizeof(platen_snmp_binding)};
    int status = kit->silent           ? TESTKIT_SET_LOST
                 : kit->on_set != NULL ? kit->on_set(kit, work->values, work->count, kit->hook_user)
                                       : 0;
    for (uint32_t i = 0; i < work->count; i++) {
        if (status == 0 || status == TESTKIT_SET_UNHEARD) {
            write_value(kit, &work->values[i]);
        }
        free((void *)(uintptr_t)work->values[i].octets);
        free((void *)(uintptr_t)work->values[i].oid);
    }
    if (status == TESTKIT_SET_LOST || status == TESTKIT_SET_UNHEARD) {
        result.code = (uint32_t)host_fail(&error, PLATEN_E_TIMEOUT, "no answer to a SET");
    } else if (status > 0) {
        result.code = (uint32_t)host_fail(&error, refusal_code(status),
                                          "the device answers error-status %d", status);
        result.status = (uint32_t)status;
        result.index = 1;
    }
    result.error = result.code != PLATEN_OK ? &error : NULL;
    work->setting = false;
    work->done(work, &result, work->user);
}

static void pass_time(testkit *kit)
{
    platen_work *work = &kit->work;
    void (*then)(platen_work * of, void *user) = work->then;
    work->then = NULL;
    if (kit->on_wait != NULL) {
        kit->on_wait(kit, work->wait_ms, kit->hook_user);
    }
    then(work, work->then_user);
}

void testkit_act(testkit *kit, const platen_act *act)
{
    kit->act = *act;
}

void testkit_hooks(testkit *kit, testkit_on_set *on_set, testkit_on_wait *on_wait, void *user)
{
    kit->on_set = on_set;
    kit->on_wait = on_wait;
    kit->hook_user = user;
}

void testkit_silent(testkit *kit, bool silent)
{
    kit->silent = silent;
}

testkit *testkit_new(const platen_plugin *plugin, const char *folder)
{
    testkit *kit = calloc(1, sizeof(*kit));
    if (kit != NULL) {
        kit->ctx.kit = kit;
        kit->plugin = plugin;
        kit->act = (platen_act)PLATEN_ACT_INIT;
        (void)snprintf(kit->folder, sizeof(kit->folder), "%s", folder);
    }
    return kit;
}

testkit *testkit_open(const char *path, const char *folder, platen_error *err)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        (void)host_fail(err, PLATEN_E_IO, "%s", dlerror());
        return NULL;
    }
    const platen_plugin *plugin = dlsym(library, "platen_plugin_descriptor");
    testkit *kit = plugin == NULL ? NULL : testkit_new(plugin, folder);
    if (kit == NULL) {
        (void)host_fail(err, PLATEN_E_NOT_FOUND, "%s has no descriptor", path);
        (void)dlclose(library);
        return NULL;
    }
    kit->library = library;
    return kit;
}

platen_code testkit_load(testkit *kit, platen_error *err)
{
    const platen_plugin *plugin = kit->plugin;
    if (plugin->size < sizeof(*plugin) || plugin->abi >> 16 != PLATEN_ABI_MAJOR) {
        return host_fail(err, PLATEN_E_VERSION, "plugin of abi %u", plugin->abi);
    }
    for (size_t i = 0; plugin->needs[i] != NULL; i++) {
        const char *need = need_of_role(plugin->needs[i], PLATEN_ROLE_AGENT);
        if (need != NULL && host_iface(&kit->ctx, need) == NULL) {
            return host_fail(err, PLATEN_E_VERSION, "plugin needs %s", need);
        }
    }
    platen_code code = plugin->load(&host_table, &kit->ctx, err);
    kit->loaded = code == PLATEN_OK;
    if (!kit->loaded) {
        kit->registered = false;
        kit->action_count = 0;
    }
    return code;
}

static void plans_free(testkit *kit)
{
    for (size_t i = 0; i < kit->plan_count; i++) {
        free(kit->plans[i]->items);
        free(kit->plans[i]);
    }
    kit->plan_count = 0;
}

void testkit_unload(testkit *kit)
{
    if (!kit->loaded) {
        return;
    }
    if (kit->registered && kit->driver.release != NULL) {
        kit->driver.release(kit->driver.user);
    }
    kit->registered = false;
    kit->action_count = 0;
    if (kit->plugin->unload != NULL) {
        kit->plugin->unload(&kit->ctx);
    }
    plans_free(kit);
    kit->loaded = false;
}

void testkit_free(testkit *kit)
{
    if (kit == NULL) {
        return;
    }
    testkit_unload(kit);
    plans_free(kit);
    report_clear(&kit->report);
    recording_clear(&kit->device);
    /* The library stays mapped, as in the real host. */
    free(kit);
}

const platen_action *testkit_action(const testkit *kit, const char *id)
{
    for (size_t i = 0; i < kit->action_count; i++) {
        if (strcmp(kit->actions[i].id, id) == 0) {
            return &kit->actions[i];
        }
    }
    return NULL;
}

const platen_driver *testkit_driver(const testkit *kit)
{
    return kit->registered ? &kit->driver : NULL;
}

platen_code testkit_device_text(testkit *kit, const char *text, platen_error *err)
{
    recording_clear(&kit->device);
    kit->memo[0] = '\0';
    if (!recording_parse(&kit->device, text, strlen(text))) {
        return host_fail(err, PLATEN_E_NOMEM, "no memory");
    }
    return PLATEN_OK;
}

platen_code testkit_device_file(testkit *kit, const char *path, platen_error *err)
{
    FILE *file = fopen(path, "rbe");
    char *text = NULL;
    size_t length = 0;
    size_t got = 1;
    if (file == NULL) {
        return host_fail(err, PLATEN_E_IO, "cannot open %s", path);
    }
    while (got > 0) {
        char *grown = realloc(text, length + 65536u);
        if (grown == NULL) {
            break;
        }
        text = grown;
        got = fread(text + length, 1, 65536u, file);
        length += got;
    }
    (void)fclose(file);
    recording_clear(&kit->device);
    kit->memo[0] = '\0';
    bool parsed = text != NULL && recording_parse(&kit->device, text, length);
    free(text);
    return parsed ? PLATEN_OK : host_fail(err, PLATEN_E_NOMEM, "cannot read %s", path);
}

platen_code testkit_device_set(testkit *kit, const char *line, platen_error *err)
{
    if (!recording_set(&kit->device, line)) {
        return host_fail(err, PLATEN_E_MALFORMED, "not a line of a recording: %s", line);
    }
    return PLATEN_OK;
}

const char *testkit_memo(const testkit *kit)
{
    return kit->memo;
}

void testkit_memo_set(testkit *kit, const char *memo)
{
    (void)snprintf(kit->memo, sizeof(kit->memo), "%s", memo);
}

void testkit_fail(testkit *kit, testkit_fault fault, unsigned nth, platen_code code)
{
    kit->fault = fault;
    kit->nth = nth;
    kit->fault_code = code;
    kit->calls = 0;
}

const testkit_report *testkit_run(testkit *kit, uint32_t kind)
{
    report_clear(&kit->report);
    kit->report.error = (platen_error)PLATEN_ERROR_INIT;
    kit->work = (platen_work){.kit = kit, .kind = kind};
    if (!kit->registered) {
        misuse(kit, "no driver registered");
        return &kit->report;
    }
    kit->driver.run(&kit->work, kit->driver.user);
    unsigned most = kind == PLATEN_WORK_ACT ? WAITS_A_WORK : READS_A_WORK;
    for (unsigned i = 0; i < most; i++) {
        if (kit->work.plan != NULL) {
            deliver(kit);
        } else if (kit->work.setting) {
            deliver_set(kit);
        } else if (kit->work.then != NULL) {
            pass_time(kit);
        }
    }
    if (kit->report.finished == 0) {
        misuse(kit, "a work that was not finished");
    }
    return &kit->report;
}

const char *testkit_misuse(const testkit *kit)
{
    return kit->misuse[0] == '\0' ? NULL : kit->misuse;
}
