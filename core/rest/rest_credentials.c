/*
 * /device-credentials: how devices let Platen in (DEV-14 to DEV-29). Secrets are sealed before they
 * are stored and are never answered; what is set is shown as true.
 */
#include "core/rest/rest_credentials.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/link/link_manager.h"
#include "core/rest/list.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "core/secret/secret.h"
#include "inventory_sql.h"

static const char *const plain_fields[] = {"user", "auth", "priv", "context", "domain", "manager"};
static const char *const secret_fields[] = {"community", "auth_password", "priv_password",
                                            "password", "pin"};

/* The authentication kinds of DEV-22 to DEV-28 with their members; '!': not without it. */
#define KIND_WORDS "snmpv1|snmpv3|user|system-manager|password|domain|service-management"

static const struct credential_kind {
    const char *word;
    const char *members[7];
} kinds[] = {
    {"snmpv1", {"community!"}},
    {"snmpv3", {"user!", "auth", "auth_password", "priv", "priv_password", "context"}},
    {"user", {"user!", "password", "domain"}},
    {"system-manager", {"manager!", "pin!"}},
    {"password", {"password!"}},
    {"domain", {"domain!", "user!", "password!"}},
    {"service-management", {"password!"}},
};

#define PLAIN_COUNT (sizeof(plain_fields) / sizeof(plain_fields[0]))
#define SECRET_COUNT (sizeof(secret_fields) / sizeof(secret_fields[0]))

static const list_field fields[] = {
    {"id", "c.id", LIST_ID, NULL, NULL, true, NULL},
    {"kind", "c.kind", LIST_CHOICE, KIND_WORDS, NULL, true, NULL},
    {"description", "c.description", LIST_TEXT, NULL, NULL, true, NULL},
};

static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "c.id, c.kind, c.description, c.agents, c.fields, c.secrets",
    .from = "device_credential c",
    .key = "c.id",
    .sort = "id",
};

static void write_agents(rest_request *r, json_writer *w, const char *stored)
{
    cJSON *list = NULL;
    const cJSON *item = NULL;
    int64_t local = 0;
    (void)link_agent_id(rest_services(r)->link, "local", &local, NULL);
    json_array(w, "agents");
    if (json_parse(stored, strlen(stored), &list, NULL) == PLATEN_OK) {
        cJSON_ArrayForEach(item, list)
        {
            int64_t id = (int64_t)cJSON_GetNumberValue(item);
            rest_agent_id(w, NULL, id, id == local);
        }
        cJSON_Delete(list);
    }
    json_array_end(w);
}

static platen_code write_credential(rest_request *r, store_stmt *st, json_writer *w,
                                    platen_error *err)
{
    cJSON *plain = NULL;
    cJSON *secrets = NULL;
    const cJSON *item = NULL;
    const char *plain_text = store_text(st, 4);
    const char *secret_text = store_text(st, 5);
    platen_code rc = json_parse(plain_text, strlen(plain_text), &plain, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(secret_text, strlen(secret_text), &secrets, err);
    }
    if (rc == PLATEN_OK) {
        json_object(w, NULL);
        json_id(w, "id", store_i64(st, 0));
        json_text(w, "kind", store_text(st, 1));
        json_text(w, "description", store_text(st, 2));
        write_agents(r, w, store_text(st, 3));
        cJSON_ArrayForEach(item, plain)
        {
            json_tree(w, item->string, item);
        }
        json_object(w, "set");
        cJSON_ArrayForEach(item, secrets)
        {
            json_bool(w, item->string, true);
        }
        json_object_end(w);
        json_object_end(w);
    }
    cJSON_Delete(plain);
    cJSON_Delete(secrets);
    return rc;
}

static platen_code row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                       platen_error *err)
{
    (void)user;
    return write_credential(r, st, w, err);
}

static platen_code get_credentials(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, row, NULL, err);
}

