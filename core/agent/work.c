/*
 * driver/1 as drivers see it. A work is handed to a driver, on the SNMP thread or on
 * one of the pool, and belongs to it until finish(); only `state` is touched from both sides.
 */
#include "core/agent/room.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define SNMP_WORK_MS 60000 /* limits of one work, when the options have none */
#define TCP_WORK_MS 20000
#define ACT_WORK_MS 900000 /* a device that restarts takes its time */

#define FACTS_MAX 8192 /* calls that add facts: a device cannot make a driver report for ever */

static atomic_uint_fast64_t misuses;

uint64_t desk_misuses(void)
{
    return atomic_load(&misuses);
}

bool work_usable(const platen_work *w, const char *call)
{
    if (w == NULL) {
        return false;
    }
    if (atomic_load(&w->state) == WORK_FINISHED) {
        atomic_fetch_add(&misuses, 1);
        log_error("driver calls %s() on a work that is finished driver=%s", call,
                  w->driver->driver.id);
        return false;
    }
    return true;
}

static report *facts_of(platen_work *w, const char *call)
{
    if (!work_usable(w, call) || ++w->facts > FACTS_MAX) {
        return NULL;
    }
    if (w->report == NULL) {
        w->report = report_new();
    }
    return w->report;
}

/* ---- driver/1 ---- */

