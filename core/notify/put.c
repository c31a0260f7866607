/* What others put into the outbox: mails to people, events to webhooks. No lock of its own. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/notify/room.h"

#define LOG_SOURCE "notify"

/* ---- putting mails in ---- */

typedef struct put {
    notify *n;
    const outbox_new *row;
    int64_t now;
} put;

static platen_code put_in(store_conn *conn, void *user, platen_error *err)
{
    const put *p = user;
    return outbox_put_in(conn, p->n->key, p->row, p->now, err);
}

static platen_code put_mail(notify *n, const outbox_new *row, platen_error *err)
{
    put p = {.n = n, .row = row, .now = clock_now()};
    if (!notify_count_take(n, OUTBOX_MAIL)) {
        return error_set(err, PLATEN_E_TOO_LARGE, "%d mails wait already", NOTIFY_MAILS);
    }
    platen_code rc = store_write(n->store, put_in, &p, err);
    if (rc == PLATEN_OK) {
        notify_wake(n, OUTBOX_MAIL);
    } else {
        notify_count_give(n, OUTBOX_MAIL, 1);
    }
    return rc;
}

platen_code notify_letters_in(notify *n, store_conn *conn, const notify_letter *letter,
                              size_t *taken, platen_error *err)
{
    int64_t file = 0;
    int64_t now = clock_now();
    *taken = 0;
    if (letter->file != NULL) {
        PLATEN_TRY(outbox_file_in(conn, letter->file, &file, err));
    }
    for (size_t i = 0; i < letter->to_count; i++) {
        const outbox_new row = {.webhook = OUTBOX_MAIL,
                                .priority = OUTBOX_NORMAL,
                                .recipient = letter->to[i],
                                .code = letter->code,
                                .language = letter->language,
                                .content = letter->content,
                                .give_up_at = now + n->give_up_ms,
                                .file = file,
                                .importance = letter->importance};
        if (!notify_count_take(n, OUTBOX_MAIL)) {
            return error_set(err, PLATEN_E_TOO_LARGE, "%d mails wait already", NOTIFY_MAILS);
        }
        (*taken)++;
        PLATEN_TRY(outbox_put_in(conn, n->key, &row, now, err));
    }
    return PLATEN_OK;
}

void notify_letters_end(notify *n, size_t taken, bool committed)
{
    if (committed) {
        notify_wake(n, OUTBOX_MAIL);
    } else {
        notify_count_give(n, OUTBOX_MAIL, (int64_t)taken);
    }
}

void notify_language_of(const notify *n, const user_record *who, char language[8])
{
    cJSON *tree = NULL;
    const char *text = who->preferences != NULL ? who->preferences : "{}";
    if (json_parse(text, strlen(text), &tree, NULL) != PLATEN_OK) {
        tree = NULL;
    }
    (void)snprintf(language, 8, "%.7s",
                   messages_language(n->messages, json_get_text(tree, "language", NULL)));
    cJSON_Delete(tree);
}

platen_code notify_check_reachable(const notify *n, const user_record *who, platen_error *err)
{
    if (!notify_mail_ready(n)) {
        return error_set(err, PLATEN_E_STATE, "no mail server is set");
    }
    if (who->email == NULL || !mail_address_ok(who->email)) {
        return error_set(err, PLATEN_E_STATE, "'%.64s' has no e-mail address", who->name);
    }
    return PLATEN_OK;
}

static platen_code put_reset(notify *n, const user_record *who, const char *content,
                             const char *secret, int64_t expires, platen_error *err)
{
    char language[8];
    notify_language_of(n, who, language);
    const outbox_new row = {.webhook = OUTBOX_MAIL,
                            .priority = OUTBOX_URGENT,
                            .recipient = who->email,
                            .code = "password-reset",
                            .language = language,
                            .content = content,
                            .secret = secret,
                            .give_up_at = expires};
    return put_mail(n, &row, err);
}