static platen_code answer_credential(rest_request *r, int64_t id, int status, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_credential_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = write_credential(r, st, rest_json(r, status), err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no credential %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_credential(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return answer_credential(r, id, 200, err);
}

/* ---- writing ---- */

typedef struct credential_change {
    rest_request *request;
    const cJSON *body;
    int64_t id; /* 0: a new one */
    char kind[32];
    char *description, *agents, *plain;
    cJSON *secrets; /* as stored: sealed */
} credential_change;

static platen_code seal_secrets(credential_change *c, platen_error *err)
{
    for (size_t i = 0; i < SECRET_COUNT; i++) {
        const char *value = json_get_text(c->body, secret_fields[i], NULL);
        char place[96];
        char *sealed = NULL;
        if (value == NULL) {
            continue;
        }
        (void)snprintf(place, sizeof(place), "device_credential/%" PRId64 "/%s", c->id,
                       secret_fields[i]);
        PLATEN_TRY(secret_seal(rest_services(c->request)->key, place, value, &sealed, err));
        cJSON_DeleteItemFromObjectCaseSensitive(c->secrets, secret_fields[i]);
        cJSON *added = cJSON_AddStringToObject(c->secrets, secret_fields[i], sealed);
        secret_text_free(sealed);
        if (added == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a credential");
        }
    }
    return PLATEN_OK;
}

/* Reads what is stored, so that a PATCH keeps what it does not name. */
static platen_code load(store_conn *conn, credential_change *c, cJSON **plain, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_credential_by_id, &st, err));
    store_bind_i64(st, "id", c->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        const char *plain_text = store_text(st, 4);
        const char *secret_text = store_text(st, 5);
        (void)snprintf(c->kind, sizeof(c->kind), "%s", store_text(st, 1));
        c->description = strdup(json_get_text(c->body, "description", store_text(st, 2)));
        if (c->agents == NULL) {
            c->agents = strdup(store_text(st, 3));
        }
        rc = json_parse(plain_text, strlen(plain_text), plain, err);
        if (rc == PLATEN_OK) {
            rc = json_parse(secret_text, strlen(secret_text), &c->secrets, err);
        }
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no credential %" PRId64, c->id);
    }
    store_reset(st);
    return rc;
}

static platen_code merge_plain(credential_change *c, cJSON *plain, platen_error *err)
{
    for (size_t i = 0; i < PLAIN_COUNT; i++) {
        const char *value = json_get_text(c->body, plain_fields[i], NULL);
        if (value == NULL) {
            continue;
        }
        cJSON_DeleteItemFromObjectCaseSensitive(plain, plain_fields[i]);
        if (cJSON_AddStringToObject(plain, plain_fields[i], value) == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for a credential");
        }
    }
    c->plain = cJSON_PrintUnformatted(plain);
    return c->plain != NULL ? PLATEN_OK
                            : error_set(err, PLATEN_E_NOMEM, "no memory for a credential");
}

static const struct credential_kind *kind_of(const char *word)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].word, word) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* Whether the kind's `member` ("user!") is `name`. */
static bool is_member(const char *member, const char *name)
{
    size_t length = strcspn(member, "!");
    return strlen(name) == length && memcmp(member, name, length) == 0;
}

static bool kind_has(const struct credential_kind *kind, const char *name)
{
    for (const char *const *member = kind->members; *member != NULL; member++) {
        if (is_member(*member, name)) {
            return true;
        }
    }
    return false;
}

static platen_code refuse_member(const credential_change *c, const char *name, const char *code,
                                 const char *text, platen_error *err)
{
    char pointer[40];
    (void)snprintf(pointer, sizeof(pointer), "/%s", name);
    rest_invalid(c->request, pointer, code, text);
    return error_set(err, PLATEN_E_INVAL, "%s of a %s credential: %s", name, c->kind, text);
}

/* Members of another kind are a mistake, not something to keep quietly. */
static platen_code check_foreign(const credential_change *c, const struct credential_kind *kind,
                                 platen_error *err)
{
    for (size_t i = 0; i < PLAIN_COUNT + SECRET_COUNT; i++) {
        const char *name = i < PLAIN_COUNT ? plain_fields[i] : secret_fields[i - PLAIN_COUNT];
        if (!json_is_null_or_absent(c->body, name) && !kind_has(kind, name)) {
            return refuse_member(c, name, "unknown", "this kind of credential has no such member",
                                 err);
        }
    }
    return PLATEN_OK;
}

/* Of SNMPv3: a protocol needs its password, and encryption needs authentication. */
static const char *missing_of_snmpv3(const cJSON *plain, const cJSON *secrets)
{
    bool auth = strcmp(json_get_text(plain, "auth", "none"), "none") != 0;
    bool priv = strcmp(json_get_text(plain, "priv", "none"), "none") != 0;
    return auth && json_get_text(secrets, "auth_password", NULL) == NULL   ? "auth_password"
           : priv && json_get_text(secrets, "priv_password", NULL) == NULL ? "priv_password"
           : priv && !auth                                                 ? "auth"
                                                                           : NULL;
}

