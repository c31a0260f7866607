/*
 * The one thread that sends. It owns the destinations (the mail server and each webhook), what is
 * in flight and what has ended; libcurl's multi interface carries many deliveries at a time, so
 * that a slow server holds up nobody but itself.
 *
 * A destination that nothing gets through to is left alone for a time that doubles; then one
 * message is tried, and when that gets through all the others follow. A row leaves the outbox in
 * one transaction after its server has taken it: what is repeated after a kill -9 is what was in
 * flight.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/notify/mail.h"
#include "core/notify/room.h"

#define LOG_SOURCE "notify"

#define MAIL_SLOTS 4
#define HOOK_SLOTS 1    /* for a webhook: it gets its events in order, as far as none fails */
#define HOOKS_FLYING 24 /* for all webhooks */
#define MAIL_BATCH 32
#define HOOK_BATCH 4
#define WAIT_MAX_MS INT64_C(3600000)
#define LOOK_MS INT64_C(60000)
#define MAIL_S 300L
#define HOOK_S 30L
#define STORE_WAIT_MS 2000 /* after the database has refused */
#define AGAIN_MS 1000
#define IDLE_MS 5000 /* then connections are closed: mail servers like a QUIT */

typedef struct destination {
    int64_t id; /* of the webhook, or OUTBOX_MAIL */
    bool there, active;
    int64_t next_look; /* when rows may be due */
    unsigned failures; /* in a row */
    int64_t pause_until;
    unsigned flying;
    outbox_item *queue; /* taken from the table, not yet in flight */
    bool more;          /* rows stand behind those of the queue */
    mail_settings mail;
    webhook_target target;
    char text[DELIVERY_TEXT]; /* why it is left alone */
} destination;

typedef struct flight {
    delivery *delivery;
    outbox_item *item;
    destination *to;
} flight;

typedef struct ending {
    outbox_item *item;
    int64_t to;
    outbox_result result;
    long status;
    char text[DELIVERY_TEXT];
} ending;

#define FLIGHTS (MAIL_SLOTS + HOOKS_FLYING)
#define ENDINGS (FLIGHTS + NOTIFY_DESTINATIONS)

typedef struct sender {
    notify *n;
    notify_desk *desk;
    CURLM *multi;
    delivery_sockets sockets;
    destination to[NOTIFY_DESTINATIONS];
    size_t turn; /* whose turn it is: fairness among webhooks */
    flight flights[FLIGHTS];
    unsigned flying, flying_hooks;
    ending endings[ENDINGS]; /* not yet written */
    size_t ending_count;
    int64_t next_write, next_sweep, idle_since;
    bool recovered[NOTIFY_DESTINATIONS];
} sender;

static const char *name_of(const destination *d)
{
    return d->id == OUTBOX_MAIL ? "the mail server" : "a webhook";
}

/* ---- back-off ---- */

/* Doubles from try to try, up to an hour; a tenth more or less, so that not all come at once. */
static int64_t wait_after(const notify *n, int64_t tries, const char *mark)
{
    int64_t wait = n->first_retry_ms;
    for (int64_t i = 0; i < tries && wait < WAIT_MAX_MS; i++) {
        wait *= 2;
    }
    wait = wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait;
    int64_t tenth = wait / 10;
    int64_t spread = 2 * tenth + 1;
    return wait - tenth + (int64_t)(hash_bytes(mark, strlen(mark)) % (uint64_t)spread);
}

static void drop_queue(destination *d)
{
    while (d->queue != NULL) {
        outbox_item *next = d->queue->next;
        outbox_item_free(d->queue);
        d->queue = next;
    }
}

/* Nothing gets through: what else was taken for it goes back to the table, where it stands as it
 * stood. */
static void block(sender *s, destination *d, const char *mark, const delivery_verdict *v,
                  int64_t now)
{
    (void)snprintf(d->text, sizeof(d->text), "%s", v->text);
    drop_queue(d);
    if (now < d->pause_until) {
        return; /* several were in flight when it began */
    }
    int64_t wait = wait_after(s->n, d->failures, mark);
    d->pause_until = now + (v->wait_ms > wait ? v->wait_ms : wait);
    d->failures++;
    if (d->failures == 1) {
        log_warning("%s takes nothing, waiting webhook=%" PRId64 ": %s", name_of(d), d->id,
                    v->text);
    }
}

/* ---- endings ---- */

