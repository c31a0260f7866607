/* Tables, statements, callbacks, and what the manifest says of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "check.h"
#include "hostkit.h"

#define ANSWER 65536

static hostkit *load_manager(const check_job *job, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit *kit = hostkit_open(job->plugin, &err);
    if (kit == NULL || hostkit_load(kit, &err) != PLATEN_OK) {
        (void)check_failed(why, "%s", err.text);
        hostkit_free(kit);
        return NULL;
    }
    return kit;
}

static bool migrate(const check_job *job, bool filled, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit *kit = load_manager(job, why);
    if (kit == NULL) {
        return false;
    }
    bool good =
        hostkit_migrate(kit, filled, &err) == PLATEN_OK || check_failed(why, "%s", err.text);
    if (good && hostkit_misuse(kit) != NULL) {
        good = check_failed(why, "%s", hostkit_misuse(kit));
    }
    hostkit_free(kit);
    return good;
}

bool check_migrations_empty(const check_job *job, char why[CHECK_TEXT])
{
    return migrate(job, false, why);
}

bool check_migrations_filled(const check_job *job, char why[CHECK_TEXT])
{
    return migrate(job, true, why);
}

/* ---- callbacks ---- */

typedef platen_code call_fn(hostkit *kit, const char *id, platen_error *err);

static char answer[ANSWER];

static platen_code call_operation(hostkit *kit, const char *id, platen_error *err)
{
    return hostkit_call(kit, id, "{}", answer, sizeof(answer), err);
}

static platen_code call_report(hostkit *kit, const char *id, platen_error *err)
{
    return hostkit_report(kit, id, "{}", answer, sizeof(answer), err);
}

/* A callback that leaves `n` calls to fail: each must end, and with a text when it failed. */
static bool fail_each_call(hostkit *kit, call_fn *call, const char *id, char why[CHECK_TEXT])
{
    hostkit_fail(kit, 0);
    (void)call(kit, id, NULL);
    unsigned calls = hostkit_calls(kit);
    for (unsigned n = 1; n <= calls && n <= 500; n++) {
        platen_error err = PLATEN_ERROR_INIT;
        hostkit_fail(kit, n);
        if (call(kit, id, &err) != PLATEN_OK && err.text[0] == '\0') {
            return check_failed(why, "'%s' fails without a text when its host call %u fails", id,
                                n);
        }
    }
    hostkit_fail(kit, 0);
    if (hostkit_misuse(kit) != NULL) {
        return check_failed(why, "'%s': %s", id, hostkit_misuse(kit));
    }
    return true;
}

static bool all_callbacks(hostkit *kit, char why[CHECK_TEXT])
{
    static const struct {
        hostkit_what what;
        call_fn *call;
    } sorts[] = {{HOSTKIT_OPERATION, call_operation},
                 {HOSTKIT_REPORT, call_report},
                 {HOSTKIT_PANEL, call_report}};
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
        const char *id = NULL;
        for (size_t n = 0; (id = hostkit_registered(kit, sorts[i].what, n)) != NULL; n++) {
            if (!fail_each_call(kit, sorts[i].call, id, why)) {
                return false;
            }
        }
    }
    return true;
}

bool check_callbacks(const check_job *job, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit *kit = load_manager(job, why);
    if (kit == NULL) {
        return false;
    }
    bool good = hostkit_migrate(kit, true, &err) == PLATEN_OK ? all_callbacks(kit, why)
                                                              : check_failed(why, "%s", err.text);
    hostkit_free(kit);
    return good;
}

/* ---- the manifest ---- */

static cJSON *read_manifest(const char *path)
{
    FILE *file = fopen(path, "rbe");
    char *text = file != NULL ? calloc(1, (1u << 20) + 1) : NULL;
    cJSON *tree = NULL;
    if (text != NULL && fread(text, 1, 1u << 20, file) > 0) {
        tree = cJSON_Parse(text);
    }
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return tree;
}

static const char *text_of(const cJSON *tree, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, key));
    return text != NULL ? text : "";
}

