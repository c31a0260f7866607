/* One mutex guards what was gathered; the rest is the thread's own. */
#include "core/rest/crier.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/log.h"
#include "crier_sql.h"
#include "inventory_sql.h"

#define LOG_SOURCE "notify"

#define GATHER_MS 1000
#define AGENTS_MS 5000
#define AGENTS 64
#define SILENT_MS 70000 /* an agent that has not called since we started */
#define CHANGES 100000  /* gathered at most; twice the fleet in a second */
#define RUNS 256
#define DEVICES 100       /* in one request at most, fewer when their texts are long */
#define DATA_ENOUGH 40960 /* bytes; one device more still fits into the outbox's bound */

typedef struct change {
    int64_t id;
    size_t turn; /* in which order they came */
    device_severity before, after;
    bool added, changed;
    bool spell, managed; /* whether `before` and `after` say anything */
} change;

typedef struct told_run {
    int64_t id;
    bool started, ended;
} told_run;

typedef enum agent_mood { AGENT_UNKNOWN, AGENT_INACTIVE, AGENT_UP, AGENT_DOWN } agent_mood;

typedef struct known_agent {
    int64_t id, since; /* since when it is so, monotonic */
    agent_mood mood;
} known_agent;

struct crier {
    store *store;
    notify *notify;
    runs *runs;
    link_manager *link;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* guards down to run_count */
    pthread_cond_t wake;
    bool stopping;
    change *changes;
    size_t change_count, change_room;
    int64_t waiting_runs[RUNS];
    size_t run_count;

    told_run told[RUNS]; /* a ring */
    size_t told_next;
    known_agent agents[AGENTS];
    size_t agent_count;
    int64_t next_agents;
};

platen_code crier_new(store *s, notify *n, crier **out, platen_error *err)
{
    crier *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for events");
    }
    c->store = s;
    c->notify = n;
    pthread_mutex_init(&c->lock, NULL);
    cond_init(&c->wake);
    *out = c;
    return PLATEN_OK;
}

void crier_free(crier *c)
{
    if (c != NULL) {
        crier_stop(c);
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->lock);
        free(c->changes);
        free(c);
    }
}

/* ---- gathering ---- */

static bool wants_device(const crier *c, const device_change *d)
{
    return (d->added && notify_wants(c->notify, NOTIFY_DEVICE_ADDED)) ||
           (d->changed && notify_wants(c->notify, NOTIFY_DEVICE_CHANGED)) ||
           (d->severity_changed && (notify_wants(c->notify, NOTIFY_ALERT_RAISED) ||
                                    notify_wants(c->notify, NOTIFY_ALERT_CLEARED)));
}

static bool grow_locked(crier *c)
{
    if (c->change_count < c->change_room) {
        return true;
    }
    size_t room = c->change_room == 0 ? 256 : 2 * c->change_room;
    change *more = c->change_room < CHANGES ? realloc(c->changes, room * sizeof(*more)) : NULL;
    if (more != NULL) {
        c->changes = more;
        c->change_room = room;
    }
    return more != NULL;
}

void crier_device(crier *c, const device_change *news)
{
    if (c == NULL || !wants_device(c, news)) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    bool taken = grow_locked(c);
    if (taken) {
        c->changes[c->change_count] = (change){.id = news->id,
                                               .turn = c->change_count,
                                               .before = news->severity_before,
                                               .after = news->severity,
                                               .added = news->added,
                                               .changed = news->changed,
                                               .spell = news->severity_changed,
                                               .managed = news->managed};
        c->change_count++;
    }
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (!taken) {
        notify_drop(c->notify);
    }
}

void crier_run(crier *c, int64_t run)
{
    if (!notify_wants(c->notify, NOTIFY_RUN_STARTED) &&
        !notify_wants(c->notify, NOTIFY_RUN_ENDED)) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    bool there = false;
    for (size_t i = 0; i < c->run_count && !there; i++) {
        there = c->waiting_runs[i] == run;
    }
    bool taken = there || c->run_count < RUNS;
    if (taken && !there) {
        c->waiting_runs[c->run_count++] = run;
    }
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (!taken) {
        notify_drop(c->notify);
    }
}

/* ---- telling ---- */

static void put(notify *n, notify_event event, const strbuf *data)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = data->failed ? error_set(&err, PLATEN_E_NOMEM, "no memory for an event")
                                  : notify_event_put(n, event, data->data, &err);
    if (rc != PLATEN_OK) {
        log_error("webhooks are not told of '%s': %s", notify_event_word(event), err.text);
    }
}

/* ---- devices ---- */

