/* The desk: messages from other threads, the pump, the watch over late drivers, start and stop. */
#include "core/agent/room.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"

#define LOG_SOURCE "agent"

#define PLANNED_MAX ((size_t)32 * 1024 * 1024) /* bytes of settings of devices' own */

/* ---- messages ---- */

typedef enum message_kind {
    MESSAGE_CONFIG,
    MESSAGE_JOB,
    MESSAGE_DEVICES,
    MESSAGE_CANCEL,
    MESSAGE_ACKNOWLEDGED,
    MESSAGE_SESSION,
} message_kind;

typedef struct message {
    inbox_item item;
    desk *desk;
    message_kind kind;
    cJSON *tree;
    char *run;
    uint64_t batch;
} message;

static void take_config(desk *d, cJSON *tree)
{
    settings *s = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (settings_read(tree, &s, &err) != PLATEN_OK) {
        log_error("configuration of the manager is not taken over: %s", err.text);
        return;
    }
    settings_unref(d->settings);
    d->settings = s;
    snmpeng_set_pace(d->options.engine, s->packets_per_second);
    prober_set_pace(d->prober, s->packets_per_second); /* a connect is a packet like another */
    log_info("configuration taken over ranges=%zu hosts=%zu credentials=%zu", s->range_count,
             s->host_count, s->credential_count);
}

static void take_devices(desk *d, const cJSON *tree)
{
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, tree)
    {
        device *known = NULL;
        platen_error err = PLATEN_ERROR_INIT;
        if (registry_put(d->registry, row, &known, &err) != PLATEN_OK) {
            log_error("device is left out: %s", err.text);
        }
    }
    d->asking = false;
    for (job *j = d->jobs; j != NULL; j = j->next) {
        j->awaits = false;
    }
    desk_pump(d);
}

static void take_cancel(desk *d, const char *run)
{
    for (job *j = d->jobs; j != NULL; j = j->next) {
        if (run == NULL || strcmp(j->run, run) == 0) {
            job_cancel(j);
        }
    }
    desk_pump(d);
}

static void message_run(inbox_item *item)
{
    message *m = CONTAINER_OF(item, message, item);
    desk *d = m->desk;
    switch (m->kind) {
    case MESSAGE_CONFIG:
        take_config(d, m->tree);
        break;
    case MESSAGE_JOB:
        if (!atomic_load(&d->halted)) {
            job_begin(d, m->tree);
            m->tree = NULL;
        }
        break;
    case MESSAGE_DEVICES:
        take_devices(d, m->tree);
        break;
    case MESSAGE_CANCEL:
        take_cancel(d, m->run);
        break;
    case MESSAGE_ACKNOWLEDGED:
        outbox_acknowledged(d->outbox, d->registry, m->batch);
        break;
    case MESSAGE_SESSION:
        outbox_forget(d->outbox);
        registry_forget_acknowledged(d->registry);
        break;
    }
    cJSON_Delete(m->tree);
    free(m->run);
    free(m);
}

static void send_message(desk *d, message_kind kind, cJSON *tree, const char *run, uint64_t batch)
{
    message *m = calloc(1, sizeof(*m));
    char *copy = run != NULL ? strdup(run) : NULL;
    if (m == NULL || (run != NULL && copy == NULL)) {
        log_error("no memory for a message to the desk");
        free(m);
        free(copy);
        cJSON_Delete(tree);
        return;
    }
    *m = (message){{NULL, message_run}, d, kind, tree, copy, batch};
    inbox_put(&d->inbox, &m->item);
}

void desk_config(desk *d, cJSON *config)
{
    send_message(d, MESSAGE_CONFIG, config, NULL, 0);
}

void desk_job(desk *d, cJSON *tree)
{
    send_message(d, MESSAGE_JOB, tree, NULL, 0);
}

void desk_devices(desk *d, cJSON *devices)
{
    send_message(d, MESSAGE_DEVICES, devices, NULL, 0);
}

void desk_cancel(desk *d, const char *run)
{
    send_message(d, MESSAGE_CANCEL, NULL, run, 0);
}

