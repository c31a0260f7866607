/* snmp/1 in a worker process: plans are compiled here to be checked and there to be read; reads go
 * to the agent's engine, which has sockets, credentials and the pace. Main thread. */
#include "core/worker/process_room.h"

#include <stdlib.h>

#include "core/base/log.h"
#include "core/snmp/snmp.h"
#include "core/worker/readings.h"

#define LOG_SOURCE "worker"

/* A plan as drivers hold it here: its number. */
typedef struct sent_plan {
    struct sent_plan *next;
    uint32_t number;
} sent_plan;

static sent_plan *plans; /* main thread */

/* `given` has a stride of its own: the struct may be longer in a newer plugin. */
static platen_code copy_items(const platen_snmp_item *given, uint32_t count,
                              platen_snmp_item *items, platen_error *err)
{
    size_t stride = given->size;
    if (stride < sizeof(*items) || stride > 4096 || stride % _Alignof(platen_snmp_item) != 0) {
        return error_set(err, PLATEN_E_INVAL, "items of %zu bytes, at least %zu needed", stride,
                         sizeof(*items));
    }
    for (uint32_t i = 0; i < count; i++) {
        items[i] = *(const platen_snmp_item *)(const void *)((const char *)given + i * stride);
        items[i].size = (uint32_t)sizeof(*items);
    }
    return PLATEN_OK;
}

/* Refuses what the agent would refuse, and sends the rest. */
static platen_code send_plan(const platen_snmp_item *items, uint32_t count, uint32_t number,
                             platen_error *err)
{
    snmpeng_plan *checked = NULL;
    PLATEN_TRY(snmpeng_plan_new(items, count, &checked, err));
    snmpeng_plan_free(checked);
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_PLAN, 0);
    pipe_put_u32(&out, number);
    readings_put_items(&out, items, count);
    process_send(&out, begin);
    strbuf_fini(&out);
    return PLATEN_OK;
}

static platen_code make_plan(platen_ctx *ctx, const platen_snmp_item *given, uint32_t count,
                             platen_snmp_plan **out, platen_error *err)
{
    if (ctx == NULL || given == NULL || out == NULL || count == 0 || count > READINGS_ITEMS) {
        return error_set(err, PLATEN_E_INVAL, "a plan of %u items, 1 to %u can be", count,
                         READINGS_ITEMS);
    }
    platen_snmp_item *items = calloc(count, sizeof(*items));
    sent_plan *made = calloc(1, sizeof(*made));
    platen_code rc = items != NULL && made != NULL
                         ? copy_items(given, count, items, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for a plan");
    if (rc == PLATEN_OK) {
        rc = send_plan(items, count, the_process.plans, err);
    }
    free(items);
    if (rc != PLATEN_OK) {
        free(made);
        return rc;
    }
    *made = (sent_plan){plans, the_process.plans++};
    plans = made;
    *out = (platen_snmp_plan *)(void *)made;
    return PLATEN_OK;
}

void process_free_plans(void)
{
    while (plans != NULL) {
        sent_plan *gone = plans;
        plans = gone->next;
        free(gone);
    }
}

static platen_code check(work *w, const char *call, platen_error *err)
{
    if (!process_usable(w, call)) {
        return error_set(err, PLATEN_E_INVAL, "%s() needs a work that is not finished", call);
    }
    if (w->reading || w->reach.blocking) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' cannot read: %s", w->reach.driver,
                         w->reading ? "a read is under way" : "it is a blocking one");
    }
    return PLATEN_OK;
}

static platen_code begin_read(work *w, strbuf *out, size_t begin,
                              void (*done)(platen_work *work, const platen_snmp_result *result,
                                           void *user),
                              void *user, platen_error *err)
{
    if (out->failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a read");
    }
    w->reading = true;
    w->read_done = done;
    w->read_user = user;
    process_send(out, begin);
    return PLATEN_OK;
}

static platen_code read_plan(platen_work *w, const platen_snmp_plan *plan,
                             void (*done)(platen_work *work, const platen_snmp_result *result,
                                          void *user),
                             void *user, platen_error *err)
{
    if (plan == NULL || done == NULL) {
        return error_set(err, PLATEN_E_INVAL, "a read needs a work, a plan and a callback");
    }
    PLATEN_TRY(check(w, "read", err));
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_READ, w->id);
    pipe_put_u32(&out, ((const sent_plan *)(const void *)plan)->number);
    platen_code rc = begin_read(w, &out, begin, done, user, err);
    strbuf_fini(&out);
    return rc;
}

/* `given` has a stride of its own: the struct may be longer in a newer plugin. */
static platen_code copy_values(const platen_snmp_value *given, uint32_t count,
                               platen_snmp_value values[READINGS_VALUES], platen_error *err)
{
    size_t stride = given->size;
    if (count == 0 || count > READINGS_VALUES || stride < sizeof(*values) || stride > 4096 ||
        stride % _Alignof(platen_snmp_value) != 0) {
        return error_set(err, PLATEN_E_INVAL, "a SET of %u values of %zu bytes each", count,
                         stride);
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = *(const platen_snmp_value *)(const void *)((const char *)given + i * stride);
    }
    return PLATEN_OK;
}

static platen_code set_values(platen_work *w, const platen_snmp_value *given, uint32_t count,
                              void (*done)(platen_work *work, const platen_snmp_result *result,
                                           void *user),
                              void *user, platen_error *err)
{
    platen_snmp_value values[READINGS_VALUES];
    snmpeng_plan *checked = NULL;
    if (given == NULL || done == NULL) {
        return error_set(err, PLATEN_E_INVAL, "a SET needs a work, values and a callback");
    }
    PLATEN_TRY(check(w, "set", err));
    if (!w->acts || (w->act.flags & PLATEN_ACT_PREVIEW) != 0) {
        return error_set(err, PLATEN_E_STATE, "%s writes nothing",
                         w->acts ? "a preview" : "a work that reads");
    }
    PLATEN_TRY(copy_values(given, count, values, err));
    PLATEN_TRY(snmpeng_set_new(values, count, &checked, err));
    snmpeng_plan_free(checked);
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_SET, w->id);
    readings_put_values(&out, values, count);
    platen_code rc = begin_read(w, &out, begin, done, user, err);
    strbuf_fini(&out);
    return rc;
}

void process_take_result(pipe_frame *frame)
{
    uint32_t *arcs = NULL;
    work *w = process_find(frame->work);
    reading *r = readings_result(&frame->in, &arcs);
    if (r == NULL) {
        log_error("an answer cannot be read");
        abort();
    }
    if (w != NULL && w->reading) { /* else it finished without waiting for it */
        w->reading = false;
        w->read_done(w, &r->result, w->read_user);
    }
    free(r);
    free(arcs);
}

const platen_snmp process_snmp = {
    .size = (uint32_t)sizeof(platen_snmp),
    .plan = make_plan,
    .read = read_plan,
    .set = set_values,
};
