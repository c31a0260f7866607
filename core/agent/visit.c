/*
 * One visit, step by step. Each step either starts something and waits for its answer, or goes on;
 * there is no recursion and nothing of a visit runs twice at a time.
 */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define SLOW_MS 100 /* a round trip of so much and more is a slow device's */

static const uint32_t kinds[] = {PLATEN_WORK_INFORMATION, PLATEN_WORK_STATUS, PLATEN_WORK_COUNTERS};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

visit *visit_new(desk *d, job *j, visit_mode mode, uint32_t works)
{
    visit *v = calloc(1, sizeof(*v));
    if (v == NULL) {
        return NULL;
    }
    v->desk = d;
    v->job = j;
    v->mode = (uint8_t)mode;
    v->works = works;
    v->settings = settings_ref(j->settings);
    v->version = SNMPENG_V2C;
    v->next = d->visits;
    if (d->visits != NULL) {
        d->visits->previous = v;
    }
    d->visits = v;
    d->visit_count++;
    return v;
}

void visit_note_slow(visit *v)
{
    v->job->quick -= v->quick ? 1 : 0;
    v->quick = false;
}

bool visit_is_slow(visit *v)
{
    return snmpeng_rtt_ms(visit_rtt(v)) >= SLOW_MS;
}

void visit_free(visit *v)
{
    desk *d = v->desk;
    *(v->previous != NULL ? &v->previous->next : &d->visits) = v->next;
    if (v->next != NULL) {
        v->next->previous = v->previous;
    }
    d->visit_count--;
    d->early -= v->early ? 1 : 0;
    d->data_visits -= v->weighs && !v->waits ? 1 : 0;
    visit_note_slow(v);
    d->waiting -= v->waits ? 1 : 0;
    v->job->waiting -= v->waits ? 1 : 0;
    liveness_forget(v->liveness);
    visit_found *f = v->found;
    if (f != NULL) {
        free(f->sys_object_id);
        free(f->sys_descr);
        free(f->sys_name);
        report_free(f->report);
        for (size_t i = 0; i < PLUG_DRIVERS; i++) {
            free(f->memos[i]);
        }
        free(f);
    }
    if (v->device != NULL) {
        v->device->busy = false;
    }
    act_free(v->act);
    snmpeng_peer_free(v->peer);
    settings_unref(v->settings);
    device_texts_unref(v->texts);
    free(v->hostname);
    free(v);
}

visit_found *visit_found_get(visit *v)
{
    if (v->found == NULL) {
        v->found = calloc(1, sizeof(*v->found));
    }
    return v->found;
}

/* The first failure is kept: drivers run from the highest rank down. */
void visit_fail(visit *v, platen_code code, const char *text)
{
    visit_found *f = visit_found_get(v);
    if (f != NULL && f->code == PLATEN_OK) {
        f->code = code;
        (void)snprintf(f->text, sizeof(f->text), "%s",
                       text != NULL && text[0] != '\0' ? text : error_word(code));
    }
}

snmpeng_peer **visit_peer(visit *v)
{
    return v->device != NULL ? &v->device->peer : &v->peer;
}

snmpeng_rtt *visit_rtt(visit *v)
{
    return v->device != NULL ? &v->device->rtt : &v->rtt;
}

const char *visit_object_id(const visit *v)
{
    if (v->found != NULL && v->found->sys_object_id != NULL) {
        return v->found->sys_object_id;
    }
    return v->texts != NULL ? v->texts->sys_object_id : "";
}

device_protocol visit_protocol(const visit *v)
{
    if (!v->answered) {
        return DEVICE_PROTOCOL_NONE;
    }
    return v->version == SNMPENG_V3   ? DEVICE_PROTOCOL_SNMPV3
           : v->version == SNMPENG_V1 ? DEVICE_PROTOCOL_SNMPV1
                                      : DEVICE_PROTOCOL_SNMPV2C;
}

static const platen_driver *driver_of(const visit *v, size_t index)
{
    const plug_driver *d = plug_driver_get(v->desk->options.plugins, index);
    return d != NULL ? &d->driver : NULL;
}

