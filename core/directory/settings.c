/* The preferences `directory` (PRF-11 to PRF-14), and reading them as a configuration. */
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/directory/directory.h"

#define REPLAY_CACHE "kerberos.replay"

#define WORDS                                                                                      \
    "{\"type\":\"array\",\"maxItems\":500,\"items\":{\"type\":\"string\",\"minLength\":1,"         \
    "\"maxLength\":1000}}"

static const char *const secrets[] = {"bind_password", "keytab", NULL};

const preference_group preference_directory = {
    .key = "directory",
    .presets =
        "{\"enabled\":false,\"servers\":[],\"security\":\"tls\",\"ca\":\"\",\"base\":\"\","
        "\"domain\":\"\",\"bind_user\":\"\",\"timeout_s\":10,\"kerberos\":false,"
        "\"service_principal\":\"\",\"roles\":{\"system-manager\":[],\"device-manager\":[],"
        "\"user\":[]},\"functions\":[\"devices\"],\"regions_by_group\":false,\"regions\":[]}",
    .schema =
        "{\"type\":\"object\",\"properties\":{"
        "\"enabled\":{\"type\":\"boolean\"},"
        "\"servers\":{\"type\":\"array\",\"maxItems\":8,\"items\":{\"type\":\"object\","
        "\"properties\":{\"address\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":253,"
        "\"pattern\":\"^[A-Za-z0-9_.:-]+$\"},\"port\":{\"type\":\"integer\",\"minimum\":0,"
        "\"maximum\":65535,\"description\":\"0: 389, or 636 with tls\"}},"
        "\"required\":[\"address\"]}},"
        "\"security\":{\"type\":\"string\",\"enum\":[\"none\",\"starttls\",\"tls\"]},"
        "\"ca\":{\"type\":\"string\",\"maxLength\":65536,\"description\":"
        "\"PEM; empty: whom the system trusts\"},"
        "\"base\":{\"type\":\"string\",\"maxLength\":1000},"
        "\"domain\":{\"type\":\"string\",\"maxLength\":1000,\"description\":"
        "\"Names of the domain, comma-separated; the first one is shown\"},"
        "\"bind_user\":{\"type\":\"string\",\"maxLength\":1000},"
        "\"bind_password\":{\"type\":[\"string\",\"null\"],\"maxLength\":512,\"writeOnly\":true},"
        "\"timeout_s\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":60},"
        "\"kerberos\":{\"type\":\"boolean\"},"
        "\"service_principal\":{\"type\":\"string\",\"maxLength\":500,"
        "\"pattern\":\"^(HTTP/[A-Za-z0-9_.-]+(@[A-Za-z0-9_.-]+)?)?$\"},"
        "\"keytab\":{\"type\":[\"string\",\"null\"],\"maxLength\":65536,\"writeOnly\":true,"
        "\"description\":\"base64\"},"
        "\"roles\":{\"type\":\"object\",\"properties\":{\"system-manager\":" WORDS
        ",\"device-manager\":" WORDS ",\"user\":" WORDS "}},"
        "\"functions\":{\"type\":\"array\",\"maxItems\":100,\"uniqueItems\":true,\"items\":"
        "{\"type\":\"string\",\"minLength\":1,\"maxLength\":64}},"
        "\"regions_by_group\":{\"type\":\"boolean\"},"
        "\"regions\":{\"type\":\"array\",\"maxItems\":256,\"items\":{\"type\":\"object\","
        "\"properties\":{\"region\":{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,17}$\"},"
        "\"groups\":" WORDS "},\"required\":[\"region\",\"groups\"]}}}}",
    .secrets = secrets,
};

/* ---- reading ---- */

typedef struct reader {
    arena *memory;
    bool good; /* false: no memory */
} reader;

static const char *text_of(reader *r, const cJSON *tree, const char *name)
{
    const char *text = arena_dup(r->memory, json_get_text(tree, name, ""));
    r->good = r->good && text != NULL;
    return text;
}

static void *rows(reader *r, size_t count, size_t size)
{
    void *made = arena_alloc_array(r->memory, count + 1, size);
    r->good = r->good && made != NULL;
    return made;
}

static size_t count_of(const cJSON *list)
{
    return list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
}

