/* Rows of the outbox as deliveries; tests that are sent at once. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/notify/hook.h"
#include "core/notify/mail.h"
#include "core/notify/room.h"

#define TEST_S 30L

/* ---- mails ---- */

typedef struct letter {
    const char *to, *language, *code, *mark;
    int64_t date;
    const cJSON *params;
    int importance;
    const mail_file *file;
} letter;

static platen_code write_letter(notify *n, const mail_settings *settings, const letter *l,
                                const delivery_options *options, delivery **out, platen_error *err)
{
    strbuf subject;
    strbuf body;
    strbuf_init(&subject);
    strbuf_init(&body);
    platen_code rc = messages_subject(n->messages, l->language, l->code, l->params, &subject, err);
    if (rc == PLATEN_OK) {
        rc = messages_body(n->messages, l->language, l->code, l->params, &body, err);
    }
    if (rc == PLATEN_OK) {
        const mail_text m = {.to = l->to,
                             .subject = subject.data,
                             .body = body.data,
                             .mark = l->mark,
                             .date = l->date,
                             .importance = l->importance,
                             .file = l->file};
        rc = mail_delivery(settings, &m, options, out, err);
    }
    explicit_bzero(body.data, body.length);
    strbuf_fini(&body);
    strbuf_fini(&subject);
    return rc;
}

/* Moves the members of `more` into `params`. */
static void merge(cJSON *params, cJSON *more)
{
    while (more != NULL && more->child != NULL) {
        cJSON *member = cJSON_DetachItemViaPointer(more, more->child);
        (void)cJSON_AddItemToObject(params, member->string, member);
    }
}

static platen_code read_params(notify *n, const outbox_item *item, cJSON **params,
                               platen_error *err)
{
    char *plain = NULL;
    cJSON *tree = NULL;
    cJSON *more = NULL;
    PLATEN_TRY(outbox_secret(n->key, item, &plain, err));
    platen_code rc = json_parse(item->content, strlen(item->content), &tree, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(plain, strlen(plain), &more, err);
    }
    if (rc == PLATEN_OK) {
        merge(tree, more);
        (void)cJSON_AddStringToObject(tree, "manager", n->address);
    }
    secret_text_free(plain);
    cJSON_Delete(more);
    if (rc != PLATEN_OK) {
        cJSON_Delete(tree);
        return rc;
    }
    *params = tree;
    return PLATEN_OK;
}

platen_code notify_mail_delivery(notify *n, const mail_settings *settings, const outbox_item *item,
                                 const delivery_options *options, delivery **out, platen_error *err)
{
    cJSON *params = NULL;
    outbox_file stored = {.name = NULL};
    if (item->file != 0) {
        PLATEN_TRY(outbox_file_read(n->store, item->file, &stored, err));
    }
    const mail_file file = {
        .name = stored.name, .type = stored.type, .data = stored.data, .length = stored.length};
    platen_code rc = read_params(n, item, &params, err);
    const letter l = {.to = item->recipient,
                      .language = item->language,
                      .code = item->code,
                      .mark = item->mark,
                      .date = item->created,
                      .params = params,
                      .importance = item->importance,
                      .file = item->file != 0 ? &file : NULL};
    rc = rc == PLATEN_OK ? write_letter(n, settings, &l, options, out, err) : rc;
    outbox_file_fini(&stored);
    cJSON_Delete(params);
    return rc;
}

/* ---- webhooks ---- */

platen_code notify_hook_delivery(notify *n, const webhook_target *target, const outbox_item *item,
                                 const delivery_options *options, delivery **out, platen_error *err)
{
    const hook_request request = {.url = target->url,
                                  .token = target->token,
                                  .event = item->code,
                                  .mark = item->mark,
                                  .manager = n->address,
                                  .data = item->content,
                                  .at = item->created,
                                  .now = clock_now()};
    return hook_delivery(&request, options, out, err);
}

/* ---- tests ---- */