/* ---- what a driver brought ---- */

static void note_probe(visit *v, const work *w)
{
    visit_found *f = w->sureness > 0 || w->why[0] != '\0' ? visit_found_get(v) : NULL;
    if (f == NULL) {
        return;
    }
    uint8_t best = 0;
    for (size_t i = 0; i < PLUG_DRIVERS; i++) {
        best = f->sureness[i] > best ? f->sureness[i] : best;
    }
    f->sureness[w->driver_index] = (uint8_t)w->sureness;
    if (w->sureness > best || (best == 0 && f->why[0] == '\0')) { /* a no has a reason, too */
        memcpy(f->why, w->why, sizeof(f->why));
    }
    if (w->sureness >= WORK_SURE) {
        v->drivers |= 1u << w->driver_index;
    }
}

static void note_memo(visit *v, work *w)
{
    visit_found *f = w->memo_new != NULL ? visit_found_get(v) : NULL;
    if (f == NULL) {
        return;
    }
    free(f->memos[w->driver_index]);
    f->memos[w->driver_index] = w->memo_new;
    w->memo_new = NULL;
    if (v->device != NULL) {
        (void)registry_set_memo(v->desk->registry, v->device, w->driver_index,
                                f->memos[w->driver_index]);
    }
}

static const char *kind_word(uint32_t kind)
{
    static const char *const words[WORK_KINDS] = {"",       "probe",    "information",
                                                  "status", "counters", "action"};
    return words[kind];
}

static void note_failure(visit *v, platen_code code, const char *text, size_t driver, uint32_t kind)
{
    char line[PLATEN_ERROR_TEXT];
    const platen_driver *d = driver_of(v, driver);
    (void)snprintf(line, sizeof(line), "%s, %s: %.200s", d != NULL ? d->id : "", kind_word(kind),
                   text != NULL && text[0] != '\0' ? text : error_word(code));
    v->failed |= 1u << driver;
    if (v->job->order.each && v->found != NULL && v->found->code != PLATEN_OK) {
        act_join_text(v->found->text, line);
    } else {
        visit_fail(v, code, line);
    }
    if (code == PLATEN_E_CANCELLED) {
        v->cancelled = true;
    } else if (code == PLATEN_E_AUTH && d != NULL && d->transport == PLATEN_TRANSPORT_SNMP) {
        v->refused = true;
        v->alive = true;
    } else if (code == PLATEN_E_PROTOCOL || code == PLATEN_E_DEVICE) {
        v->alive = true; /* a wrong answer is a sign of life */
    }
}

static void take_act(visit *v, work *w)
{
    act *one = w->act;
    w->act = NULL;
    if (!v->job->order.each) {
        act_free(v->act);
        v->act = one;
    } else if (!act_join(&v->act, one, w->driver->driver.id, w->code != PLATEN_OK)) {
        note_failure(v, PLATEN_E_NOMEM, "no memory for what was read", w->driver_index, w->kind);
    }
}

void visit_work_lost(visit *v, const work *w)
{
    v->work = NULL;
    note_failure(v, PLATEN_E_TIMEOUT, "the driver did not finish in time", w->driver_index,
                 w->kind);
}

void visit_work_done(visit *v, work *w)
{
    const platen_driver *driver = &w->driver->driver;
    v->work = NULL;
    v->hints |= w->told;
    note_memo(v, w);
    if (w->kind == PLATEN_WORK_PROBE) {
        if (w->code == PLATEN_OK) {
            note_probe(v, w);
        } else if (w->code != PLATEN_E_UNSUPPORTED) {
            note_failure(v, w->code, w->text, w->driver_index, w->kind);
            v->failed &= ~(1u << w->driver_index);
        }
        return;
    }
    if (w->kind == PLATEN_WORK_ACT) {
        take_act(v, w);
    }
    if (w->report != NULL) { /* what was read before a failure is true all the same */
        visit_found *f = visit_found_get(v);
        if (f != NULL) {
            report_merge(&f->report, w->report, &f->owners, w->driver_index, driver->rank);
            w->report = NULL;
        }
    }
    if (w->code != PLATEN_OK) {
        note_failure(v, w->code, w->text, w->driver_index, w->kind);
        return;
    }
    v->succeeded |= 1u << w->driver_index;
    v->alive = true;
    if (driver->transport == PLATEN_TRANSPORT_SNMP) {
        v->answered = true;
    }
}