static uint32_t get_kind(const platen_work *w)
{
    return work_usable(w, "kind") ? w->kind : 0;
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* Passwords are shown to devices that are managed, never to whoever answers in a search. */
static const credential *user_of(const platen_work *w)
{
    for (size_t i = 0; w->known && i < w->settings->credential_count; i++) {
        if (w->settings->credentials[i].kind == CREDENTIAL_USER) {
            return &w->settings->credentials[i];
        }
    }
    return NULL;
}

static void get_target(const platen_work *w, platen_target *given)
{
    if (!work_usable(w, "target") || given == NULL || given->size < sizeof(given->size)) {
        return;
    }
    platen_target t = PLATEN_TARGET_INIT;
    const credential *user = user_of(w);
    t.port = w->port;
    t.address = w->address;
    t.hostname = or_empty(w->hostname);
    if (w->texts != NULL) {
        t.manufacturer = w->texts->manufacturer;
        t.model = w->texts->model;
        t.serial = w->texts->serial;
    }
    t.sys_object_id = or_empty(w->sys_object_id);
    t.sys_descr = or_empty(w->sys_descr);
    t.user = user != NULL ? user->user : "";
    t.password = user != NULL ? user->password : "";
    t.deadline = w->deadline;
    t.hints = w->hints;
    uint32_t size = given->size;
    memcpy(given, &t, size < sizeof(t) ? size : sizeof(t));
    given->size = size;
}

static const char *get_memo(const platen_work *w)
{
    return !work_usable(w, "memo") ? "" : w->memo_new != NULL ? w->memo_new : or_empty(w->memo);
}

static void set_memo(platen_work *w, const char *memo)
{
    if (!work_usable(w, "memo_set") || memo == NULL ||
        strnlen(memo, REGISTRY_MEMO + 1) > REGISTRY_MEMO) {
        return;
    }
    char *copy = strdup(memo);
    if (copy != NULL) {
        free(w->memo_new);
        w->memo_new = copy;
    }
}

static void set_sure(platen_work *w, uint32_t sureness, const char *why)
{
    if (work_usable(w, "sure")) {
        w->sureness = sureness > 100 ? 100 : sureness;
        (void)snprintf(w->why, sizeof(w->why), "%s", or_empty(why));
    }
}

static void set_hint(platen_work *w, uint32_t hints)
{
    if (work_usable(w, "hint")) {
        w->told = hints & PLATEN_TARGET_OTHER_LANGUAGES;
    }
}

static void add_text(platen_work *w, uint32_t field, const char *value, size_t length)
{
    report *r = facts_of(w, "text");
    if (r != NULL && value != NULL) {
        report_set_text(r, w->driver->driver.rank, field, value, length);
    }
}

static void add_integer(platen_work *w, uint32_t field, int64_t value)
{
    report *r = facts_of(w, "integer");
    if (r != NULL) {
        report_set_integer(r, w->driver->driver.rank, field, value);
    }
}

static void add_firmware(platen_work *w, const char *component, const char *version)
{
    report *r = facts_of(w, "firmware");
    if (r != NULL) {
        report_add_firmware(r, component, version);
    }
}

static void add_counter(platen_work *w, const platen_counter *counter)
{
    report *r = facts_of(w, "counter");
    if (r != NULL && counter != NULL) {
        report_add_counter(r, counter);
    }
}

static void add_supply(platen_work *w, const platen_supply *supply)
{
    report *r = facts_of(w, "supply");
    if (r != NULL && supply != NULL) {
        report_add_supply(r, supply);
    }
}

static void add_part(platen_work *w, const platen_part *part)
{
    report *r = facts_of(w, "part");
    if (r != NULL && part != NULL) {
        report_add_part(r, part);
    }
}

static void add_alert(platen_work *w, const platen_alert *alert)
{
    report *r = facts_of(w, "alert");
    if (r != NULL && alert != NULL) {
        report_add_alert(r, alert);
    }
}

/* ---- what tcp/1 and fetch/0 ask of a work ---- */

static bool reach_taken(const reach *r)
{
    const work *w = (const work *)(const void *)r;
    return atomic_load(&w->state) != WORK_RUNNING || atomic_load(&w->desk->halted);
}

static int64_t reach_deadline(const reach *r)
{
    return atomic_load(&((const work *)(const void *)r)->deadline);
}

static platen_code reach_take(reach *r, uint16_t port, platen_error *err)
{
    work *w = (work *)(void *)r;
    net_address address;
    return net_parse(w->address, &address)
               ? turns_take(&w->desk->turns, &address, port, w, err)
               : error_set(err, PLATEN_E_INVAL, "address '%s' is none", w->address);
}

static void reach_give(reach *r, uint16_t port)
{
    work *w = (work *)(void *)r;
    net_address address;
    if (net_parse(w->address, &address)) {
        turns_give(&w->desk->turns, &address, port, w);
    }
}

static const reach_calls reach_here = {work_usable, reach_taken, reach_deadline,
                                       get_target,  reach_take,  reach_give};

static void come_back(inbox_item *item);

static void finish(platen_work *w, platen_code code, const platen_error *err)
{
    if (!work_usable(w, "finish")) {
        return;
    }
    reach_end(&w->reach);
    turns_give_all(&w->desk->turns, w);
    w->code = code;
    if (code != PLATEN_OK) {
        bool told = err != NULL && err->size > offsetof(platen_error, text);
        size_t room = told ? err->size - offsetof(platen_error, text) : 0;
        room = room > PLATEN_ERROR_TEXT - 1 ? PLATEN_ERROR_TEXT - 1 : room;
        w->text = strndup(told ? err->text : "", room);
    }
    /* The visit may have given up on the driver meanwhile; either way the work comes back once. */
    if (atomic_exchange(&w->state, WORK_FINISHED) == WORK_FINISHED) {
        atomic_fetch_add(&misuses, 1);
        return;
    }
    w->item.run = come_back;
    inbox_put(&w->desk->inbox, &w->item);
}

/* ---- actions ---- */

static act *act_of(const platen_work *w, const char *call)
{
    return work_usable(w, call) ? w->act : NULL;
}

static void get_act(const platen_work *w, platen_act *given)
{
    const act *a = act_of(w, "act");
    if (a == NULL || given == NULL || given->size < sizeof(given->size)) {
        return;
    }
    platen_act told = PLATEN_ACT_INIT;
    told.flags = a->order.flags;
    told.action = a->order.action;
    told.settings = a->order.settings;
    told.first = a->order.first;
    uint32_t size = given->size;
    memcpy(given, &told, size < sizeof(told) ? size : sizeof(told));
    given->size = size;
}

static void add_change(platen_work *w, const char *path, const char *from, const char *to)
{
    act *a = act_of(w, "change");
    if (a != NULL) {
        act_add_change(a, path, from, to);
    }
}

static void add_line(platen_work *w, uint32_t level, const char *text)
{
    act *a = act_of(w, "act_log");
    if (a != NULL) {
        act_add_line(a, level, text);
    }
}

static void skip(platen_work *w, const char *code, const char *text)
{
    act *a = act_of(w, "skip");
    if (a != NULL) {
        act_end(a, ACT_SKIPPED, code, text);
    }
}

static void warn(platen_work *w, const char *code, const char *text)
{
    act *a = act_of(w, "warn");
    if (a != NULL) {
        act_end(a, ACT_WARNED, code, text);
    }
}

static platen_code set_data(platen_work *w, const char *json, size_t length, platen_error *err)
{
    act *a = act_of(w, "data");
    if (a == NULL || json == NULL) {
        return error_set(err, PLATEN_E_STATE, "data is of works that act");
    }
    if (length > PLATEN_DATA_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "data of %zu bytes, at most %u can be", length,
                         PLATEN_DATA_MAX);
    }
    PLATEN_TRY(json_check(json, length, err));
    return a->order.takes_data ? act_set_data(a, json, length, err) : PLATEN_OK;
}