static delivery_options test_options(notify *n)
{
    return (delivery_options){.ca_file = n->ca_file,
                              .version = n->version,
                              .timeout_s = TEST_S,
                              .last = true,
                              .stop = &n->stopping};
}

static platen_code perform_test(delivery *d, delivery_verdict *v, platen_error *err)
{
    delivery_perform(d, v);
    return v->outcome == DELIVERY_DONE ? PLATEN_OK : error_set(err, v->code, "%s", v->text);
}

static platen_code test_mail(notify *n, const user_record *who, const char *language,
                             platen_error *err)
{
    mail_settings settings = {0};
    delivery *d = NULL;
    strbuf mark;
    delivery_verdict v;
    PLATEN_TRY(mail_settings_load(n->store, n->key, &settings, err));
    strbuf_init(&mark);
    cJSON *params = cJSON_CreateObject();
    platen_code rc = secret_token(16, &mark, err);
    if (rc == PLATEN_OK && (cJSON_AddStringToObject(params, "user", who->name) == NULL ||
                            cJSON_AddStringToObject(params, "manager", n->address) == NULL)) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a mail");
    }
    if (rc == PLATEN_OK) {
        const delivery_options options = test_options(n);
        const letter l = {.to = who->email,
                          .language = language,
                          .code = "test",
                          .mark = mark.data,
                          .date = clock_now(),
                          .params = params};
        rc = write_letter(n, &settings, &l, &options, &d, err);
    }
    if (rc == PLATEN_OK) {
        rc = perform_test(d, &v, err);
    }
    delivery_free(d);
    cJSON_Delete(params);
    strbuf_fini(&mark);
    mail_settings_fini(&settings);
    return rc;
}

static platen_code begin_test(notify *n, platen_error *err)
{
    return atomic_exchange(&n->testing, true)
               ? error_set(err, PLATEN_E_RATE_LIMITED, "another test is under way")
               : PLATEN_OK;
}

platen_code notify_mail_test(notify *n, const user_record *who, platen_error *err)
{
    char language[8];
    PLATEN_TRY(notify_check_reachable(n, who, err));
    notify_language_of(n, who, language);
    PLATEN_TRY(begin_test(n, err));
    platen_code rc = test_mail(n, who, language, err);
    atomic_store(&n->testing, false);
    return rc;
}

typedef struct last {
    int64_t webhook;
    const delivery_verdict *verdict;
} last;

static platen_code keep_last(store_conn *conn, void *user, platen_error *err)
{
    const last *l = user;
    return webhook_last_in(conn, l->webhook, clock_now(), l->verdict->status, l->verdict->text,
                           err);
}

static platen_code test_webhook(notify *n, int64_t webhook, platen_error *err)
{
    webhook_target target = {0};
    delivery *d = NULL;
    delivery_verdict v = {0};
    strbuf mark;
    PLATEN_TRY(webhook_target_get(n->store, n->key, webhook, &target, err));
    strbuf_init(&mark);
    platen_code rc = secret_token(16, &mark, err);
    if (rc == PLATEN_OK) {
        const delivery_options options = test_options(n);
        const hook_request request = {.url = target.url,
                                      .token = target.token,
                                      .event = "test",
                                      .mark = mark.data,
                                      .manager = n->address,
                                      .data = "{}",
                                      .at = clock_now(),
                                      .now = clock_now()};
        rc = hook_delivery(&request, &options, &d, err);
    }
    if (rc == PLATEN_OK) {
        last l = {.webhook = webhook, .verdict = &v};
        rc = perform_test(d, &v, err);
        platen_code kept = store_write(n->store, keep_last, &l, rc == PLATEN_OK ? err : NULL);
        rc = rc == PLATEN_OK ? kept : rc;
    }
    delivery_free(d);
    strbuf_fini(&mark);
    webhook_target_fini(&target);
    return rc;
}

platen_code notify_webhook_test(notify *n, int64_t webhook, platen_error *err)
{
    PLATEN_TRY(begin_test(n, err));
    platen_code rc = test_webhook(n, webhook, err);
    atomic_store(&n->testing, false);
    return rc;
}