/* ---- steps; true: wait ---- */

/* Starts the probe of the next driver of that transport that has not had its turn. */
static bool probe_next(visit *v, uint32_t transport)
{
    size_t count = plug_driver_count(v->desk->options.plugins);
    while (v->driver_at < count) {
        size_t index = v->driver_at++;
        const platen_driver *d = driver_of(v, index);
        bool open = transport == PLATEN_TRANSPORT_SNMP ||
                    (v->found != NULL && (v->found->open_ports & 1u << index) != 0);
        if (d->transport != transport || !open ||
            (d->works & PLATEN_WORK_BIT(PLATEN_WORK_PROBE)) == 0) {
            continue;
        }
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = work_start(v, index, PLATEN_WORK_PROBE, &err);
        if (rc == PLATEN_OK) {
            return true;
        }
        visit_fail(v, rc, err.text);
    }
    v->driver_at = 0;
    return false;
}

static void prober_answered(inbox_item *item);

static void prober_done(prober_question *question)
{
    visit *v = CONTAINER_OF(question, visit, question);
    v->item.run = prober_answered;
    inbox_put(&v->desk->inbox, &v->item);
}

/* Each of the drivers' ports once; their places in the question are found again by the port. */
static bool check_tcp(visit *v)
{
    size_t count = plug_driver_count(v->desk->options.plugins);
    size_t ports = 0;
    memset(v->question.ports, 0, sizeof(v->question.ports));
    for (size_t i = 0; i < count && ports < PROBER_PORTS; i++) {
        const platen_driver *d = driver_of(v, i);
        if (d->transport != PLATEN_TRANSPORT_TCP) {
            continue;
        }
        uint16_t port = settings_port_of(v->settings, d->id, (uint16_t)d->port);
        size_t at = 0;
        while (at < ports && v->question.ports[at] != port) {
            at++;
        }
        if (at == ports) {
            v->question.ports[ports++] = port;
        }
    }
    if (ports == 0) {
        return false;
    }
    v->question.address = v->address;
    v->question.any = false;
    v->question.done = prober_done;
    prober_ask(v->desk->prober, &v->question);
    return true;
}

static void note_open_ports(visit *v)
{
    size_t count = plug_driver_count(v->desk->options.plugins);
    for (size_t i = 0; i < PROBER_PORTS && v->question.ports[i] != 0; i++) {
        if (v->question.answers[i] != PROBER_OPEN) {
            continue;
        }
        visit_found *f = visit_found_get(v);
        for (size_t k = 0; f != NULL && k < count; k++) {
            const platen_driver *d = driver_of(v, k);
            if (d->transport == PLATEN_TRANSPORT_TCP &&
                settings_port_of(v->settings, d->id, (uint16_t)d->port) == v->question.ports[i]) {
                f->open_ports |= 1u << k;
            }
        }
    }
}

static void prober_answered(inbox_item *item)
{
    visit *v = CONTAINER_OF(item, visit, item);
    note_open_ports(v);
    v->phase = PHASE_PROBE_TCP;
    visit_step(v);
}

void visit_host_answered(visit *v)
{
    if (v->phase == PHASE_LIVENESS) { /* else a driver reads still */
        visit_step(v);
    }
}

/* A driver that only helps out leaves to the others what they read. */
static bool is_left_to_others(const visit *v, size_t index, uint32_t kind)
{
    const uint32_t bit = PLATEN_WORK_BIT(kind);
    if ((driver_of(v, index)->flags & PLATEN_DRIVER_FALLBACK) == 0) {
        return false;
    }
    for (size_t i = 0; i < plug_driver_count(v->desk->options.plugins); i++) {
        const platen_driver *d = driver_of(v, i);
        if ((v->drivers & 1u << i) != 0 && (d->works & bit) != 0 &&
            (d->flags & PLATEN_DRIVER_FALLBACK) == 0) {
            return true;
        }
    }
    return false;
}