void desk_acknowledged(desk *d, uint64_t batch)
{
    send_message(d, MESSAGE_ACKNOWLEDGED, NULL, NULL, batch);
}

void desk_session(desk *d)
{
    send_message(d, MESSAGE_SESSION, NULL, NULL, 0);
}

unsigned desk_jobs(const desk *d)
{
    return atomic_load(&d->job_count);
}

unsigned desk_room(const desk *d)
{
    unsigned used = desk_jobs(d);
    return used >= DESK_JOBS || atomic_load(&d->planned) >= PLANNED_MAX ? 0 : DESK_JOBS - used;
}

/* ---- asking for devices ---- */

#define ASK_MAX 5000 /* devices of one question to the manager */

/* Asks for the next targets of all jobs that are not known as they are now. */
static void ask(desk *d)
{
    int64_t ids[ASK_MAX];
    size_t count = 0;
    for (job *j = d->jobs; j != NULL && !d->asking; j = j->next) {
        while (j->asked < j->target_count && !j->cancelled && count < ASK_MAX) {
            const job_target *t = &j->targets[j->asked++];
            const device *known = registry_get(d->registry, t->id);
            if (known == NULL || known->revision != t->revision) {
                ids[count++] = t->id;
                j->awaits = true;
            }
        }
    }
    if (count > 0) {
        d->asking = true;
        d->options.sink.devices(ids, count, d->options.sink.user);
    }
}

/* ---- the pump ---- */

/* Jobs take turns by each having its own window. A visit that ends within its own beginning must
 * not pump again from inside. */
void desk_pump(desk *d)
{
    if (d->pumping) {
        return;
    }
    d->pumping = true;
    ask(d);
    order_pump(d);
    job **at = &d->jobs;
    while (*at != NULL && !atomic_load(&d->halted)) {
        job *j = *at;
        if (job_pump(j)) {
            *at = j->next;
            job_free(j);
            atomic_fetch_sub(&d->job_count, 1);
        } else {
            at = &j->next;
        }
    }
    d->pumping = false;
    outbox_tick(d->outbox, clock_mono());
}

static void feed(void *user)
{
    desk *d = user;
    if (d->jobs != NULL) {
        desk_pump(d);
    }
}

/* Drivers have a deadline; one that never finishes must not hold its device for ever. */
static void watch(desk *d, int64_t now)
{
    if (now - d->watched < 1000) {
        return;
    }
    d->watched = now;
    int64_t late = clock_now() - d->options.grace_ms;
    visit *v = d->visits;
    while (v != NULL) {
        visit *next = v->next;
        if (v->work != NULL && atomic_load(&v->work->deadline) < late) {
            work_abandon(v->work); /* ends this visit, may begin others at the head of the list */
        }
        v = next;
    }
}

static void tick_run(inbox_item *item)
{
    desk *d = CONTAINER_OF(item, desk, tick);
    atomic_store(&d->ticking, false);
    int64_t now = clock_mono();
    if (!atomic_load(&d->halted)) {
        watch(d, now);
        wait_run(d, now);
        for (job *j = d->jobs; j != NULL; j = j->next) {
            if (j->search != NULL) {
                search_tick(j, now);
            }
        }
        d->in_tick = true;
        desk_pump(d);
        d->in_tick = false;
    }
    outbox_tick(d->outbox, now);
}

void desk_tick(desk *d)
{
    if (!atomic_exchange(&d->ticking, true)) {
        d->tick.run = tick_run;
        inbox_put(&d->inbox, &d->tick);
    }
}

/* ---- start and stop ---- */

static platen_code make_plans(desk *d, platen_error *err)
{
    static const char *const oids[] = {"1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.1.0",
                                       "1.3.6.1.2.1.1.5.0"};
    enum { COUNT = sizeof(oids) / sizeof(oids[0]) };
    platen_snmp_item items[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].oid = oids[i];
    }
    PLATEN_TRY(snmpeng_plan_new(items, COUNT, &d->sweep_plan, err));
    platen_snmp_item uptime = PLATEN_SNMP_ITEM_INIT;
    uptime.oid = "1.3.6.1.2.1.1.3.0";
    return snmpeng_plan_new(&uptime, 1, &d->knock_plan, err);
}

