#include "excluded.h"

#include <fnmatch.h>

#include "item.h"
#include "share.h"

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
    const cJSON *rule = NULL;
    excluded_unload();
    PLATEN_TRY(share_read("share/excluded.json", &rules, err));
    bool good = cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(rules, "items"));
    cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(rules, "items"))
    {
        good = good && is_rule(rule);
    }
    return good ? PLATEN_OK
                : the_feature.host->fail(err, PLATEN_E_INVAL, "share/excluded.json has no rules");
}

void excluded_unload(void)
{
    cJSON_Delete(rules);
    rules = NULL;
}
