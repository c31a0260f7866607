/* What the files of this room share: the notify itself. */
#ifndef PLATEN_NOTIFY_ROOM_H
#define PLATEN_NOTIFY_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/notify/delivery.h"
#include "core/notify/mail.h"
#include "core/notify/notify.h"
#include "core/notify/outbox.h"
#include "core/notify/webhook.h"

#define NOTIFY_HOOKS (-1)                      /* as a destination: any webhook */
#define NOTIFY_DESTINATIONS (WEBHOOKS_MAX + 1) /* the mail server is one */

typedef struct notify_waiting {
    int64_t webhook;
    int64_t count;
} notify_waiting;

/* A thread that sends: one for mails, one for webhooks. */
typedef struct notify_desk {
    struct notify *n;
    bool mail;
    pthread_t thread;
    bool started;
    int wake;         /* eventfd: something is due, has changed, or it is time to stop */
    atomic_bool look; /* rows or webhooks have changed */
    int64_t changed[NOTIFY_DESTINATIONS]; /* destinations to be tried at once: under the lock */
    size_t changed_count;
} notify_desk;

struct notify {
    store *store;
    const secret_key *key;
    messages *messages;
    char *ca_file, *version, *address;
    int64_t first_retry_ms, give_up_ms;

    notify_desk mails, hooks;
    atomic_bool stopping; /* no more is begun */
    atomic_bool abandon;  /* what is under way is given up */
    atomic_bool testing;  /* somebody sends a test; one at a time */
    atomic_bool mail_ready;
    atomic_uint wanted; /* events that an active webhook asks for, a bit each */
    atomic_bool broken; /* the outbox could not be written the last time */

    pthread_mutex_t lock; /* guards what waits, and the desks' changes */
    notify_waiting waiting[NOTIFY_DESTINATIONS];

    atomic_llong failed_rows;
    atomic_ullong sent[2], failed[2], dropped; /* mails, webhooks */
};

/* The threads' function (sender.c); `user` is the desk. */
void *notify_sender(void *user);

/* Tells the desk of the destination that there is something to do. */
void notify_wake(notify *n, int64_t webhook);
/* Room for one more to the destination: false when as many wait as may. */
bool notify_count_take(notify *n, int64_t webhook);
void notify_count_give(notify *n, int64_t webhook, int64_t count);
/* Reads them anew from the table. */
platen_code notify_count_load(notify *n, platen_error *err);
/* Takes over which webhooks there are and whether a mail server is set. */
platen_code notify_refresh(notify *n, platen_error *err);

/* Whether a mail can reach the user: PLATEN_E_STATE with what is missing. */
platen_code notify_check_reachable(const notify *n, const user_record *who, platen_error *err);
/* The language of the user's pages, English when none is chosen. */
void notify_language_of(const notify *n, const user_record *who, char language[8]);

/* The delivery of a row (render.c). */
platen_code notify_mail_delivery(notify *n, const mail_settings *settings, const outbox_item *item,
                                 const delivery_options *options, delivery **out,
                                 platen_error *err);
platen_code notify_hook_delivery(notify *n, const webhook_target *target, const outbox_item *item,
                                 const delivery_options *options, delivery **out,
                                 platen_error *err);

#endif
