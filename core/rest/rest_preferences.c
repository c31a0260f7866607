/* /preferences: what holds for the whole installation (DEV-37, DEV-38, DEV-41, DEV-42, TSK-50). */
#include "core/rest/rest_preferences.h"

#include <stdlib.h>
#include <string.h>

#include "core/link/link_manager.h"
#include "core/rest/services.h"
#include "agent_sql.h"
#include "inventory_sql.h"

typedef struct setting {
    const char *group, *name;
    int64_t preset;
} setting;

static const setting settings[] = {
    {"snmp", "timeout_ms", 1000},         {"snmp", "retries", 2},
    {"snmp", "packets_per_second", 5000}, {"retention", "status_days", 365},
    {"retention", "counter_days", 1825},  {"retention", "run_days", 90},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static const char *const groups[] = {"snmp", "retention"};

static platen_code load_group(store_conn *conn, const char *group, cJSON **out, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_preference_get, &st, err));
    store_bind_text(st, "key", group);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        const char *text = store_text(st, 0);
        rc = json_parse(text, strlen(text), out, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* Writes the group's object: stored values, presets, and on top those of `changes` (or NULL). */
static platen_code write_group(store_conn *conn, const char *group, const cJSON *changes,
                               json_writer *w, const char *key, platen_error *err)
{
    cJSON *stored = NULL;
    PLATEN_TRY(load_group(conn, group, &stored, err));
    json_object(w, key);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].group, group) == 0) {
            int64_t value = json_get_i64(stored, settings[i].name, settings[i].preset);
            json_i64(w, settings[i].name, json_get_i64(changes, settings[i].name, value));
        }
    }
    json_object_end(w);
    cJSON_Delete(stored);
    return PLATEN_OK;
}

static platen_code get_preferences(rest_request *r, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    json_writer *w = rest_json(r, 200);
    platen_code rc = PLATEN_OK;
    json_object(w, NULL);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && rc == PLATEN_OK; i++) {
        rc = write_group(conn, groups[i], NULL, w, groups[i], err);
    }
    json_object_end(w);
    store_read_end(conn);
    return rc;
}

static platen_code put_groups(store_conn *conn, void *user, platen_error *err)
{
    const cJSON *body = rest_body(user);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        const cJSON *changes = json_get_object(body, groups[i]);
        strbuf text;
        json_writer w;
        store_stmt *st = NULL;
        if (changes == NULL) {
            continue;
        }
        strbuf_init(&text);
        json_init(&w, &text);
        platen_code rc = write_group(conn, groups[i], changes, &w, NULL, err);
        if (rc == PLATEN_OK) {
            rc = store_prepare(conn, &sql_preference_put, &st, err);
        }
        if (rc == PLATEN_OK) {
            store_bind_text(st, "key", groups[i]);
            store_bind_text(st, "value", text.data);
            rc = store_run(st, NULL, err);
        }
        store_reset(st);
        strbuf_fini(&text);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static platen_code patch_preferences(rest_request *r, platen_error *err)
{
    PLATEN_TRY(store_write(rest_services(r)->store, put_groups, r, err));
    link_wake(rest_services(r)->link, 0);
    return get_preferences(r, err);
}

static const char patch_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"snmp\":{\"type\":\"object\",\"properties\":{"
    "\"timeout_ms\":{\"type\":\"integer\",\"minimum\":100,\"maximum\":60000},"
    "\"retries\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":10},"
    "\"packets_per_second\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000}}},"
    "\"retention\":{\"type\":\"object\",\"properties\":{"
    "\"status_days\":{\"type\":\"integer\",\"minimum\":7,\"maximum\":3650},"
    "\"counter_days\":{\"type\":\"integer\",\"minimum\":31,\"maximum\":3650},"
    "\"run_days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3650}}}}}";

static const rest_route routes[] = {
    {"GET", "/preferences", REST_USER, NULL, 0, get_preferences,
     "Communication with devices, retention", NULL, NULL},
    {"PATCH", "/preferences", REST_SYSTEM_MANAGER, NULL, 0, patch_preferences,
     "Change preferences; what is not named stays", patch_schema, NULL},
};

platen_code rest_preferences_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