const platen_drivers desk_drivers = {
    .size = (uint32_t)sizeof(platen_drivers),
    .kind = get_kind,
    .target = get_target,
    .memo = get_memo,
    .memo_set = set_memo,
    .sure = set_sure,
    .text = add_text,
    .integer = add_integer,
    .firmware = add_firmware,
    .counter = add_counter,
    .supply = add_supply,
    .part = add_part,
    .alert = add_alert,
    .finish = finish,
    .act = get_act,
    .change = add_change,
    .act_log = add_line,
    .skip = skip,
    .warn = warn,
    .later = wait_later,
    .data = set_data,
    .hint = set_hint,
};

/* ---- the end of a work ---- */

static void release_contents(work *w)
{
    report_free(w->report);
    settings_unref(w->settings);
    device_texts_unref(w->texts);
    free(w->hostname);
    free(w->sys_object_id);
    free(w->sys_descr);
    free(w->memo);
    free(w->memo_new);
    free(w->text);
    act_free(w->act);
    w->act = NULL;
    w->report = NULL;
    w->settings = NULL;
    w->texts = NULL;
    w->hostname = w->sys_object_id = w->sys_descr = w->memo = w->memo_new = w->text = NULL;
}

void work_free(work *w)
{
    if (w != NULL) {
        release_contents(w);
        free(w);
    }
}

/* A finished work stays a while, so that a driver that uses it again is told, not crashed. */
static void retire(work *w)
{
    desk *d = w->desk;
    release_contents(w);
    w->visit = NULL;
    work_free(d->quarantine[d->quarantine_at]);
    d->quarantine[d->quarantine_at] = w;
    d->quarantine_at = (d->quarantine_at + 1) % WORK_QUARANTINE;
}

static void lost_add(work *w)
{
    w->visit = NULL;
    w->lost_next = w->desk->lost;
    w->desk->lost = w;
}

static void lost_remove(work *w)
{
    for (work **at = &w->desk->lost; *at != NULL; at = &(*at)->lost_next) {
        if (*at == w) {
            *at = w->lost_next;
            return;
        }
    }
}

void work_read_ended(work *w)
{
    if (w->visit == NULL) {
        lost_remove(w);
        retire(w);
    }
}

/* ---- from start to end ---- */

/* SNMP thread: the driver has finished. */
static void come_back(inbox_item *item)
{
    work *w = CONTAINER_OF(item, work, item);
    visit *v = w->visit;
    if (v == NULL) {
        lost_remove(w);
    } else {
        visit_work_done(v, w);
    }
    if (w->reading) {
        lost_add(w); /* until the read comes back */
    } else {
        retire(w);
    }
    if (v != NULL) {
        visit_step(v);
    }
}

void work_abandon(work *w)
{
    int running = WORK_RUNNING;
    if (!atomic_compare_exchange_strong(&w->state, &running, WORK_ABANDONED)) {
        return; /* it has finished just now and is on its way */
    }
    visit *v = w->visit;
    log_error("driver has not finished in time driver=%s address=%s", w->driver->driver.id,
              w->address);
    lost_add(w);
    visit_work_lost(v, w);
    visit_step(v);
}

static int64_t limit_of(const work *w, int64_t preset)
{
    return w->kind == PLATEN_WORK_ACT      ? ACT_WORK_MS
           : w->desk->options.work_ms != 0 ? w->desk->options.work_ms
                                           : preset;
}