static int by_id(const void *a, const void *b)
{
    const change *x = a;
    const change *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id)
                          : (x->turn > y->turn) - (x->turn < y->turn);
}

static void join(change *first, const change *next)
{
    first->added = first->added || next->added;
    first->changed = first->changed || next->changed;
    if (next->spell) {
        first->before = first->spell ? first->before : next->before;
        first->after = next->after;
        first->managed = next->managed;
        first->spell = true;
    }
}

/* One entry a device: what it was before the first change, what it is after the last. */
static size_t merge(change *changes, size_t count)
{
    size_t kept = 0;
    qsort(changes, count, sizeof(*changes), by_id);
    for (size_t i = 0; i < count; i++) {
        change *last = kept > 0 ? &changes[kept - 1] : NULL;
        if (last != NULL && last->id == changes[i].id) {
            join(last, &changes[i]);
        } else {
            changes[kept++] = changes[i];
        }
    }
    return kept;
}

static bool is_about(const change *d, notify_event event)
{
    switch ((int)event) {
    case NOTIFY_DEVICE_ADDED:
        return d->added;
    case NOTIFY_DEVICE_CHANGED:
        return d->changed && !d->added;
    case NOTIFY_ALERT_RAISED:
        return d->spell && d->managed && d->after != DEVICE_NORMAL && d->after != d->before;
    case NOTIFY_ALERT_CLEARED:
        return d->spell && d->managed && d->after == DEVICE_NORMAL && d->before != DEVICE_NORMAL;
    default:
        return false;
    }
}

/* Columns id, managed, name to location, from `first` on. */
static void write_who(store_stmt *st, int first, json_writer *w)
{
    static const char *const names[] = {"name",  "address", "hostname", "manufacturer",
                                        "model", "serial",  "location"};
    json_id(w, "id", store_i64(st, first));
    json_bool(w, "managed", store_i64(st, first + 1) != 0);
    for (int i = 0; i < 7; i++) {
        json_text(w, names[i], store_text(st, first + 2 + i));
    }
}

static void write_device(store_stmt *st, const change *d, json_writer *w)
{
    json_object(w, NULL);
    write_who(st, 0, w);
    json_text(w, "power", device_power_word(store_i64(st, 9)));
    int64_t severity = d->spell ? (int64_t)d->after : store_i64(st, 10);
    json_text(w, "severity", device_severity_word(severity));
    json_text(w, "severity_before", device_severity_word(d->spell ? (int64_t)d->before : severity));
    json_text(w, "alert", store_text(st, 11));
    json_object_end(w);
}

void crier_write_removed(store_stmt *st, strbuf *event)
{
    json_writer w;
    json_init(&w, event);
    json_object(&w, NULL);
    json_array(&w, "devices");
    json_object(&w, NULL);
    write_who(st, 1, &w);
    json_object_end(&w);
    json_array_end(&w);
    json_i64(&w, "count", 1);
    json_object_end(&w);
}

void crier_removed(notify *n, const strbuf *event)
{
    if (notify_wants(n, NOTIFY_DEVICE_REMOVED)) {
        put(n, NOTIFY_DEVICE_REMOVED, event);
    }
}

/* The JSON array of up to DEVICES ids that the event is about, from *at on; how many. */
static size_t take_ids(const change *changes, size_t count, size_t *at, notify_event event,
                       strbuf *ids)
{
    size_t taken = 0;
    strbuf_clear(ids);
    for (; *at < count && taken < DEVICES; (*at)++) {
        if (is_about(&changes[*at], event)) {
            strbuf_appendf(ids, "%s%" PRId64, taken++ == 0 ? "[" : ",", changes[*at].id);
        }
    }
    strbuf_append(ids, "]");
    return taken;
}