static directory_words words_of(reader *r, const cJSON *list)
{
    directory_words words = {NULL, 0};
    const cJSON *each = NULL;
    const char **copies = rows(r, count_of(list), sizeof(*copies));
    if (copies == NULL) {
        return words;
    }
    cJSON_ArrayForEach(each, list)
    {
        const char *copy = arena_dup(r->memory, cJSON_IsString(each) ? each->valuestring : "");
        r->good = r->good && copy != NULL;
        copies[words.count++] = copy != NULL ? copy : "";
    }
    words.words = copies;
    return words;
}

static void read_servers(reader *r, const cJSON *list, directory_config *out)
{
    const cJSON *each = NULL;
    directory_server *servers = rows(r, count_of(list), sizeof(*servers));
    if (servers == NULL) {
        return;
    }
    cJSON_ArrayForEach(each, list)
    {
        servers[out->server_count].address = text_of(r, each, "address");
        servers[out->server_count].port = (int)json_get_i64(each, "port", 0);
        out->server_count++;
    }
    out->servers = servers;
}

static void read_mapping(reader *r, const cJSON *tree, directory_mapping *out)
{
    const cJSON *each = NULL;
    const cJSON *roles = json_get_object(tree, "roles");
    const cJSON *list = json_get_array(tree, "regions");
    char *functions = cJSON_PrintUnformatted(json_get_array(tree, "functions"));
    directory_region *regions = rows(r, count_of(list), sizeof(*regions));
    out->system_managers = words_of(r, json_get_array(roles, "system-manager"));
    out->device_managers = words_of(r, json_get_array(roles, "device-manager"));
    out->users = words_of(r, json_get_array(roles, "user"));
    out->functions = arena_dup(r->memory, functions != NULL ? functions : "[]");
    cJSON_free(functions);
    r->good = r->good && out->functions != NULL;
    out->regions_by_group = json_get_bool(tree, "regions_by_group", false);
    out->regions = regions;
    cJSON_ArrayForEach(each, list)
    {
        if (regions != NULL) {
            directory_region *one = &regions[out->region_count++];
            one->region = strtoll(json_get_text(each, "region", "0"), NULL, 10);
            one->groups = words_of(r, json_get_array(each, "groups"));
        }
    }
}

static directory_security security_of(const cJSON *tree)
{
    const char *word = json_get_text(tree, "security", "tls");
    return strcmp(word, "none") == 0       ? DIRECTORY_PLAIN
           : strcmp(word, "starttls") == 0 ? DIRECTORY_STARTTLS
                                           : DIRECTORY_TLS;
}

static void read_config(reader *r, const cJSON *tree, directory_config *out)
{
    out->enabled = json_get_bool(tree, "enabled", false);
    read_servers(r, json_get_array(tree, "servers"), out);
    out->security = security_of(tree);
    out->ca = text_of(r, tree, "ca");
    out->base = text_of(r, tree, "base");
    out->domain = text_of(r, tree, "domain");
    out->bind_user = text_of(r, tree, "bind_user");
    out->timeout_s = (int)json_get_i64(tree, "timeout_s", 0);
    out->kerberos = json_get_bool(tree, "kerberos", false);
    out->service_principal = text_of(r, tree, "service_principal");
    read_mapping(r, tree, &out->mapping);
}

static platen_code read_secret(store *s, const secret_key *key, const char *name, char **out,
                               platen_error *err)
{
    platen_code code = preference_secret(s, &preference_directory, key, name, out, err);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code directory_config_load(store *s, const secret_key *key, const char *data_dir, arena *a,
                                  directory_config *out, platen_error *err)
{
    char cache[FILE_PATH];
    cJSON *tree = NULL;
    reader r = {a, true};
    memset(out, 0, sizeof(*out));
    PLATEN_TRY(file_join(cache, data_dir, REPLAY_CACHE, err));
    PLATEN_TRY(preference_load(s, &preference_directory, &tree, err));
    read_config(&r, tree, out);
    cJSON_Delete(tree);
    out->replay_cache = arena_dup(a, cache);
    if (!r.good || out->replay_cache == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the directory's settings");
    }
    platen_code code = read_secret(s, key, "bind_password", &out->bind_password, err);
    if (code == PLATEN_OK) {
        code = read_secret(s, key, "keytab", &out->keytab, err);
    }
    if (code != PLATEN_OK) {
        directory_config_wipe(out);
    }
    return code;
}
