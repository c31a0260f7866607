/* Start and end, counts, settings. `lock` guards the counts of what waits and the list of
 * destinations that changed. */
#include "core/notify/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/notify/mail.h"
#include "core/notify/room.h"

#define LOG_SOURCE "notify"

#define FIRST_RETRY_MS 15000
#define GIVE_UP_MS INT64_C(86400000)
#define STOP_S 3

/* ---- life ---- */

static bool open_desk(notify *n, notify_desk *desk, bool mail)
{
    desk->n = n;
    desk->mail = mail;
    atomic_store(&desk->look, true);
    desk->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return desk->wake >= 0;
}

static void close_desk(const notify_desk *desk)
{
    if (desk->n != NULL && desk->wake >= 0) {
        (void)close(desk->wake);
    }
}

static void wake_desk(notify_desk *desk)
{
    const uint64_t one = 1;
    atomic_store(&desk->look, true);
    if (desk->n != NULL && write(desk->wake, &one, sizeof(one)) < 0) {
        log_debug("the desk is awake already");
    }
}

platen_code notify_new(const notify_options *options, notify **out, platen_error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return error_set(err, PLATEN_E_INTERNAL, "libcurl cannot start");
    }
    notify *n = calloc(1, sizeof(*n));
    if (n == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for mails and webhooks");
    }
    pthread_mutex_init(&n->lock, NULL);
    n->store = options->store;
    n->key = options->key;
    n->ca_file = strdup(options->ca_file != NULL ? options->ca_file : "");
    n->version = strdup(options->version != NULL ? options->version : "");
    n->address = strdup(options->address != NULL ? options->address : "");
    n->first_retry_ms = options->first_retry_ms > 0 ? options->first_retry_ms : FIRST_RETRY_MS;
    n->give_up_ms = options->give_up_ms > 0 ? options->give_up_ms : GIVE_UP_MS;
    bool desks = open_desk(n, &n->mails, true) && open_desk(n, &n->hooks, false);
    platen_code rc = !desks || n->ca_file == NULL || n->version == NULL || n->address == NULL
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for mails and webhooks")
                         : messages_new(&n->messages, err);
    if (rc == PLATEN_OK) {
        rc = notify_refresh(n, err);
    }
    if (rc == PLATEN_OK) {
        rc = notify_count_load(n, err);
    }
    if (rc != PLATEN_OK) {
        notify_free(n);
        return rc;
    }
    *out = n;
    return PLATEN_OK;
}

static platen_code start_desk(notify_desk *desk, const char *name, platen_error *err)
{
    int failed = pthread_create(&desk->thread, NULL, notify_sender, desk);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the thread '%s'", name);
    }
    (void)pthread_setname_np(desk->thread, name);
    desk->started = true;
    return PLATEN_OK;
}

platen_code notify_start(notify *n, platen_error *err)
{
    PLATEN_TRY(start_desk(&n->mails, "notify-mail", err));
    return start_desk(&n->hooks, "notify-hook", err);
}

/* What is under way has until `until` (of the real-time clock) to come to its end. */
static void stop_desk(notify_desk *desk, const struct timespec *until)
{
    if (!desk->started) {
        return;
    }
    if (pthread_timedjoin_np(desk->thread, NULL, until) != 0) {
        atomic_store(&desk->n->abandon, true);
        wake_desk(desk);
        pthread_join(desk->thread, NULL);
    }
    desk->started = false;
}

void notify_stop(notify *n)
{
    struct timespec until;
    if (n == NULL) {
        return;
    }
    atomic_store(&n->stopping, true);
    wake_desk(&n->mails);
    wake_desk(&n->hooks);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_S;
    stop_desk(&n->mails, &until);
    stop_desk(&n->hooks, &until);
}

void notify_free(notify *n)
{
    if (n == NULL) {
        return;
    }
    notify_stop(n);
    close_desk(&n->mails);
    close_desk(&n->hooks);
    messages_free(n->messages);
    free(n->ca_file);
    free(n->version);
    free(n->address);
    pthread_mutex_destroy(&n->lock);
    free(n);
    curl_global_cleanup();
}

