/* /webhooks (PRF-19 to PRF-25, MON-38): whom events are told. */
#include "core/rest/rest_webhooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/notify/hook.h"
#include "core/notify/notify.h"
#include "core/notify/webhook.h"
#include "core/rest/list.h"
#include "core/rest/services.h"
#include "notify_sql.h"

/* ---- reading ---- */

static const list_field fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "h.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"url", "h.url", LIST_TEXT, NULL, NULL, true, NULL},
    {"created", "h.created", LIST_TIME, NULL, NULL, true, NULL},
};

/* The columns of sql_webhook_by_id. */
static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "h.id, h.name, h.url, h.token, h.events, h.active, h.created, h.last_at, "
               "h.last_status, h.last_text, h.words",
    .from = "notify_webhook h",
    .key = "h.id",
    .sort = "name",
    .search = "h.name || ' ' || h.url",
};

static void write_last(store_stmt *st, json_writer *w)
{
    if (store_i64(st, 7) == 0) {
        json_null(w, "last");
        return;
    }
    json_object(w, "last");
    json_time(w, "at", store_i64(st, 7));
    json_i64(w, "status", store_i64(st, 8));
    json_text(w, "text", store_text(st, 9));
    json_object_end(w);
}

/* Those of plugins that are there. */
static void write_words(const char *words, json_writer *w)
{
    cJSON *list = NULL;
    const cJSON *each = NULL;
    if (json_parse(words, strlen(words), &list, NULL) != PLATEN_OK) {
        return;
    }
    cJSON_ArrayForEach(each, list)
    {
        if (cJSON_IsString(each) && notify_word_find(each->valuestring) != NULL) {
            json_text(w, NULL, each->valuestring);
        }
    }
    cJSON_Delete(list);
}

static platen_code write_webhook(rest_request *r, store_stmt *st, json_writer *w, void *user,
                                 platen_error *err)
{
    int64_t events = store_i64(st, 4);
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "name", store_text(st, 1));
    json_text(w, "url", store_text(st, 2));
    json_bool(w, "token_set", store_text(st, 3)[0] != '\0');
    json_array(w, "events");
    for (unsigned i = 0; i < NOTIFY_EVENTS; i++) {
        if ((events & INT64_C(1) << i) != 0) {
            json_text(w, NULL, notify_event_word((notify_event)i));
        }
    }
    write_words(store_text(st, 10), w);
    json_array_end(w);
    json_bool(w, "active", store_i64(st, 5) != 0);
    json_time(w, "created", store_i64(st, 6));
    write_last(st, w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_webhooks(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, write_webhook, NULL, err);
}