/* What each kind cannot do without, after merging. */
static platen_code check_complete(const credential_change *c, const cJSON *plain, platen_error *err)
{
    static const char needs[] = "this kind of credential needs it";
    const struct credential_kind *kind = kind_of(c->kind);
    if (kind == NULL) {
        return error_set(err, PLATEN_E_CORRUPT, "there is no credential kind '%s'", c->kind);
    }
    PLATEN_TRY(check_foreign(c, kind, err));
    for (const char *const *member = kind->members; *member != NULL; member++) {
        char name[32];
        size_t length = strcspn(*member, "!");
        (void)snprintf(name, sizeof(name), "%.*s", (int)length, *member);
        if ((*member)[length] == '!' && json_get_text(plain, name, "")[0] == '\0' &&
            json_get_text(c->secrets, name, NULL) == NULL) {
            return refuse_member(c, name, "required", needs, err);
        }
    }
    const char *missing =
        strcmp(c->kind, "snmpv3") == 0 ? missing_of_snmpv3(plain, c->secrets) : NULL;
    return missing == NULL ? PLATEN_OK : refuse_member(c, missing, "required", needs, err);
}

static platen_code write_change(store_conn *conn, credential_change *c, platen_error *err)
{
    cJSON *plain = NULL;
    char *secrets = NULL;
    store_stmt *st = NULL;
    platen_code rc = load(conn, c, &plain, err);
    if (rc == PLATEN_OK) {
        rc = merge_plain(c, plain, err);
    }
    if (rc == PLATEN_OK) {
        rc = seal_secrets(c, err);
    }
    if (rc == PLATEN_OK) {
        rc = check_complete(c, plain, err);
    }
    if (rc == PLATEN_OK) {
        secrets = cJSON_PrintUnformatted(c->secrets);
        rc = store_prepare(conn, &sql_credential_update, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_text(st, "description", c->description);
        store_bind_text(st, "agents", c->agents);
        store_bind_text(st, "fields", c->plain);
        store_bind_text(st, "secrets", secrets);
        store_bind_i64(st, "id", c->id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    cJSON_free(secrets);
    cJSON_Delete(plain);
    return rc;
}

static platen_code change_row(store_conn *conn, void *user, platen_error *err)
{
    credential_change *c = user;
    if (c->id == 0) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_credential_insert, &st, err));
        store_bind_text(st, "kind", json_get_text(c->body, "kind", ""));
        store_bind_i64(st, "created", clock_now());
        platen_code rc = store_step(st, err);
        if (rc == PLATEN_OK) {
            c->id = store_i64(st, 0);
        }
        store_reset(st);
        PLATEN_TRY(rc);
    }
    return write_change(conn, c, err);
}

/* ["local","3"] of the request to [1,3] of the database. */
static platen_code take_agents(credential_change *c, platen_error *err)
{
    const cJSON *agents = json_get_array(c->body, "agents");
    const cJSON *item = NULL;
    strbuf text;
    if (agents == NULL) {
        return PLATEN_OK;
    }
    strbuf_init(&text);
    strbuf_append_char(&text, '[');
    platen_code rc = PLATEN_OK;
    int index = 0;
    cJSON_ArrayForEach(item, agents)
    {
        int64_t id = 0;
        rc = link_agent_id(rest_services(c->request)->link, item->valuestring, &id, err);
        if (rc != PLATEN_OK) {
            char pointer[32];
            (void)snprintf(pointer, sizeof(pointer), "/agents/%d", index);
            rest_invalid(c->request, pointer, "not-found", "there is no such agent");
            rc = error_set(err, PLATEN_E_INVAL, "there is no agent '%s'", item->valuestring);
            break;
        }
        strbuf_appendf(&text, "%s%" PRId64, index++ > 0 ? "," : "", id);
    }
    strbuf_append_char(&text, ']');
    c->agents = rc == PLATEN_OK ? strbuf_take(&text) : NULL;
    strbuf_fini(&text);
    return rc;
}

/* DEV-07 in the words of the specification. */
static platen_code refuse_sha224(rest_request *r, platen_error *err)
{
    if (strcmp(json_get_text(rest_body(r), "auth", ""), "sha224") != 0) {
        return PLATEN_OK;
    }
    rest_invalid(
        r, "/auth", "unsupported",
        "SNMPv3 with SHA-2: any hash length except 224 bit, which Platen does not support");
    return error_set(err, PLATEN_E_INVAL, "SHA-2 with 224 bit is not supported");
}