const char *notify_address(const notify *n)
{
    return n->address;
}

const messages *notify_messages(const notify *n)
{
    return n->messages;
}

void notify_wake(notify *n, int64_t webhook)
{
    wake_desk(webhook == OUTBOX_MAIL ? &n->mails : &n->hooks);
}

/* ---- counts ---- */

static int64_t limit_of(int64_t webhook)
{
    return webhook == OUTBOX_MAIL ? NOTIFY_MAILS : NOTIFY_PER_WEBHOOK;
}

/* The place of a destination, or a free one; NULL when there is none. */
static notify_waiting *waiting_locked(notify *n, int64_t webhook)
{
    notify_waiting *free_place = NULL;
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        notify_waiting *w = &n->waiting[i];
        if (w->webhook == webhook) {
            return w;
        }
        if (w->count == 0 && w->webhook != OUTBOX_MAIL && free_place == NULL) {
            free_place = w;
        }
    }
    if (free_place != NULL) {
        free_place->webhook = webhook;
    }
    return free_place;
}

bool notify_count_take(notify *n, int64_t webhook)
{
    pthread_mutex_lock(&n->lock);
    notify_waiting *w = waiting_locked(n, webhook);
    bool room = w != NULL && w->count < limit_of(webhook);
    if (room) {
        w->count++;
    }
    pthread_mutex_unlock(&n->lock);
    return room;
}

void notify_count_give(notify *n, int64_t webhook, int64_t count)
{
    pthread_mutex_lock(&n->lock);
    notify_waiting *w = waiting_locked(n, webhook);
    if (w != NULL) {
        w->count = w->count > count ? w->count - count : 0;
    }
    pthread_mutex_unlock(&n->lock);
}

typedef struct tally {
    notify *n;
    notify_waiting waiting[NOTIFY_DESTINATIONS];
    size_t count;
    int64_t failed;
} tally;

static void add_tally(int64_t webhook, bool failed, int64_t count, void *user)
{
    tally *t = user;
    if (failed) {
        t->failed += count;
    } else if (webhook == OUTBOX_MAIL) {
        t->waiting[0].count = count;
    } else if (t->count < NOTIFY_DESTINATIONS) {
        t->waiting[t->count++] = (notify_waiting){webhook, count};
    }
}

platen_code notify_count_load(notify *n, platen_error *err)
{
    tally t = {.n = n, .count = 1};
    for (size_t i = 1; i < NOTIFY_DESTINATIONS; i++) {
        t.waiting[i].webhook = -1;
    }
    PLATEN_TRY(outbox_count(n->store, add_tally, &t, err));
    pthread_mutex_lock(&n->lock);
    memcpy(n->waiting, t.waiting, sizeof(n->waiting));
    pthread_mutex_unlock(&n->lock);
    atomic_store(&n->failed_rows, t.failed);
    return PLATEN_OK;
}

static int64_t count_waiting(notify *n, bool webhooks)
{
    int64_t sum = 0;
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        sum += (n->waiting[i].webhook != OUTBOX_MAIL) == webhooks ? n->waiting[i].count : 0;
    }
    pthread_mutex_unlock(&n->lock);
    return sum;
}

/* ---- what is set ---- */

platen_code notify_refresh(notify *n, platen_error *err)
{
    store_conn *conn = NULL;
    webhook_brief all[WEBHOOKS_MAX];
    size_t count = 0;
    uint64_t wanted = 0;
    mail_settings settings = {0};
    PLATEN_TRY(store_read(n->store, &conn, err));
    platen_code rc = webhook_all(conn, all, &count, err);
    store_read_end(conn);
    PLATEN_TRY(rc);
    for (size_t i = 0; i < count; i++) {
        wanted |= all[i].active ? (uint64_t)all[i].events : 0;
    }
    atomic_store(&n->wanted, (unsigned)wanted);
    rc = mail_settings_load(n->store, n->key, &settings, err);
    mail_settings_fini(&settings);
    atomic_store(&n->mail_ready, rc == PLATEN_OK);
    return rc == PLATEN_E_STATE || rc == PLATEN_E_CORRUPT ? PLATEN_OK : rc;
}

