/*
 * Works that are handed to a worker. For the desk these are works of ordinary drivers: what the
 * worker tells is done here with the desk's own calls of driver/1 and snmp/1, on the SNMP thread.
 */
#include "core/worker/ward.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/agent/desk.h"
#include "core/agent/reach.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/worker/facts.h"
#include "core/worker/readings.h"

#define LOG_SOURCE "worker"

#define LATE_MS 2000         /* behind its deadline a work is late, and its worker hung */
#define TOLD_MAX (48u << 20) /* bytes of facts of one work */
#define TURNS_MAX (PLATEN_TCP_SESSIONS + 2)
#define STRAYS_MAX 100000u

typedef struct handed {
    ward *ward;
    platen_work *work;
    uint32_t id;
    uint32_t generation;
    size_t told;
    uint16_t turns[TURNS_MAX]; /* ports that the worker has the turn at */
    unsigned turn_count;
    bool reading;
    bool waiting;  /* later() runs: the work cannot end before it */
    bool finished; /* and the worker is done with it, with this */
    platen_code code;
    platen_error error;
    platen_error data; /* why the last data() was refused; code 0: it was not */
} handed;

static const platen_drivers *const desk_table = &desk_drivers;

/* ---- ends ---- */

static void finish(handed *h, platen_code code, const platen_error *err)
{
    (void)map_remove(h->ward->works, &h->id, sizeof(h->id));
    if (h->waiting) { /* the desk still has it in its line of waits */
        h->finished = true;
        h->code = code;
        h->error = err != NULL ? *err : (platen_error)PLATEN_ERROR_INIT;
        desk_work_hurry(h->work);
        return;
    }
    platen_work *work = h->work;
    platen_error text = err != NULL ? *err : (platen_error)PLATEN_ERROR_INIT;
    free(h);
    desk_table->finish(work, code, code != PLATEN_OK ? &text : NULL);
}

/* The worker is at fault. */
static void break_off(ward *w, const char *what)
{
    char reason[WARD_REASON];
    (void)snprintf(reason, sizeof(reason), "was killed: it broke the protocol: %s", what);
    ward_order_end(w, reason);
}

static bool take_first(const void *key, size_t length, void *value, void *user)
{
    (void)key;
    (void)length;
    *(handed **)user = value;
    return false;
}

void handed_end_all(ward *w, platen_code code, const char *reason)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)error_set(&err, code, "plugin '%s' %s", w->name, reason);
    for (;;) {
        handed *h = NULL;
        map_each(w->works, take_first, &h);
        if (h == NULL) {
            return;
        }
        finish(h, code, &err);
    }
}

void handed_fini(ward *w)
{
    map_free(w->works, NULL);
    for (size_t i = 0; i < w->plan_count; i++) {
        free(w->plans[i].bytes);
        snmpeng_plan_free(w->plans[i].plan);
    }
}

/* ---- a work goes out ---- */

static void put_target(strbuf *out, const platen_work *work, int64_t limit)
{
    platen_target t = PLATEN_TARGET_INIT;
    desk_table->target(work, &t);
    const char *const texts[] = {t.address,       t.hostname,  t.manufacturer, t.model,   t.serial,
                                 t.sys_object_id, t.sys_descr, t.user,         t.password};
    pipe_put_u32(out, t.port);
    /* Of a blocking driver: what it has from the moment when a thread takes it. */
    pipe_put_i64(out, t.deadline == INT64_MAX ? limit : t.deadline);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        pipe_put_text(out, texts[i]);
    }
    pipe_put_text(out, desk_table->memo(work));
    pipe_put_u32(out, t.hints);
}

static void put_act(strbuf *out, const platen_work *work, bool acts)
{
    platen_act act = PLATEN_ACT_INIT;
    pipe_put_u8(out, acts ? 1 : 0);
    if (acts) {
        desk_table->act(work, &act);
        pipe_put_u32(out, act.flags);
        pipe_put_text(out, act.action);
        pipe_put_text(out, act.settings);
        pipe_put_i64(out, act.first);
        pipe_put_u32(out, (uint32_t)desk_data_room(work));
    }
}

static void send_work(const handed *h, uint32_t driver)
{
    strbuf out;
    strbuf_init(&out);
    uint32_t kind = desk_table->kind(h->work);
    size_t begin = pipe_begin(&out, PIPE_WORK, h->id);
    pipe_put_u32(&out, driver);
    pipe_put_u32(&out, kind);
    put_target(&out, h->work, desk_work_limit(h->work));
    put_act(&out, h->work, kind == PLATEN_WORK_ACT);
    ward_send(h->ward, &out, begin);
    explicit_bzero(out.data, out.length);
    strbuf_fini(&out);
}

static handed *hand_out(ward *w, platen_work *work)
{
    handed *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return NULL;
    }
    do {
        w->last_id = w->last_id == UINT32_MAX ? 1 : w->last_id + 1;
    } while (map_get(w->works, &w->last_id, sizeof(w->last_id)) != NULL);
    h->ward = w;
    h->work = work;
    h->id = w->last_id;
    h->generation = w->generation;
    h->data = (platen_error)PLATEN_ERROR_INIT;
    if (!map_set(w->works, &h->id, sizeof(h->id), h, NULL)) {
        free(h);
        return NULL;
    }
    return h;
}