int64_t desk_work_limit(const platen_work *w)
{
    bool blocks = (w->driver->driver.flags & PLATEN_DRIVER_BLOCKING) != 0;
    return limit_of(w, blocks ? TCP_WORK_MS : SNMP_WORK_MS);
}

size_t desk_data_room(const platen_work *w)
{
    return w->act != NULL ? w->act->data_room : 0;
}

/* Time spent waiting for a thread is not the driver's. */
void desk_work_begun(platen_work *w)
{
    atomic_store(&w->deadline, clock_now() + desk_work_limit(w));
}

static void run_in_pool(pool_item *item)
{
    work *w = CONTAINER_OF(item, work, pool_item);
    desk_work_begun(w);
    w->driver->driver.run(w, w->driver->driver.user);
}

static void drop_from_pool(pool_item *item)
{
    work *w = CONTAINER_OF(item, work, pool_item);
    finish(w, PLATEN_E_CANCELLED, NULL);
}

bool work_needs_thread(const work *w)
{
    return (w->driver->driver.flags & PLATEN_DRIVER_BLOCKING) != 0 && !w->driver->elsewhere;
}

static char *dup_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? strdup(text) : NULL;
}

static uint32_t hints_of(const visit *v, const platen_driver *driver)
{
    bool printer = v->device != NULL || v->drivers != 0;
    bool named = v->named || settings_names_port(v->settings, driver->id);
    return v->hints | (printer ? PLATEN_TARGET_PRINTER : 0) | (named ? PLATEN_TARGET_NAMED : 0);
}

static void fill(work *w, visit *v)
{
    const platen_driver *driver = &w->driver->driver;
    const visit_found *f = v->found;
    (void)net_format(&v->address, w->address);
    w->port = driver->transport == PLATEN_TRANSPORT_SNMP
                  ? settings_port_of(v->settings, "snmp", 161)
                  : settings_port_of(v->settings, driver->id, (uint16_t)driver->port);
    w->reach = (reach){.calls = &reach_here,
                       .driver = driver->id,
                       .blocking = (driver->flags & PLATEN_DRIVER_BLOCKING) != 0,
                       .port = driver->transport == PLATEN_TRANSPORT_TCP ? w->port : 0};
    w->known = v->device != NULL;
    w->hints = hints_of(v, driver);
    w->settings = settings_ref(v->settings);
    w->texts = device_texts_ref(v->texts);
    w->hostname = dup_or_null(v->hostname != NULL ? v->hostname
                              : v->texts != NULL  ? v->texts->hostname
                                                  : NULL);
    w->sys_object_id = dup_or_null(visit_object_id(v));
    w->sys_descr = dup_or_null(f != NULL ? f->sys_descr : NULL);
    const char *memo = f != NULL ? f->memos[w->driver_index] : NULL;
    if (memo == NULL && v->device != NULL) {
        memo = registry_memo(v->desk->registry, v->device, w->driver_index);
    }
    w->memo = dup_or_null(memo);
}

platen_code work_start(visit *v, size_t index, uint32_t kind, platen_error *err)
{
    work *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a work");
    }
    w->desk = v->desk;
    w->visit = v;
    w->driver = plug_driver_get(v->desk->options.plugins, index);
    w->driver_index = index;
    w->kind = kind;
    if (kind == PLATEN_WORK_ACT &&
        (w->act = act_new(&v->job->order, v->own, &v->desk->data_held)) == NULL) {
        free(w);
        return error_set(err, PLATEN_E_NOMEM, "no memory for an action");
    }
    if (w->act != NULL && w->act->order.each) {
        w->act->data_room = act_join_room(v->act, w->driver->driver.id);
    }
    atomic_init(&w->state, WORK_RUNNING);
    fill(w, v);
    v->work = w;
    if ((w->driver->driver.flags & PLATEN_DRIVER_BLOCKING) != 0) {
        w->deadline = INT64_MAX; /* until a thread has it */
    } else {
        w->deadline = clock_now() + limit_of(w, SNMP_WORK_MS);
    }
    if (work_needs_thread(w)) {
        w->pool_item.run = run_in_pool;
        w->pool_item.drop = drop_from_pool;
        pool_put(v->desk->pool, &w->pool_item);
    } else {
        w->driver->driver.run(w, w->driver->driver.user);
    }
    return PLATEN_OK;
}