static platen_code change(rest_request *r, int64_t id, int status, platen_error *err)
{
    credential_change c = {.request = r, .body = rest_body(r), .id = id};
    platen_code rc = refuse_sha224(r, err);
    if (rc == PLATEN_OK) {
        rc = take_agents(&c, err);
    }
    if (rc == PLATEN_OK) {
        rest_audit_made(r, &c.id);
        rc = store_write(rest_services(r)->store, change_row, &c, err);
    }
    free(c.description);
    free(c.agents);
    cJSON_free(c.plain);
    cJSON_Delete(c.secrets);
    PLATEN_TRY(rc);
    link_wake(rest_services(r)->link, 0);
    return answer_credential(r, c.id, status, err);
}

static platen_code post_credential(rest_request *r, platen_error *err)
{
    return change(r, 0, 201, err);
}

static platen_code patch_credential(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return change(r, id, 200, err);
}

static platen_code delete_row(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_credential_delete, &st, err));
    store_bind_i64(st, "id", *id);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    if (rc == PLATEN_OK && changes == 0) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no credential %" PRId64, *id);
    }
    return rc;
}

static platen_code delete_credential(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(store_write(rest_services(r)->store, delete_row, &id, err));
    link_wake(rest_services(r)->link, 0);
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define COMMON_PROPERTIES                                                                          \
    "\"description\":{\"type\":\"string\",\"maxLength\":255},"                                     \
    "\"agents\":{\"type\":\"array\",\"maxItems\":64,\"items\":{\"type\":\"string\"}},"             \
    "\"community\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"writeOnly\":true},"    \
    "\"user\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":128},"                            \
    "\"password\":{\"type\":\"string\",\"maxLength\":255,\"writeOnly\":true},"                     \
    "\"domain\":{\"type\":\"string\",\"maxLength\":255},"                                          \
    "\"manager\":{\"type\":\"string\",\"maxLength\":32,\"pattern\":\"^[0-9]+$\"},"                 \
    "\"pin\":{\"type\":\"string\",\"maxLength\":32,\"pattern\":\"^[0-9]+$\",\"writeOnly\":true},"  \
    "\"auth\":{\"type\":\"string\","                                                               \
    "\"enum\":[\"none\",\"md5\",\"sha1\",\"sha224\",\"sha256\",\"sha384\",\"sha512\"]},"           \
    "\"auth_password\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":255,\"writeOnly\":true}" \
    ","                                                                                            \
    "\"priv\":{\"type\":\"string\",\"enum\":[\"none\",\"des\",\"aes128\",\"aes192\",\"aes256\","   \
    "\"aes192c\",\"aes256c\"]},"                                                                   \
    "\"priv_password\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":255,\"writeOnly\":true}" \
    ","                                                                                            \
    "\"context\":{\"type\":\"string\",\"maxLength\":255}"

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"kind\"],\"properties\":{"
    "\"kind\":{\"type\":\"string\",\"enum\":[\"snmpv1\",\"snmpv3\",\"user\",\"system-manager\","
    "\"password\",\"domain\",\"service-management\"]}," COMMON_PROPERTIES "}}";

static const char patch_schema[] = "{\"type\":\"object\",\"properties\":{" COMMON_PROPERTIES "}}";

static const rest_route routes[] = {
    {"GET", "/device-credentials", REST_DEVICE_MANAGER, "communication", REST_REGION_NONE,
     REST_STREAM, get_credentials, "Credentials for devices, without their secrets", NULL, NULL},
    {"POST", "/device-credentials", REST_DEVICE_MANAGER, "communication", REST_REGION_NONE, 0,
     post_credential, "Add a credential", post_schema, NULL},
    {"GET", "/device-credentials/{id}", REST_DEVICE_MANAGER, "communication", REST_REGION_NONE, 0,
     get_credential, "One credential", NULL, NULL},
    {"PATCH", "/device-credentials/{id}", REST_DEVICE_MANAGER, "communication", REST_REGION_NONE, 0,
     patch_credential, "Change a credential; secrets that are not named stay", patch_schema, NULL},
    {"DELETE", "/device-credentials/{id}", REST_DEVICE_MANAGER, "communication", REST_REGION_NONE,
     0, delete_credential, "Delete a credential", NULL, NULL},
};

platen_code rest_credentials_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
