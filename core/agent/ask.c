/* snmp/1 as drivers see it: reading and writing the device of a work. SNMP thread. */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define SET_VALUES 24 /* most values of one SET */

static void read_done(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    work *w = user;
    w->reading = false;
    if (atomic_load(&w->state) == WORK_FINISHED) { /* it finished without waiting for us */
        work_read_ended(w);
        return;
    }
    if (w->visit != NULL) {
        w->visit->version = result->code == PLATEN_OK ? version : w->visit->version;
        w->visit->heard = w->visit->heard || result->count > 0;
    }
    w->read_done(w, result, w->read_user);
}

/* The device is late: whether its host is there at all is asked beside the tries that are left. */
static void read_late(void *user)
{
    visit *v = ((const work *)user)->visit;
    if (v == NULL) {
        return;
    }
    visit_note_slow(v);
    if (v->mode == VISIT_POLL && !v->answered && !v->alive) {
        visit_ask_host(v);
    }
}

/* A community that was not answered lately is asked for in both versions. */
static uint32_t version_flags(const visit *v)
{
    if (v->version == SNMPENG_V3 || v->device == NULL || v->answered) {
        return 0;
    }
    if (v->device->protocol == DEVICE_PROTOCOL_NONE) {
        return v->version == SNMPENG_V2C ? SNMPENG_V1_RETRY : 0;
    }
    return v->device->silent ? SNMPENG_OTHER_LAST : 0;
}

static platen_code may_ask(const platen_work *w, platen_error *err)
{
    if (w->visit == NULL || atomic_load(&w->desk->halted)) {
        return error_set(err, PLATEN_E_CANCELLED, "the work was taken back");
    }
    if (w->reading || (w->driver->driver.flags & PLATEN_DRIVER_BLOCKING) != 0) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' cannot read: %s", w->driver->driver.id,
                         w->reading ? "a read is under way" : "it is a blocking one");
    }
    if (w->visit->credential == NULL || w->visit->credential->snmp == NULL) {
        return error_set(err, PLATEN_E_AUTH, "there is no SNMP credential for this device");
    }
    return PLATEN_OK;
}

static platen_code ask(platen_work *w, const credential *key, const snmpeng_plan *plan,
                       void (*done)(const platen_snmp_result *result, snmpeng_version version,
                                    void *user),
                       platen_error *err)
{
    visit *v = w->visit;
    snmpeng_request request = {
        .address = v->address,
        .port = settings_port_of(v->settings, "snmp", 161),
        .version = v->version,
        .flags = version_flags(v) | (v->heard ? SNMPENG_HEARD : 0),
        .credential = key->snmp,
        .plan = plan,
        .peer = visit_peer(v),
        .rtt = visit_rtt(v),
        .timeout_ms = v->settings->timeout_ms,
        .tries = v->settings->tries,
        .deadline = clock_mono() + (w->deadline - clock_now()),
        .done = done,
        .late = read_late,
        .user = w,
    };
    if (visit_is_slow(v)) {
        visit_note_slow(v);
    }
    w->reading = true;
    platen_code rc = snmpeng_submit(w->desk->inbox.engine, &request, NULL, err);
    if (rc != PLATEN_OK) {
        w->reading = false;
    }
    return rc;
}

static platen_code read_plan(platen_work *w, const platen_snmp_plan *plan,
                             void (*done)(platen_work *work, const platen_snmp_result *result,
                                          void *user),
                             void *user, platen_error *err)
{
    if (plan == NULL || done == NULL || !work_usable(w, "read")) {
        return error_set(err, PLATEN_E_INVAL, "a read needs a work, a plan and a callback");
    }
    PLATEN_TRY(may_ask(w, err));
    w->read_done = done;
    w->read_user = user;
    return ask(w, w->visit->credential, (const snmpeng_plan *)plan, read_done, err);
}

/* ---- writing ---- */

static void end_set(work *w, const platen_snmp_result *result, snmpeng_version version)
{
    snmpeng_plan_free(w->set_plan);
    w->set_plan = NULL;
    read_done(result, version, w);
}

/* Nobody else may write either. Which credential the device is read with, and what helps. */
static void end_refused(work *w)
{
    const credential *c = w->visit->credential;
    platen_error why = PLATEN_ERROR_INIT;
    platen_snmp_result told = {.size = (uint32_t)sizeof(told),
                               .code = PLATEN_E_AUTH,
                               .binding_size = (uint32_t)sizeof(platen_snmp_binding),
                               .error = &why,
                               .status = w->act->refused_status,
                               .index = w->act->refused_index};
    w->act->credential = c->id;
    (void)error_set(&why, PLATEN_E_AUTH,
                    "credential %" PRId64 " (%s) reads this device but may not write (%.100s): "
                    "allow writing for it on the device, or register one that may",
                    c->id, c->kind == CREDENTIAL_SNMPV3 ? "SNMPv3 user" : "SNMP community",
                    w->act->refused);
    end_set(w, &told, w->visit->version);
}