static void end(sender *s, outbox_item *item, destination *d, const delivery_verdict *v, bool tried)
{
    int64_t now = clock_now();
    ending *e = &s->endings[s->ending_count++];
    *e = (ending){.item = item, .to = d->id, .status = v->status};
    (void)snprintf(e->text, sizeof(e->text), "%s", v->text);
    e->result = (outbox_result){.id = item->id, .tried = tried, .text = e->text};
    if (v->outcome == DELIVERY_DONE) {
        e->result.end = OUTBOX_DONE;
    } else if (v->outcome == DELIVERY_REFUSED || now >= item->give_up_at) {
        e->result.end = OUTBOX_FAILED;
    } else {
        int64_t wait = wait_after(s->n, item->tries, item->mark);
        int64_t next = now + (v->wait_ms > wait ? v->wait_ms : wait);
        e->result.end = OUTBOX_LATER;
        e->result.next_at = next < item->give_up_at ? next : item->give_up_at;
    }
    if (v->outcome == DELIVERY_BLOCKED) {
        block(s, d, item->mark, v, now);
    } else if (d->failures > 0 && tried) {
        log_notice("%s takes messages again webhook=%" PRId64, name_of(d), d->id);
        d->failures = 0;
        d->pause_until = 0;
        s->recovered[d - s->to] = true;
    }
    d->next_look = 0;
}

static platen_code write_endings(store_conn *conn, void *user, platen_error *err)
{
    sender *s = user;
    int64_t now = clock_now();
    for (size_t i = 0; i < s->ending_count; i++) {
        ending *e = &s->endings[i];
        PLATEN_TRY(outbox_result_in(conn, &e->result, now, err));
        if (e->to != OUTBOX_MAIL && e->result.tried) {
            PLATEN_TRY(webhook_last_in(conn, e->to, now, e->status, e->text, err));
        }
    }
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        if (s->recovered[i] && s->to[i].there) {
            PLATEN_TRY(outbox_hurry_in(conn, s->to[i].id, now, err));
        }
    }
    return PLATEN_OK;
}

static void count_ending(notify *n, const ending *e)
{
    int kind = e->to != OUTBOX_MAIL;
    const char *what = kind ? "webhook" : "mail";
    if (e->result.end == OUTBOX_LATER) {
        log_debug("%s id=%" PRId64 " is tried again: %s", what, e->result.id, e->text);
        return;
    }
    notify_count_give(n, e->to, 1);
    if (e->result.end == OUTBOX_DONE) {
        (void)atomic_fetch_add(&n->sent[kind], 1);
        log_info("%s sent id=%" PRId64 " code=%s", what, e->result.id, e->item->code);
    } else {
        (void)atomic_fetch_add(&n->failed[kind], 1);
        (void)atomic_fetch_add(&n->failed_rows, 1);
        log_warning("%s failed id=%" PRId64 " code=%s: %s", what, e->result.id, e->item->code,
                    e->text);
    }
}

/* Until this has worked nothing more is sent: what was taken must not be sent again. */
static void write_down(sender *s)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (s->ending_count == 0 || clock_mono() < s->next_write) {
        return;
    }
    if (store_write(s->n->store, write_endings, s, &err) != PLATEN_OK) {
        if (!atomic_exchange(&s->n->broken, true)) {
            log_error("cannot write what was sent, nothing more is sent: %s", err.text);
        }
        s->next_write = clock_mono() + STORE_WAIT_MS;
        return;
    }
    atomic_store(&s->n->broken, false);
    for (size_t i = 0; i < s->ending_count; i++) {
        count_ending(s->n, &s->endings[i]);
        outbox_item_free(s->endings[i].item);
    }
    s->ending_count = 0;
    memset(s->recovered, 0, sizeof(s->recovered));
}

/* ---- taking and launching ---- */

static platen_code take_settings(sender *s, destination *d, platen_error *err)
{
    if (d->id == OUTBOX_MAIL) {
        mail_settings_fini(&d->mail);
        return mail_settings_load(s->n->store, s->n->key, &d->mail, err);
    }
    webhook_target_fini(&d->target);
    return webhook_target_get(s->n->store, s->n->key, d->id, &d->target, err);
}

static int length_of(const outbox_item *list)
{
    int length = 0;
    for (; list != NULL; list = list->next) {
        length++;
    }
    return length;
}

/* The table does not know what is in flight: such rows are found again, and dropped here. */
static void drop_flying(const sender *s, destination *d)
{
    outbox_item **at = &d->queue;
    while (*at != NULL) {
        bool flies = false;
        for (size_t i = 0; i < FLIGHTS && !flies; i++) {
            flies = s->flights[i].delivery != NULL && s->flights[i].item->id == (*at)->id;
        }
        if (flies) {
            outbox_item *item = *at;
            *at = item->next;
            outbox_item_free(item);
        } else {
            at = &(*at)->next;
        }
    }
}