/* Starts the next work of a driver that serves the device. */
static bool work_next(visit *v)
{
    size_t count = plug_driver_count(v->desk->options.plugins);
    while (v->driver_at < count) {
        size_t index = v->driver_at;
        const platen_driver *d = driver_of(v, index);
        bool wanted = (v->todo & 1u << index) != 0 && (v->failed & 1u << index) == 0;
        if (!wanted || v->kind_at == KINDS) {
            v->driver_at++;
            v->kind_at = 0;
            continue;
        }
        uint32_t kind = kinds[v->kind_at++];
        if ((v->works & d->works & PLATEN_WORK_BIT(kind)) == 0 ||
            is_left_to_others(v, index, kind)) {
            continue;
        }
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = work_start(v, index, kind, &err);
        if (rc == PLATEN_OK) {
            return true;
        }
        note_failure(v, rc, err.text, index, kind);
    }
    v->driver_at = 0;
    v->kind_at = 0;
    return false;
}

/* ---- actions ---- */

static bool does(const platen_driver *d, const char *action)
{
    for (size_t i = 0; d->actions != NULL && d->actions[i] != NULL; i++) {
        if (strcmp(d->actions[i], action) == 0) {
            return true;
        }
    }
    return false;
}

/* One driver does it: the first one that does not say that it cannot. Or all of them do. */
static bool act_is_over(const visit *v)
{
    if (v->job->order.each) {
        return false;
    }
    bool passed_on = v->act != NULL && v->act->outcome == ACT_SKIPPED &&
                     strcmp(v->act->code, error_word(PLATEN_E_UNSUPPORTED)) == 0;
    return v->failed != 0 || (v->succeeded != 0 && !passed_on);
}

static bool act_next(visit *v)
{
    size_t count = plug_driver_count(v->desk->options.plugins);
    while (v->driver_at < count && !act_is_over(v)) {
        size_t index = v->driver_at++;
        if ((v->drivers & 1u << index) == 0 || !does(driver_of(v, index), v->job->order.action)) {
            continue;
        }
        v->started = v->started != 0 ? v->started : clock_now();
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = work_start(v, index, PLATEN_WORK_ACT, &err);
        if (rc == PLATEN_OK) {
            return true;
        }
        note_failure(v, rc, err.text, index, PLATEN_WORK_ACT);
    }
    return false;
}

/* What was changed shows in the device's report (MON-05): it is read again. */
static bool wants_report(const visit *v)
{
    return v->act != NULL && v->act->change_count > 0 && v->failed == 0 &&
           (v->act->order.flags & PLATEN_ACT_PREVIEW) == 0 && v->act->outcome == ACT_DONE;
}

static uint32_t snmp_drivers(const visit *v)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < plug_driver_count(v->desk->options.plugins); i++) {
        if (driver_of(v, i)->transport == PLATEN_TRANSPORT_SNMP) {
            bits |= 1u << i;
        }
    }
    return bits;
}

/* After the drivers have read. Only a device that we know gets the questions that tell "off" from
 * "another credential": in a search, the sweep has tried them all. */
static visit_phase after_works(visit *v)
{
    if (v->job->order.action != NULL) { /* nothing of an action is tried again by itself */
        bool silent = v->succeeded == 0 && !v->alive && !v->answered && !v->cancelled;
        return silent && !v->host_known ? PHASE_LIVENESS : PHASE_END;
    }
    uint32_t failed_snmp = v->failed & snmp_drivers(v);
    if (v->mode == VISIT_SEARCH || v->retrying || v->cancelled) {
        return PHASE_END;
    }
    if (v->succeeded == 0 && !v->alive && !v->answered) {
        return PHASE_LIVENESS;
    }
    bool other = v->found != NULL && v->found->code != PLATEN_E_AUTH &&
                 v->found->code != PLATEN_E_TIMEOUT && v->found->code != PLATEN_E_UNREACHABLE;
    return failed_snmp != 0 && !other ? PHASE_RETRY : PHASE_END;
}

