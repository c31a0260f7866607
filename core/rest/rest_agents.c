/* /agents: who talks to devices, where they search, and what came of it (SYS-133 to SYS-151). */
#include "core/rest/rest_agents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/net.h"
#include "core/link/link_manager.h"
#include "core/model/agent_ports.h"
#include "core/rest/list.h"
#include "core/rest/services.h"
#include "core/secret/secret.h"
#include "inventory_sql.h"

static const int bool_values[] = {0, 1};

static const list_field agent_fields[] = {
    {"id", "a.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "a.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"active", "a.active", LIST_CHOICE, "false|true", bool_values, true, NULL},
    {"version", "a.version", LIST_TEXT, NULL, NULL, true, NULL},
    {"last_seen", "a.last_seen", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source agent_source = {
    .fields = agent_fields,
    .field_count = sizeof(agent_fields) / sizeof(agent_fields[0]),
    .columns = "a.id, a.name, a.local, a.active, a.version, a.address, a.ranges, a.hosts, "
               "a.snmp_port, a.ipp_port, a.last_seen, a.drivers, a.functions, a.ports, "
               "(SELECT count(*) "
               "FROM device d "
               "WHERE d.agent_id = a.id AND d.managed = 1)",
    .from = "agent a",
    .key = "a.id",
    .sort = "id",
};

void rest_agent_id(json_writer *w, const char *key, int64_t agent, bool local)
{
    if (local) {
        json_text(w, key, "local");
    } else {
        json_id(w, key, agent);
    }
}

static platen_code write_agent(rest_request *r, store_stmt *st, json_writer *w,
                               const char *activation_key)
{
    link_manager *link = rest_services(r)->link;
    int64_t id = store_i64(st, 0);
    bool active = store_i64(st, 3) != 0;
    int64_t contact = link_agent_contact(link, id);
    json_object(w, NULL);
    rest_agent_id(w, "id", id, store_i64(st, 2) != 0);
    json_text(w, "name", store_text(st, 1));
    json_bool(w, "local", store_i64(st, 2) != 0);
    json_bool(w, "active", active);
    json_text(w, "status", link_agent_status(link, id, active));
    json_text(w, "version", store_text(st, 4));
    json_text(w, "address", store_text(st, 5));
    json_raw(w, "ranges", store_text(st, 6));
    json_raw(w, "hosts", store_text(st, 7));
    json_object(w, "port");
    json_i64(w, "snmp", store_i64(st, 8));
    json_i64(w, "ipp", store_i64(st, 9));
    agent_ports_write(w, store_text(st, 13));
    json_object_end(w);
    json_i64(w, "devices", store_i64(st, 14));
    json_time(w, "last_seen", contact > store_i64(st, 10) ? contact : store_i64(st, 10));
    json_raw(w, "drivers", store_text(st, 11));
    json_raw(w, "functions", store_text(st, 12));
    if (activation_key != NULL) {
        json_text(w, "activation_key", activation_key);
    }
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code agent_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                             platen_error *err)
{
    (void)user;
    (void)err;
    return write_agent(r, st, w, NULL);
}

static platen_code get_agents(rest_request *r, platen_error *err)
{
    return list_answer(r, &agent_source, NULL, agent_row, NULL, err);
}

static platen_code param_agent(rest_request *r, int64_t *agent, platen_error *err)
{
    return link_agent_id(rest_services(r)->link, rest_param(r, "id"), agent, err);
}

static platen_code answer_agent(rest_request *r, int64_t agent, int status, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    char *key = NULL;
    bool may_see_key = rest_who(r)->role == REST_SYSTEM_MANAGER; /* SYS-137 */
    PLATEN_TRY(link_agent_key(rest_services(r)->link, agent, &key, err));
    platen_code rc = store_read(rest_services(r)->store, &conn, err);
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_agent_show, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", agent);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = write_agent(r, st, rest_json(r, status), may_see_key ? key : NULL);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no agent %" PRId64, agent);
    }
    store_reset(st);
    if (conn != NULL) {
        store_read_end(conn);
    }
    secret_text_free(key);
    return rc;
}

static platen_code get_agent(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(param_agent(r, &agent, err));
    return answer_agent(r, agent, 200, err);
}

static platen_code post_agent(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    char *key = NULL;
    rest_audit_made(r, &agent);
    PLATEN_TRY(link_agent_create(rest_services(r)->link,
                                 json_get_text(rest_body(r), "name", "agent"), false, &agent, &key,
                                 err));
    secret_text_free(key);
    return answer_agent(r, agent, 201, err);
}

