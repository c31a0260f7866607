/* Reading the agent's configuration. The manager is trusted; what is wrong is logged and left out,
 * because one bad credential must not stop the others. */
#include "core/agent/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define LOG_SOURCE "agent"

#define LIST_MAX 100000 /* ranges or hosts of one agent */
#define CREDENTIALS_MAX 256
#define PORTS_MAX 32

int64_t settings_id(const cJSON *object, const char *key, int64_t fallback)
{
    const cJSON *item = key != NULL ? cJSON_GetObjectItemCaseSensitive(object, key) : object;
    if (cJSON_IsNumber(item)) {
        double number = cJSON_GetNumberValue(item);
        return number >= 0 && number < 9007199254740992.0 ? (int64_t)number : fallback;
    }
    const char *text = cJSON_GetStringValue(item);
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return fallback;
    }
    char *end = NULL;
    errno = 0;
    long long id = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' ? (int64_t)id : fallback;
}

static snmpeng_auth auth_of(const char *word)
{
    static const struct {
        const char *word;
        snmpeng_auth auth;
    } table[] = {
        {"", SNMPENG_AUTH_NONE},         {"none", SNMPENG_AUTH_NONE},
        {"md5", SNMPENG_AUTH_MD5},       {"sha", SNMPENG_AUTH_SHA1},
        {"sha1", SNMPENG_AUTH_SHA1},     {"sha-1", SNMPENG_AUTH_SHA1},
        {"sha224", SNMPENG_AUTH_SHA224}, {"sha-224", SNMPENG_AUTH_SHA224},
        {"sha256", SNMPENG_AUTH_SHA256}, {"sha-256", SNMPENG_AUTH_SHA256},
        {"sha384", SNMPENG_AUTH_SHA384}, {"sha-384", SNMPENG_AUTH_SHA384},
        {"sha512", SNMPENG_AUTH_SHA512}, {"sha-512", SNMPENG_AUTH_SHA512},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcasecmp(table[i].word, word) == 0) {
            return table[i].auth;
        }
    }
    return (snmpeng_auth)-1;
}

static snmpeng_priv priv_of(const char *word)
{
    static const struct {
        const char *word;
        snmpeng_priv priv;
    } table[] = {
        {"", SNMPENG_PRIV_NONE},           {"none", SNMPENG_PRIV_NONE},
        {"des", SNMPENG_PRIV_DES},         {"aes", SNMPENG_PRIV_AES128},
        {"aes128", SNMPENG_PRIV_AES128},   {"aes-128", SNMPENG_PRIV_AES128},
        {"aes192", SNMPENG_PRIV_AES192},   {"aes-192", SNMPENG_PRIV_AES192},
        {"aes256", SNMPENG_PRIV_AES256},   {"aes-256", SNMPENG_PRIV_AES256},
        {"aes192c", SNMPENG_PRIV_AES192C}, {"aes-192-c", SNMPENG_PRIV_AES192C},
        {"aes256c", SNMPENG_PRIV_AES256C}, {"aes-256-c", SNMPENG_PRIV_AES256C},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcasecmp(table[i].word, word) == 0) {
            return table[i].priv;
        }
    }
    return (snmpeng_priv)-1;
}

static platen_code read_snmp(const cJSON *row, bool v3, snmpeng_credential **out, platen_error *err)
{
    snmpeng_credential_spec spec = {
        .v3 = v3,
        .community = json_get_text(row, "community", ""),
        .user = json_get_text(row, "user", ""),
        .auth = auth_of(json_get_text(row, "auth", "")),
        .auth_password = json_get_text(row, "auth_password", ""),
        .priv = priv_of(json_get_text(row, "priv", "")),
        .priv_password = json_get_text(row, "priv_password", ""),
        .context = json_get_text(row, "context", ""),
    };
    if (v3 && ((int)spec.auth < 0 || (int)spec.priv < 0)) {
        return error_set(err, PLATEN_E_UNSUPPORTED, "protocols '%.16s' and '%.16s' are not known",
                         json_get_text(row, "auth", ""), json_get_text(row, "priv", ""));
    }
    return snmpeng_credential_new(&spec, out, err);
}

static platen_code read_credential(const cJSON *row, credential *c, platen_error *err)
{
    const char *kind = json_get_text(row, "kind", "");
    *c = (credential){.id = settings_id(row, "id", 0)};
    if (strcmp(kind, "snmpv1") == 0 || strcmp(kind, "snmpv3") == 0) {
        c->kind = kind[5] == '3' ? CREDENTIAL_SNMPV3 : CREDENTIAL_COMMUNITY;
        return read_snmp(row, c->kind == CREDENTIAL_SNMPV3, &c->snmp, err);
    }
    if (strcmp(kind, "user") != 0) {
        return error_set(err, PLATEN_E_UNSUPPORTED, "kind '%.32s' is not known", kind);
    }
    c->kind = CREDENTIAL_USER;
    c->user = strdup(json_get_text(row, "user", ""));
    c->password = strdup(json_get_text(row, "password", ""));
    return c->user != NULL && c->password != NULL ? PLATEN_OK
                                                  : error_set(err, PLATEN_E_NOMEM, "no memory");
}

static void credential_fini(credential *c)
{
    snmpeng_credential_unref(c->snmp);
    free(c->user);
    if (c->password != NULL) {
        explicit_bzero(c->password, strlen(c->password));
        free(c->password);
    }
}