platen_code notify_password_reset(notify *n, const user_record *who, const char *key,
                                  int64_t expires, platen_error *err)
{
    json_writer w;
    strbuf link;
    strbuf content;
    strbuf secret;
    PLATEN_TRY(notify_check_reachable(n, who, err));
    strbuf_init(&link);
    strbuf_init(&content);
    strbuf_init(&secret);
    char *name = curl_easy_escape(NULL, who->name, 0);
    strbuf_appendf(&link, "%s/reset?user=%s", n->address, name != NULL ? name : "");
    link.failed = link.failed || name == NULL;
    curl_free(name);
    json_init(&w, &content);
    json_object(&w, NULL);
    json_text(&w, "user", who->name);
    json_text(&w, "link", link.data);
    json_i64(&w, "expires_at", expires);
    json_object_end(&w);
    json_init(&w, &secret);
    json_object(&w, NULL);
    json_text(&w, "key", key);
    json_object_end(&w);
    platen_code rc = link.failed || content.failed || secret.failed
                         ? error_set(err, PLATEN_E_NOMEM, "no memory for a mail")
                         : put_reset(n, who, content.data, secret.data, expires, err);
    explicit_bzero(secret.data, secret.length);
    strbuf_fini(&secret);
    strbuf_fini(&content);
    strbuf_fini(&link);
    return rc;
}

static platen_code put_locked(notify *n, const user_record *who, const char *content,
                              platen_error *err)
{
    char language[8];
    notify_language_of(n, who, language);
    const outbox_new row = {.webhook = OUTBOX_MAIL,
                            .priority = OUTBOX_NORMAL,
                            .recipient = who->email,
                            .code = "login-locked",
                            .language = language,
                            .content = content,
                            .give_up_at = clock_now() + n->give_up_ms};
    return put_mail(n, &row, err);
}

platen_code notify_login_locked(notify *n, const user_record *who, const char *address,
                                int64_t until, platen_error *err)
{
    json_writer w;
    strbuf text;
    platen_code rc = PLATEN_OK;
    if (n == NULL) {
        return PLATEN_OK;
    }
    strbuf_init(&text);
    json_init(&w, &text);
    json_object(&w, NULL);
    json_text(&w, "user", who->name);
    json_text(&w, "address", address);
    json_i64(&w, "until_at", until);
    json_object_end(&w);
    if (text.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a mail");
    } else if (notify_check_reachable(n, who, NULL) == PLATEN_OK) {
        rc = put_locked(n, who, text.data, err);
    }
    if (rc == PLATEN_OK && notify_wants(n, NOTIFY_LOGIN_LOCKED)) {
        strbuf_clear(&text);
        json_init(&w, &text);
        json_object(&w, NULL);
        json_id(&w, "user", who->id);
        json_text(&w, "name", who->name);
        json_text(&w, "address", address);
        json_time(&w, "until", until);
        json_object_end(&w);
        rc = notify_event_put(n, NOTIFY_LOGIN_LOCKED, text.data, err);
    }
    strbuf_fini(&text);
    return rc;
}

/* ---- events ---- */

static const char *const event_words[NOTIFY_EVENTS] = {
    "device-added", "device-changed", "device-removed", "alert-raised", "alert-cleared",
    "run-started",  "run-ended",      "agent-up",       "agent-down",   "login-locked",
};

const char *notify_event_word(notify_event event)
{
    return event_words[event];
}

bool notify_event_from(const char *word, notify_event *event)
{
    for (unsigned i = 0; i < NOTIFY_EVENTS; i++) {
        if (strcmp(event_words[i], word) == 0) {
            *event = (notify_event)i;
            return true;
        }
    }
    return false;
}

bool notify_wants(const notify *n, notify_event event)
{
    return n != NULL && (atomic_load(&n->wanted) & 1u << (unsigned)event) != 0;
}

void notify_drop(notify *n)
{
    if (atomic_fetch_add(&n->dropped, 1) % 1000 == 0) {
        log_warning("events are dropped: too many wait for a webhook");
    }
}

typedef struct fan_out {
    notify *n;
    const char *word;
    int64_t bit; /* of a core event; 0: one of a plugin */
    const char *data;
    int64_t now;
    int64_t taken[WEBHOOKS_MAX]; /* counted for them already */
    size_t count;
} fan_out;