static const change *find_change(const change *changes, size_t count, int64_t id)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (changes[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return &changes[low]; /* every id that was asked for is among them */
}

typedef struct listing {
    const crier *crier;
    notify_event event;
    strbuf text;
    json_writer w;
    size_t count;
} listing;

static void listing_begin(listing *l)
{
    strbuf_clear(&l->text);
    json_init(&l->w, &l->text);
    json_object(&l->w, NULL);
    json_array(&l->w, "devices");
    l->count = 0;
}

static void listing_end(listing *l)
{
    json_array_end(&l->w);
    json_i64(&l->w, "count", (int64_t)l->count);
    json_object_end(&l->w);
    if (l->count > 0) {
        put(l->crier->notify, l->event, &l->text);
    }
}

static platen_code list_devices(listing *l, const char *ids, const change *changes, size_t count,
                                platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(l->crier->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_crier_devices, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "ids", ids);
    }
    listing_begin(l);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        const change *d = find_change(changes, count, store_i64(st, 0));
        write_device(st, d, &l->w);
        l->count++;
        if (l->text.length > DATA_ENOUGH) {
            listing_end(l);
            listing_begin(l);
        }
    }
    store_reset(st);
    store_read_end(conn);
    listing_end(l);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static void tell_event(const crier *c, const change *changes, size_t count, notify_event event)
{
    platen_error err = PLATEN_ERROR_INIT;
    strbuf ids;
    listing l = {.crier = c, .event = event};
    if (!notify_wants(c->notify, event)) {
        return;
    }
    strbuf_init(&ids);
    strbuf_init(&l.text);
    for (size_t at = 0; take_ids(changes, count, &at, event, &ids) > 0;) {
        if (list_devices(&l, ids.data, changes, count, &err) != PLATEN_OK) {
            log_error("webhooks are not told of devices: %s", err.text);
        }
    }
    strbuf_fini(&l.text);
    strbuf_fini(&ids);
}

static void tell_devices(const crier *c, change *changes, size_t count)
{
    static const notify_event events[] = {NOTIFY_DEVICE_ADDED, NOTIFY_DEVICE_CHANGED,
                                          NOTIFY_ALERT_RAISED, NOTIFY_ALERT_CLEARED};
    count = merge(changes, count);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        tell_event(c, changes, count, events[i]);
    }
}

/* ---- runs ---- */

static told_run *told_of(crier *c, int64_t run)
{
    for (size_t i = 0; i < RUNS; i++) {
        if (c->told[i].id == run) {
            return &c->told[i];
        }
    }
    told_run *fresh = &c->told[c->told_next++ % RUNS];
    *fresh = (told_run){.id = run};
    return fresh;
}

/* {"run":{...}} as GET /runs/{id} shows it. */
static platen_code write_run(const crier *c, int64_t run, strbuf *data, platen_error *err)
{
    json_writer w;
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(c->store, &conn, err));
    json_init(&w, data);
    json_object(&w, NULL);
    platen_code rc = runs_write_by_id(c->runs, conn, run, &w, "run", err);
    store_read_end(conn);
    if (rc == PLATEN_OK) {
        json_object_end(&w);
    }
    return rc;
}

static void tell_run(crier *c, int64_t run)
{
    strbuf data;
    cJSON *tree = NULL;
    strbuf_init(&data);
    if (write_run(c, run, &data, NULL) == PLATEN_OK &&
        json_parse(data.data, data.length, &tree, NULL) == PLATEN_OK) {
        const char *state = json_get_text(json_get_object(tree, "run"), "state", "");
        bool waits = strcmp(state, "waiting") == 0;
        bool over = !waits && strcmp(state, "running") != 0;
        told_run *told = told_of(c, run);
        if (!waits && !told->started) {
            told->started = true;
            put(c->notify, NOTIFY_RUN_STARTED, &data);
        }
        if (over && !told->ended) {
            told->ended = true;
            put(c->notify, NOTIFY_RUN_ENDED, &data);
        }
    }
    cJSON_Delete(tree);
    strbuf_fini(&data);
}

/* Runs that went on over a restart have been told of. */
static void remember_runs(crier *c)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    if (store_read(c->store, &conn, NULL) != PLATEN_OK) {
        return;
    }
    if (store_prepare(conn, &sql_crier_runs, &st, NULL) == PLATEN_OK) {
        while (store_step(st, NULL) == PLATEN_OK) {
            told_of(c, store_i64(st, 0))->started = true;
        }
    }
    store_reset(st);
    store_read_end(conn);
}

/* ---- agents ---- */

static known_agent *agent_of(crier *c, int64_t id)
{
    for (size_t i = 0; i < c->agent_count; i++) {
        if (c->agents[i].id == id) {
            return &c->agents[i];
        }
    }
    if (c->agent_count == AGENTS) {
        return NULL;
    }
    known_agent *fresh = &c->agents[c->agent_count++];
    *fresh = (known_agent){.id = id, .since = clock_mono()};
    return fresh;
}

static void tell_agent(const crier *c, notify_event event, int64_t id, bool local, const char *name)
{
    strbuf data;
    json_writer w;
    strbuf_init(&data);
    json_init(&w, &data);
    json_object(&w, NULL);
    json_object(&w, "agent");
    if (local) {
        json_text(&w, "id", "local");
    } else {
        json_id(&w, "id", id);
    }
    json_text(&w, "name", name);
    json_text(&w, "status", event == NOTIFY_AGENT_UP ? "normal" : "no-response");
    json_time(&w, "last_seen", link_agent_contact(c->link, id));
    json_object_end(&w);
    json_object_end(&w);
    put(c->notify, event, &data);
    strbuf_fini(&data);
}