static platen_code hurry_in(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *webhook = user;
    return outbox_hurry_in(conn, *webhook, clock_now(), err);
}

static void changed(notify *n, int64_t webhook)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (n == NULL) {
        return;
    }
    if (notify_refresh(n, &err) != PLATEN_OK ||
        store_write(n->store, hurry_in, &webhook, &err) != PLATEN_OK) {
        log_error("what waits is not tried at once: %s", err.text);
    }
    notify_desk *desk = webhook == OUTBOX_MAIL ? &n->mails : &n->hooks;
    pthread_mutex_lock(&n->lock);
    bool there = desk->changed_count == NOTIFY_DESTINATIONS;
    for (size_t i = 0; i < desk->changed_count && !there; i++) {
        there = desk->changed[i] == webhook;
    }
    if (!there) {
        desk->changed[desk->changed_count++] = webhook;
    }
    pthread_mutex_unlock(&n->lock);
    notify_wake(n, webhook);
}

void notify_mail_changed(notify *n)
{
    changed(n, OUTBOX_MAIL);
}

void notify_webhook_changed(notify *n, int64_t webhook)
{
    changed(n, webhook);
}

bool notify_mail_ready(const notify *n)
{
    return n != NULL && atomic_load(&n->mail_ready);
}

/* ---- numbers ---- */

void notify_metrics(strbuf *out, void *user)
{
    static const char *const kinds[] = {"mail", "webhook"};
    notify *n = user;
    strbuf_append(out, "# HELP platen_notify_waiting Messages in the outbox that wait.\n"
                       "# TYPE platen_notify_waiting gauge\n");
    for (int i = 0; i < 2; i++) {
        strbuf_appendf(out, "platen_notify_waiting{kind=\"%s\"} %" PRId64 "\n", kinds[i],
                       count_waiting(n, i == 1));
    }
    strbuf_append(out, "# HELP platen_notify_sent_total Messages that their servers have taken.\n"
                       "# TYPE platen_notify_sent_total counter\n");
    for (int i = 0; i < 2; i++) {
        strbuf_appendf(out, "platen_notify_sent_total{kind=\"%s\"} %llu\n", kinds[i],
                       atomic_load(&n->sent[i]));
    }
    strbuf_append(out, "# HELP platen_notify_failed_total Messages that were given up.\n"
                       "# TYPE platen_notify_failed_total counter\n");
    for (int i = 0; i < 2; i++) {
        strbuf_appendf(out, "platen_notify_failed_total{kind=\"%s\"} %llu\n", kinds[i],
                       atomic_load(&n->failed[i]));
    }
    strbuf_appendf(out,
                   "# HELP platen_notify_failed Failed messages that the outbox still shows.\n"
                   "# TYPE platen_notify_failed gauge\nplaten_notify_failed %lld\n"
                   "# HELP platen_notify_dropped_total Events that found no room to wait.\n"
                   "# TYPE platen_notify_dropped_total counter\nplaten_notify_dropped_total %llu\n",
                   atomic_load(&n->failed_rows), atomic_load(&n->dropped));
}

bool notify_health(char *text, size_t size, void *user)
{
    notify *n = user;
    int64_t mails = count_waiting(n, false);
    if (atomic_load(&n->broken)) {
        (void)snprintf(text, size, "the outbox cannot be written");
        return false;
    }
    if (mails >= NOTIFY_MAILS) {
        (void)snprintf(text, size, "the outbox is full: %" PRId64 " mails wait", mails);
        return false;
    }
    return n->mails.started && n->hooks.started;
}