/* Another credential was answered: the drivers that failed read again. */
static visit_phase after_retry(visit *v)
{
    v->todo = v->failed & snmp_drivers(v);
    v->failed &= ~v->todo;
    if (v->failed == 0 && v->found != NULL) {
        v->found->code = PLATEN_OK;
        v->found->text[0] = '\0';
    }
    log_notice("device answers another credential device=%" PRId64 " credential=%" PRId64,
               v->device->id, v->credential->id);
    return PHASE_WORKS;
}

static bool retry_credentials(visit *v)
{
    if (v->device == NULL || (!v->alive && !v->refused) || (v->failed & snmp_drivers(v)) == 0) {
        return false;
    }
    if (v->refused) {
        v->candidate = v->retrying ? v->candidate : 0;
        v->retrying = true;
        return visit_sweep(v);
    }
    /* It is there and says nothing: perhaps another credential is wanted by now. A poll must not
     * take the longer for it, so a device that was silent before is asked for one of them with each
     * poll, and once. */
    if (v->retrying || !v->device->silent || !visit_may_try(v)) {
        return false;
    }
    v->retrying = true;
    v->candidate = v->device->candidate;
    bool asked = visit_sweep(v);
    v->device->candidate = asked ? (uint32_t)v->candidate : 0;
    return asked;
}

static void begin_works(visit *v)
{
    v->phase = PHASE_WORKS;
    v->todo = v->drivers;
    v->driver_at = 0;
    v->kind_at = 0;
}

/* One step of a phase; true: an answer is awaited. */
static bool step(visit *v)
{
    switch ((visit_phase)v->phase) {
    case PHASE_SWEEP:
        if (!v->answered && visit_sweep(v)) {
            return true;
        }
        v->phase = v->answered ? PHASE_PROBE_SNMP : PHASE_CHECK_TCP;
        break;
    case PHASE_PROBE_SNMP:
        if (probe_next(v, PLATEN_TRANSPORT_SNMP)) {
            return true;
        }
        v->phase = PHASE_CHECK_TCP;
        break;
    case PHASE_CHECK_TCP:
        if (check_tcp(v)) {
            return true;
        }
        v->phase = PHASE_PROBE_TCP;
        break;
    case PHASE_PROBE_TCP:
        if (probe_next(v, PLATEN_TRANSPORT_TCP)) {
            return true;
        }
        v->found_drivers = true;
        if (v->device != NULL && v->drivers != 0) {
            v->device->drivers = v->drivers;
        }
        begin_works(v);
        break;
    case PHASE_WORKS:
        if (v->works == PLATEN_WORK_BIT(PLATEN_WORK_ACT)) {
            if (act_next(v)) {
                return true;
            }
            if (wants_report(v)) {
                v->works = PLATEN_WORK_BIT(PLATEN_WORK_INFORMATION);
                begin_works(v);
                break;
            }
        } else if (work_next(v)) {
            return true;
        }
        v->phase = (uint8_t)after_works(v);
        break;
    case PHASE_LIVENESS:
        visit_ask_host(v);
        if (!v->host_known) {
            return true;
        }
        v->phase = v->job->order.action != NULL ? PHASE_END : PHASE_RETRY;
        break;
    case PHASE_RETRY:
        if (v->retrying && v->answered) {
            v->phase = (uint8_t)after_retry(v);
        } else if (retry_credentials(v)) {
            return true;
        } else {
            v->phase = PHASE_END;
        }
        break;
    case PHASE_END:
        break;
    }
    return false;
}

void visit_step(visit *v)
{
    while (v->phase != PHASE_END) {
        if (v->cancelled || atomic_load(&v->desk->halted)) {
            v->cancelled = true;
            v->phase = PHASE_END;
        } else if (step(v)) {
            return;
        }
    }
    job_visit_done(v->job, v);
}
