/* Reading JSON members with a default. */
#include "jsonx.h"

#include <stdio.h>

const char *jsonx_text(const cJSON *json, const char *key, const char *otherwise)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));

    return text == NULL ? otherwise : text;
}

int64_t jsonx_int(const cJSON *json, const char *key, int64_t otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : otherwise;
}

bool jsonx_bool(const cJSON *json, const char *key, bool otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}

void jsonx_oid(char out[64], const char *column, uint32_t a, uint32_t b)
{
    if (b == 0) {
        snprintf(out, 64, "%s.%u", column, a);
    } else {
        snprintf(out, 64, "%s.%u.%u", column, a, b);
    }
}
