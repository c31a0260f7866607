/* One mutex guards what waits to be told. */
#include "core/rest/herald.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/rest/dashboard.h"
#include "core/rest/target_news.h"

#define HERALD_RUNS 64
#define HERALD_ALERTS 100 /* more in half a second are an outage: pages then load anew */
#define HERALD_MS 500

struct herald {
    store *store;
    events *events;
    runs *runs;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    bool counts_changed;
    int64_t changed[HERALD_RUNS];
    size_t changed_count;
    device_change alerts[HERALD_ALERTS];
    size_t alert_count;
    target_news news; /* the thread's */
};

platen_code herald_new(store *s, events *e, herald **out, platen_error *err)
{
    herald *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for events");
    }
    h->store = s;
    h->events = e;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->wake, NULL);
    *out = h;
    return PLATEN_OK;
}

void herald_device(herald *h, const device_change *change)
{
    events_device_changed(h->events, change->id, change->region, change->region_before);
    if (!change->severity_changed && !change->added && change->region == change->region_before) {
        return;
    }
    pthread_mutex_lock(&h->lock);
    h->counts_changed = true;
    if (change->severity_changed && change->managed && h->alert_count < HERALD_ALERTS) {
        h->alerts[h->alert_count++] = *change;
    }
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
}

void herald_run(herald *h, int64_t run)
{
    pthread_mutex_lock(&h->lock);
    bool there = h->changed_count == HERALD_RUNS;
    for (size_t i = 0; i < h->changed_count && !there; i++) {
        there = h->changed[i] == run;
    }
    if (!there) {
        h->changed[h->changed_count++] = run;
    }
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->lock);
}

static void tell_run(herald *h, store_conn *conn, int64_t run)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    if (runs_write_by_id(h->runs, conn, run, &w, NULL, NULL) == PLATEN_OK && !text.failed) {
        events_publish(h->events, "run", EVENTS_TASKS, EVENTS_NO_DEVICE, text.data);
    }
    strbuf_fini(&text);
}

static void tell_counts(herald *h, store_conn *conn)
{
    dashboard_table table;
    if (dashboard_table_read(conn, &table, NULL) == PLATEN_OK) {
        events_counts(h->events, &table);
        dashboard_table_fini(&table);
    }
}

static void tell_alert(herald *h, const device_change *change)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_id(&w, "device", change->id);
    json_text(&w, "severity", device_severity_word(change->severity));
    json_text(&w, "power", device_power_word(change->power));
    json_bool(&w, "raised", change->severity != DEVICE_NORMAL);
    json_object_end(&w);
    if (!text.failed) {
        events_publish(h->events, "alert", EVENTS_DEVICES, change->region, text.data);
    }
    strbuf_fini(&text);
}

/* Takes what waits out of the herald, so that the lock is not held across SQL. */
static bool take(herald *h, int64_t *changed, size_t *changed_count, device_change *alerts,
                 size_t *alert_count, bool *counts)
{
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && h->changed_count == 0 && !h->counts_changed && !h->news.waiting) {
        pthread_cond_wait(&h->wake, &h->lock);
    }
    *changed_count = h->changed_count;
    *alert_count = h->alert_count;
    *counts = h->counts_changed;
    for (size_t i = 0; i < h->changed_count; i++) {
        changed[i] = h->changed[i];
    }
    for (size_t i = 0; i < h->alert_count; i++) {
        alerts[i] = h->alerts[i];
    }
    h->changed_count = 0;
    h->alert_count = 0;
    h->counts_changed = false;
    bool go_on = !h->stopping;
    pthread_mutex_unlock(&h->lock);
    return go_on;
}

static void *herald_thread(void *user)
{
    herald *h = user;
    int64_t changed[HERALD_RUNS];
    device_change alerts[HERALD_ALERTS];
    size_t changed_count = 0;
    size_t alert_count = 0;
    bool counts = false;
    while (take(h, changed, &changed_count, alerts, &alert_count, &counts)) {
        store_conn *conn = NULL;
        if (store_read(h->store, &conn, NULL) == PLATEN_OK) {
            for (size_t i = 0; i < changed_count; i++) {
                tell_run(h, conn, changed[i]);
            }
            if (counts) {
                tell_counts(h, conn);
            }
            h->news.waiting = h->news.waiting || changed_count > 0;
            target_news_tell(&h->news, conn, h->events);
            store_read_end(conn);
        }
        for (size_t i = 0; i < alert_count; i++) {
            tell_alert(h, &alerts[i]);
        }
        const struct timespec pause = {.tv_nsec = HERALD_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

platen_code herald_start(herald *h, runs *r, platen_error *err)
{
    store_conn *conn = NULL;
    h->runs = r;
    PLATEN_TRY(store_read(h->store, &conn, err));
    target_news_begin(&h->news, conn);
    store_read_end(conn);
    int failed = pthread_create(&h->thread, NULL, herald_thread, h);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the event thread");
    }
    h->started = true;
    return PLATEN_OK;
}

void herald_stop(herald *h)
{
    if (h == NULL || !h->started) {
        return;
    }
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_broadcast(&h->wake);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    h->started = false;
}

void herald_free(herald *h)
{
    if (h != NULL) {
        herald_stop(h);
        pthread_cond_destroy(&h->wake);
        pthread_mutex_destroy(&h->lock);
        free(h);
    }
}