/* ---- changing ---- */

static platen_code check_ranges(rest_request *r, const cJSON *ranges, platen_error *err)
{
    const cJSON *item = NULL;
    int index = 0;
    bool wrong = false;
    cJSON_ArrayForEach(item, ranges)
    {
        net_range range;
        platen_error why = PLATEN_ERROR_INIT;
        if (net_range_parse(item->valuestring, &range, &why) != PLATEN_OK) {
            const char *pointer = arena_printf(rest_arena(r), "/ranges/%d", index);
            rest_invalid(r, pointer != NULL ? pointer : "/ranges", "range", why.text);
            wrong = true;
        }
        index++;
    }
    return wrong ? error_set(err, PLATEN_E_INVAL, "an address range is wrong") : PLATEN_OK;
}

typedef struct agent_patch {
    int64_t agent;
    const cJSON *body;
    char *ranges, *hosts;
} agent_patch;

static platen_code patch_row(store_conn *conn, void *user, platen_error *err)
{
    agent_patch *p = user;
    const cJSON *port = json_get_object(p->body, "port");
    char *ports = NULL;
    store_stmt *old = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_settings, &old, err));
    store_bind_i64(old, "id", p->agent);
    platen_code rc = store_step(old, err);
    if (rc == PLATEN_OK) {
        rc = agent_ports_merge(store_text(old, 5), port, &ports, err);
    }
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_agent_update, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_text(st, "name", json_get_text(p->body, "name", store_text(old, 0)));
        store_bind_text(st, "ranges", p->ranges != NULL ? p->ranges : store_text(old, 1));
        store_bind_text(st, "hosts", p->hosts != NULL ? p->hosts : store_text(old, 2));
        store_bind_i64(st, "snmp_port", json_get_i64(port, "snmp", store_i64(old, 3)));
        store_bind_i64(st, "ipp_port", json_get_i64(port, "ipp", store_i64(old, 4)));
        store_bind_text(st, "ports", ports);
        store_bind_i64(st, "id", p->agent);
    }
    if (rc == PLATEN_OK) {
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    store_reset(old);
    cJSON_free(ports);
    return rc == PLATEN_E_NOT_FOUND ? error_set(err, rc, "there is no agent %" PRId64, p->agent)
                                    : rc;
}

static platen_code patch_agent(rest_request *r, platen_error *err)
{
    services *s = rest_services(r);
    agent_patch p = {.body = rest_body(r)};
    const cJSON *ranges = json_get_array(p.body, "ranges");
    const cJSON *hosts = json_get_array(p.body, "hosts");
    PLATEN_TRY(param_agent(r, &p.agent, err));
    PLATEN_TRY(check_ranges(r, ranges, err));
    p.ranges = ranges != NULL ? cJSON_PrintUnformatted(ranges) : NULL;
    p.hosts = hosts != NULL ? cJSON_PrintUnformatted(hosts) : NULL;
    platen_code rc = store_write(s->store, patch_row, &p, err);
    if (rc == PLATEN_OK && json_get_bool(p.body, "active", true) == false) {
        char *key = NULL;
        rc = link_agent_deactivate(s->link, p.agent, &key, err);
        secret_text_free(key);
    }
    cJSON_free(p.ranges);
    cJSON_free(p.hosts);
    PLATEN_TRY(rc);
    link_wake(s->link, p.agent);
    return answer_agent(r, p.agent, 200, err);
}