static platen_code answer_webhook(rest_request *r, int64_t id, int status, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_webhook_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = write_webhook(r, st, rest_json(r, status), NULL, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no webhook %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_webhook(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return answer_webhook(r, id, 200, err);
}

/* ---- changing ---- */

/* Bits of the core's, words of plugins' (a JSON array); -1 when none are named. */
static platen_code read_events(rest_request *r, int64_t *events, strbuf *words, platen_error *err)
{
    const cJSON *list = json_get_array(rest_body(r), "events");
    const cJSON *each = NULL;
    json_writer w;
    int index = 0;
    bool known = true;
    *events = list != NULL ? 0 : -1;
    json_init(&w, words);
    json_array(&w, NULL);
    cJSON_ArrayForEach(each, list)
    {
        char pointer[32];
        notify_event event = NOTIFY_EVENTS;
        (void)snprintf(pointer, sizeof(pointer), "/events/%d", index++);
        if (notify_event_from(each->valuestring, &event)) {
            *events |= INT64_C(1) << event;
        } else if (notify_word_find(each->valuestring) != NULL) {
            json_text(&w, NULL, each->valuestring);
        } else {
            rest_invalid(r, pointer, "enum", "is no event that there is");
            known = false;
        }
    }
    json_array_end(&w);
    return known ? PLATEN_OK : error_set(err, PLATEN_E_INVAL, "an event that there is not");
}

static platen_code change_with(rest_request *r, int64_t id, int status, int64_t events,
                               const char *words, platen_error *err)
{
    const services *s = rest_services(r);
    const cJSON *body = rest_body(r);
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(body, "token");
    webhook_change c = {.name = json_get_text(body, "name", NULL),
                        .url = json_get_text(body, "url", NULL),
                        .token = cJSON_IsNull(token) ? "" : json_get_text(body, "token", NULL),
                        .events = events,
                        .words = words,
                        .active = json_is_null_or_absent(body, "active")
                                      ? (id == 0 ? 1 : -1)
                                      : json_get_bool(body, "active", true)};
    const char *wrong = c.url != NULL ? hook_url_wrong(c.url) : NULL;
    if (wrong != NULL) {
        rest_invalid(r, "/url", "format", wrong);
        return error_set(err, PLATEN_E_INVAL, "the URL %s", wrong);
    }
    rest_audit_made(r, &id);
    PLATEN_TRY(webhook_put(s->store, s->key, &c, &id, err));
    notify_webhook_changed(s->notify, id);
    return answer_webhook(r, id, status, err);
}

static platen_code change(rest_request *r, int64_t id, int status, platen_error *err)
{
    int64_t events = -1;
    strbuf words;
    strbuf_init(&words);
    platen_code rc = read_events(r, &events, &words, err);
    if (rc == PLATEN_OK && words.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a webhook");
    }
    if (rc == PLATEN_OK) {
        rc = change_with(r, id, status, events, events >= 0 ? words.data : NULL, err);
    }
    strbuf_fini(&words);
    return rc;
}

/* ---- what can be chosen ---- */

static platen_code get_events(rest_request *r, platen_error *err)
{
    const notify_word *word = NULL;
    json_writer *w = rest_json(r, 200);
    (void)err;
    json_object(w, NULL);
    json_array(w, "items");
    for (unsigned i = 0; i < NOTIFY_EVENTS; i++) {
        json_object(w, NULL);
        json_text(w, "id", notify_event_word((notify_event)i));
        json_null(w, "title");
        json_null(w, "plugin");
        json_object_end(w);
    }
    for (size_t i = 0; (word = notify_word_at(i)) != NULL; i++) {
        json_object(w, NULL);
        json_text(w, "id", word->word);
        json_text(w, "title", word->title);
        json_text(w, "plugin", word->plugin);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code post_webhook(rest_request *r, platen_error *err)
{
    return change(r, 0, 201, err);
}

static platen_code patch_webhook(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return change(r, id, 200, err);
}

static platen_code delete_webhook(rest_request *r, platen_error *err)
{
    const services *s = rest_services(r);
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(webhook_remove(s->store, id, err));
    notify_webhook_changed(s->notify, id);
    rest_empty(r, 204);
    return PLATEN_OK;
}

static platen_code test_webhook(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(notify_webhook_test(rest_services(r)->notify, id, err));
    return answer_webhook(r, id, 200, err);
}

#define PROPERTIES                                                                                 \
    "\"properties\":{"                                                                             \
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100},"                            \
    "\"url\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2000},"                            \
    "\"token\":{\"type\":[\"string\",\"null\"],\"maxLength\":255,\"pattern\":\"^[!-~]*$\","        \
    "\"writeOnly\":true},"                                                                         \
    "\"events\":{\"type\":\"array\",\"maxItems\":128,\"uniqueItems\":true,"                        \
    "\"items\":{\"type\":\"string\",\"maxLength\":127}},"                                          \
    "\"active\":{\"type\":\"boolean\"}}"

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"url\",\"events\"]," PROPERTIES "}";
static const char patch_schema[] = "{\"type\":\"object\"," PROPERTIES "}";

static const rest_route routes[] = {
    {"GET", "/webhooks", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_STREAM, get_webhooks,
     "Webhooks, without their tokens", NULL, NULL},
    {"POST", "/webhooks", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_webhook,
     "Add a webhook", post_schema, NULL},
    {"GET", "/webhooks/events", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_events,
     "Events that a webhook can ask for, those of functions too", NULL, NULL},
    {"GET", "/webhooks/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_webhook,
     "One webhook, with how its last request went", NULL, NULL},
    {"PATCH", "/webhooks/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, patch_webhook,
     "Change a webhook; a token that is not named stays", patch_schema, NULL},
    {"DELETE", "/webhooks/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, delete_webhook,
     "Delete a webhook, with what waits for it", NULL, NULL},
    {"POST", "/webhooks/{id}/test", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     test_webhook, "Send the event `test` at once, and say how the receiver answers", NULL, NULL},
};

platen_code rest_webhooks_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
