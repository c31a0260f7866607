/* What drivers hand over with data(), for the tests of several; behind <cmocka.h>. */
#ifndef PLATEN_TEST_PLUGIN_DATA_H
#define PLATEN_TEST_PLUGIN_DATA_H

#include <string.h>

#include <cjson/cJSON.h>

/* The tree of what was handed over, which must be there; the caller frees it. */
static inline cJSON *data_of(const char *json)
{
    assert_non_null(json);
    cJSON *data = cJSON_Parse(json);
    assert_non_null(data);
    return data;
}

static inline const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

/* Of its "items" the one with that path, or NULL. */
static inline const cJSON *item_of(const cJSON *data, const char *path)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(data, "items"))
    {
        if (strcmp(text_of(item, "path"), path) == 0) {
            return item;
        }
    }
    return NULL;
}

#endif