static platen_code delete_agent(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    if (strcmp(rest_param(r, "id"), "local") == 0) {
        return error_set(err, PLATEN_E_STATE, "the local agent belongs to the manager");
    }
    PLATEN_TRY(param_agent(r, &agent, err));
    PLATEN_TRY(link_agent_remove(rest_services(r)->link, agent, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- functions ---- */

/* A quarantine ends when somebody says so: the agent is told with its next question. */
static platen_code release_function(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(param_agent(r, &agent, err));
    PLATEN_TRY(link_agent_release(rest_services(r)->link, agent, rest_param(r, "name"), err));
    rest_empty(r, 202);
    return PLATEN_OK;
}

/* ---- verdicts ---- */

static const list_field verdict_fields[] = {
    {"id", "v.id", LIST_ID, NULL, NULL, true, NULL},
    {"address", "v.address", LIST_TEXT, NULL, NULL, true, "v.address_key"},
    {"hostname", "v.hostname", LIST_TEXT, NULL, NULL, true, NULL},
    {"decision", "v.decision", LIST_CHOICE, "accepted|known|rejected|condition|error", NULL, true,
     NULL},
    {"code", "v.code", LIST_TEXT, NULL, NULL, true, NULL},
    {"protocol", "v.protocol", LIST_TEXT, NULL, NULL, true, NULL},
    {"driver", "v.driver", LIST_TEXT, NULL, NULL, true, NULL},
    {"evidence", "v.evidence", LIST_TEXT, NULL, NULL, true, NULL},
    {"at", "v.at", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source verdict_source = {
    .fields = verdict_fields,
    .field_count = sizeof(verdict_fields) / sizeof(verdict_fields[0]),
    .columns = "v.id, v.address, v.hostname, v.decision, v.code, v.text, v.answered, v.protocol, "
               "v.credential_id, v.driver, v.sureness, v.device_id, v.evidence, v.at",
    .from = "verdict v",
    .key = "v.id",
    .sort = "address",
    .region = "v.region_id",
    .search = "v.address || ' ' || v.evidence || ' ' || v.hostname",
};

static void id_or_null(json_writer *w, const char *key, int64_t id)
{
    if (id == 0) {
        json_null(w, key);
    } else {
        json_id(w, key, id);
    }
}

static platen_code verdict_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                               platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "address", store_text(st, 1));
    json_text(w, "hostname", store_text(st, 2));
    json_text(w, "decision", store_text(st, 3));
    json_text(w, "code", store_text(st, 4));
    json_text(w, "text", store_text(st, 5));
    json_raw(w, "answered", store_text(st, 6));
    json_text(w, "protocol", store_text(st, 7));
    id_or_null(w, "credential", store_i64(st, 8));
    json_text(w, "driver", store_text(st, 9));
    json_i64(w, "sureness", store_i64(st, 10));
    id_or_null(w, "device", store_i64(st, 11));
    json_text(w, "evidence", store_text(st, 12));
    json_time(w, "at", store_i64(st, 13));
    json_object_end(w);
    return PLATEN_OK;
}

static void bind_agent(store_stmt *st, void *user)
{
    store_bind_i64(st, "agent", *(const int64_t *)user);
}

static platen_code get_verdicts(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(param_agent(r, &agent, err));
    list_scope scope = {.where = "v.agent_id = :agent", .bind = bind_agent, .user = &agent};
    return list_answer(r, &verdict_source, &scope, verdict_row, NULL, err);
}

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100}}}";

static const char patch_schema[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100},"
    "\"active\":{\"type\":\"boolean\",\"enum\":[false]},"
    "\"ranges\":{\"type\":\"array\",\"maxItems\":1000,"
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":120}},"
    "\"hosts\":{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"type\":\"string\","
    "\"minLength\":1,\"maxLength\":253,\"pattern\":\"^[A-Za-z0-9_]([A-Za-z0-9._-]*)$\"}},"
    "\"port\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\","
    "\"minimum\":0,\"maximum\":65535},\"properties\":{"
    "\"snmp\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535},"
    "\"ipp\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":65535}}}}}";

static const rest_route routes[] = {
    {"GET", "/agents", REST_DEVICE_MANAGER, "discovery", REST_REGION_NONE, REST_STREAM, get_agents,
     "Agents", NULL, NULL},
    {"POST", "/agents", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_agent,
     "Make a remote agent; the answer holds its activation key", post_schema, NULL},
    {"GET", "/agents/{id}", REST_DEVICE_MANAGER, "discovery", REST_REGION_NONE, 0, get_agent,
     "One agent", NULL, NULL},
    {"PATCH", "/agents/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, patch_agent,
     "Name, ranges, hosts and ports of an agent; active=false frees it for another host",
     patch_schema, NULL},
    {"DELETE", "/agents/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, delete_agent,
     "Delete an agent", NULL, NULL},
    {"POST", "/agents/{id}/functions/{name}/release", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE,
     0, release_function, "End the quarantine of a function on an agent", NULL, NULL},
    {"GET", "/agents/{id}/verdicts", REST_DEVICE_MANAGER, "discovery", REST_REGION_LIST,
     REST_STREAM, get_verdicts, "Why each address that answered was accepted or not", NULL, NULL},
};

platen_code rest_agents_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