static void take_due(sender *s, destination *d, int64_t now)
{
    platen_error err = PLATEN_ERROR_INIT;
    int most = d->failures > 0 ? 1 : d->id == OUTBOX_MAIL ? MAIL_BATCH : HOOK_BATCH;
    most += (int)d->flying;
    platen_code rc = outbox_due(s->n->store, d->id, now, most, &d->queue, &d->next_look, &err);
    d->more = most > 1 && length_of(d->queue) == most;
    if (d->flying > 0) {
        drop_flying(s, d);
        d->next_look = now + AGAIN_MS; /* or when something lands or is put in */
    }
    if (rc == PLATEN_OK && d->queue != NULL) {
        rc = take_settings(s, d, &err);
    }
    if (rc != PLATEN_OK) {
        drop_queue(d);
        (void)snprintf(d->text, sizeof(d->text), "%.250s", err.text);
        d->pause_until = now + (rc == PLATEN_E_STATE ? LOOK_MS : STORE_WAIT_MS);
        d->next_look = 0;
    }
}

static flight *free_flight(sender *s)
{
    for (size_t i = 0; i < FLIGHTS; i++) {
        if (s->flights[i].delivery == NULL) {
            return &s->flights[i];
        }
    }
    return NULL;
}

/* A short-lived message whose time is over is not sent at all. */
static platen_code prepare(sender *s, const destination *d, const outbox_item *item, delivery **out,
                           platen_error *err)
{
    if (item->secret[0] != '\0' && clock_now() >= item->give_up_at) {
        return error_set(err, PLATEN_E_TIMEOUT, "not sent in time%s%.200s",
                         d->text[0] != '\0' ? ": " : "", d->text);
    }
    bool mail = d->id == OUTBOX_MAIL;
    const delivery_options options = {.ca_file = s->n->ca_file,
                                      .version = s->n->version,
                                      .timeout_s = mail ? MAIL_S : HOOK_S,
                                      .last = !d->more && length_of(d->queue) < MAIL_SLOTS,
                                      .stop = &s->n->abandon,
                                      .sockets = &s->sockets};
    return mail ? notify_mail_delivery(s->n, &d->mail, item, &options, out, err)
                : notify_hook_delivery(s->n, &d->target, item, &options, out, err);
}

static void launch(sender *s, destination *d)
{
    outbox_item *item = d->queue;
    delivery *out = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    d->queue = item->next;
    platen_code rc = prepare(s, d, item, &out, &err);
    flight *f = free_flight(s);
    if (rc == PLATEN_OK && curl_multi_add_handle(s->multi, out->curl) != CURLM_OK) {
        rc = error_set(&err, PLATEN_E_NOMEM, "libcurl takes no more");
    }
    if (rc != PLATEN_OK) {
        delivery_verdict v = {0};
        delivery_free(out);
        delivery_say(&v, rc == PLATEN_E_NOMEM ? DELIVERY_LATER : DELIVERY_REFUSED, rc, "%.250s",
                     err.text);
        end(s, item, d, &v, false);
        return;
    }
    *f = (flight){.delivery = out, .item = item, .to = d};
    d->flying++;
    s->flying++;
    s->flying_hooks += d->id != OUTBOX_MAIL;
}

/* Whether one more may start for the destination now; takes rows from the table for it. */
static bool may_launch(sender *s, destination *d, int64_t now)
{
    bool mail = d->id == OUTBOX_MAIL;
    unsigned slots = d->failures > 0 || !mail ? HOOK_SLOTS : MAIL_SLOTS;
    if (!d->there || !d->active || now < d->pause_until || d->flying >= slots ||
        (!mail && s->flying_hooks >= HOOKS_FLYING) || s->ending_count >= NOTIFY_DESTINATIONS) {
        return false;
    }
    /* Nor does it know what has just ended: first that is written. */
    if (d->queue == NULL && s->ending_count == 0 && now >= d->next_look) {
        take_due(s, d, now);
    }
    return d->queue != NULL;
}

/* Each destination in turn, one at a time, until nobody can start any more. */
static void launch_all(sender *s)
{
    int64_t now = clock_now();
    for (bool more = s->ending_count == 0; more;) {
        more = false;
        for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
            destination *d = &s->to[(s->turn + i) % NOTIFY_DESTINATIONS];
            if (may_launch(s, d, now)) {
                launch(s, d);
                more = true;
            }
        }
        s->turn = (s->turn + 1) % NOTIFY_DESTINATIONS;
    }
}