/* The first look only learns: who was up before we started is no news. */
static void look_at_agent(crier *c, store_stmt *st)
{
    int64_t id = store_i64(st, 0);
    bool local = store_i64(st, 2) != 0;
    const char *status = link_agent_status(c->link, id, store_i64(st, 3) != 0);
    known_agent *a = agent_of(c, id);
    agent_mood mood = strcmp(status, "normal") == 0     ? AGENT_UP
                      : strcmp(status, "inactive") == 0 ? AGENT_INACTIVE
                                                        : AGENT_DOWN;
    if (a == NULL || mood == a->mood ||
        (a->mood == AGENT_UNKNOWN && mood == AGENT_DOWN && clock_mono() - a->since < SILENT_MS)) {
        return;
    }
    if (mood == AGENT_DOWN && a->mood != AGENT_INACTIVE) {
        tell_agent(c, NOTIFY_AGENT_DOWN, id, local, store_text(st, 1));
    } else if (mood == AGENT_UP && a->mood != AGENT_UNKNOWN) {
        tell_agent(c, NOTIFY_AGENT_UP, id, local, store_text(st, 1));
    }
    /* Activated, but it has not called yet: it comes up when it does. */
    a->mood = mood == AGENT_DOWN && a->mood == AGENT_INACTIVE ? AGENT_INACTIVE : mood;
}

static void look_at_agents(crier *c)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    if (clock_mono() < c->next_agents) {
        return;
    }
    c->next_agents = clock_mono() + AGENTS_MS;
    if (!notify_wants(c->notify, NOTIFY_AGENT_UP) && !notify_wants(c->notify, NOTIFY_AGENT_DOWN)) {
        c->agent_count = 0;
        return;
    }
    if (store_read(c->store, &conn, NULL) != PLATEN_OK) {
        return;
    }
    if (store_prepare(conn, &sql_agents_all, &st, NULL) == PLATEN_OK) {
        while (store_step(st, NULL) == PLATEN_OK) {
            look_at_agent(c, st);
        }
    }
    store_reset(st);
    store_read_end(conn);
}

/* ---- the thread ---- */

/* Waits for the first news, then for a second more. False when it is time to stop. */
static bool gather(crier *c)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += AGENTS_MS / 1000;
    pthread_mutex_lock(&c->lock);
    for (int rc = 0; rc == 0 && !c->stopping && c->change_count == 0 && c->run_count == 0;) {
        rc = pthread_cond_timedwait(&c->wake, &c->lock, &until);
    }
    bool some = c->change_count > 0 || c->run_count > 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += GATHER_MS / 1000;
    for (int rc = 0; rc == 0 && some && !c->stopping;) {
        rc = pthread_cond_timedwait(&c->wake, &c->lock, &until);
    }
    bool go_on = !c->stopping;
    pthread_mutex_unlock(&c->lock);
    return go_on;
}

/* Takes what was gathered out of the crier, so that the lock is not held across SQL. */
static void tell(crier *c)
{
    int64_t waiting[RUNS];
    pthread_mutex_lock(&c->lock);
    change *changes = c->changes;
    size_t count = c->change_count;
    size_t run_count = c->run_count;
    memcpy(waiting, c->waiting_runs, run_count * sizeof(waiting[0]));
    c->changes = NULL;
    c->change_count = c->change_room = 0;
    c->run_count = 0;
    pthread_mutex_unlock(&c->lock);
    if (count > 0) {
        tell_devices(c, changes, count);
    }
    for (size_t i = 0; i < run_count; i++) {
        tell_run(c, waiting[i]);
    }
    free(changes);
}

static void *crier_thread(void *user)
{
    crier *c = user;
    remember_runs(c);
    while (gather(c)) {
        tell(c);
        look_at_agents(c);
    }
    tell(c);
    return NULL;
}

platen_code crier_start(crier *c, runs *r, link_manager *l, platen_error *err)
{
    c->runs = r;
    c->link = l;
    int failed = pthread_create(&c->thread, NULL, crier_thread, c);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the thread of events");
    }
    (void)pthread_setname_np(c->thread, "crier");
    c->started = true;
    return PLATEN_OK;
}

void crier_stop(crier *c)
{
    if (c == NULL || !c->started) {
        return;
    }
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->started = false;
    c->stopping = false;
}