void handed_run(platen_work *work, void *user)
{
    const ward_driver *driver = user;
    ward *w = driver->ward;
    platen_error err = PLATEN_ERROR_INIT;
    if (!atomic_load(&w->alive)) {
        (void)error_set(&err, PLATEN_E_UNAVAILABLE,
                        "plugin '%s' is not running: its worker process %s", w->name, w->reason);
        desk_table->finish(work, PLATEN_E_UNAVAILABLE, &err);
        return;
    }
    handed *h = hand_out(w, work);
    if (h == NULL) {
        (void)error_set(&err, PLATEN_E_NOMEM, "no memory for a work");
        desk_table->finish(work, PLATEN_E_NOMEM, &err);
        return;
    }
    send_work(h, driver->index);
}

/* ---- plans ---- */

static platen_code compile(ward *w, const pipe_in *fields, platen_error *err)
{
    ward_plan *p = &w->plans[w->plan_count];
    pipe_in in = *fields;
    uint32_t count = 0;
    size_t length = (size_t)(in.end - in.at);
    platen_snmp_item *items = readings_items(&in, &count);
    if (items == NULL) {
        return error_set(err, PLATEN_E_MALFORMED, "a plan cannot be read");
    }
    platen_code rc = snmpeng_plan_new(items, count, &p->plan, err);
    free(items);
    PLATEN_TRY(rc);
    p->bytes = malloc(length);
    if (p->bytes == NULL) {
        snmpeng_plan_free(p->plan);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a plan");
    }
    memcpy(p->bytes, fields->at, length);
    p->length = length;
    w->plan_count++;
    return PLATEN_OK;
}

static void take_plan(ward *w, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t number = pipe_u32(&frame->in);
    size_t length = (size_t)(frame->in.end - frame->in.at);
    size_t at = 0;
    while (at < w->plan_count && (w->plans[at].length != length ||
                                  memcmp(w->plans[at].bytes, frame->in.at, length) != 0)) {
        at++;
    }
    if (frame->in.bad || number != w->number_count || number == WARD_PLANS || at == WARD_PLANS) {
        break_off(w, "a plan that is one too many");
    } else if (at == w->plan_count && compile(w, &frame->in, &err) != PLATEN_OK) {
        break_off(w, "a plan that cannot be");
    } else {
        w->numbers[w->number_count++] = at;
    }
}

/* ---- reads ---- */

static void send_result(const handed *h, const platen_snmp_result *result)
{
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_RESULT, h->id);
    readings_put_result(&out, result);
    ward_send(h->ward, &out, begin);
    strbuf_fini(&out);
}

static void read_done(platen_work *work, const platen_snmp_result *result, void *user)
{
    handed *h = user;
    (void)work;
    h->reading = false;
    if (h->generation == h->ward->generation) {
        send_result(h, result);
    }
}

static void send_failure(const handed *h, const platen_error *err)
{
    const platen_snmp_result result = {.size = (uint32_t)sizeof(result),
                                       .code = err->code,
                                       .binding_size = (uint32_t)sizeof(platen_snmp_binding),
                                       .error = err};
    send_result(h, &result);
}

static void take_read(handed *h, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    const ward *w = h->ward;
    uint32_t number = pipe_u32(&frame->in);
    if (!pipe_done(&frame->in) || number >= w->number_count || h->reading || h->waiting) {
        break_off(h->ward, "a read that cannot be");
        return;
    }
    const snmpeng_plan *plan = w->plans[w->numbers[number]].plan;
    h->reading = true;
    if (desk_snmp.read(h->work, (const platen_snmp_plan *)(const void *)plan, read_done, h, &err) !=
        PLATEN_OK) {
        h->reading = false;
        send_failure(h, &err);
    }
}

static void take_set(handed *h, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t count = 0;
    platen_snmp_value *values = readings_values(&frame->in, &count);
    if (values == NULL || h->reading || h->waiting) {
        free(values);
        break_off(h->ward, "a SET that cannot be");
        return;
    }
    h->reading = true;
    if (desk_snmp.set(h->work, values, count, read_done, h, &err) != PLATEN_OK) {
        h->reading = false;
        send_failure(h, &err);
    }
    free(values);
}

/* ---- the other messages of a work ---- */

static void wait_over(platen_work *work, void *user)
{
    handed *h = user;
    (void)work;
    h->waiting = false;
    if (h->finished) {
        platen_error err = h->error;
        platen_code code = h->code;
        free(h);
        desk_table->finish(work, code, code != PLATEN_OK ? &err : NULL);
        return;
    }
    strbuf out;
    strbuf_init(&out);
    ward_send(h->ward, &out, pipe_begin(&out, PIPE_GO_ON, h->id));
    strbuf_fini(&out);
}

static void take_later(handed *h, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t ms = pipe_u32(&frame->in);
    if (!pipe_done(&frame->in) || h->reading || h->waiting) {
        break_off(h->ward, "a wait that cannot be");
        return;
    }
    h->waiting = true;
    if (desk_table->later(h->work, ms, wait_over, h, &err) != PLATEN_OK) {
        wait_over(h->work, h); /* the next read says why */
    }
}