/* ---- landing ---- */

static flight *flight_of(sender *s, const CURL *curl)
{
    for (size_t i = 0; i < FLIGHTS; i++) {
        if (s->flights[i].delivery != NULL && s->flights[i].delivery->curl == curl) {
            return &s->flights[i];
        }
    }
    return NULL;
}

static void leave(sender *s, flight *f)
{
    (void)curl_multi_remove_handle(s->multi, f->delivery->curl);
    delivery_free(f->delivery);
    f->to->flying--;
    s->flying--;
    s->flying_hooks -= f->to->id != OUTBOX_MAIL;
    *f = (flight){0};
}

static void land_all(sender *s)
{
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(s->multi, &left)) != NULL) {
        flight *f = message->msg == CURLMSG_DONE ? flight_of(s, message->easy_handle) : NULL;
        delivery_verdict v;
        if (f == NULL) {
            continue;
        }
        outbox_item *item = f->item;
        destination *d = f->to;
        delivery_judge(f->delivery, message->data.result, &v);
        leave(s, f);
        if (v.code == PLATEN_E_CANCELLED) {
            outbox_item_free(item); /* its row stands as it stood */
        } else if (v.outcome == DELIVERY_AGAIN) {
            item->next = d->queue;
            d->queue = item;
        } else {
            end(s, item, d, &v, true);
        }
    }
}

/* ---- what changes ---- */

static destination *find(sender *s, int64_t id)
{
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        if (s->to[i].there && s->to[i].id == id) {
            return &s->to[i];
        }
    }
    return NULL;
}

/* A place without anything in flight: what is in flight still points to its destination. */
static destination *make(sender *s, int64_t id)
{
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        destination *d = &s->to[i];
        if (!d->there && d->flying == 0) {
            *d = (destination){.id = id, .there = true};
            return d;
        }
    }
    return NULL;
}

static void forget(destination *d)
{
    drop_queue(d);
    mail_settings_fini(&d->mail);
    webhook_target_fini(&d->target);
    d->there = false;
}

static void meet(sender *s, const webhook_brief *all, size_t count)
{
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        bool known = !s->to[i].there;
        for (size_t j = 0; j < count && !known; j++) {
            known = all[j].id == s->to[i].id;
        }
        if (!known) {
            forget(&s->to[i]);
        }
    }
    for (size_t j = 0; j < count; j++) {
        destination *d = find(s, all[j].id);
        d = d != NULL ? d : make(s, all[j].id);
        if (d != NULL) {
            d->active = all[j].active;
            d->next_look = 0;
            if (!d->active) {
                drop_queue(d);
                (void)snprintf(d->text, sizeof(d->text), "the webhook is switched off");
            }
        }
    }
}

static void look_again(sender *s)
{
    if (s->desk->mail) {
        find(s, OUTBOX_MAIL)->next_look = 0;
        return;
    }
    store_conn *conn = NULL;
    webhook_brief all[WEBHOOKS_MAX];
    size_t count = 0;
    if (store_read(s->n->store, &conn, NULL) != PLATEN_OK) {
        return;
    }
    if (webhook_all(conn, all, &count, NULL) == PLATEN_OK) {
        meet(s, all, count);
    }
    store_read_end(conn);
}

/* Somebody has mended something: what was left alone is tried at once. */
static void take_changes(sender *s)
{
    int64_t changed[NOTIFY_DESTINATIONS];
    size_t count = 0;
    pthread_mutex_lock(&s->n->lock);
    count = s->desk->changed_count;
    memcpy(changed, s->desk->changed, count * sizeof(changed[0]));
    s->desk->changed_count = 0;
    pthread_mutex_unlock(&s->n->lock);
    for (size_t i = 0; i < count; i++) {
        destination *d = find(s, changed[i]);
        if (d != NULL) {
            drop_queue(d); /* taken with the settings of before */
            d->failures = 0;
            d->pause_until = 0;
            d->next_look = 0;
        }
    }
}

/* ---- once a minute ---- */

static platen_code sweep_in(store_conn *conn, void *user, platen_error *err)
{
    sender *s = user;
    int64_t now = clock_now();
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        const destination *d = &s->to[i];
        int64_t count = 0;
        if (d->there && d->flying == 0 && d->queue == NULL) {
            bool blocked = !d->active || d->pause_until > now;
            PLATEN_TRY(outbox_expire_in(conn, d->id, blocked, d->text, now, &count, err));
            (void)atomic_fetch_add(&s->n->failed[d->id != OUTBOX_MAIL], (unsigned long long)count);
        }
    }
    return s->desk->mail ? outbox_sweep_in(conn, now, err) : PLATEN_OK;
}

