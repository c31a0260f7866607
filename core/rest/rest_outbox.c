/* /outbox: mails and webhooks that wait or have failed. */
#include "core/rest/rest_outbox.h"

#include <string.h>

#include "core/notify/notify.h"
#include "core/rest/list.h"
#include "core/rest/services.h"

static const int states[] = {0, 1};

static const list_field fields[] = {
    {"id", "o.id", LIST_ID, NULL, NULL, true, NULL},
    {"kind", "CASE WHEN o.webhook_id = 0 THEN 'mail' ELSE 'webhook' END", LIST_CHOICE,
     "mail|webhook", NULL, true, NULL},
    {"to", "CASE WHEN o.webhook_id = 0 THEN o.recipient ELSE w.name END", LIST_TEXT, NULL, NULL,
     true, NULL},
    {"webhook", "o.webhook_id", LIST_ID, NULL, NULL, true, NULL},
    {"code", "o.code", LIST_TEXT, NULL, NULL, true, NULL},
    {"state", "o.state", LIST_CHOICE, "waiting|failed", states, true, NULL},
    {"tries", "o.tries", LIST_NUMBER, NULL, NULL, true, NULL},
    {"created", "o.created", LIST_TIME, NULL, NULL, true, NULL},
    {"next", "o.next_at", LIST_TIME, NULL, NULL, true, NULL},
    {"text", "o.text", LIST_TEXT, NULL, NULL, true, NULL},
};

static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "o.id, o.webhook_id, o.recipient, w.name, o.code, o.language, o.content, o.state, "
               "o.tries, o.created, o.next_at, o.text",
    .from = "notify_outbox o LEFT JOIN notify_webhook w ON w.id = o.webhook_id",
    .key = "o.id",
    .sort = "-id",
    .search = "o.recipient || ' ' || o.code || ' ' || o.text",
};

/* A mail's subject in the language in which it goes out; an event's word. */
static void write_subject(rest_request *r, store_stmt *st, json_writer *w)
{
    const notify *n = rest_services(r)->notify;
    const char *content = store_text(st, 6);
    cJSON *params = NULL;
    strbuf subject;
    strbuf_init(&subject);
    bool mail = store_i64(st, 1) == 0 && n != NULL &&
                json_parse(content, strlen(content), &params, NULL) == PLATEN_OK &&
                messages_subject(notify_messages(n), store_text(st, 5), store_text(st, 4), params,
                                 &subject, NULL) == PLATEN_OK;
    json_text(w, "subject", mail ? subject.data : store_text(st, 4));
    cJSON_Delete(params);
    strbuf_fini(&subject);
}

static platen_code write_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                             platen_error *err)
{
    bool mail = store_i64(st, 1) == 0;
    bool failed = store_i64(st, 7) != 0;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "kind", mail ? "mail" : "webhook");
    json_text(w, "to", store_text(st, mail ? 2 : 3));
    if (mail) {
        json_null(w, "webhook");
    } else {
        json_id(w, "webhook", store_i64(st, 1));
    }
    write_subject(r, st, w);
    json_text(w, "code", store_text(st, 4));
    json_text(w, "state", failed ? "failed" : "waiting");
    json_i64(w, "tries", store_i64(st, 8));
    json_time(w, "created", store_i64(st, 9));
    json_time(w, "next", failed ? 0 : store_i64(st, 10));
    json_text(w, "text", store_text(st, 11));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_outbox(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, write_row, NULL, err);
}

static platen_code delete_message(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(notify_outbox_delete(rest_services(r)->notify, id, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

static platen_code retry_message(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(notify_outbox_retry(rest_services(r)->notify, id, err));
    rest_empty(r, 202);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/outbox", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_STREAM, get_outbox,
     "Mails and webhooks that wait or have failed; what was sent is not in it.", NULL, NULL},
    {"DELETE", "/outbox/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, delete_message,
     "Throw a message away.", NULL, NULL},
    {"POST", "/outbox/{id}/retry", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     retry_message, "Try a message now, and if need be for another day.", NULL, NULL},
};

platen_code rest_outbox_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