static bool in_list(const cJSON *list, const char *word)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

static bool functions_match(const hostkit *kit, const cJSON *list, char why[CHECK_TEXT])
{
    const char *id = NULL;
    size_t count = 0;
    for (; (id = hostkit_registered(kit, HOSTKIT_FUNCTION, count)) != NULL; count++) {
        if (!in_list(list, id)) {
            return check_failed(why, "it registers function '%s', which is not in 'functions'", id);
        }
    }
    return count == (size_t)cJSON_GetArraySize(list) ||
           check_failed(why, "'functions' has %d words, it registers %zu", cJSON_GetArraySize(list),
                        count);
}

static bool tables_match(hostkit *kit, const cJSON *list, char why[CHECK_TEXT])
{
    char name[128];
    char count[32];
    platen_error err = PLATEN_ERROR_INIT;
    if (hostkit_migrate(kit, false, &err) != PLATEN_OK) {
        return check_failed(why, "%s", err.text);
    }
    (void)hostkit_sql(kit,
                      "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT IN "
                      "('device', 'host_secret') "
                      "AND name NOT LIKE 'sqlite_%'",
                      count, sizeof(count), &err);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        char sql[256];
        const char *table = cJSON_GetStringValue(item);
        (void)snprintf(sql, sizeof(sql),
                       "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '%.100s'",
                       table != NULL && strpbrk(table, "'\"") == NULL ? table : "");
        if (hostkit_sql(kit, sql, name, sizeof(name), &err) != PLATEN_OK || name[0] == '\0') {
            return check_failed(why, "'tables' has '%s', which no migration makes",
                                table != NULL ? table : "");
        }
    }
    return cJSON_GetArraySize(list) == (int)strtol(count, NULL, 10) ||
           check_failed(why, "'tables' has %d names, the migrations make %s tables",
                        cJSON_GetArraySize(list), count);
}

static bool roles_match(const platen_plugin *p, const cJSON *list, char why[CHECK_TEXT])
{
    bool manager = list == NULL || in_list(list, "manager");
    bool agent = list == NULL || in_list(list, "agent");
    return (manager == ((p->roles & PLATEN_ROLE_MANAGER) != 0) &&
            agent == ((p->roles & PLATEN_ROLE_AGENT) != 0)) ||
           check_failed(why, "'roles' are not those of the plugin");
}

static bool compare(hostkit *kit, const cJSON *m, char why[CHECK_TEXT])
{
    char api[32];
    const platen_plugin *p = hostkit_plugin(kit);
    (void)snprintf(api, sizeof(api), "%u.%u", p->abi >> 16, p->abi & 0xffff);
    if (strcmp(text_of(m, "name"), p->name) != 0) {
        return check_failed(why, "'name' is '%s', the plugin's is '%s'", text_of(m, "name"),
                            p->name);
    }
    if (strcmp(text_of(m, "version"), p->version) != 0) {
        return check_failed(why, "'version' is '%s', the plugin's is '%s'", text_of(m, "version"),
                            p->version);
    }
    if (strcmp(text_of(m, "api"), api) != 0) {
        return check_failed(why, "'api' is '%s', the plugin was built for %s", text_of(m, "api"),
                            api);
    }
    return roles_match(p, cJSON_GetObjectItemCaseSensitive(m, "roles"), why) &&
           functions_match(kit, cJSON_GetObjectItemCaseSensitive(m, "functions"), why) &&
           tables_match(kit, cJSON_GetObjectItemCaseSensitive(m, "tables"), why);
}

bool check_manifest(const check_job *job, char why[CHECK_TEXT])
{
    cJSON *manifest = read_manifest(job->manifest);
    hostkit *kit = manifest != NULL ? load_manager(job, why) : NULL;
    bool good = manifest != NULL || check_failed(why, "'%s' is no JSON", job->manifest);
    good = good && kit != NULL && compare(kit, manifest, why);
    hostkit_free(kit);
    cJSON_Delete(manifest);
    return good;
}