static bool is_ours(const work *w)
{
    return w->visit != NULL && w->act != NULL && atomic_load(&w->state) == WORK_RUNNING &&
           !atomic_load(&w->desk->halted);
}

static void set_done(const platen_snmp_result *result, snmpeng_version version, void *user);
static bool ask_next_writer(work *w);

/* A credential that is answered at all is shown the SET: what was refused was surely not done. */
static void writer_answered(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    work *w = user;
    if (!is_ours(w)) { /* and nothing was written */
        platen_error why = PLATEN_ERROR_INIT;
        platen_snmp_result told = {.size = (uint32_t)sizeof(told),
                                   .code = PLATEN_E_CANCELLED,
                                   .binding_size = (uint32_t)sizeof(platen_snmp_binding),
                                   .error = &why};
        (void)error_set(&why, PLATEN_E_CANCELLED, "the work was taken back");
        end_set(w, &told, version);
        return;
    }
    if (result->code == PLATEN_OK && result->count > 0 &&
        ask(w, w->writer, w->set_plan, set_done, NULL) == PLATEN_OK) {
        return;
    }
    if (result->code == PLATEN_E_AUTH || result->code == PLATEN_E_TIMEOUT) {
        visit_note_wrong(w->visit, true);
    }
    if (!ask_next_writer(w)) {
        end_refused(w);
    }
}

/* Some devices have a community for reading and another one for writing (DEV-05): the others of
 * that kind are tried, as often a day as wrong ones may be shown. False: none is left. */
static bool ask_next_writer(work *w)
{
    const visit *v = w->visit;
    const settings *s = v->settings;
    while (w->writer_at < s->credential_count && visit_may_try(v)) {
        const credential *c = &s->credentials[w->writer_at++];
        if (c == v->credential || c->snmp == NULL || c->kind != v->credential->kind) {
            continue;
        }
        w->writer = c;
        if (ask(w, c, w->desk->knock_plan, writer_answered, NULL) == PLATEN_OK) {
            return true;
        }
    }
    return false;
}

static void note_refusal(work *w, const platen_snmp_result *result)
{
    act *a = w->act;
    if (w->writer == NULL) { /* the device's own credential: the others only help out */
        a->refused_status = result->status;
        a->refused_index = result->index;
        (void)snprintf(a->refused, sizeof(a->refused), "%.120s", result->error->text);
    }
}

static void set_done(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    work *w = user;
    if (result->code == PLATEN_E_AUTH && is_ours(w)) {
        note_refusal(w, result);
        if (!ask_next_writer(w)) {
            end_refused(w);
        }
        return;
    }
    if (result->code == PLATEN_OK && w->visit != NULL && w->writer != NULL) {
        log_notice("device is written with another credential device=%" PRId64
                   " credential=%" PRId64,
                   w->visit->device->id, w->writer->id);
        w->visit->credential = w->writer; /* reads as well, and need not be looked for again */
    }
    end_set(w, result, version);
}

static platen_code copy_values(const platen_snmp_value *given, uint32_t count,
                               platen_snmp_value values[SET_VALUES], platen_error *err)
{
    size_t stride = given->size;
    if (count == 0 || count > SET_VALUES || stride < sizeof(*values) || stride > 4096 ||
        stride % _Alignof(platen_snmp_value) != 0) {
        return error_set(err, PLATEN_E_INVAL, "a SET of %" PRIu32 " values of %zu bytes each",
                         count, stride);
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(&values[i], (const char *)given + i * stride, sizeof(*values));
    }
    return PLATEN_OK;
}

static platen_code set_values(platen_work *w, const platen_snmp_value *given, uint32_t count,
                              void (*done)(platen_work *work, const platen_snmp_result *result,
                                           void *user),
                              void *user, platen_error *err)
{
    platen_snmp_value values[SET_VALUES];
    if (given == NULL || done == NULL || !work_usable(w, "set")) {
        return error_set(err, PLATEN_E_INVAL, "a SET needs a work, values and a callback");
    }
    if (w->act == NULL || (w->act->order.flags & PLATEN_ACT_PREVIEW) != 0) {
        return error_set(err, PLATEN_E_STATE, "%s writes nothing",
                         w->act == NULL ? "a work that reads" : "a preview");
    }
    PLATEN_TRY(may_ask(w, err));
    PLATEN_TRY(copy_values(given, count, values, err));
    PLATEN_TRY(snmpeng_set_new(values, count, &w->set_plan, err));
    w->read_done = done;
    w->read_user = user;
    w->writer = NULL;
    w->writer_at = 0;
    platen_code rc = ask(w, w->visit->credential, w->set_plan, set_done, err);
    if (rc != PLATEN_OK) {
        snmpeng_plan_free(w->set_plan);
        w->set_plan = NULL;
    }
    return rc;
}

const platen_snmp desk_snmp = {
    .size = (uint32_t)sizeof(platen_snmp),
    .read = read_plan,
    .set = set_values,
};
