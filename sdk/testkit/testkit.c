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

#include "recording.h"
#include "report.h"

#define PLANS 1024u
#define READS_A_WORK 64u
#define REPETITIONS 25u
#define VARBINDS 24u
#define DEFAULT_ROWS 1000u

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
};

struct testkit {
    platen_ctx ctx;
    const platen_plugin *plugin;
    void *library;
    char folder[1024];
    bool loaded;
    bool registered;
    platen_driver driver;
    recording device;
    char memo[256];
    testkit_report report;
    size_t plan_count;
    platen_snmp_plan *plans[PLANS];
    platen_work work;
    testkit_fault fault;
    unsigned nth;
    unsigned calls;
    platen_code fault_code;
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

static const platen_conf conf_table = {
    (uint32_t)sizeof(platen_conf), conf_add, conf_text, conf_integer, conf_boolean, conf_folder};

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
    if (work->plan != NULL) {
        misuse(kit, "finish() while a read is under way");
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
                                             drivers_finish};

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

static const platen_snmp snmp_table = {(uint32_t)sizeof(platen_snmp), snmp_plan, snmp_read};

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
    platen_snmp_result result = {
        (uint32_t)sizeof(result), PLATEN_OK, 0, (uint32_t)sizeof(platen_snmp_binding), NULL, NULL};
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
    } else if (strikes(kit, TESTKIT_FAULT_SILENCE)) {
        result.code = (uint32_t)host_fail(&error, kit->fault_code, "no answer");
        result.error = &error;
        result.count = 0;
        result.bindings = NULL;
    }
    work->plan = NULL;
    work->done(work, &result, work->user);
    free(taken);
    free(bindings);
}

testkit *testkit_new(const platen_plugin *plugin, const char *folder)
{
    testkit *kit = calloc(1, sizeof(*kit));
    if (kit != NULL) {
        kit->ctx.kit = kit;
        kit->plugin = plugin;
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
        if (host_iface(&kit->ctx, plugin->needs[i]) == NULL) {
            return host_fail(err, PLATEN_E_VERSION, "plugin needs %s", plugin->needs[i]);
        }
    }
    platen_code code = plugin->load(&host_table, &kit->ctx, err);
    kit->loaded = code == PLATEN_OK;
    if (!kit->loaded) {
        kit->registered = false;
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
    kit->work = (platen_work){kit, kind, false, NULL, NULL, NULL};
    if (!kit->registered) {
        misuse(kit, "no driver registered");
        return &kit->report;
    }
    kit->driver.run(&kit->work, kit->driver.user);
    for (unsigned i = 0; kit->work.plan != NULL && i < READS_A_WORK; i++) {
        deliver(kit);
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