static void take_turn(handed *h, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    reach *r = reach_of(h->work);
    uint32_t port = pipe_u32(&frame->in);
    if (!pipe_done(&frame->in) || port == 0 || port > 65535 || h->turn_count == TURNS_MAX) {
        break_off(h->ward, "a turn that cannot be");
        return;
    }
    platen_code rc = r->calls->take_turn(r, (uint16_t)port, &err);
    if (rc == PLATEN_OK) {
        h->turns[h->turn_count++] = (uint16_t)port;
    }
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_TURN, h->id);
    pipe_put_u32(&out, (uint32_t)rc);
    pipe_put_text(&out, err.text);
    ward_send(h->ward, &out, begin);
    strbuf_fini(&out);
}

static void give_turn(handed *h, pipe_frame *frame)
{
    reach *r = reach_of(h->work);
    uint32_t port = pipe_u32(&frame->in);
    for (unsigned i = 0; i < h->turn_count; i++) {
        if (h->turns[i] == port) {
            h->turns[i] = h->turns[--h->turn_count];
            r->calls->give_turn(r, (uint16_t)port);
            return;
        }
    }
}

static void take_facts(handed *h, pipe_frame *frame)
{
    h->told += frame->length;
    if (h->told > TOLD_MAX) {
        break_off(h->ward, "it tells more of a device than anybody wants to know");
    } else if (!facts_apply(&frame->in, desk_table, h->work, &h->data)) {
        break_off(h->ward, "facts that cannot be read");
    }
}

static void take_finish(handed *h, pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    uint32_t code = pipe_u32(&frame->in);
    const char *text = pipe_text(&frame->in, PLATEN_ERROR_TEXT);
    if (!pipe_done(&frame->in)) {
        break_off(h->ward, "an end that cannot be read");
        return;
    }
    (void)error_set(&err, (platen_code)code, "%s", text);
    if (code == PLATEN_OK && h->data.code != PLATEN_OK) { /* the driver could not know */
        err = h->data;
        code = err.code;
    }
    finish(h, (platen_code)code, &err);
}

static void take_frame(ward *w, pipe_frame *frame)
{
    if (frame->kind == PIPE_PLAN) {
        take_plan(w, frame);
        return;
    }
    handed *h = map_get(w->works, &frame->work, sizeof(frame->work));
    if (h == NULL) { /* finished already: of a thread that was late, or made up */
        if (++w->strays == STRAYS_MAX) {
            break_off(w, "messages about works that are not there");
        }
        return;
    }
    if (frame->kind == PIPE_READ) {
        take_read(h, frame);
    } else if (frame->kind == PIPE_SET) {
        take_set(h, frame);
    } else if (frame->kind == PIPE_LATER) {
        take_later(h, frame);
    } else if (frame->kind == PIPE_TAKE_TURN) {
        take_turn(h, frame);
    } else if (frame->kind == PIPE_GIVE_TURN) {
        give_turn(h, frame);
    } else if (frame->kind == PIPE_BEGUN) {
        desk_work_begun(h->work);
    } else if (frame->kind == PIPE_FACTS) {
        take_facts(h, frame);
    } else {
        take_finish(h, frame);
    }
}

/* ---- what comes from the wards' thread ---- */

static bool is_late(const void *key, size_t length, void *value, void *user)
{
    const handed *h = value;
    platen_target t = PLATEN_TARGET_INIT;
    (void)key;
    (void)length;
    desk_table->target(h->work, &t);
    *(bool *)user = t.deadline < clock_now() - LATE_MS;
    return !*(bool *)user;
}

static void check_late(ward *w)
{
    bool late = false;
    map_each(w->works, is_late, &late);
    if (late) {
        ward_order_end(w, "was killed: a work was not finished by its deadline");
    }
}

static void take_death(ward *w, const char *reason)
{
    atomic_store(&w->alive, false);
    (void)snprintf(w->reason, sizeof(w->reason), "%s", reason);
    w->generation++;
    w->number_count = 0;
    w->strays = 0;
    char text[WARD_REASON + 32];
    (void)snprintf(text, sizeof(text), "worker process %s", reason);
    handed_end_all(w, PLATEN_E_UNAVAILABLE, text);
}

void handed_deliver(inbox_item *item)
{
    delivery *d = CONTAINER_OF(item, delivery, item);
    ward *w = d->ward;
    atomic_fetch_sub(&w->waiting, sizeof(*d) + d->length);
    if (d->what == DELIVERY_DIED) {
        take_death(w, d->reason);
    } else if (d->what == DELIVERY_BORN) {
        atomic_store(&w->alive, true);
        atomic_store(&w->owner->news, true);
        ward_wake(w->owner);
    } else if (d->what == DELIVERY_CHECK) {
        check_late(w);
    } else {
        pipe_frame frame;
        if (pipe_next(d->bytes, d->length, &frame) > 0) {
            take_frame(w, &frame);
        }
    }
    free(d);
}