static void sweep(sender *s)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (clock_mono() < s->next_sweep) {
        return;
    }
    s->next_sweep = clock_mono() + LOOK_MS;
    atomic_store(&s->desk->look, true);
    if (store_write(s->n->store, sweep_in, s, &err) != PLATEN_OK ||
        notify_count_load(s->n, &err) != PLATEN_OK) {
        log_warning("cannot tidy the outbox: %s", err.text);
    }
}

/* ---- the loop ---- */

static int sleep_ms(const sender *s)
{
    int64_t now = clock_now();
    int64_t most = s->flying > 0 ? 1000 : s->idle_since != 0 ? IDLE_MS : LOOK_MS;
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        const destination *d = &s->to[i];
        bool full = d->id != OUTBOX_MAIL && s->flying_hooks >= HOOKS_FLYING;
        if (d->there && d->active && d->flying == 0 && !full) {
            int64_t due = d->next_look > d->pause_until ? d->next_look : d->pause_until;
            most = due - now < most ? due - now : most;
        }
    }
    if (s->ending_count > 0) {
        int64_t write = s->next_write - clock_mono();
        most = write > most || most < 0 ? write : most;
    }
    return most < 0 ? 0 : (int)most;
}

static void pause_for_news(sender *s, int timeout)
{
    uint64_t count = 0;
    struct curl_waitfd wake = {.fd = s->desk->wake, .events = CURL_WAIT_POLLIN};
    (void)curl_multi_poll(s->multi, &wake, 1, timeout, NULL);
    while (read(s->desk->wake, &count, sizeof(count)) > 0) {
    }
}

/* What is still open though the last ones end their connections. Without QUIT, for whose answer
 * libcurl would wait. */
static CURLM *open_multi(void)
{
    CURLM *multi = curl_multi_init();
    if (multi != NULL) {
        /* Never to throw out one for another: that too would wait. */
        (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)DELIVERY_SOCKETS);
    }
    return multi;
}

static void close_multi(sender *s)
{
    delivery_shut(&s->sockets);
    (void)curl_multi_cleanup(s->multi);
}

static void close_idle(sender *s)
{
    int64_t now = clock_mono();
    if (s->flying > 0) {
        s->idle_since = now;
    } else if (s->idle_since != 0 && now - s->idle_since >= IDLE_MS) {
        CURLM *fresh = open_multi();
        if (fresh != NULL) {
            close_multi(s);
            s->multi = fresh;
            s->idle_since = 0;
        }
    }
}

static void round_once(sender *s, bool stopping)
{
    int running = 0;
    if (!stopping) {
        take_changes(s);
        if (atomic_exchange(&s->desk->look, false)) {
            look_again(s);
        }
        launch_all(s);
    }
    (void)curl_multi_perform(s->multi, &running);
    land_all(s);
    write_down(s);
}

static void finish(sender *s)
{
    while (s->flying > 0 && !atomic_load(&s->n->abandon)) {
        pause_for_news(s, 100);
        round_once(s, true);
    }
    delivery_shut(&s->sockets); /* else libcurl would end a mail that is half sent */
    for (size_t i = 0; i < FLIGHTS; i++) {
        if (s->flights[i].delivery != NULL) {
            outbox_item_free(s->flights[i].item);
            leave(s, &s->flights[i]);
        }
    }
    s->next_write = 0;
    write_down(s);
    for (size_t i = 0; i < s->ending_count; i++) {
        outbox_item_free(s->endings[i].item);
    }
    for (size_t i = 0; i < NOTIFY_DESTINATIONS; i++) {
        forget(&s->to[i]);
    }
}

void *notify_sender(void *user)
{
    notify_desk *desk = user;
    sender *s = calloc(1, sizeof(*s));
    CURLM *multi = open_multi();
    if (s == NULL || multi == NULL) {
        log_error("no memory for sending: %s wait", desk->mail ? "mails" : "webhooks");
        free(s);
        (void)curl_multi_cleanup(multi);
        return NULL;
    }
    s->n = desk->n;
    s->desk = desk;
    s->multi = multi;
    if (desk->mail) {
        make(s, OUTBOX_MAIL)->active = true;
    }
    while (!atomic_load(&s->n->stopping)) {
        round_once(s, false);
        sweep(s);
        close_idle(s);
        pause_for_news(s, sleep_ms(s));
    }
    finish(s);
    close_multi(s);
    free(s);
    return NULL;
}
