/* What happened to devices: /devices/{id}/history, /devices/{id}/spells, /alerts. */
#include "core/rest/rest_history.h"

#include "core/model/words.h"
#include "core/rest/list.h"

static const int power_values[] = {0, 1, 2, 3, 4};
static const int severity_values[] = {0, 1, 2, 3};

static const list_field history_fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"since", "h.since", LIST_TIME, NULL, NULL, true, NULL},
    {"until", "h.until", LIST_TIME, NULL, NULL, true, NULL},
    {"severity", "h.severity", LIST_NUMBER, NULL, NULL, true, NULL},
    {"code", "h.code", LIST_NUMBER, NULL, NULL, true, NULL},
    {"text", "h.text", LIST_TEXT, NULL, NULL, true, NULL},
};

#define HISTORY_SOURCE                                                                             \
    .fields = history_fields, .field_count = sizeof(history_fields) / sizeof(history_fields[0]),   \
    .columns = "h.id, h.device_id, h.severity, h.training, h.part_group, h.group_index, h.code, "  \
               "h.text, h.since, h.until, h.source",                                               \
    .from = "device_alert h", .key = "h.id", .sort = "-since"

/* Of one device, whose region the router has looked at; and of all. */
static const list_source history_source = {HISTORY_SOURCE};
static const list_source alert_source = {HISTORY_SOURCE, .region = "h.device_id",
                                         .region_kind = LIST_REGION_OF};

static const list_field spell_fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"start", "h.started", LIST_TIME, NULL, NULL, true, NULL},
    {"end", "h.ended", LIST_TIME, NULL, NULL, true, NULL},
    {"power", "h.power", LIST_CHOICE, DEVICE_POWER_WORDS, power_values, true, NULL},
    {"severity", "h.severity", LIST_CHOICE, DEVICE_SEVERITY_WORDS, severity_values, true, NULL},
};

static const list_source spell_source = {
    .fields = spell_fields,
    .field_count = sizeof(spell_fields) / sizeof(spell_fields[0]),
    .columns = "h.id, h.power, h.severity, h.started, h.ended",
    .from = "device_spell h",
    .key = "h.id",
    .sort = "-start",
};

static void bind_device(store_stmt *st, void *user)
{
    store_bind_i64(st, "device", *(const int64_t *)user);
}

static platen_code history_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                               platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    int64_t since = store_i64(st, 8);
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_id(w, "device", store_i64(st, 1));
    json_text(w, "severity", alert_severity_word(store_i64(st, 2)));
    json_text(w, "training", alert_training_word(store_i64(st, 3)));
    json_i64(w, "group", store_i64(st, 4));
    json_i64(w, "group_index", store_i64(st, 5));
    json_i64(w, "code", store_i64(st, 6));
    json_text(w, "text", store_text(st, 7));
    json_time(w, "since", since);
    json_time(w, "until", store_i64(st, 9));
    if (store_is_null(st, 9)) {
        json_null(w, "duration_s");
    } else {
        json_i64(w, "duration_s", (store_i64(st, 9) - since) / 1000);
    }
    json_text(w, "source", store_text(st, 10));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code spell_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                             platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "power", device_power_word(store_i64(st, 1)));
    json_text(w, "severity", device_severity_word(store_i64(st, 2)));
    json_time(w, "start", store_i64(st, 3));
    json_time(w, "end", store_i64(st, 4));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code answer_history(rest_request *r, const list_source *source, list_row_fn row,
                                  platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    list_scope scope = {.where = "h.device_id = :device", .bind = bind_device, .user = &id};
    return list_answer(r, source, &scope, row, NULL, err);
}

static platen_code get_history(rest_request *r, platen_error *err)
{
    return answer_history(r, &history_source, history_row, err);
}

static platen_code get_spells(rest_request *r, platen_error *err)
{
    return answer_history(r, &spell_source, spell_row, err);
}

/* Alerts of all devices of who asks, newest first: what the start page shows. */
static platen_code get_alerts(rest_request *r, platen_error *err)
{
    return list_answer(r, &alert_source, NULL, history_row, NULL, err);
}

static const rest_route routes[] = {
    {"GET", "/devices/{id}/history", REST_USER, "devices", REST_REGION_DEVICE, REST_STREAM,
     get_history, "Alerts of a device, newest first", NULL, NULL},
    {"GET", "/devices/{id}/spells", REST_USER, "devices", REST_REGION_DEVICE, REST_STREAM,
     get_spells, "Power state and severity of a device over time", NULL, NULL},
    {"GET", "/alerts", REST_USER, "devices", REST_REGION_LIST, REST_STREAM, get_alerts,
     "Alerts of all devices, newest first", NULL, NULL},
};

platen_code rest_history_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