/* DEV-25 to DEV-28: no protocol of this version logs in with them, so they are not kept here. */
static bool is_for_later(const cJSON *row)
{
    static const char *const kinds[] = {"system-manager", "password", "domain",
                                        "service-management"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(json_get_text(row, "kind", ""), kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code read_credentials(settings *s, const cJSON *list, platen_error *err)
{
    int count = cJSON_GetArraySize(list);
    if (count <= 0) {
        return PLATEN_OK;
    }
    count = count > CREDENTIALS_MAX ? CREDENTIALS_MAX : count;
    s->credentials = calloc((size_t)count, sizeof(*s->credentials));
    if (s->credentials == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d credentials", count);
    }
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, list)
    {
        platen_error why = PLATEN_ERROR_INIT;
        if (s->credential_count == (size_t)count) {
            break;
        }
        if (is_for_later(row)) {
            continue;
        }
        credential *c = &s->credentials[s->credential_count];
        if (read_credential(row, c, &why) == PLATEN_OK) {
            s->credential_count++;
        } else {
            log_warning("credential is left out: %s id=%" PRId64, why.text, c->id);
            credential_fini(c);
        }
    }
    return PLATEN_OK;
}

static platen_code read_texts(const cJSON *list, char ***texts, size_t *count, platen_error *err)
{
    int size = cJSON_GetArraySize(list);
    if (size <= 0) {
        return PLATEN_OK;
    }
    size = size > LIST_MAX ? LIST_MAX : size;
    *texts = calloc((size_t)size, sizeof(**texts));
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        const char *text = cJSON_GetStringValue(item);
        if (*texts == NULL || *count == (size_t)size) {
            break;
        }
        if (text != NULL && ((*texts)[*count] = strdup(text)) != NULL) {
            (*count)++;
        }
    }
    return *texts != NULL ? PLATEN_OK
                          : error_set(err, PLATEN_E_NOMEM, "no memory for %d ranges", size);
}

static platen_code read_ports(settings *s, const cJSON *object, platen_error *err)
{
    int count = cJSON_GetArraySize(object);
    if (!cJSON_IsObject(object) || count <= 0) {
        return PLATEN_OK;
    }
    count = count > PORTS_MAX ? PORTS_MAX : count;
    s->ports = calloc((size_t)count, sizeof(*s->ports));
    if (s->ports == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d ports", count);
    }
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, object)
    {
        double port = cJSON_IsNumber(item) ? cJSON_GetNumberValue(item) : 0;
        if (s->port_count < (size_t)count && port >= 1 && port <= 65535) {
            char *name = strdup(item->string);
            if (name != NULL) {
                s->ports[s->port_count++] = (settings_port){name, (uint16_t)port};
            }
        }
    }
    return PLATEN_OK;
}

static unsigned number(const cJSON *object, const char *key, unsigned preset, unsigned limit)
{
    int64_t n = json_get_i64(object, key, preset);
    return n < 0 ? preset : n > limit ? limit : (unsigned)n;
}

platen_code settings_read(const cJSON *tree, settings **out, platen_error *err)
{
    settings *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the agent's settings");
    }
    s->references = 1;
    const cJSON *snmp = json_get_object(tree, "snmp");
    s->timeout_ms = number(snmp, "timeout_ms", 0, 60000);
    s->tries = json_is_null_or_absent(snmp, "retries") ? 0 : number(snmp, "retries", 0, 20) + 1;
    s->packets_per_second = number(snmp, "packets_per_second", 0, 1000000);
    s->wrong_per_day = number(tree, "wrong_per_day", 5, 1000);
    platen_code rc = read_credentials(s, json_get_array(tree, "credentials"), err);
    if (rc == PLATEN_OK) {
        rc = read_ports(s, json_get_object(tree, "port"), err);
    }
    if (rc == PLATEN_OK) {
        rc = read_texts(json_get_array(tree, "ranges"), &s->ranges, &s->range_count, err);
    }
    if (rc == PLATEN_OK) {
        rc = read_texts(json_get_array(tree, "hosts"), &s->hosts, &s->host_count, err);
    }
    if (rc != PLATEN_OK) {
        settings_unref(s);
        return rc;
    }
    *out = s;
    return PLATEN_OK;
}

settings *settings_ref(settings *s)
{
    if (s != NULL) {
        s->references++;
    }
    return s;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(texts[i]);
    }
    free(texts);
}

void settings_unref(settings *s)
{
    if (s == NULL || --s->references > 0) {
        return;
    }
    for (size_t i = 0; i < s->credential_count; i++) {
        credential_fini(&s->credentials[i]);
    }
    for (size_t i = 0; i < s->port_count; i++) {
        free(s->ports[i].name);
    }
    free(s->credentials);
    free(s->ports);
    free_texts(s->ranges, s->range_count);
    free_texts(s->hosts, s->host_count);
    free(s);
}

bool settings_names_port(const settings *s, const char *name)
{
    return settings_port_of(s, name, 0) != 0;
}

uint16_t settings_port_of(const settings *s, const char *name, uint16_t preset)
{
    for (size_t i = 0; i < s->port_count; i++) {
        if (strcmp(s->ports[i].name, name) == 0) {
            return s->ports[i].port;
        }
    }
    return preset;
}

const credential *settings_credential(const settings *s, int64_t id)
{
    for (size_t i = 0; i < s->credential_count; i++) {
        if (s->credentials[i].id == id) {
            return &s->credentials[i];
        }
    }
    return NULL;
}
