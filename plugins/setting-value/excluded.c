#include "excluded.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "item.h"

#define FILE_MAX 65536u

static cJSON *rules; /* from load() on; read only */

static bool matches(const cJSON *rule, const char *path)
{
    const cJSON *pattern = NULL;
    cJSON_ArrayForEach(pattern, cJSON_GetObjectItemCaseSensitive(rule, "paths"))
    {
        if (cJSON_IsString(pattern) &&
            fnmatch(pattern->valuestring, path, FNM_CASEFOLD | FNM_NOESCAPE) == 0) {
            return true;
        }
    }
    return false;
}

const char *excluded_name(const char *path)
{
    const cJSON *rule = NULL;
    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(rules, "items"))
    {
        if (matches(rule, path)) {
            return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "name"));
        }
    }
    return item_secret(path) ? "Password or PIN" : NULL;
}

static bool is_rule(const cJSON *rule)
{
    return cJSON_IsString(cJSON_GetObjectItemCaseSensitive(rule, "name")) &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(rule, "paths"));
}

platen_code excluded_load(platen_error *err)
{
    const setting_value *f = &the_feature;
    char path[4096];
    char text[FILE_MAX];
    const char *folder = f->conf->folder(f->ctx);
    const cJSON *rule = NULL;
    excluded_unload();
    (void)snprintf(path, sizeof(path), "%s/share/excluded.json", folder != NULL ? folder : "");
    FILE *file = fopen(path, "rbe");
    size_t length = file != NULL ? fread(text, 1, sizeof(text), file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    rules = cJSON_ParseWithLength(text, length);
    bool good = cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(rules, "items"));
    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(rules, "items"))
    {
        good = good && is_rule(rule);
    }
    return good ? PLATEN_OK : f->host->fail(err, PLATEN_E_INVAL, "%s has no rules", path);
}

void excluded_unload(void)
{
    cJSON_Delete(rules);
    rules = NULL;
}