static void send_results(uint64_t batch, const char *results, size_t length, void *user)
{
    desk *d = user;
    d->options.sink.results(batch, results, length, d->options.sink.user);
}

platen_code desk_new(const desk_options *options, desk **out, platen_error *err)
{
    desk *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the agent");
    }
    d->options = *options;
    d->data_usual = PLATEN_DATA_MAX; /* until they bring less */
    d->options.in_flight = options->in_flight != 0 ? options->in_flight : 4096;
    d->options.grace_ms = options->grace_ms != 0 ? options->grace_ms : 5000;
    inbox_init(&d->inbox, options->engine);
    turns_init(&d->turns);
    d->registry = registry_new(options->plugins);
    d->outbox = outbox_new(send_results, d);
    platen_code rc = d->registry != NULL && d->outbox != NULL
                         ? make_plans(d, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for the agent");
    if (rc == PLATEN_OK) {
        rc = pool_new(options->workers != 0 ? options->workers : 16, &d->pool, err);
    }
    if (rc == PLATEN_OK) {
        rc = prober_new(&options->prober, &d->prober, err);
    }
    if (rc != PLATEN_OK) {
        desk_free(d);
        return rc;
    }
    *out = d;
    return PLATEN_OK;
}

platen_code desk_start(desk *d, platen_error *err)
{
    snmpeng_set_feeder(d->options.engine, d->options.in_flight / 4, feed, d);
    return prober_start(d->prober, err);
}

void desk_halt(desk *d)
{
    atomic_store(&d->halted, true);
}

void desk_stop(desk *d)
{
    desk_halt(d);
    prober_stop(d->prober);
    inbox_run(&d->inbox);
    wait_end_all(d);
    inbox_run(&d->inbox);
    outbox_flush(d->outbox);
}

void desk_free(desk *d)
{
    if (d == NULL) {
        return;
    }
    pool_free(d->pool);
    prober_free(d->prober);
    inbox_run(&d->inbox);
    while (d->visits != NULL) { /* of drivers that never finished */
        work_free(d->visits->work);
        visit_free(d->visits);
    }
    while (d->jobs != NULL) {
        job *j = d->jobs;
        d->jobs = j->next;
        job_free(j);
    }
    while (d->lost != NULL) {
        work *w = d->lost;
        d->lost = w->lost_next;
        work_free(w);
    }
    free(d->waits);
    for (size_t i = 0; i < WORK_QUARANTINE; i++) {
        work_free(d->quarantine[i]);
    }
    settings_unref(d->settings);
    snmpeng_plan_free(d->sweep_plan);
    snmpeng_plan_free(d->knock_plan);
    map_free(d->wrong, NULL);
    outbox_free(d->outbox);
    registry_free(d->registry);
    inbox_fini(&d->inbox);
    turns_fini(&d->turns);
    free(d);
}

void desk_write_drivers(const plug *plugins, json_writer *w, const char *key)
{
    static const struct {
        uint32_t kind;
        const char *word;
    } words[] = {{PLATEN_WORK_PROBE, "probe"},
                 {PLATEN_WORK_INFORMATION, "information"},
                 {PLATEN_WORK_STATUS, "status"},
                 {PLATEN_WORK_COUNTERS, "counters"},
                 {PLATEN_WORK_ACT, "act"}};
    json_array(w, key);
    for (size_t i = 0; i < plug_driver_count(plugins); i++) {
        const plug_driver *driver = plug_driver_get(plugins, i);
        json_object(w, NULL);
        json_text(w, "id", driver->driver.id);
        json_text(w, "version", driver->version);
        json_array(w, "works");
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            if ((driver->driver.works & PLATEN_WORK_BIT(words[k].kind)) != 0) {
                json_text(w, NULL, words[k].word);
            }
        }
        json_array_end(w);
        json_array(w, "actions");
        const char *const *actions = driver->driver.actions;
        for (size_t k = 0; actions != NULL && actions[k] != NULL; k++) {
            json_text(w, NULL, actions[k]);
        }
        json_array_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}
