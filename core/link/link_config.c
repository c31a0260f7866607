/* What an agent shall know: ranges, ports, credentials in clear (the channel is mutual TLS). */
#include "core/link/link_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/model/agent_ports.h"
#include "core/model/preference.h"
#include "agent_sql.h"

/* An empty list of agents means all (DEV-19). */
static bool is_for_agent(const char *agents, int64_t agent)
{
    cJSON *list = NULL;
    const cJSON *item = NULL;
    if (json_parse(agents, strlen(agents), &list, NULL) != PLATEN_OK) {
        return false;
    }
    bool mine = cJSON_GetArraySize(list) == 0;
    cJSON_ArrayForEach(item, list)
    {
        mine = mine || (cJSON_IsNumber(item) && (int64_t)item->valuedouble == agent);
    }
    cJSON_Delete(list);
    return mine;
}

static platen_code write_secrets(link_manager *l, json_writer *w, int64_t id, const char *text,
                                 platen_error *err)
{
    cJSON *secrets = NULL;
    const cJSON *item = NULL;
    PLATEN_TRY(json_parse(text, strlen(text), &secrets, err));
    platen_code rc = PLATEN_OK;
    cJSON_ArrayForEach(item, secrets)
    {
        char place[96];
        char *plain = NULL;
        (void)snprintf(place, sizeof(place), "device_credential/%" PRId64 "/%s", id, item->string);
        rc = cJSON_IsString(item) ? secret_open(l->key, place, item->valuestring, &plain, err)
                                  : error_set(err, PLATEN_E_CORRUPT, "credential %" PRId64, id);
        if (rc != PLATEN_OK) {
            break;
        }
        json_text(w, item->string, plain);
        secret_text_free(plain);
    }
    cJSON_Delete(secrets);
    return rc;
}

static platen_code write_credential(link_manager *l, store_stmt *st, json_writer *w,
                                    platen_error *err)
{
    cJSON *fields = NULL;
    const cJSON *item = NULL;
    const char *text = store_text(st, 3);
    PLATEN_TRY(json_parse(text, strlen(text), &fields, err));
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "kind", store_text(st, 1));
    cJSON_ArrayForEach(item, fields)
    {
        json_tree(w, item->string, item);
    }
    cJSON_Delete(fields);
    platen_code rc = write_secrets(l, w, store_i64(st, 0), store_text(st, 4), err);
    json_object_end(w);
    return rc;
}

static platen_code write_credentials(link_manager *l, store_conn *conn, int64_t agent,
                                     json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_credentials_all, &st, err));
    platen_code rc = PLATEN_OK;
    json_array(w, "credentials");
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (is_for_agent(store_text(st, 2), agent)) {
            rc = write_credential(l, st, w, err);
            if (rc != PLATEN_OK) {
                break;
            }
        }
    }
    json_array_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code write_snmp(store_conn *conn, json_writer *w, platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(preference_read(conn, &preference_snmp, &tree, err));
    json_tree(w, "snmp", tree);
    cJSON_Delete(tree);
    return PLATEN_OK;
}

static platen_code write_config(link_manager *l, store_conn *conn, int64_t agent, json_writer *w,
                                platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_config, &st, err));
    store_bind_i64(st, "id", agent);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        json_raw(w, "ranges", store_text(st, 0));
        json_raw(w, "hosts", store_text(st, 1));
        json_object(w, "port");
        json_i64(w, "snmp", store_i64(st, 2));
        json_i64(w, "ipp", store_i64(st, 3));
        agent_ports_write(w, store_text(st, 5));
        json_object_end(w);
    }
    store_reset(st);
    PLATEN_TRY(rc);
    json_i64(w, "wrong_per_day", l->wrong_per_day);
    PLATEN_TRY(write_snmp(conn, w, err));
    PLATEN_TRY(link_functions(l, w, "functions", err));
    return write_credentials(l, conn, agent, w, err);
}

platen_code link_config(link_manager *l, int64_t agent, strbuf *json, char version[17],
                        platen_error *err)
{
    store_conn *conn = NULL;
    strbuf body;
    json_writer w;
    PLATEN_TRY(store_read(l->store, &conn, err));
    strbuf_init(&body);
    json_init(&w, &body);
    json_object(&w, NULL);
    platen_code rc = write_config(l, conn, agent, &w, err);
    json_object_end(&w);
    store_read_end(conn);
    if (rc == PLATEN_OK && body.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for the configuration of an agent");
    }
    if (rc == PLATEN_OK) { /* the version is what the text says: equal texts need no sending */
        (void)snprintf(version, 17, "%016" PRIx64, hash_bytes(body.data, body.length));
        strbuf_appendf(json, "{\"version\":\"%s\",%s", version, body.data + 1);
    }
    strbuf_fini(&body);
    return rc;
}
