/* snmp/1: plans, and the recording that answers them. */
#include "testkit_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPETITIONS 25u
#define VARBINDS 24u
#define DEFAULT_ROWS 1000u

static platen_code snmp_plan(platen_ctx *ctx, const platen_snmp_item *items, uint32_t count,
                             platen_snmp_plan **plan, platen_error *err)
{
    testkit *kit = ctx->kit;
    if (testkit_strikes(kit, TESTKIT_FAULT_PLAN)) {
        return testkit_error(err, kit->fault_code, "the plan was told to fail");
    }
    if (count < 1u || count > 256u || kit->plan_count == PLANS) {
        return testkit_error(err, PLATEN_E_INVAL, "a plan of %u items", count);
    }
    platen_snmp_plan *made = calloc(1, sizeof(*made));
    plan_item *copies = calloc(count, sizeof(*copies));
    if (made == NULL || copies == NULL) {
        free(made);
        free(copies);
        return testkit_error(err, PLATEN_E_NOMEM, "no memory");
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
            return testkit_error(err, PLATEN_E_INVAL, "item %u is no object: %s", i, items[i].oid);
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
    testkit *kit = testkit_of(work);
    if (work->plan != NULL) {
        testkit_breach(kit, "a read while another is under way");
    }
    if (testkit_strikes(kit, TESTKIT_FAULT_READ)) {
        return testkit_error(err, kit->fault_code, "the read was told to fail");
    }
    if (plan == NULL || done == NULL) {
        testkit_breach(kit, "a read without plan or callback");
        return testkit_error(err, PLATEN_E_INVAL, "a read without plan");
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
    testkit *kit = testkit_of(work);
    if (work->plan != NULL || work->setting || work->then != NULL || done == NULL || count < 1 ||
        count > SET_VALUES || !testkit_acts(work, "set() in a work that reads")) {
        testkit_breach(kit, "a set() that cannot be");
        return testkit_error(err, PLATEN_E_INVAL, "a set() that cannot be");
    }
    if ((kit->act.flags & PLATEN_ACT_PREVIEW) != 0) {
        testkit_breach(kit, "a set() in a preview");
        return testkit_error(err, PLATEN_E_STATE, "a preview writes nothing");
    }
    if (testkit_strikes(kit, TESTKIT_FAULT_SET)) {
        return testkit_error(err, kit->fault_code, "the SET was told to fail");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].size != sizeof(values[i]) || values[i].octet_count > 4096) {
            testkit_breach(kit, "a value of the wrong size");
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

const platen_snmp testkit_snmp_table = {(uint32_t)sizeof(platen_snmp), snmp_plan, snmp_read,
                                        snmp_set};

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

void testkit_deliver(testkit *kit)
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
    if (testkit_strikes(kit, TESTKIT_FAULT_BREAK)) {
        result.code = (uint32_t)testkit_error(&error, kit->fault_code, "the read broke off");
        result.error = &error;
        result.count /= 2u;
    } else if (kit->silent || testkit_strikes(kit, TESTKIT_FAULT_SILENCE)) {
        result.code = (uint32_t)testkit_error(
            &error, kit->silent ? PLATEN_E_TIMEOUT : kit->fault_code, "no answer");
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
        testkit_breach(kit, "a value that a recording cannot hold");
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

void testkit_deliver_set(testkit *kit)
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
        result.code = (uint32_t)testkit_error(&error, PLATEN_E_TIMEOUT, "no answer to a SET");
    } else if (status > 0) {
        result.code = (uint32_t)testkit_error(&error, refusal_code(status),
                                              "the device answers error-status %d", status);
        result.status = (uint32_t)status;
        result.index = 1;
    }
    result.error = result.code != PLATEN_OK ? &error : NULL;
    work->setting = false;
    work->done(work, &result, work->user);
}

void testkit_plans_free(testkit *kit)
{
    for (size_t i = 0; i < kit->plan_count; i++) {
        free(kit->plans[i]->items);
        free(kit->plans[i]);
    }
    kit->plan_count = 0;
}
