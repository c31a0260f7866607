/*
 * Mails and webhooks out (PRF-04 to PRF-10, PRF-19 to PRF-26, MON-38 to MON-40): a persistent
 * outbox and two threads that send. What a function here has taken with PLATEN_OK is on the disk
 * and is sent at least once, also when the process is killed in between; a receiver knows a repeat
 * by its mark (Message-ID, X-Platen-Delivery). What cannot be sent is tried again with back-off for
 * 24 hours and then shown as failed.
 *
 * Unless it says otherwise a function may be called on any thread but the store's writer; what
 * stores returns after the commit. `n` may be NULL where nothing is to be sent (tests of other
 * rooms).
 */
#ifndef PLATEN_NOTIFY_H
#define PLATEN_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/model/user.h"
#include "core/notify/message.h"
#include "core/notify/outbox.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

/* How much may wait: what comes on top is refused (mails) or dropped and counted (webhooks). */
#define NOTIFY_MAILS 20000
#define NOTIFY_PER_WEBHOOK 5000

typedef struct notify notify;

typedef struct notify_options {
    store *store;
    const secret_key *key;
    const char *version;
    const char *ca_file;    /* PEM file of the CAs to trust; NULL or "": those of the system */
    const char *address;    /* of the manager, for links: "https://platen.example.org:8443" */
    int64_t first_retry_ms; /* 0: 15 s; each further one after twice the time, an hour at most */
    int64_t give_up_ms;     /* 0: 24 h */
} notify_options;

/* Texts are copied; store and key are borrowed. notify_start() reads what waits and sends. */
platen_code notify_new(const notify_options *options, notify **out, platen_error *err);
platen_code notify_start(notify *n, platen_error *err);
/* What is under way gets three seconds; what has not been sent is kept. */
void notify_stop(notify *n);
void notify_free(notify *n);

/* ---- mails ---- */

/* Whether mails can be sent: the preferences name a server and a sender (ACC-19). */
bool notify_mail_ready(const notify *n);

/* ACC-16: link and reset key to the address of `who`, before all other mails; not sent any more
 * after `expires` (ms). The key is sealed in the outbox. PLATEN_E_STATE: no mail server is set, or
 * `who` has no address. */
platen_code notify_password_reset(notify *n, const user_record *who, const char *key,
                                  int64_t expires, platen_error *err);

/* An account was locked until `until` (ms) after failed logins from `address`: tells its owner by
 * mail (when both are possible) and the webhooks. */
platen_code notify_login_locked(notify *n, const user_record *who, const char *address,
                                int64_t until, platen_error *err);

/* PRF-09: sends at once and says what the server said; 30 s at most, one at a time
 * (PLATEN_E_RATE_LIMITED). PLATEN_E_UNREACHABLE, _TIMEOUT, _AUTH, _PROTOCOL, _DEVICE (refused). */
platen_code notify_mail_test(notify *n, const user_record *who, platen_error *err);

/* One mail for each address, of one text (a code of locales/) with one file. */
typedef struct notify_letter {
    const char *const *to;
    size_t to_count;
    const char *code, *language;
    const char *content;     /* JSON object: the parameters */
    int importance;          /* 1 high, 0, -1 low */
    const outbox_file *file; /* or NULL */
} notify_letter;

/* Puts them in within a transaction of the caller (store's writer); then notify_letters_end().
 * PLATEN_E_TOO_LARGE: too many mails wait, or the file is too large. `*taken` also after an error.
 */
platen_code notify_letters_in(notify *n, store_conn *conn, const notify_letter *letter,
                              size_t *taken, platen_error *err);
void notify_letters_end(notify *n, size_t taken, bool committed);

/* The preferences of mail have changed: what waits is tried at once. */
void notify_mail_changed(notify *n);

/* ---- webhooks ---- */

typedef enum notify_event {
    NOTIFY_DEVICE_ADDED,
    NOTIFY_DEVICE_CHANGED,
    NOTIFY_DEVICE_REMOVED,
    NOTIFY_ALERT_RAISED,
    NOTIFY_ALERT_CLEARED,
    NOTIFY_RUN_STARTED,
    NOTIFY_RUN_ENDED,
    NOTIFY_AGENT_UP,
    NOTIFY_AGENT_DOWN,
    NOTIFY_LOGIN_LOCKED,
    NOTIFY_EVENTS
} notify_event;

/* Their words, as they stand in a JSON array. */
#define NOTIFY_EVENT_WORDS                                                                         \
    "\"device-added\",\"device-changed\",\"device-removed\",\"alert-raised\","                     \
    "\"alert-cleared\",\"run-started\",\"run-ended\",\"agent-up\",\"agent-down\",\"login-locked\""
const char *notify_event_word(notify_event event);
bool notify_event_from(const char *word, notify_event *event);

/* Whether an active webhook asks for it: spares making the data. No lock. */
bool notify_wants(const notify *n, notify_event event);

/* One request for every active webhook that asks for the event. `data` is a JSON object of at most
 * 64 KiB: the member "data" of what is posted (docs/rest.md). */
platen_code notify_event_put(notify *n, notify_event event, const char *data, platen_error *err);

/* An event of a plugin. Borrowed, as the list is, until another one is set. */
typedef struct notify_word {
    const char *word;  /* "hello.greeted" */
    const char *title; /* key of its catalogue, or text */
    const char *plugin;
} notify_word;

/* Which there are: set before other threads run, NULL and 0 at the end. */
void notify_words_set(const notify_word *list, size_t count);
const notify_word *notify_word_at(size_t index); /* NULL behind the last */
const notify_word *notify_word_find(const char *word);

/* The same as notify_event_put() for an event of a plugin. */
platen_code notify_word_put(notify *n, const char *word, const char *data, platen_error *err);

/* Counts an event for which there was no room before it came here. */
void notify_drop(notify *n);

/* Sends one request with the event "test" at once; 30 s at most, one at a time. */
platen_code notify_webhook_test(notify *n, int64_t webhook, platen_error *err);

/* A webhook was added, changed or deleted; what waits for it is tried at once. */
void notify_webhook_changed(notify *n, int64_t webhook);

/* ---- the outbox ---- */

platen_code notify_outbox_delete(notify *n, int64_t id, platen_error *err);
/* Tries it now, and then for another 24 hours. PLATEN_E_STATE when it was short-lived and is over.
 */
platen_code notify_outbox_retry(notify *n, int64_t id, platen_error *err);

/* The texts, for showing subjects; never changes. */
const messages *notify_messages(const notify *n);

/* Of the manager, for links; never changes. */
const char *notify_address(const notify *n);

/* For rest_add_metrics() and rest_add_health(); `user` is the notify. The part fails when the
 * outbox is full or cannot be written, not when somebody else's server is down. */
void notify_metrics(strbuf *out, void *user);
bool notify_health(char *text, size_t size, void *user);

#endif
