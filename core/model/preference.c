/* Groups of preferences: presets, what is stored over them, sealed members. */
#include "core/model/preference.h"

#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "preference_sql.h"

#define PLACE_MAX 128

const preference_group preference_snmp = {
    .key = "snmp",
    .presets = "{\"timeout_ms\":1000,\"retries\":2,\"packets_per_second\":5000}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"timeout_ms\":{\"type\":\"integer\",\"minimum\":100,\"maximum\":60000},"
              "\"retries\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":10},"
              "\"packets_per_second\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000}}}",
};

/* MON-…, DECISIONS *Monitoring*. */
const preference_group preference_retention = {
    .key = "retention",
    .presets = "{\"status_days\":365,\"counter_days\":1825,\"run_days\":90,\"audit_days\":365}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"status_days\":{\"type\":\"integer\",\"minimum\":7,\"maximum\":3650},"
              "\"counter_days\":{\"type\":\"integer\",\"minimum\":31,\"maximum\":3650},"
              "\"run_days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3650},"
              "\"audit_days\":{\"type\":\"integer\",\"minimum\":30,\"maximum\":3650}}}",
};

/* DECISIONS *Time*. The zone is a name of the zone data; "" is that of the manager's host. */
const preference_group preference_tasks = {
    .key = "tasks",
    .presets = "{\"missed_hours\":1,\"zone\":\"\"}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"missed_hours\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":24},"
              "\"zone\":{\"type\":\"string\",\"maxLength\":63}}}",
};

const preference_group preference_device_groups = {
    .key = "device_groups",
    .presets = "{\"view\":\"tree\",\"delimiter\":\":\"}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"view\":{\"type\":\"string\",\"enum\":[\"tree\",\"list\"]},"
              "\"delimiter\":{\"type\":\"string\",\"enum\":[\":\",\"/\",\"|\",\">\",\".\"]}}}",
    .open = true,
};

const preference_group preference_manual = {
    .key = "manual",
    .presets = "{\"region\":\"\"}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"region\":{\"type\":\"string\",\"maxLength\":35,"
              "\"pattern\":\"^[A-Za-z0-9-]*$\"}}}",
    .open = true,
};

static bool is_secret(const preference_group *g, const char *name)
{
    for (size_t i = 0; g->secrets != NULL && g->secrets[i] != NULL; i++) {
        if (strcmp(g->secrets[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* `target` takes a copy of `value` under `name` in place of what is there. */
static platen_code put(cJSON *target, const char *name, const cJSON *value, platen_error *err)
{
    cJSON *copy = cJSON_Duplicate(value, true);
    cJSON_DeleteItemFromObjectCaseSensitive(target, name);
    if (copy == NULL || !cJSON_AddItemToObject(target, name, copy)) {
        cJSON_Delete(copy);
        return error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
    }
    return PLATEN_OK;
}

/* As it stands in the table, secrets sealed; an empty object when nothing has been set. */
static platen_code stored(store_conn *conn, const preference_group *g, cJSON **out,
                          platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_preference_get, &st, err));
    store_bind_text(st, "key", g->key);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(store_text(st, 0), strlen(store_text(st, 0)), out, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = json_parse("{}", 2, out, err);
    }
    store_reset(st);
    return rc;
}

platen_code preference_read(store_conn *conn, const preference_group *g, cJSON **out,
                            platen_error *err)
{
    cJSON *all = NULL;
    cJSON *set = NULL;
    const cJSON *each = NULL;
    PLATEN_TRY(json_parse(g->presets, strlen(g->presets), &all, err));
    platen_code rc = stored(conn, g, &set, err);
    cJSON_ArrayForEach(each, set)
    {
        if (rc == PLATEN_OK && !is_secret(g, each->string)) {
            rc = put(all, each->string, each, err);
        }
    }
    for (size_t i = 0; rc == PLATEN_OK && g->secrets != NULL && g->secrets[i] != NULL; i++) {
        char name[64];
        bool is_set = cJSON_GetObjectItemCaseSensitive(set, g->secrets[i]) != NULL;
        (void)snprintf(name, sizeof(name), "%s_set", g->secrets[i]);
        if (cJSON_AddBoolToObject(all, name, is_set) == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
        }
    }
    cJSON_Delete(set);
    if (rc != PLATEN_OK) {
        cJSON_Delete(all);
        return rc;
    }
    *out = all;
    return PLATEN_OK;
}

platen_code preference_load(store *s, const preference_group *g, cJSON **out, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = preference_read(conn, g, out, err);
    store_read_end(conn);
    return rc;
}

static void place_of(const preference_group *g, const char *name, char place[PLACE_MAX])
{
    (void)snprintf(place, PLACE_MAX, "preference/%s/%s", g->key, name);
}

platen_code preference_secret(store *s, const preference_group *g, const secret_key *key,
                              const char *name, char **plain, platen_error *err)
{
    char place[PLACE_MAX];
    store_conn *conn = NULL;
    cJSON *set = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = stored(conn, g, &set, err);
    store_read_end(conn);
    PLATEN_TRY(rc);
    const char *sealed = json_get_text(set, name, NULL);
    place_of(g, name, place);
    rc = sealed != NULL ? secret_open(key, place, sealed, plain, err)
                        : error_set(err, PLATEN_E_NOT_FOUND, "%s.%s is not set", g->key, name);
    cJSON_Delete(set);
    return rc;
}

static platen_code put_secret(cJSON *target, const preference_group *g, const secret_key *key,
                              const cJSON *value, platen_error *err)
{
    char place[PLACE_MAX];
    char *sealed = NULL;
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0') {
        cJSON_DeleteItemFromObjectCaseSensitive(target, value->string);
        return PLATEN_OK;
    }
    place_of(g, value->string, place);
    PLATEN_TRY(secret_seal(key, place, value->valuestring, &sealed, err));
    cJSON_DeleteItemFromObjectCaseSensitive(target, value->string);
    bool added = cJSON_AddStringToObject(target, value->string, sealed) != NULL;
    secret_text_free(sealed);
    return added ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
}

static platen_code write_stored(store_conn *conn, const preference_group *g, const cJSON *tree,
                                platen_error *err)
{
    store_stmt *st = NULL;
    char *text = cJSON_PrintUnformatted(tree);
    platen_code rc = text == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for preferences")
                     : strlen(text) > PREFERENCE_MAX
                         ? error_set(err, PLATEN_E_TOO_LARGE,
                                     "the preferences '%s' have %zu bytes, %u are the most", g->key,
                                     strlen(text), PREFERENCE_MAX)
                         : store_prepare(conn, &sql_preference_put, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "key", g->key);
        store_bind_text(st, "value", text);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    cJSON_free(text);
    return rc;
}

platen_code preference_change(store_conn *conn, const preference_group *g, const secret_key *key,
                              const cJSON *changes, platen_error *err)
{
    cJSON *all = NULL;
    const cJSON *each = NULL;
    PLATEN_TRY(stored(conn, g, &all, err));
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(each, changes)
    {
        if (rc == PLATEN_OK) {
            rc = is_secret(g, each->string) ? put_secret(all, g, key, each, err)
                                            : put(all, each->string, each, err);
        }
    }
    if (rc == PLATEN_OK) {
        rc = write_stored(conn, g, all, err);
    }
    cJSON_Delete(all);
    return rc;
}