static platen_code list_wanting(store_conn *conn, const fan_out *f, int64_t ids[WEBHOOKS_MAX],
                                size_t *count, platen_error *err)
{
    webhook_brief all[WEBHOOKS_MAX];
    size_t there = 0;
    *count = 0;
    if (f->bit == 0) {
        return webhook_wanting(conn, f->word, ids, count, err);
    }
    PLATEN_TRY(webhook_all(conn, all, &there, err));
    for (size_t i = 0; i < there; i++) {
        if (all[i].active && (all[i].events & f->bit) != 0) {
            ids[(*count)++] = all[i].id;
        }
    }
    return PLATEN_OK;
}

static platen_code fan_out_in(store_conn *conn, void *user, platen_error *err)
{
    fan_out *f = user;
    int64_t ids[WEBHOOKS_MAX];
    size_t count = 0;
    PLATEN_TRY(list_wanting(conn, f, ids, &count, err));
    for (size_t i = 0; i < count; i++) {
        outbox_new row = {.webhook = ids[i],
                          .priority = OUTBOX_NORMAL,
                          .recipient = "",
                          .code = f->word,
                          .language = "",
                          .content = f->data,
                          .give_up_at = f->now + f->n->give_up_ms};
        if (!notify_count_take(f->n, ids[i])) {
            notify_drop(f->n);
            continue;
        }
        f->taken[f->count++] = ids[i];
        PLATEN_TRY(outbox_put_in(conn, f->n->key, &row, f->now, err));
    }
    return PLATEN_OK;
}

static platen_code put_out(fan_out *f, platen_error *err)
{
    platen_code rc = store_write(f->n->store, fan_out_in, f, err);
    if (rc == PLATEN_OK) {
        notify_wake(f->n, NOTIFY_HOOKS);
        return rc;
    }
    for (size_t i = 0; i < f->count; i++) {
        notify_count_give(f->n, f->taken[i], 1);
    }
    return rc;
}

platen_code notify_event_put(notify *n, notify_event event, const char *data, platen_error *err)
{
    if (!notify_wants(n, event)) {
        return PLATEN_OK;
    }
    fan_out f = {.n = n,
                 .word = event_words[event],
                 .bit = INT64_C(1) << event,
                 .data = data,
                 .now = clock_now()};
    return put_out(&f, err);
}

platen_code notify_word_put(notify *n, const char *word, const char *data, platen_error *err)
{
    store_conn *conn = NULL;
    int64_t ids[WEBHOOKS_MAX];
    size_t count = 0;
    if (n == NULL) {
        return PLATEN_OK;
    }
    /* Mostly nobody asks: then nothing is written. */
    PLATEN_TRY(store_read(n->store, &conn, err));
    platen_code rc = webhook_wanting(conn, word, ids, &count, err);
    store_read_end(conn);
    if (rc != PLATEN_OK || count == 0) {
        return rc;
    }
    fan_out f = {.n = n, .word = word, .data = data, .now = clock_now()};
    return put_out(&f, err);
}

/* ---- the outbox as a thing ---- */

typedef struct row_change {
    notify *n;
    int64_t id;
} row_change;

static platen_code delete_in(store_conn *conn, void *user, platen_error *err)
{
    const row_change *c = user;
    return outbox_delete_in(conn, c->id, err);
}

static platen_code retry_in(store_conn *conn, void *user, platen_error *err)
{
    const row_change *c = user;
    int64_t now = clock_now();
    return outbox_retry_in(conn, c->id, now, now + c->n->give_up_ms, err);
}

static platen_code change_row(notify *n, int64_t id, store_write_fn fn, platen_error *err)
{
    row_change c = {.n = n, .id = id};
    PLATEN_TRY(store_write(n->store, fn, &c, err));
    PLATEN_TRY(notify_count_load(n, err));
    notify_wake(n, OUTBOX_MAIL);
    notify_wake(n, NOTIFY_HOOKS);
    return PLATEN_OK;
}

platen_code notify_outbox_delete(notify *n, int64_t id, platen_error *err)
{
    return change_row(n, id, delete_in, err);
}

platen_code notify_outbox_retry(notify *n, int64_t id, platen_error *err)
{
    return change_row(n, id, retry_in, err);
}
